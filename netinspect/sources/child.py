"""The live source: the probe in a child process, so that slow collection never holds up the screen.

It starts before numpy and the screen are imported: they come with the first Sample.
"""

from __future__ import annotations

import os
import time
from collections import deque
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.sources.command import probe_command
from netinspect.sources.frames import FrameReader
from netinspect.sources.options import SourceOptions
from netinspect.sources.pipe import ChildPipe

if TYPE_CHECKING:
    from netinspect.model import Sample, SocketTable

_HINT = "`netinspect doctor` tells what can be read here"
_SUDO_HINT = "see that `sudo -v` works in this terminal, or run netinspect as root"


class ChildSource:
    """Starts the probe at once. After it has ended, a new one is made to try again.

    command: what to run in place of the probe on this host. Raises SourceError when it cannot be
    started.
    """

    def __init__(self, options: SourceOptions, command: Sequence[str] | None = None) -> None:
        command = probe_command(options) if command is None else command
        self._pipe = ChildPipe(command, _SUDO_HINT if command[0] == "sudo" else _HINT)
        self._frames = FrameReader(self._pipe.receive_into)
        self._sockets: SocketTable | None = None
        self._cpu = _ViewerCpu()
        self._watched: list[bytes] = []

    @property
    def target(self) -> str:
        """Name of this host."""
        return os.uname().nodename

    @property
    def pid(self) -> int:
        """Pid of the child, which is sudo's when it runs under sudo."""
        return self._pipe.pid

    def wait_ready(self) -> None:
        """Wait until the probe runs; sudo may ask for a password meanwhile.

        Raises SourceError with its reason when it does not come to that.
        """
        self._frames.wait_ready()

    def read_frame(self) -> bytearray:
        """Wait for the next Capture, as bytes."""
        return self._frames.read()

    def decode(self, frame: bytearray) -> Sample:
        """Turn a Capture into a Sample."""
        from netinspect.decode import decode_capture

        sample = decode_capture(frame)
        self._sockets = sample.sockets
        return sample

    def read(self) -> Sample:
        """Wait for the next Sample; raises SourceError with the reason when the probe has ended."""
        frame = self.read_frame()
        spent = self._cpu.of_one_sample()
        if spent is not None:
            self._pipe.send(b"viewer %f\n" % spent)
        return self.decode(frame)

    def refresh(self) -> None:
        """Ask for a Sample now."""
        self._pipe.send(b"refresh\n")

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples; the probe stretches it when that would cost too much."""
        self._pipe.send(b"interval %f\n" % seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        """Ask for tcp_info of these sockets of the last Sample."""
        from netinspect.sources.watch import build_watch

        if self._sockets is None:
            return
        words = build_watch(self._sockets, cookies)
        if words != self._watched:
            self._watched = words
            self._pipe.send(b" ".join([b"watch", *words]) + b"\n")

    def close(self) -> None:
        """End the probe; a blocked `read` raises SourceError."""
        self._pipe.close()


class _ViewerCpu:
    """What a Sample costs this process, in CPU seconds; keys that are pressed do not count."""

    def __init__(self) -> None:
        self._last: float | None = None  # the start-up before the first Sample does not count
        self._spent: deque[float] = deque(maxlen=3)

    def of_one_sample(self) -> float | None:
        """Return the least of the last three Samples, once there are so many."""
        now = time.process_time()
        if self._last is not None:
            self._spent.append(now - self._last)
        self._last = now
        return min(self._spent) if len(self._spent) == self._spent.maxlen else None
