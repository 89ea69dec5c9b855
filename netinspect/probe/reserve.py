"""Open files kept for a pass, so that it still works when the whole host has no more to give."""

from __future__ import annotations

import os

_FILES = 3  # the walk has at most a process, its descriptors and one file open at a time


class Reserve:
    """Keeps files open between the passes and lets go of them for the pass itself (ENFILE)."""

    def __init__(self, path: str) -> None:
        self._path = path
        self._files = []  # type: list[int]

    def keep(self) -> None:
        """Open as many as there are to be had."""
        try:
            while len(self._files) < _FILES:
                self._files.append(os.open(self._path, os.O_RDONLY | os.O_CLOEXEC))
        except OSError:
            return

    def release(self) -> None:
        """Close them."""
        while self._files:
            os.close(self._files.pop())
