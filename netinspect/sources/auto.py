"""The best source there is here: the probe, or psutil where the kernel refuses it all sockets."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Protocol

from netinspect.sources.frames import has_sockets

if TYPE_CHECKING:
    from netinspect.model import Sample
    from netinspect.parts import Source


class CaptureSource(Protocol):
    """A Source whose Captures can be looked at before they are decoded."""

    @property
    def target(self) -> str: ...
    def read_frame(self) -> bytearray: ...
    def decode(self, frame: bytearray) -> Sample: ...
    def read(self) -> Sample: ...
    def refresh(self) -> None: ...
    def set_interval(self, seconds: float) -> None: ...
    def watch(self, cookies: Sequence[int]) -> None: ...
    def close(self) -> None: ...


class AutoSource:
    """Reads from the probe; when its first Capture lists no sockets, from another source."""

    def __init__(self, probe: CaptureSource, open_other: Callable[[], Source]) -> None:
        self._first: CaptureSource | None = probe
        self._source: Source = probe
        self._open_other = open_other

    @property
    def target(self) -> str:
        """Name of this host."""
        return self._source.target

    def read(self) -> Sample:
        """Wait for the next Sample."""
        probe, self._first = self._first, None
        if probe is None:
            return self._source.read()
        frame = probe.read_frame()
        if has_sockets(frame):
            return probe.decode(frame)
        probe.close()
        self._source = self._open_other()
        return self._source.read()

    def wait_ready(self) -> None:
        """Wait until the probe runs, where it is a process of its own."""
        wait_ready = getattr(self._first, "wait_ready", None)
        if wait_ready is not None:
            wait_ready()

    def refresh(self) -> None:
        """Ask for a Sample now."""
        self._source.refresh()

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""
        self._source.set_interval(seconds)

    def watch(self, cookies: Sequence[int]) -> None:
        """Ask for tcp_info of these sockets."""
        self._source.watch(cookies)

    def close(self) -> None:
        """End the source."""
        self._source.close()
