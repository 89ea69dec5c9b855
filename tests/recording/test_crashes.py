"""Killed, full, deleted: what was acknowledged is in the file, and the file opens."""

from __future__ import annotations

import ctypes
import errno
import os
import random
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import cycle
from pathlib import Path
from typing import NoReturn

import pytest

from netinspect.errors import RecordingError
from netinspect.recording.keep import Keep
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from tests.recording.moments import assert_same, judge, web_07
from tests.samples import make_sample, tcp

_LIBC = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNS = 0x00020000
KILLS = 50
PATIENCE = 60.0  # seconds


def test_kill_at_any_moment_loses_nothing_acknowledged(tmp_path: Path) -> None:
    small_moments()
    chance = random.Random(7)
    path = tmp_path / "killed.nirec"
    acknowledged = 0
    for _ in range(KILLS):
        acknowledged += write_and_kill(path, chance)
        recording = Recording(str(path))
        count = len(recording.overview)
        assert count >= acknowledged
        acknowledged = count  # one may be in the file that could not be acknowledged any more
        recording.read(count - 1)
        recording.close()

    recording = Recording(str(path))
    for index in range(len(recording.overview)):
        recording.read(index)


def write_and_kill(path: Path, chance: random.Random) -> int:
    """Let a process append for a while, kill it, and return how many it said are written."""
    hear, say = os.pipe()
    pid = os.fork()
    if pid == 0:
        append_for_ever(str(path), say)
    os.close(say)
    with open(hear, "rb") as said:
        last = said.readline()
        until = time.monotonic() + chance.random() * 0.05
        while time.monotonic() < until:
            last = said.readline()
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        rest = said.read().splitlines()
    return int(rest[-1] if rest else last)


def append_for_ever(path: str, say: int) -> NoReturn:
    try:
        writer = RecordingWriter(path)
        for count, moment in enumerate(cycle(small_moments()), 1):
            writer.append(moment)
            os.write(say, b"%d\n" % count)
    finally:
        os._exit(1)


@cache
def small_moments() -> tuple[Moment, ...]:
    states = ("ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT")
    samples = [
        make_sample(
            [
                tcp(states[(i + n) % 3], f"10.0.0.1:{9000 + i}", "10.0.0.9:443", bytes_acked=i * n)
                for i in range(60)
            ],
            at=n,
        )
        for n in range(30)
    ]
    return tuple(judge(samples))


def test_end_that_is_torn_anywhere_is_left_out_and_said(tmp_path: Path) -> None:
    whole = tmp_path / "whole.nirec"
    samples = [make_sample([tcp("LISTEN", "0.0.0.0:80")], at=n) for n in range(3)]
    moments = list(judge(samples))
    writer = RecordingWriter(str(whole))
    sizes = []
    for moment in moments:
        writer.append(moment)
        sizes.append(writer.size)
    writer.close()
    data = whole.read_bytes()

    for cut in range(sizes[1], sizes[2]):
        torn = tmp_path / "torn.nirec"
        torn.write_bytes(data[:cut])
        recording = Recording(str(torn))
        assert len(recording.overview) == 2
        assert (recording.note is None) == (cut == sizes[1])
        recording.close()


@pytest.mark.parametrize("tail", [b"\0" * 4096, b"\x1f", b"\x1f\x8b\x08\x04\0\0\0"])
def test_torn_end_is_cut_off_before_more_is_appended(tmp_path: Path, tail: bytes) -> None:
    path = tmp_path / "torn.nirec"
    first = RecordingWriter(str(path))
    first.append(web_07()[0])
    first.close()
    with path.open("ab") as file:
        file.write(tail)

    second = RecordingWriter(str(path))
    second.append(web_07()[1])
    second.close()

    assert second.note == f"torn tail: {len(tail):,} bytes at the end were cut off"
    recording = Recording(str(path))
    assert recording.note is None
    assert len(recording.overview) == 2
    assert_same(recording.read(1), web_07()[1])


def test_member_whose_bytes_never_reached_the_disk_is_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "lost.nirec"
    writer = RecordingWriter(str(path))
    writer.append(web_07()[0])
    size = writer.size
    writer.append(web_07()[1])
    writer.close()
    with path.open("r+b") as file:
        file.seek(size + 100)
        file.write(b"\0" * 200)

    recording = Recording(str(path))
    assert len(recording.overview) == 1
    assert recording.note is not None
    RecordingWriter(str(path)).close()

    assert path.stat().st_size == size


def test_damage_in_the_middle_is_no_torn_end(tmp_path: Path) -> None:
    path = tmp_path / "damaged.nirec"
    writer = RecordingWriter(str(path))
    sizes = []
    for moment in web_07()[:4]:
        writer.append(moment)
        sizes.append(writer.size)
    writer.close()
    before = bytearray(path.read_bytes())
    before[sizes[0] + 20 : sizes[0] + 24] = (1 << 27).to_bytes(4, "little")  # a member's size
    path.write_bytes(before)

    with pytest.raises(RecordingError, match="damaged at byte"):
        RecordingWriter(str(path))

    assert path.read_bytes() == before


