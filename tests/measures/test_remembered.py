"""Measuring once what is asked for several times."""

from __future__ import annotations

from itertools import count

from netinspect.measures.remembered import per_sample, per_window
from netinspect.model import Sample, Window
from tests.samples import make_sample, make_window


def test_a_sample_is_measured_once_and_another_for_itself() -> None:
    calls = count(1)

    @per_sample
    def measure(sample: Sample) -> int:
        return next(calls)

    now, before = make_sample([]), make_sample([])

    assert [measure(now), measure(before), measure(now), measure(before)] == [1, 2, 1, 2]


def test_only_the_newest_window_is_kept() -> None:
    calls = count(1)

    @per_window
    def measure(window: Window) -> int:
        return next(calls)

    first, second = make_window(make_sample([])), make_window(make_sample([]))

    assert [measure(first), measure(first), measure(second), measure(first)] == [1, 1, 2, 3]
