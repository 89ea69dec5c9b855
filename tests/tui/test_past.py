"""The last minutes of a live host: kept within a budget, and each as it was shown."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest

from netinspect.model import NO_TRAIL, TRAIL_STEPS, Sample
from netinspect.recording.timeline import Moment, MomentList
from netinspect.tui.building import Judged, judge_sample
from netinspect.tui.past import Held, Past
from tests.tui.fakes import make_process, make_sample

SAMPLES = 260
BUDGET = 60_000  # bytes: not enough for all


def samples() -> Iterator[Sample]:
    """Make Samples in each of which some sockets and a process came or went."""
    for number in range(SAMPLES):
        processes = [make_process(pid, f"proc{pid}") for pid in range(1, 4 + number % 3)]
        yield make_sample(processes, 40 + number % 7, at=2.0 * number)


def live(past: Past) -> list[Held]:
    """Keep Samples as the feed does."""
    shown: list[Held] = []
    judged: Judged | None = None
    for sample in samples():
        before = shown[-1].moment.sample if shown else None
        judged = judge_sample(sample, before, judged, None)
        moment = Moment(sample, before, judged.findings)
        place = past.append(moment, judged.trail.steps[-1])
        shown.append(Held(place, moment, judged.trail))
    return shown


def levels(held: Held) -> list[Any]:
    return [
        {pane: (level.ids.tolist(), level.numbers.tolist()) for pane, level in step.levels.items()}
        for step in held.trail.steps
    ]


def test_moments_that_can_be_gone_to_are_as_they_were_shown() -> None:
    past = Past(None, BUDGET)
    shown = live(past)

    track = past.track()

    assert track.last == SAMPLES - 1
    assert TRAIL_STEPS < track.first < SAMPLES - 5
    for place in (track.first, track.last, track.first + 1, track.last - 1):
        held, then = past.read(place), shown[place]
        assert held.place == place
        assert held.moment.findings == then.moment.findings
        assert held.moment.sample.taken_at == then.moment.sample.taken_at
        assert np.array_equal(held.moment.sample.sockets.key, then.moment.sample.sockets.key)
        assert held.moment.before is not None
        assert str(levels(held)) == str(levels(then))

    assert 0 < past.read(0).place <= track.first, "what was forgotten leads to what was not"


def test_places_of_a_file_count_from_its_first_moment() -> None:
    moments = [Moment(sample) for sample, _ in zip(samples(), range(4), strict=False)]
    past = Past(MomentList(moments))

    assert (past.track().first, past.track().last) == (0, len(moments) - 1)
    assert past.read(1).moment is moments[1]
    assert past.read(999).place == len(moments) - 1
    assert past.read(0).trail is not NO_TRAIL


def test_nothing_can_be_asked_for_before_the_first_moment() -> None:
    with pytest.raises(AssertionError):
        Past(None).track()


def test_large_host_can_always_be_stepped_back() -> None:
    past = Past(None, budget=2_000)  # bytes: not enough for two moments
    before = None
    for number, sample in zip(range(40), samples(), strict=False):
        past.append(Moment(sample, before))
        before = sample
        track = past.track()

        assert track.last == number
        assert number == 0 or len(track.overview) >= 1
        assert past.read(track.first).place == track.first