@pytest.mark.parametrize(
    "data", [b"precious", b"\x1f\x8b\x08\x00precious and gzipped", b'{"schema": "x"}\n' * 9]
)
def test_other_file_is_never_written_to(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "precious"
    path.write_bytes(data)

    with pytest.raises(RecordingError, match="is no recording"):
        RecordingWriter(str(path))

    assert path.read_bytes() == data


def test_file_is_for_its_owner_only_and_one_writer(tmp_path: Path) -> None:
    path = tmp_path / "mine.nirec"
    writer = RecordingWriter(str(path))

    assert path.stat().st_mode & 0o777 == 0o600
    with pytest.raises(RecordingError, match="another netinspect"):
        RecordingWriter(str(path))
    writer.close()
    RecordingWriter(str(path)).close()


def test_what_cannot_hold_a_recording_is_refused(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")

    for path in (tmp_path, tmp_path / "pipe", tmp_path / "no" / "file", Path("/dev/null")):
        with pytest.raises(RecordingError):
            RecordingWriter(str(path))


def test_file_that_is_deleted_while_it_is_written_is_said(tmp_path: Path) -> None:
    path = tmp_path / "deleted.nirec"
    writer = RecordingWriter(str(path))
    writer.append(web_07()[0])
    path.unlink()

    with pytest.raises(RecordingError, match=r"deleted\.nirec was deleted") as caught:
        writer.append(web_07()[1])

    assert caught.value.hint is not None
    writer.close()


def test_file_that_something_else_writes_to_is_said(tmp_path: Path) -> None:
    path = tmp_path / "shared.nirec"
    writer = RecordingWriter(str(path))
    with path.open("ab") as file:
        file.write(b"!")

    with pytest.raises(RecordingError, match="changed by something else"):
        writer.append(web_07()[0])
    writer.close()


@pytest.mark.root
def test_full_disk_is_said_and_nothing_is_lost(tmp_path: Path) -> None:
    with small_disk(tmp_path, "64k") as folder:
        path = folder / "full.nirec"
        writer = RecordingWriter(str(path))
        moments = iter(web_07())
        failure = append_until_it_fails(writer, moments)
        assert "No space left on device" in failure.message
        assert failure.hint is not None
        written = len(web_07()) - len(list(moments)) - 1
        assert written > 0

        recording = Recording(str(path))
        assert recording.note is None
        assert len(recording.overview) == written
        assert path.stat().st_size == writer.size
        recording.close()
        writer.close()


@pytest.mark.root
def test_room_that_is_made_is_used_again(tmp_path: Path) -> None:
    with small_disk(tmp_path, "128k") as folder:
        ballast = folder / "ballast"
        ballast.write_bytes(b"x" * 84_000)
        writer = RecordingWriter(str(folder / "full.nirec"))
        writer.append(web_07()[0])
        append_until_it_fails(writer, iter(web_07()[1:5]))
        written = len(Recording(str(folder / "full.nirec")).overview)
        ballast.unlink()

        writer.append(web_07()[5])
        writer.close()

        recording = Recording(str(folder / "full.nirec"))
        assert len(recording.overview) == written + 1
        assert_same(recording.read(written), web_07()[5])
        recording.close()


@pytest.mark.root
def test_disk_too_full_to_shorten_the_file_keeps_it(tmp_path: Path) -> None:
    with small_disk(tmp_path, "160k") as folder:
        writer = RecordingWriter(str(folder / "ring.nirec"), keep=Keep(size=60_000))
        ballast = folder / "ballast"
        for count, moment in enumerate((*web_07()[:5], *web_07()[:3])):
            if count == 5:
                room = os.statvfs(folder).f_bavail * os.statvfs(folder).f_bsize
                ballast.write_bytes(b"x" * (room - 60_000))
            writer.append(moment)
        writer.close()

        assert writer.note is not None
        assert os.strerror(errno.ENOSPC) in writer.note
        assert sorted(path.name for path in folder.iterdir()) == ["ballast", "ring.nirec"]
        recording = Recording(str(folder / "ring.nirec"))
        assert len(recording.overview) == 8
        recording.close()


def append_until_it_fails(writer: RecordingWriter, moments: Iterator[Moment]) -> RecordingError:
    try:
        for moment in moments:
            writer.append(moment)
    except RecordingError as error:
        return error
    raise AssertionError("the disk is too large")


@contextmanager
def small_disk(folder: Path, size: str) -> Iterator[Path]:
    """Have a disk of so many bytes that nobody else sees."""
    here = os.getcwd()
    with open("/proc/self/ns/mnt", "rb") as outside:
        assert _LIBC.unshare(_CLONE_NEWNS) == 0
        try:
            options = f"size={size},mode=700"
            subprocess.run(["mount", "--make-rprivate", "/"], check=True)
            mount = ["mount", "-t", "tmpfs", "-o", options, "none", str(folder)]
            subprocess.run(mount, check=True)
            yield folder
        finally:
            assert _LIBC.setns(outside.fileno(), _CLONE_NEWNS) == 0
            os.chdir(here)
