"""The Trail of a past moment is the one that was there then."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from netinspect.measures.steps import take_step
from netinspect.model import TRAIL_STEPS, Sample, Trail
from netinspect.query import Query
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.trails import Trails
from netinspect.recording.writer import RecordingWriter
from netinspect.report import build_window
from tests.recordings.replay import read_samples
from tests.samples import make_sample, process, tcp


def samples(count: int) -> list[Sample]:
    """Make Samples in each of which another connection and another process came and went."""
    return [
        make_sample(
            [
                tcp("LISTEN", "0.0.0.0:80", pids=[5], key=1),
                tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{1000 + n}", pids=[n], key=1000 + n),
            ],
            [process(5, "server"), process(1000 + n, "worker")],
            at=2.0 * n,
        )
        for n in range(count)
    ]


def moments_of(taken: list[Sample]) -> list[Moment]:
    return [Moment(sample, taken[i - 1] if i else None) for i, sample in enumerate(taken)]


def live_trails(taken: list[Sample]) -> Iterator[Trail]:
    trail, before = Trail(), None
    for sample in taken:
        trail = trail.add(take_step(build_window(sample, before, Query())))
        before = sample
        yield trail


def written(trail: Trail) -> list[object]:
    """Return all that a Trail says, as values that compare."""
    return [
        (
            {name: (one.ids.tolist(), str(one.numbers.tolist())) for name, one in levels.items()},
            {name: ids.tolist() for name, ids in step.came.items()},
            {name: (one.ids.tolist(), one.sample.sockets.key.tolist()) for name, one in went},
        )
        for step in trail.steps
        for levels, went in [(step.levels, sorted(step.went.items()))]
    ]


def test_trail_of_each_moment_is_the_live_one_whatever_the_way_there() -> None:
    taken = samples(TRAIL_STEPS + 6)
    moments, live = moments_of(taken), list(live_trails(taken))

    for way in (range(len(taken)), reversed(range(len(taken))), (20, 3, 29, 28, 0)):
        trails = Trails(moments.__getitem__)
        for index in way:
            assert written(trails.at(index)) == written(live[index]), index


def test_recorded_host_has_the_trail_it_had() -> None:
    taken = read_samples()
    trails = Trails(moments_of(taken).__getitem__)

    assert written(trails.at(len(taken) - 1)) == written(list(live_trails(taken))[-1])


def test_trail_read_from_a_file_is_the_live_one(tmp_path: Path) -> None:
    taken = read_samples()
    path = str(tmp_path / "web-07.rec")
    writer = RecordingWriter(path)
    for moment in moments_of(taken):
        writer.append(moment)
    writer.close()

    recording = Recording(path)
    trails = Trails(recording.read)
    for index, live in enumerate(live_trails(taken)):
        assert written(trails.at(index)) == written(live)
    recording.close()


def test_trail_begins_anew_behind_a_gap() -> None:
    taken = samples(6)
    moments = moments_of(taken)
    del moments[2]  # what was compared with it remains

    trails = Trails(moments.__getitem__)

    assert [len(trails.at(index).steps) for index in range(5)] == [1, 2, 1, 2, 3]


def test_going_on_by_one_reads_one_moment() -> None:
    moments = moments_of(samples(TRAIL_STEPS + 6))
    read: list[int] = []

    def note(index: int) -> Moment:
        read.append(index)
        return moments[index]

    trails = Trails(note)
    trails.at(27)
    del read[:]

    trails.at(28)
    trails.at(27)
    trails.at(26)

    assert read == [28, 3]


def test_moments_that_are_forgotten_count_as_long_as_they_are_remembered() -> None:
    moments = moments_of(samples(6))
    trails = Trails(moments.__getitem__)
    whole = trails.at(5)

    assert written(trails.at(5, first=4)) == written(whole)
