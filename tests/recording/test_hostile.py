"""Files that were damaged, or made to do harm: one clear error each, in bounded memory and time."""

from __future__ import annotations

import copy
import gzip
import json
import random
import resource
import struct
import tracemalloc
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from netinspect.errors import RecordingError
from netinspect.model import COLUMNS
from netinspect.recording.bodies import write_body
from netinspect.recording.content import take_apart
from netinspect.recording.members import HEAD_SIZE, Flag, Head, Kind, pack_member
from netinspect.recording.reader import Recording
from netinspect.recording.writer import RecordingWriter
from tests.recording.moments import judge, web_07
from tests.samples import make_pulses, make_sample, process, tcp, unix

SEEDS = range(40)
FLIPS = 12  # of each seed
MOST_MEMORY = 400 << 20


@cache
def small_file(folder: Path) -> bytes:
    """Return a recording that has a bit of everything."""
    samples = [
        make_sample(
            [
                tcp("LISTEN", "0.0.0.0:80", pids=[7], recv_q=n),
                tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41", pids=[7], bytes_acked=n * 90),
                unix(f"/run/{n}", pids=[7]),
            ],
            [process(7, "nginx", fds=n)],
            at=n,
            pulses=make_pulses({n - 0.5: [tcp("LISTEN", "0.0.0.0:80")]}, file_nr=[n]),
        )
        for n in range(4)
    ]
    path = folder / "small.nirec"
    writer = RecordingWriter(str(path))
    for moment in judge(samples):
        writer.append(moment)
    writer.close()
    return path.read_bytes()


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return small_file(tmp_path_factory.mktemp("sound"))


def read_all(path: Path) -> tuple[int, list[str]]:
    """Read every moment; return how many could be read, and what was said of the others."""
    try:
        recording = Recording(str(path))
    except RecordingError as error:
        return 0, [error.message]
    read, said = 0, []
    for index in range(len(recording.overview)):
        try:
            recording.read(index)
            read += 1
        except RecordingError as error:
            said.append(error.message)
    recording.close()
    return read, said


