"""A terminal for tests: runs a program in a pty, keeps its bytes and its screen."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import signal
import struct
import termios
import time
from collections.abc import Callable, Mapping, Sequence

import pyte

# Queries and the keyboard protocol, which pyte would print.
_UNPRINTED = re.compile(rb"\x1b\[[<>=?][0-9;]*(?:u|\$p)")


class PtyTerminal:
    """One program in one terminal of its own session."""

    def __init__(
        self, argv: Sequence[str], env: Mapping[str, str], width: int = 80, height: int = 24
    ) -> None:
        self.output = b""
        self._screen = pyte.Screen(width, height)
        self._stream = pyte.ByteStream(self._screen)
        self.status: int | None = None
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.execvpe(argv[0], list(argv), dict(env))
        self.resize(width, height)
        self.first_settings = self.settings()

    def settings(self) -> list[object]:
        """Return how the line discipline is set."""
        return termios.tcgetattr(self._fd)

    def resize(self, width: int, height: int) -> None:
        """Change the size, as a dragged window does."""
        self._screen.resize(height, width)
        size = struct.pack("HHHH", height, width, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)

    def send(self, keys: str) -> None:
        """Type."""
        os.write(self._fd, keys.encode())

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to the program."""
        os.kill(self.pid, number)

    @property
    def text(self) -> str:
        """Return the screen, trailing blanks removed."""
        return "\n".join(line.rstrip() for line in self._screen.display)

    def wait_for(self, condition: str | Callable[[], bool], seconds: float = 60.0) -> None:
        """Read until this text is on screen or the condition holds."""
        found = condition if callable(condition) else lambda: condition in self.text
        deadline = time.monotonic() + seconds
        while not found():
            assert time.monotonic() < deadline, f"not seen: {condition}\n{self.text}"
            self.read()

    def wait_exit(self, seconds: float = 60.0) -> int:
        """Read until the program ends; return its exit code, negative for a signal."""
        self.wait_for(self._ended, seconds)
        while self.read():
            pass
        assert self.status is not None, "ended without a status"
        return os.waitstatus_to_exitcode(self.status)

    def read(self) -> bytes:
        """Take what was written meanwhile; b"" when nothing was for a moment."""
        if not select.select([self._fd], [], [], 0.05)[0]:
            return b""
        try:
            data = os.read(self._fd, 1 << 16)
        except OSError:  # EIO: the other side is closed
            return b""
        self.output += data
        self._stream.feed(_UNPRINTED.sub(b"", data))
        return data

    def close(self) -> None:
        """Take the terminal away and end the program if it has not ended."""
        os.close(self._fd)
        if not self._ended():
            os.kill(self.pid, signal.SIGKILL)
            os.waitpid(self.pid, 0)

    def hang_up(self) -> None:
        """Take the terminal away, as a lost connection does."""
        os.close(self._fd)
        self._fd = os.open(os.devnull, os.O_RDONLY)

    def _ended(self) -> bool:
        if self.status is None:
            pid, status = os.waitpid(self.pid, os.WNOHANG)
            self.status = status if pid else None
        return self.status is not None
