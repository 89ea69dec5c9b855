"""Texts about a host → the same with pseudonyms: summaries, subjects, notes.

Read from left to right once, so that no pseudonym is taken for a name: at each word first the names
that are known, the longest first, then addresses and networks, then whatever is called NAME[PID].
"""

from __future__ import annotations

import re
from collections.abc import Callable

from netinspect.redaction.addresses import Addresses
from netinspect.redaction.keys import Keys

_WORD = re.compile(r"\w+")
_PLACE = re.compile(r"\w+|::")
_V4 = r"\d{1,3}(?:\.\d{1,3}){3}(?!\w|\.\d)"
_V6 = r"[0-9A-Fa-f]{0,4}(?::[0-9A-Fa-f]{0,4}){2,7}(?:(?<=:)" + _V4 + ")?"
_ADDRESS = re.compile(rf"(?:{_V4}|{_V6})(?:/\d{{1,3}}(?![\w.:]))?")
_PROCESS = re.compile(r"[^\s,()\[\]→]+(?=\[\d+\])")
_KEY = re.compile(r"\d{19,20}(?!\w)")


class Texts:
    """Replaces what it has learnt, and what can be told by its form."""

    def __init__(
        self, addresses: Addresses, keys: Keys, rename_process: Callable[[str], str]
    ) -> None:
        self._addresses = addresses
        self._keys = keys
        self._rename_process = rename_process
        self._pseudonyms: dict[str, str] = {}
        self._shapes: dict[str, set[tuple[int, int]]] = {}  # by first word: length, its place

    def learn(self, name: str, pseudonym: str) -> None:
        """Replace this name from now on; the first pseudonym of a name counts."""
        word = _WORD.search(name)
        if word is None or name in self._pseudonyms:
            return
        self._pseudonyms[name] = pseudonym
        if name != pseudonym:
            self._shapes.setdefault(word[0], set()).add((len(name), word.start()))

    def redact(self, text: str) -> str:
        """Replace what a text tells."""
        pieces: list[str] = []
        done = 0
        place = _PLACE.search(text)
        while place is not None:
            at = place.start()
            start, end, new = self._find(text, at, done) or (at, place.end(), place[0])
            pieces += [text[done:start], new]
            done = end
            place = _PLACE.search(text, done)
        return "".join([*pieces, text[done:]])

    def _find(self, text: str, at: int, done: int) -> tuple[int, int, str] | None:
        """Find what begins at a place: where it begins and ends, and its pseudonym."""
        named = self._find_name(text, at, done)
        if named is not None:
            return named
        if (address := _ADDRESS.match(text, at)) and (new := self._addresses.text(address[0])):
            return at, address.end(), new
        if process := _PROCESS.match(text, at):
            return at, process.end(), self._rename_process(process[0])
        if key := _KEY.match(text, at):
            return at, key.end(), str(self._keys.number(int(key[0])))
        return None

    def _find_name(self, text: str, at: int, done: int) -> tuple[int, int, str] | None:
        word = _WORD.match(text, at)
        for length, place in sorted(self._shapes.get(word[0], ()) if word else (), reverse=True):
            start, end = at - place, at - place + length
            name = text[start:end] if start >= done else ""
            if name in self._pseudonyms and _stands_alone(text, name, end):
                return start, end, self._pseudonyms[name]
        return None


def _stands_alone(text: str, name: str, end: int) -> bool:
    """Tell whether a name ends where it does in the text; one of digits is so only as NAME[PID]."""
    after = text[end : end + 1]
    if name.isdigit():
        return after == "["
    return not (_is_word(name[-1]) and _is_word(after))


def _is_word(character: str) -> bool:
    return bool(_WORD.match(character))
