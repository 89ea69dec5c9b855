"""The stream of Captures as bytes: the magic line, then frames with their length before them."""

from __future__ import annotations

import json
from collections.abc import Callable

from netinspect.errors import SourceError
from netinspect.probe.capture import HEADER_LENGTH, LENGTH, MAGIC

_MOST_NOISE = 1 << 16
_LARGEST_FRAME = 1 << 30

Receive = Callable[[memoryview], int]
"""Waits for bytes, puts them in the view and tells how many; raises SourceError at the end."""


class FrameReader:
    """Cuts what is received into frames."""

    def __init__(self, receive: Receive) -> None:
        self._receive = receive
        self._rest = b""
        self._ready = False

    def wait_ready(self) -> None:
        """Read up to the magic line; what a login shell prints before it is skipped.

        Raises SourceError when the stream ends or no magic line comes.
        """
        noise = bytearray()
        buffer = memoryview(bytearray(4096))
        while not self._ready:
            noise += buffer[: self._receive(buffer)]
            before, magic, rest = bytes(noise).partition(MAGIC)
            if magic and (not before or before.endswith(b"\n")):
                self._rest, self._ready = rest, True
            elif len(noise) > _MOST_NOISE:
                raise SourceError("what was started does not answer as a probe does")

    def read(self) -> bytearray:
        """Wait for the next frame and return it without its length."""
        self.wait_ready()
        (length,) = LENGTH.unpack(self._take(LENGTH.size))
        if not HEADER_LENGTH.size <= length <= _LARGEST_FRAME:
            raise SourceError(f"the probe announced a frame of {length} bytes")
        return self._take(length)

    def _take(self, size: int) -> bytearray:
        taken = bytearray(size)
        view = memoryview(taken)
        have = min(size, len(self._rest))
        view[:have] = self._rest[:have]
        self._rest = self._rest[have:]
        while have < size:
            have += self._receive(view[have:])
        return taken


def has_sockets(frame: bytes | bytearray) -> bool:
    """Tell whether the kernel let the probe list any sockets, be there any or none."""
    (length,) = HEADER_LENGTH.unpack_from(frame)
    header = json.loads(bytes(frame[HEADER_LENGTH.size : HEADER_LENGTH.size + length]))
    names = [section["name"] for section in header["sections"]]
    return any(name.startswith(("sock_diag.", "proc_net.")) for name in names)
