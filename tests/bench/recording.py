"""Recordings: bytes, time to append, to open a day, to step; on a load that goes on like a host."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Callable
from functools import partial
from itertools import islice
from pathlib import Path

from tests.bench.settings import Settings

_INTERVAL = 5.0  # seconds between Samples
_DAY = int(86_400 / _INTERVAL)
_STEPS = 60


class Recordings:
    """Makes its Samples by itself: 5 % of the connections are new each time, 40 % carry data."""

    name = "recording"
    help = "bytes a socket and sample, cost of appending, opening a day, stepping"
    sockets = 10_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        folder = Path(tempfile.mkdtemp(prefix="netinspect-bench-"))
        try:
            path = folder / "some.nirec"
            _append(path, settings.sockets)
            _step(path)
            _open_day(path, folder / "day.nirec")
            _remember(settings.sockets)
        finally:
            shutil.rmtree(folder)


def _append(path: Path, sockets: int) -> None:
    from netinspect.recording.timeline import Moment
    from netinspect.recording.writer import RecordingWriter
    from tests.bench.activity import keep_going

    writer = RecordingWriter(str(path), interval=_INTERVAL)
    before, seconds = None, []
    for sample in islice(keep_going(sockets, _INTERVAL), _STEPS):
        started = time.process_time()
        writer.append(Moment(sample, before))
        seconds.append(time.process_time() - started)
        before = sample
    writer.close()
    mean = sum(seconds) / len(seconds)
    _print("bytes a socket and sample", f"{writer.size / sockets / _STEPS:8.1f}")
    _print("append, CPU", f"{1000 * mean:8.1f} ms, {1000 * max(seconds):.1f} at most")
    _print(f"of a core at {_INTERVAL:g} s", f"{100 * mean / _INTERVAL:8.2f} %")


def _step(path: Path) -> None:
    from netinspect.recording.reader import Recording

    count = _STEPS
    for what, order in (
        ("step forward, CPU", range(count)),
        ("step back, CPU", range(count - 1, -1, -1)),
        ("jump, CPU", [(7 + 23 * n) % count for n in range(count)]),
    ):
        recording = Recording(str(path))
        seconds = [_timed(partial(recording.read, index)) for index in order]
        usual = sorted(seconds)[len(seconds) // 2]
        _print(what, f"{1000 * usual:8.1f} ms, {1000 * max(seconds):.1f} at most")
        recording.close()


def _open_day(source: Path, path: Path) -> None:
    """Open a file of as many members as a day has; but for the last ones, only their headers."""
    from netinspect.recording.members import HEAD_SIZE, scan_members
    from netinspect.recording.reader import Recording

    data = source.read_bytes()
    found, end, _ = scan_members(lambda start, size: data[start : start + size], 0, len(data))
    first = found[1][0]
    with path.open("wb") as file:
        file.write(data[:first])
        for turn in range(_DAY // _STEPS - 1):
            for start, _ in found[1:]:
                file.seek(start + turn * (end - first))
                file.write(data[start : start + HEAD_SIZE])
        file.seek(first + (_DAY // _STEPS - 1) * (end - first))
        file.write(data[first:])
    recording: list[Recording] = []
    seconds = _timed(lambda: recording.append(Recording(str(path))))
    seconds += _timed(lambda: recording[0].overview)
    count = len(recording[0].overview)
    last = _timed(lambda: recording[0].read(count - 1))
    size = path.stat().st_size / 2**30
    _print(f"open {count:,} moments ({size:.1f} GiB), CPU", f"{1000 * seconds:8.1f} ms")
    _print("show the last of them, CPU", f"{1000 * last:8.1f} ms")
    recording[0].close()


def _remember(sockets: int) -> None:
    from netinspect.recording.memory import MemoryTimeline
    from netinspect.recording.timeline import Moment
    from tests.bench.activity import keep_going

    size, before, seconds = 20 * sockets, None, []
    memory = MemoryTimeline(1 << 30)
    for sample in islice(keep_going(size, _INTERVAL), 4):
        moment = Moment(sample, before)
        started = time.process_time()
        memory.append(moment)
        seconds.append(time.process_time() - started)
        before = sample
    told = f"{1000 * seconds[0]:8.1f} ms complete, {1000 * min(seconds[1:]):.1f} as a difference"
    _print(f"append {size:,} sockets, CPU", told)


def _timed(call: Callable[[], object]) -> float:
    # Of the processor: with a real-time priority, the kernel stops us for 50 ms of each second.
    started = time.process_time()
    call()
    return time.process_time() - started


def _print(what: str, figure: str) -> None:
    print(f"{what:44}{figure}", flush=True)


BENCHMARK = Recordings()
