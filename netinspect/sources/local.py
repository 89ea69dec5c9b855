"""The probe called in this process, for a command that cannot start one."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.errors import SourceError
from netinspect.probe.probe import Probe
from netinspect.probe.sock_diag import INFO_LIMIT, parse_only, parse_watch
from netinspect.sources.options import Kind, SourceOptions

if TYPE_CHECKING:
    from netinspect.model import Sample, SocketTable


class InProcessSource:
    """Takes the first Sample at once, and each further one an interval after the one before."""

    def __init__(self, options: SourceOptions) -> None:
        source = options.kind if options.kind is not Kind.PORTABLE else Kind.AUTO
        only = None if options.only is None else parse_only(options.only)
        limit = 1 << 31 if options.info else INFO_LIMIT
        self._probe = Probe(source=source.value, info_limit=limit, only=only, owners=options.owners)
        self._interval = options.interval
        self._due = time.monotonic()
        self._changed = threading.Condition()
        self._closed = False
        self._sockets: SocketTable | None = None

    @property
    def target(self) -> str:
        """Name of this host."""
        return os.uname().nodename

    def read_frame(self) -> bytearray:
        """Take a Capture when it is due, as bytes."""
        self._wait()
        frame = bytearray().join(self._probe.take_capture().encode())
        return frame

    def decode(self, frame: bytearray) -> Sample:
        """Turn a Capture into a Sample."""
        from netinspect.decode import decode_capture

        sample = decode_capture(frame)
        self._sockets = sample.sockets
        return sample

    def read(self) -> Sample:
        """Take a Sample when it is due; raises SourceError after `close`."""
        return self.decode(self.read_frame())

    def refresh(self) -> None:
        """Make the next Sample due now."""
        with self._changed:
            self._due = time.monotonic()
            self._changed.notify_all()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""
        with self._changed:
            self._due += seconds - self._interval
            self._interval = seconds
            self._changed.notify_all()

    def watch(self, cookies: Sequence[int]) -> None:
        """Have tcp_info of these sockets of the last Sample."""
        from netinspect.sources.watch import build_watch

        if self._sockets is not None:
            self._probe.watch(parse_watch(build_watch(self._sockets, cookies)))

    def close(self) -> None:
        """Let a blocked `read` raise SourceError."""
        with self._changed:
            self._closed = True
            self._changed.notify_all()

    def _wait(self) -> None:
        pulses = self._probe.pulses
        pulses.begin(self._due - time.monotonic())
        while not self._is_due(pulses.due):
            pulses.take()

    def _is_due(self, until: float) -> bool:
        """Wait for the next Sample to be due, but not longer; raises SourceError after `close`."""
        with self._changed:
            while not self._closed and (left := min(self._due, until) - time.monotonic()) > 0:
                self._changed.wait(left)
            if self._closed:
                self._probe.close()
                raise SourceError("the source was closed")
            if self._due > time.monotonic():
                return False
            self._due = time.monotonic() + self._interval
            return True
