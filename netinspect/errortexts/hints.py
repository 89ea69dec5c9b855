"""Which text a line must hold for a regular expression to match it at all.

Most lines of a log are no error; looking for a few texts is far cheaper than trying expressions.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

_TOKEN = re.compile(
    r"(\\.|\[(?:\\.|[^\]\\])*\]|\((?:\\.|[^()\\])*\)|.)"  # escape, class, group, character
    r"([?*+]|\{[^}]*\})?"
)
_COMMON = (
    *("errno ", "os error", "winerror", "socketexception", "exception", "connect", "timeout"),
    *("timed out", "address", "und_err_", "too many", "eaddr", "closed", "reset reason"),
)
"""Texts that are in many hints; looked for once."""


def find_hint(pattern: str) -> str:
    """Return the longest text that all matches of a pattern hold, in lower case.

    pattern: without alternatives outside groups, and without groups in groups.
    """
    pieces = [""]
    for token, repeat in _TOKEN.findall(pattern):
        literal = None if repeat else _literal(token)
        if literal is None:
            pieces.append("")
        else:
            pieces[-1] += literal
    return max(pieces, key=len).lower()


def _literal(token: str) -> str | None:
    """Return the character that a token stands for, None where it stands for several."""
    if len(token) == 2 and token[0] == "\\":
        return None if token[1].isalnum() else token[1]
    return token if len(token) == 1 and token not in ".^$" else None


class Hints:
    """Tells of which numbered lists of patterns one may match a line."""

    def __init__(self, lists: Iterable[Sequence[str]]) -> None:
        """Take the lists."""
        self._numbers: dict[str, set[int]] = {}
        for number, patterns in enumerate(lists):
            for pattern in patterns:
                self._numbers.setdefault(find_hint(pattern), set()).add(number)
        self._under: dict[str, list[str]] = {}
        for hint in self._numbers:
            common = next((text for text in _COMMON if text in hint), hint)
            self._under.setdefault(common, []).append(hint)

    def find(self, line: str) -> list[int]:
        """Return the numbers, in order, of the lists to try on a line in lower case."""
        return sorted({number for hint in self._held(line) for number in self._numbers[hint]})

    def _held(self, line: str) -> Iterator[str]:
        for common, hints in self._under.items():
            if common in line:
                yield from (hint for hint in hints if hint in line)
