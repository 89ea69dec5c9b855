"""Measuring once what is asked for several times."""

from __future__ import annotations

from itertools import count

from netinspect.measures.remembered import per_sample, per_window
from netinspect.model import Sample, Window
from tests.samples import make_sample, make_window, udp


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


def test_small_samples_do_not_push_out_a_large_one() -> None:
    calls = count(1)

    @per_sample
    def measure(sample: Sample) -> int:
        return next(calls)

    large = make_sample([udp(f"0.0.0.0:{port}") for port in range(1, 1100)])
    small = [make_sample([]) for _ in range(3)]

    assert measure(large) == 1
    assert [measure(sample) for sample in small] == [2, 3, 4]
    assert measure(large) == 1
