"""How a recording gets on: a line that is renewed on a terminal, else one at each end."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator

from netinspect.commands.sampling import warn
from netinspect.humanize import bytes_text, counted_text
from netinspect.recording.timeline import Moment, summarize

_USUAL_WIDTH = 80
_LEAST_LOOKS = 3
_STRETCHED = 1.3
_CLEAR = "\r\x1b[K"


class Progress:
    """Says on standard error what was recorded, and what that cost. name: of the file."""

    def __init__(self, name: str, interval: float) -> None:
        self._name = name
        self._interval = interval
        self._on_terminal = sys.stderr is not None and sys.stderr.isatty()
        self._began = time.monotonic()
        self._own_cpu = time.process_time()
        self._probe_cpu = 0.0
        self._looks = 0
        self._first_look = 0.0
        self._last_look = 0.0
        self._samples = 0
        self._sockets = 0
        self._written = 0

    def begin(self) -> None:
        """Say where it goes."""
        warn(f"recording into {self._name}, a sample every {self._interval:g} s")

    def tell(self, moment: Moment, size: int, written: int, state: str) -> None:
        """Count a Moment. size: bytes of the file; written: those that were added."""
        _, sockets, findings, _ = summarize(moment)
        self._last_look = moment.sample.monotonic
        self._first_look = self._first_look if self._looks else self._last_look
        self._looks += 1
        self._probe_cpu += moment.sample.cost.cpu or 0.0
        self._written += max(0, written)
        if written > 0:
            self._samples += 1
            self._sockets += len(moment.sample.sockets)
        if self._on_terminal:
            now = f"{counted_text(sockets, 'socket')}, {counted_text(findings, 'finding')}"
            self._draw(f"{state}{now}; {self._summary(size)}")

    def interrupt(self) -> None:
        """Make room for another line."""
        if self._on_terminal:
            print(_CLEAR, end="", file=sys.stderr, flush=True)

    def finish(self, size: int) -> None:
        """Say what there is."""
        self.interrupt()
        warn(f"recorded into {self._name}: {self._summary(size)}")

    def _summary(self, size: int) -> str:
        parts = [counted_text(self._samples, "sample"), *self._stretched(), bytes_text(size)]
        if self._sockets:
            parts.append(f"{self._written / self._sockets:.1f} bytes a socket and sample")
        elapsed = time.monotonic() - self._began
        cpu = time.process_time() - self._own_cpu + self._probe_cpu
        if self._samples and elapsed > 1:
            parts.append(f"{100 * cpu / elapsed:.1f} % of a core")
        return ", ".join(parts)

    def _stretched(self) -> Iterator[str]:
        """Say how often was looked where that is less than was asked for."""
        if self._looks >= _LEAST_LOOKS:
            every = (self._last_look - self._first_look) / (self._looks - 1)
            if every > _STRETCHED * self._interval:
                yield f"one every {every:.1f} s (stretched)"

    def _draw(self, text: str) -> None:
        try:
            width = os.get_terminal_size(sys.stderr.fileno()).columns or _USUAL_WIDTH
        except (OSError, ValueError):
            width = _USUAL_WIDTH
        print(f"{_CLEAR}{text[: max(1, width - 1)]}", end="", file=sys.stderr, flush=True)
