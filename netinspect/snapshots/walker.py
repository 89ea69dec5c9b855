"""JSON read member by member: a large document is never there in small pieces as a whole."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from typing import Any

_WHITE = re.compile(r"[ \t\n\r]*")
_raw_decode = json.JSONDecoder().raw_decode


class Walker:
    """Reads one text. Raises ValueError where it is no JSON, RecursionError if it is too deep."""

    def __init__(self, text: str) -> None:
        self.text = text

    def value(self, at: int) -> tuple[Any, int]:
        """Return the value that begins here, and where it ends."""
        return _raw_decode(self.text, at)

    def opens(self, at: int) -> bool:
        """Tell whether an object begins here."""
        return self.text.startswith("{", at)

    def members(self, at: int, take: Callable[[str, int], int]) -> int:
        """Have each member of the object that begins here taken; returns where the object ends.

        take: gets its name and where its value begins, and returns where that ends.
        """
        at = self._expect(at, "{")
        if self.text.startswith("}", at):
            return at + 1
        while True:
            self._expect(at, '"')
            name, at = self.value(at)
            at = self.skip(take(name, self._expect(self.skip(at), ":")))
            if self.text.startswith("}", at):
                return at + 1
            at = self._expect(at, ",")

    def skip(self, at: int) -> int:
        """Return where the white space that begins here ends."""
        match = _WHITE.match(self.text, at)
        return match.end() if match else at

    def end(self, at: int) -> None:
        """Raise ValueError where anything but white space follows."""
        if self.skip(at) != len(self.text):
            raise json.JSONDecodeError("Extra data", self.text, at)

    def _expect(self, at: int, mark: str) -> int:
        if not self.text.startswith(mark, at):
            raise json.JSONDecodeError(f"Expecting {mark}", self.text, at)
        return self.skip(at + 1)
