"""Explanations → the same with pseudonyms: only what was filled into their Markdown is replaced.

A process called `client` must not change every client in the prose.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from typing import NamedTuple

from netinspect.explanations import CONDITION, PLACEHOLDER, load_template
from netinspect.finding import Block, Explanation
from netinspect.redaction.names import Names
from netinspect.redaction.texts import Texts


class _Line(NamedTuple):
    """One line of a template: what it looks like when filled, what it is filled with.

    said: characters that are not filled in.
    """

    filled: re.Pattern[str]
    names: tuple[str, ...]
    said: int


class Filled:
    """Redacts what was filled in."""

    def __init__(self, names: Names, texts: Texts) -> None:
        self._texts = texts
        self._by_name: dict[str, Callable[[str], str]] = {
            "process": names.process,
            "unit": names.part,
            "container": names.container,
            "path": names.path,
        }

    def redact(self, explanation: Explanation) -> Explanation:
        """Replace what an explanation tells of a host."""
        lines = _lines(explanation.code)
        sections = tuple(
            section._replace(blocks=tuple(self._block(block, lines) for block in section.blocks))
            for section in explanation.sections
        )
        subject = self._texts.redact(explanation.subject)
        return replace(explanation, subject=subject, sections=sections)

    def value(self, name: str, text: str) -> str:
        """Replace a value, as the placeholder or the evidence of this name holds it."""
        return self._by_name.get(name, self._texts.redact)(text)

    def _block(self, block: Block, lines: tuple[_Line, ...]) -> Block:
        for line in lines:
            if match := line.filled.fullmatch(block.text):
                return block._replace(text=self._refill(match, line.names))
        return block._replace(text=self._texts.redact(block.text))

    def _refill(self, match: re.Match[str], names: tuple[str, ...]) -> str:
        text, pieces, done = match.string, [], 0
        for group, name in enumerate(names, 1):
            value = match[group]
            quoted = len(value) > 1 and value[0] == value[-1] == "'"
            new = self.value(name, value.strip("'") if quoted else value)
            pieces += [text[done : match.start(group)], f"'{new}'" if quoted else new]
            done = match.end(group)
        return "".join([*pieces, text[done:]])


@cache
def _lines(code: str) -> tuple[_Line, ...]:
    try:
        _, parts = load_template(code)
    except (FileNotFoundError, ValueError):
        return ()  # a code this version does not know
    found = _parse_lines(line for part in parts for line in part.lines)
    return tuple(sorted(found, key=lambda line: -line.said))  # a line of one value fits everything


def _parse_lines(lines: Iterator[str]) -> Iterator[_Line]:
    for line in lines:
        bare = line
        if condition := CONDITION.match(line):
            bare = line[condition.end() :]
        pieces = PLACEHOLDER.split(bare.removeprefix("- "))
        pattern = "(.*?)".join(map(re.escape, pieces[::2]))
        said = sum(map(len, pieces[::2]))
        yield _Line(re.compile(rf"(?:\w+: )?{pattern}"), tuple(pieces[1::2]), said)
