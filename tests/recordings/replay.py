"""A Source that reads Captures from a file, the way they come from a probe."""

from __future__ import annotations

import io
import lzma
import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from netinspect.decode import decode_capture
from netinspect.errors import SourceError
from netinspect.model import Cost, Sample
from netinspect.sources.frames import FrameReader

WEB_07 = Path(__file__).parent / "web-07.capture.xz"


class ReplaySource:
    """Gives out the Samples of a file at once; after the last one it waits to be closed.

    then: Samples that come after those.
    """

    target = "web-07"

    def __init__(self, path: Path = WEB_07, then: Sequence[Sample] = ()) -> None:
        self._samples = [*read_samples(path), *then]
        self.last_at = self._samples[-1].taken_at
        self._closed = threading.Event()

    def read(self) -> Sample:
        if not self._samples:
            self._closed.wait()
            raise SourceError("the source was closed")
        sample = self._samples.pop(0)
        return replace(sample, cost=Cost(interval=sample.cost.interval))

    def refresh(self) -> None:
        pass

    def set_interval(self, seconds: float) -> None:
        pass

    def watch(self, cookies: Sequence[int]) -> None:
        pass

    def close(self) -> None:
        self._closed.set()


def read_samples(path: Path = WEB_07) -> list[Sample]:
    """Decode every Capture of a file."""
    stream = io.BytesIO(lzma.decompress(path.read_bytes()))
    reader = FrameReader(stream.readinto)
    samples = []
    while stream.tell() < len(stream.getbuffer()):
        samples.append(decode_capture(reader.read()))
    return samples
