"""Filters that the user gave a name: `@web` stands for what the configuration file says under it.

    [filters]
    web = "lport 80,443"
    slow = "@web and rtt > 200ms"

They are the same for the whole program and are set once, when the file is read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from netinspect.errors import FilterError, UsageError
from netinspect.query.lexer import Source, Token
from netinspect.query.nearest import find_nearest

SECTION = "filters"
_NAME = re.compile(r"@[A-Za-z][\w-]*", re.ASCII)
_MOST_USES = 200
_DEEPEST = 10
_HINT = f"see [{SECTION}] of the configuration file"
_filters: dict[str, str] = {}


def save_filters(filters: Mapping[str, str]) -> None:
    """Have these filters, and no others."""
    _filters.clear()
    _filters.update(filters)


def saved_filters() -> Mapping[str, str]:
    """Return the filters by name."""
    return _filters


def read_section(document: Mapping[str, object]) -> dict[str, str]:
    """Take the filters out of a configuration document; raises UsageError on what is none."""
    section = document.get(SECTION, {})
    if not isinstance(section, Mapping):
        raise UsageError(f"`{SECTION}` is not a table")
    found = {}
    for name, text in section.items():
        if not isinstance(text, str):
            raise UsageError(f'`{SECTION}.{name}` is not text: {name} = "a filter"')
        if not is_saved(f"@{name}"):
            hint = "letters, digits, _ and -, a letter first"
            raise UsageError(f"`{SECTION}.{name}` is no name for a filter", hint)
        found[name] = text
    return found


def is_saved(word: str) -> bool:
    """Tell whether a word names a saved filter, there or not; others with @ are of unix sockets."""
    return _NAME.fullmatch(word) is not None


def find_mistakes() -> Iterator[str]:
    """Say what is wrong with the filters that there are, a line each."""
    from netinspect.query.parser import parse_tree

    for name in _filters:
        try:
            parse_tree(f"@{name}")
        except FilterError as error:
            yield f"{SECTION}: {error.message.removeprefix('filter: ')}, column {error.at + 1}"


@dataclass(slots=True)
class Uses:
    """Which saved filters one filter has been led into.

    within: those being read now, the outermost first. count: of all, as they could double.
    """

    within: list[str] = field(default_factory=list)
    count: int = 0

    def enter(self, source: Source, token: Token) -> Source:
        """Begin to read a saved filter; raises FilterError where it is none or has no end."""
        name = token.text[1:]
        if name not in _filters:
            near = find_nearest(name, _filters)
            hint = f"did you mean `@{near}`?" if near else "to look for the word, quote it"
            raise source.error(f"no saved filter `{token.text}`", token.at, token.width, hint)
        self.count += 1
        if name in self.within or len(self.within) == _DEEPEST or self.count > _MOST_USES:
            way = " → ".join(f"@{one}" for one in [*self.within, name])
            raise source.error(f"too many saved filters: {way}", token.at, token.width, _HINT)
        self.within.append(name)
        return Source(_filters[name], name)

    def leave(self) -> None:
        """End it."""
        self.within.pop()
