"""HTML as values: text is escaped wherever it becomes part of a page, in one place."""

from __future__ import annotations

import html
from collections.abc import Iterable

from netinspect.humanize import safe_text

_VOID = frozenset({"meta"})


class Markup(str):
    """HTML that is meant as it stands; any other string is text."""

    __slots__ = ()


def escape(text: str) -> Markup:
    """Write text so that a browser shows it: in elements and between quotes.

    What no terminal should get, control and bidi characters, no browser gets either.
    """
    return text if isinstance(text, Markup) else Markup(html.escape(safe_text(text, len(text))))


def join(pieces: Iterable[str], between: str = "") -> Markup:
    """Put pieces one after the other; those that are text are escaped."""
    return Markup(escape(between).join(map(escape, pieces)))


def tag(name: str, /, *children: str, **attributes: str | float | bool | None) -> Markup:
    """Make an element. Children that are text are escaped, and so are all attributes.

    attributes: `class_` is class and `data_v` data-v; None and False are left out.
    """
    start = start_tag(name, **attributes)
    return start if name in _VOID else Markup(f"{start}{join(children)}</{name}>")


def start_tag(name: str, /, **attributes: str | float | bool | None) -> Markup:
    """Begin an element whose content is written piece by piece; attributes as `tag` takes them."""
    return Markup(f"<{name}{_attributes(attributes)}>" if attributes else f"<{name}>")


def _attributes(attributes: dict[str, str | float | bool | None]) -> str:
    return "".join(
        f" {name}" if value is True else f' {name}="{html.escape(safe_text(str(value)))}"'
        for name, value in zip(map(_attribute_name, attributes), attributes.values(), strict=True)
        if value is not None and value is not False
    )


def _attribute_name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def hidden(text: str) -> Markup:
    """Say something to those who hear the page that others see."""
    return tag("span", text, class_="heard")
