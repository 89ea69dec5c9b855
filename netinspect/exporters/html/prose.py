"""Explanations: sentences, lists and commands."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import groupby

from netinspect.exporters.html.markup import Markup, escape, join, tag
from netinspect.exporters.json_values import time_text
from netinspect.finding import Block, BlockKind, Explanation

_CODE = re.compile(r"`([^`]+)`")


def explanation_markup(explanation: Explanation) -> Markup:
    """Write an explanation, open; whoever reads the page can fold it."""
    sections = (
        tag("section", tag("h4", section.heading), tag("div", *_blocks(section.blocks)))
        for section in explanation.sections
    )
    return tag(
        "details",
        tag("summary", "Explanation: ", explanation.title, *_as_of(explanation)),
        *sections,
        open=True,
    )


def clock(seconds: float) -> Markup:
    """Write a moment as people and browsers read it."""
    return tag("time", clock_text(seconds), datetime=time_text(seconds))


def clock_text(seconds: float) -> str:
    """Write a moment in UTC: who reads the page may be anywhere."""
    exact = time_text(seconds)
    return f"{exact[:10]} {exact[11:19]} UTC"


def sentence(text: str) -> Markup:
    """Write a line of text; what stands between backquotes is code."""
    pieces = _CODE.split(text)
    return join(tag("code", p) if i % 2 else escape(p) for i, p in enumerate(pieces))


def _as_of(explanation: Explanation) -> Iterator[str]:
    if explanation.at is not None:
        yield tag("span", " · as of ", clock(explanation.at), class_="muted")


def _blocks(blocks: Iterable[Block]) -> Iterator[Markup]:
    for kind, some in groupby(blocks, key=lambda block: block.kind):
        texts = [block.text for block in some]
        if kind is BlockKind.COMMAND:
            yield tag("pre", tag("code", join(texts, Markup("\n"))))
        elif kind is BlockKind.ITEM:
            yield tag("ul", *(tag("li", sentence(text)) for text in texts))
        else:
            yield from (tag("p", sentence(text)) for text in texts)
