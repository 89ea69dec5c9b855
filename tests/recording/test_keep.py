"""A file that is kept short, and one that holds only what is around findings."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from netinspect.finding import Finding, Severity, Subject, SubjectKind
from netinspect.recording.around import AroundFindings
from netinspect.recording.encoder import GROUP
from netinspect.recording.keep import Keep, parse_keep
from netinspect.recording.memory import MemoryTimeline
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from tests.recording.moments import assert_same
from tests.samples import TAKEN_AT, make_sample, tcp

STEP = 10.0  # seconds


def make_moments(count: int) -> list[Moment]:
    samples = [
        make_sample([tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41", rtt=n)], at=n * STEP)
        for n in range(count)
    ]
    return [Moment(now, before) for now, before in zip(samples, [None, *samples], strict=False)]


def times(recording: Recording) -> list[int]:
    return [round((at - TAKEN_AT) / STEP) for at in recording.overview.taken_at.tolist()]


def assert_holds(path: Path, moments: Sequence[Moment]) -> list[int]:
    """See that every moment in a file is as it was; return which ones there are."""
    recording = Recording(str(path))
    found = times(recording)
    for index, number in enumerate(found):
        assert_same(recording.read(index), moments[number])
    assert recording.note is None
    recording.close()
    return found


def test_keeps_at_least_the_time_and_not_much_more(tmp_path: Path) -> None:
    path, moments = tmp_path / "ring.nirec", make_moments(300)
    writer = RecordingWriter(str(path), keep=Keep(seconds=100 * STEP))
    for moment in moments:
        writer.append(moment)
        held = Recording(str(path))
        assert len(held.overview) <= 125 + GROUP + 1
        held.close()
    writer.close()

    found = assert_holds(path, moments)

    assert found == list(range(found[0], 300))
    assert found[0] <= 199
    assert path.stat().st_mode & 0o777 == 0o600
    assert os.listdir(tmp_path) == ["ring.nirec"]


def test_keeps_at_most_the_size_and_a_quarter(tmp_path: Path) -> None:
    path, moments = tmp_path / "ring.nirec", make_moments(200)
    writer = RecordingWriter(str(path), keep=Keep(size=16_000))
    for moment in moments:
        writer.append(moment)
        assert path.stat().st_size == writer.size <= 20_000
    writer.close()

    found = assert_holds(path, moments)

    assert found == list(range(found[0], 200))
    assert 0 < found[0] < 180


def test_reader_of_a_file_that_is_shortened_goes_on_with_the_old_one(tmp_path: Path) -> None:
    path, moments = tmp_path / "ring.nirec", make_moments(200)
    writer = RecordingWriter(str(path), keep=Keep(seconds=50 * STEP))
    for moment in moments[:10]:
        writer.append(moment)
    recording = Recording(str(path))
    for moment in moments[10:]:
        writer.append(moment)
    writer.close()

    assert_same(recording.read(3), moments[3])
    recording.close()


def test_shortened_file_is_gone_on_with(tmp_path: Path) -> None:
    path, moments = tmp_path / "ring.nirec", make_moments(200)
    for part in (moments[:120], moments[120:]):
        writer = RecordingWriter(str(path), keep=Keep(seconds=50 * STEP))
        for moment in part:
            writer.append(moment)
        writer.close()

    found = assert_holds(path, moments)

    assert found[-1] == 199
    assert found[0] <= 149


@pytest.mark.parametrize(
    ("text", "keep"),
    [
        ("24h", Keep(seconds=86400)),
        ("2G", Keep(size=2 << 30)),
        ("90m,500M", Keep(seconds=5400, size=500 << 20)),
        ("1.5d", Keep(seconds=129_600)),
    ],
)
def test_how_much_to_keep_is_a_time_a_size_or_both(text: str, keep: Keep) -> None:
    assert parse_keep(text) == keep


@pytest.mark.parametrize("text", ["", "24", "h", "0h", "-1h", "1h,", "2 G", "24H", "1e9s", "٣h"])
def test_what_is_neither_time_nor_size_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="neither a time nor a size"):
        parse_keep(text)


def with_finding(moment: Moment, severity: Severity = Severity.WARNING) -> Moment:
    subject = Subject(SubjectKind.HOST, "host", "web-07")
    return replace(moment, findings=(Finding("some-code", severity, subject, "much", ()),))


def record_around(path: Path, moments: Sequence[Moment], before: float, after: float) -> None:
    writer = RecordingWriter(str(path))
    around = AroundFindings(writer, before * STEP, after * STEP)
    for moment in moments:
        around.append(moment)
    writer.close()


def test_only_what_is_around_findings_is_kept(tmp_path: Path) -> None:
    path, moments = tmp_path / "around.nirec", make_moments(200)
    for number in (50, 51, 60, 150):
        moments[number] = with_finding(moments[number])

    record_around(path, moments, before=5, after=10)

    # What is within both times of two findings is there once.
    assert assert_holds(path, moments) == [*range(45, 71), *range(145, 161)]


def test_information_is_no_anomaly(tmp_path: Path) -> None:
    path, moments = tmp_path / "around.nirec", make_moments(30)
    moments[9] = with_finding(moments[9], Severity.INFO)

    record_around(path, moments, before=5, after=10)

    assert assert_holds(path, moments) == []


def test_finding_in_the_first_sample_is_kept(tmp_path: Path) -> None:
    path, moments = tmp_path / "around.nirec", make_moments(30)
    moments[0] = with_finding(moments[0])

    record_around(path, moments, before=5, after=3)

    assert assert_holds(path, moments) == [0, 1, 2, 3]


def test_memory_stays_within_its_budget_and_keeps_the_newest() -> None:
    moments = make_moments(400)
    memory = MemoryTimeline(60_000)

    for count, moment in enumerate(moments, 1):
        memory.append(moment)
        assert memory.nbytes <= 60_000
        newest = len(memory.overview) - 1
        assert memory.overview.taken_at[newest] == moment.sample.taken_at
        if count % 7 == 0:
            assert_same(memory.read(newest), moment)
            oldest = round((memory.overview.taken_at[0] - TAKEN_AT) / STEP)
            assert_same(memory.read(0), moments[oldest])

    assert GROUP < len(memory.overview) < 400
    with pytest.raises(IndexError):
        memory.read(len(memory.overview))
    with pytest.raises(IndexError):
        memory.read(-1)


def test_memory_keeps_as_many_seconds_as_are_enough() -> None:
    moments = make_moments(400)
    memory = MemoryTimeline(1 << 30, seconds=100 * STEP)

    for moment in moments:
        memory.append(moment)

    assert 101 <= len(memory.overview) <= 101 + GROUP
    assert_same(memory.read(0), moments[400 - len(memory.overview)])
