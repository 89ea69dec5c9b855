"""Programs on a terminal, and when they wrote what: the bytes are interpreted after the event."""

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
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pyte

from tests.bench.contest import ROOT, environment

WIDTH, HEIGHT = 120, 40
_PAUSE = 0.3
_UNPRINTED = re.compile(rb"\x1b\[[<>=?][0-9;]*(?:u|\$p)")  # what pyte would print
_TICKS = os.sysconf("SC_CLK_TCK")


class Terminal:
    """One program on a terminal of its own; remembers each piece of output with its time."""

    def __init__(self, command: Sequence[str]) -> None:
        env = {**environment(), "TERM": "xterm-256color", "LANG": "C.UTF-8", "LC_ALL": "C.UTF-8"}
        self.started = time.monotonic()
        self.pieces: list[tuple[float, bytes]] = []
        self.pid, self._fd = pty.fork()
        if self.pid == 0:
            os.chdir(ROOT)
            os.execvpe(command[0], list(command), env)
        size = struct.pack("HHHH", HEIGHT, WIDTH, 0, 0)
        fcntl.ioctl(self._fd, termios.TIOCSWINSZ, size)
        self._screen = pyte.Screen(WIDTH, HEIGHT)
        self._stream = pyte.ByteStream(self._screen)
        self._fed = 0
        self._ended = False

    def read(self, seconds: float) -> bool:
        """Take what is written within this time; False when nothing was."""
        if not select.select([self._fd], [], [], max(0.0, seconds))[0]:
            return False
        try:
            piece = os.read(self._fd, 1 << 16)
        except OSError:  # EIO
            self._ended = True
            return False
        self.pieces.append((time.monotonic(), piece))
        return True

    def read_for(self, seconds: float) -> int:
        """Take all that is written for this long; return how many bytes that was."""
        before, until = len(self.pieces), time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            self.read(left)
        return sum(len(piece) for _, piece in self.pieces[before:])

    def press(self, key: str, patience: float = 10.0) -> float | None:
        """Press a key; return the seconds until something was written, None when nothing was."""
        while self.read(0.0):
            pass
        pressed = time.monotonic()
        os.write(self._fd, key.encode())
        return self.pieces[-1][0] - pressed if self.read(patience) else None

    def seconds_until(self, text: str, patience: float = 60.0) -> float:
        """Return after how many seconds this text was on screen for the first time.

        The screen is interpreted in pauses: what comes meanwhile would get its time too late.
        """
        until = time.monotonic() + patience
        while time.monotonic() < until and not self._ended:
            if self.read(_PAUSE):
                continue
            for at, _ in self._feed():
                if text in self.text:
                    return at - self.started
        raise RuntimeError(f"never on screen: {text}\n{self.look()}")

    @property
    def text(self) -> str:
        """Return the screen as far as it was interpreted."""
        return "\n".join(self._screen.display)

    def _feed(self) -> Iterator[tuple[float, bytes]]:
        while self._fed < len(self.pieces):
            piece = self.pieces[self._fed]
            self._fed += 1
            self._stream.feed(_UNPRINTED.sub(b"", piece[1]))
            yield piece

    def look(self) -> str:
        """Interpret all that was written and return the screen."""
        list(self._feed())
        return self.text


@contextmanager
def on_terminal(command: Sequence[str]) -> Iterator[Terminal]:
    """Run a program on a terminal while the block runs."""
    terminal = Terminal(command)
    try:
        yield terminal
    finally:
        os.kill(terminal.pid, signal.SIGTERM)
        terminal.read_for(0.3)
        os.kill(terminal.pid, signal.SIGKILL)
        os.close(terminal._fd)
        os.waitpid(terminal.pid, 0)


def family(pid: int) -> list[int]:
    """Return a process and its children."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *map(int, children)]


def cpu_seconds(pid: int) -> float:
    """Return the CPU time a process has used; its ended children do not count."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / _TICKS


def memory(pid: int, line: str = "VmRSS") -> int:
    """Return a line of /proc/PID/status in bytes."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition(f"{line}:")[2].split()[0]) * 1024
