"""Files of moments that are cut off, damaged or hostile: one clear error, or they can be used."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from contextlib import closing, suppress
from pathlib import Path
from typing import Any

import pytest

from netinspect.errors import NetinspectError
from netinspect.exporters import REPORT_EXPORTERS
from netinspect.panes import PANES
from netinspect.parts import Paper
from netinspect.query import Query
from netinspect.recording.members import Head, inflate, pack_member, scan_members
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.trails import step_of
from netinspect.recording.writer import RecordingWriter
from netinspect.report import PaneRequest, build_report, build_window
from netinspect.snapshots import parse_snapshot
from netinspect.sources.dump import parse_dump
from netinspect.sources.opened import judge
from tests.moments import busy_moment
from tests.test_snapshots import BUSY, NAN, put, small_document

WRONG: list[Any] = [
    None,
    -1,
    1 << 22,
    (1 << 31) - 1,
    1 << 31,
    1 << 64,
    10**30,
    1e308,
    "x",
    "\x1b[2J",
    "9" * 30,
    [],
    {},
    [None],
    True,
]
"""What a value is replaced with."""


def use(moment: Moment) -> None:
    """Do with a moment all that is done with one."""
    window = build_window(
        moment.sample, moment.before, Query(), with_unix=True, findings=moment.findings
    )
    report = build_report(window, map(PaneRequest.default, PANES), moment.explanations)
    for exporter in REPORT_EXPORTERS:
        for _ in exporter.write(report, Paper()):
            pass
    judge(moment.sample, moment.before)
    step_of(moment)


def survive(data: bytes) -> None:
    """Open what may be broken: it can be used, or there is one clear line."""
    message = "none"
    try:
        use(parse_snapshot(data, "file"))
    except NetinspectError as error:
        message = error.message
    assert message.isprintable()
    assert len(message) < 400


def test_file_cut_off_anywhere_is_refused() -> None:
    data = json.dumps(small_document()).encode()

    for end in range(len(data)):
        with pytest.raises(NetinspectError):
            parse_snapshot(data[:end], "file")


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_are_survived(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(150):
        data = bytearray(BUSY)
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        survive(bytes(data))


def test_wrong_values_anywhere_are_survived() -> None:
    base = small_document()
    for path in _paths(base):
        for value in (*WRONG, NAN):
            document = copy.deepcopy(base)
            put(document, path, value)
            survive(json.dumps(document).encode())


@pytest.mark.parametrize("seed", range(4))
def test_wrong_values_in_a_recording_are_survived(seed: int, tmp_path: Path) -> None:
    """What is compressed soundly may still be wrong: only then it gets as far as this."""
    rng = random.Random(seed)
    path = tmp_path / "wrong.nirec"
    heads, bodies = _members(tmp_path / "sound.nirec")
    for _ in range(60):
        changed = list(bodies)
        place = rng.randrange(1, len(bodies))
        changed[place] = _with_one_wrong(rng, bodies[place])
        members = zip(heads, changed, strict=True)
        path.write_bytes(b"".join(pack_member(head, body).data for head, body in members))
        _survive_recording(path)


@pytest.mark.parametrize("seed", range(4))
def test_changed_bytes_in_a_dump_are_survived(seed: int) -> None:
    rng = random.Random(seed)
    sound = (Path(__file__).parent / "wire" / "tcp4.bin").read_bytes()
    for _ in range(100):
        data = bytearray(sound)
        for _ in range(rng.choice((1, 2, 8, 40))):
            data[rng.randrange(len(data))] = rng.choice((0, 0xFF, rng.randrange(256)))
        with suppress(NetinspectError):
            use(Moment(parse_dump(bytes(data), "file", 0.0)))


def _members(path: Path) -> tuple[list[Head], list[bytes]]:
    """Write a recording of two moments; return its members."""
    moment = busy_moment()
    assert moment.before is not None
    writer = RecordingWriter(str(path))
    writer.append(Moment(moment.before, None, moment.findings, moment.explanations))
    writer.append(moment)
    writer.close()
    data = path.read_bytes()
    found, _, _ = scan_members(lambda at, size: data[at : at + size], 0, len(data))
    return [head for _, head in found], [inflate(data[at : at + h.size]) for at, h in found]


def _with_one_wrong(rng: random.Random, body: bytes) -> bytes:
    """Put a wrong value into the line of JSON, or flip bits of the numbers behind it."""
    line, _, numbers = body.partition(b"\n")
    if rng.random() < 0.3 and numbers:
        flipped = bytearray(numbers)
        flipped[rng.randrange(len(flipped))] ^= 1 << rng.randrange(8)
        return line + b"\n" + flipped
    said = json.loads(line)
    put(said, rng.choice(list(_paths(said))), rng.choice([*WRONG, NAN]))
    return json.dumps(said).encode() + b"\n" + numbers


def _survive_recording(path: Path) -> None:
    with suppress(NetinspectError), closing(Recording(str(path))) as recording:
        for index in range(len(recording.overview)):
            with suppress(NetinspectError):
                use(recording.read(index))


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in members:
        if isinstance(inner, (dict, list)):
            yield from _paths(inner, (*path, name))
        else:
            yield (*path, name)