def test_cut_off_anywhere(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "cut.nirec"
    most = 0
    for length in range(len(sound)):
        path.write_bytes(sound[:length])
        read, said = read_all(path)
        assert read >= most or length == 0, length  # what was whole stays readable
        assert all("\n" not in one for one in said)
        most = read
    assert most == 3


@pytest.mark.parametrize("seed", SEEDS)
def test_flipped_bits(seed: int, sound: bytes, tmp_path: Path) -> None:
    chance, path = random.Random(seed), tmp_path / "flipped.nirec"
    for _ in range(FLIPS):
        data = bytearray(sound)
        for _ in range(chance.choice((1, 1, 3, 20))):
            at = chance.randrange(len(data))
            data[at] ^= 1 << chance.randrange(8)
        path.write_bytes(data)
        read_all(path)


@pytest.mark.parametrize("seed", SEEDS)
def test_values_that_were_changed_behind_a_valid_checksum(seed: int, tmp_path: Path) -> None:
    chance, path = random.Random(seed), tmp_path / "changed.nirec"
    for _ in range(FLIPS):
        complete, following = bodies()
        if chance.random() < 0.5:
            complete = spoiled(chance, complete)
        else:
            following = spoiled(chance, following)
        write_file(path, complete, following)
        read_all(path)


@cache
def bodies() -> tuple[bytes, bytes]:
    """Return the body of a complete member and that of the one after it."""
    first, second = web_07()[:2]
    content = take_apart(first)
    return write_body(content), write_body(take_apart(second, content), content)


def body() -> bytes:
    return bodies()[0]


def spoiled(chance: random.Random, body: bytes) -> bytes:
    """Change a few values of a body, and perhaps a bit of its numbers."""
    line, _, numbers = body.partition(b"\n")
    said, changed = json.loads(line), bytearray(numbers)
    for _ in range(chance.choice((1, 1, 2, 5))):
        spoil(chance, said)
    if chance.random() < 0.3 and changed:
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return json.dumps(said).encode() + b"\n" + changed


_EVIL: tuple[Any, ...] = (
    *(None, True, 0, -1, 1 << 31, 10**9, 1 << 63, -(1 << 63), 10**30, 1.5, "", "x", "\x1b[2J"),
    *([], {}, [[]], {"by": [8, 10**9]}, {"usual": 10**12}, [None, None], ["=", None]),
    *(float("nan"), float("inf"), [8, -1], [3, 1], [1, 1 << 62], {"set": 99}, {"at": [1, 4]}),
)


def spoil(chance: random.Random, value: Any) -> None:
    """Replace, drop or double something anywhere in a value."""
    inner = value
    while isinstance(inner, (dict, list)) and inner:
        key = chance.choice(list(inner) if isinstance(inner, dict) else range(len(inner)))
        deeper = inner[key]
        if not isinstance(deeper, (dict, list)) or not deeper or chance.random() < 0.15:
            if chance.random() < 0.2:
                del inner[key]
            else:
                inner[key] = copy.deepcopy(chance.choice(_EVIL))
            return
        inner = deeper


def write_file(path: Path, body: bytes, *following: bytes, head: Head | None = None) -> None:
    """Write a recording of a complete member with this body, and of what follows it."""
    header = json.dumps({"schema": "netinspect.recording/1"}).encode()
    follows = Head(Kind.DELTA, Flag.FOLLOWS, 0, 1.7e9, 3, 0, -1)
    members = [
        pack_member(Head(Kind.HEADER, 0, 0, 0.0, 0, 0, -1), header),
        pack_member(head or Head(Kind.KEY, 0, 0, 1.7e9, 3, 0, -1), body),
        *(pack_member(follows, one) for one in following),
    ]
    path.write_bytes(b"".join(member.data for member in members))


def only_error(path: Path) -> str:
    """Return the one error that reading gives, in little memory."""
    tracemalloc.start()
    try:
        read, said = read_all(path)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < MOST_MEMORY
    assert read == 0
    assert len(said) == 1
    assert len(said[0]) < 400
    return said[0]


def with_document(**parts: Any) -> bytes:
    line, _, numbers = body().partition(b"\n")
    return json.dumps({**json.loads(line), **parts}).encode() + b"\n" + numbers


def test_billion_rows_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "rows.nirec"
    fields = {"rows": [[8, 1], [1, 0]], "key": 7}
    line = json.dumps({"sockets": fields, "document": None, "owners": {}, "pulses": {}}).encode()
    write_file(path, line + b"\n" + struct.pack("<Q", 2 * 10**9 - 1))

    assert "too many rows" in only_error(path)


def test_rows_that_take_no_bytes_are_refused_before_they_fill_memory(tmp_path: Path) -> None:
    path = tmp_path / "rows.nirec"
    fields = {"rows": [[4, 1], [1, 0]], **{name: [{"usual": 7}] for name in COLUMNS}}
    line = json.dumps({"sockets": fields, "document": None, "owners": {}, "pulses": {}}).encode()
    write_file(path, line + b"\n" + struct.pack("<I", 2 * 2_000_000 - 1))

    assert "too many rows" in only_error(path)


def test_gzip_bomb_is_refused_before_it_is_inflated(tmp_path: Path) -> None:
    path = tmp_path / "bomb.nirec"
    deflate = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = b"".join(deflate.compress(b"\0" * (1 << 20)) for _ in range(512)) + deflate.flush()
    write_file(path, b"x")
    whole = path.read_bytes()
    start = whole.index(b"\x1f\x8b\x08\x04", 1)
    for told in (1, 1 << 20, 0xFFFFFFFF):
        size = HEAD_SIZE + len(data) + 8
        head = bytearray(whole[start : start + HEAD_SIZE])
        head[20:24] = struct.pack("<I", size)
        path.write_bytes(whole[:start] + head + data + struct.pack("<II", 0, told))

        # The last member of a file may not have reached the disk: it is left out.
        recording = Recording(str(path))
        assert len(recording.overview) == 0
        assert recording.note is not None
        recording.close()


def test_bomb_of_text_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "text.nirec"
    write_file(path, b"[" + b"0," * (40 << 20))

    assert "no line of JSON" in only_error(path)


@pytest.mark.parametrize("deep", [b"[" * 100_000, b'{"document":' + b'["=",' * 50_000])
def test_deep_json_is_refused(deep: bytes, tmp_path: Path) -> None:
    path = tmp_path / "deep.nirec"
    write_file(path, deep + b"\n")

    assert "damaged at byte" in only_error(path)


def test_deep_differences_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.nirec"
    depth = 900
    deep = b'["{",{"a":' * depth + b"null" + b"}]" * depth
    write_file(path, b'{"document":' + deep + b"}\n")

    assert "damaged at byte" in only_error(path)


@pytest.mark.parametrize(
    "parts",
    [
        {"document": ["=", {}]},
        {"document": ["=", []]},
        {"sockets": {}},
        {"sockets": {"rows": [[1, 1], [1, 1]]}},
        {"found": [["rows", [1, 5]]]},
        {"paths": [[[1, 1], [1, 0]], [7]]},
        {"owners": []},
        {"pulses": None},
    ],
)
def test_parts_that_do_not_fit_are_refused(parts: dict[str, Any], tmp_path: Path) -> None:
    path = tmp_path / "parts.nirec"
    write_file(path, with_document(**parts))

    assert "damaged at byte" in only_error(path)


@pytest.mark.parametrize("taken_at", [float("nan"), float("inf"), 1e300, -1.0])
def test_time_that_is_none_is_refused(taken_at: float, tmp_path: Path) -> None:
    path = tmp_path / "time.nirec"
    write_file(path, body(), head=Head(Kind.KEY, 0, 0, taken_at, 3, 0, -1))

    recording = Recording(str(path))

    assert len(recording.overview) == 0
    assert recording.note is not None


def test_unknown_kinds_flags_and_members_are_passed_over(tmp_path: Path) -> None:
    path = tmp_path / "later.nirec"
    writer = RecordingWriter(str(path))
    writer.append(web_07()[0])
    writer.close()
    later = pack_member(Head(77, 0xFFFF, 0, 0.0, 0, 0, -1), b"of a later version")
    flagged = pack_member(Head(Kind.KEY, 0xFFFE, 0, 1.0, 3, 0, -1), with_document(news=[1]))
    path.write_bytes(path.read_bytes() + later.data + flagged.data + later.data)

    recording = Recording(str(path))

    assert len(recording.overview) == 2
    assert recording.read(1).before is None
    assert recording.note is None


def test_newer_format_is_refused_in_one_line(tmp_path: Path) -> None:
    path = tmp_path / "newer.nirec"
    write_file(path, body())
    data = bytearray(path.read_bytes())
    data[16] = 2
    path.write_bytes(data)

    with pytest.raises(RecordingError, match="another version") as caught:
        Recording(str(path))
    assert caught.value.hint == "open it with a newer netinspect"
    with pytest.raises(RecordingError, match="another version"):
        RecordingWriter(str(path))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\x1f",
        b"\x1f\x8b\x08\x04",
        gzip.compress(b'{"schema": "netinspect.recording/1"}'),
        b"\x7fELF" + bytes(100),
        b'{"schema": "netinspect.snapshot/1"}' + b" " * 60,
        bytes(range(256)) * 4,
    ],
)
def test_other_file_is_no_recording(data: bytes, tmp_path: Path) -> None:
    path = tmp_path / "other\x1b[2J\nname"
    path.write_bytes(data)

    with pytest.raises(RecordingError, match="is no recording") as caught:
        Recording(str(path))

    assert caught.value.message.isprintable()


def test_delta_without_its_key_is_no_moment(tmp_path: Path) -> None:
    path = tmp_path / "orphan.nirec"
    write_file(path, body(), head=Head(Kind.DELTA, Flag.FOLLOWS, 0, 1.0, 3, 0, -1))

    assert len(Recording(str(path)).overview) == 0


def test_damaged_moment_leaves_others_readable(sound: bytes, tmp_path: Path) -> None:
    path = tmp_path / "one.nirec"
    data = bytearray(sound)
    last = data.rindex(b"\x1f\x8b\x08\x04")
    before = data.rindex(b"\x1f\x8b\x08\x04", 0, last)
    data[before + HEAD_SIZE + 30] ^= 0xFF
    path.write_bytes(data)

    read, said = read_all(path)

    assert read == 2
    assert len(said) == 2  # it, and the one that differs from it
    assert f"damaged at byte {before:,}" in said[0]


def test_descriptors_are_not_left_open(tmp_path: Path) -> None:
    path = tmp_path / "other"
    path.write_bytes(b"nothing")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))
    try:
        for _ in range(600):
            with pytest.raises(RecordingError, match="is no recording"):
                Recording(str(path))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
