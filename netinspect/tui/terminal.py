"""The driver: how text reaches the terminal, also one that is gone or that knows ASCII only."""

from __future__ import annotations

import sys
from collections.abc import Callable
from io import TextIOWrapper
from typing import IO, cast

from rich.cells import cell_len
from textual.app import App
from textual.drivers.linux_driver import LinuxDriver

_ASCII_FOR = str.maketrans(
    {
        **dict.fromkeys("─━╌═▔▁", "-"),
        **dict.fromkeys("│┃║▏▕▎▊", "|"),
        **dict.fromkeys("╭╮╰╯┌┐└┘┏┓┗┛├┤┬┴┼", "+"),
        **dict.fromkeys("█▇▆▅▄▃▂▉▋▌▍▐", "#"),
        **dict.fromkeys("░▒▓", "."),
        "–": "-",
        "·": "|",
        "…": "~",
        "×": "x",
        "→": ">",
        "↑": "^",
        "↓": "v",
        "●": "*",
        "▲": "!",
        "≡": "=",
    }
)


class TerminalDriver(LinuxDriver):
    """Writes to the terminal behind stdout, wherever stderr goes.

    Ends the app when the terminal is gone instead of waiting for it for ever.
    """

    def __init__(
        self,
        app: App[object],
        *,
        debug: bool = False,
        mouse: bool = True,
        size: tuple[int, int] | None = None,
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        outlet = _Outlet(sys.__stdout__ or sys.stdout, self._lost)
        self._file = cast(TextIOWrapper, outlet)

    def _lost(self) -> None:
        self._app.call_later(self._app.exit)


class AsciiDriver(TerminalDriver):
    """Sends nothing but ASCII: every other character becomes one that takes the same cells."""

    def write(self, data: str) -> None:
        """Write text, translated."""
        super().write(data if data.isascii() else to_ascii(data))


def to_ascii(text: str) -> str:
    """Replace what is not ASCII, keeping the width on screen."""
    text = text.translate(_ASCII_FOR)
    if text.isascii():
        return text
    return "".join(c if c.isascii() else "?" * cell_len(c) for c in text)


class _Outlet:
    """A file that reports the loss of its terminal once and then swallows what is written."""

    def __init__(self, file: IO[str], lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost
        self._open = True

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _try(self, do: Callable[[], object]) -> None:
        if self._open:
            try:
                do()
            except OSError:
                self._open = False
                self._lost()
