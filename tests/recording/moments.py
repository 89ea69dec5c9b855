"""Moments as the screen makes them, and how to tell that two are exactly the same."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Any

import numpy as np

from netinspect.diagnosis import History, Judgement, diagnose
from netinspect.explanations import explain_finding
from netinspect.model import Sample
from netinspect.query import Query
from netinspect.recording.timeline import Moment
from netinspect.report import build_window
from tests.recordings.replay import read_samples

AS_USUAL = Judgement()


def judge(samples: Iterable[Sample], judgement: Judgement = AS_USUAL) -> Iterator[Moment]:
    """Compare each Sample with the one before and find what is wrong, as the screen does."""
    before, history = None, History()
    for sample in samples:
        diagnosis = diagnose(build_window(sample, before, Query()), history, judgement)
        attached = {f.key: explain_finding(f) for f in diagnosis.findings[:2]}
        yield Moment(sample, before, diagnosis.findings, attached)
        before, history = sample, diagnosis.history


@cache
def web_07() -> tuple[Moment, ...]:
    """Return the moments of the recorded host."""
    return tuple(judge(read_samples()))


def assert_same(one: Any, other: Any, place: str = "$") -> None:
    """Fail where two values differ in anything: type, order, bits."""
    if isinstance(one, np.ndarray):
        assert one.dtype == other.dtype, place
        assert np.array_equal(one, other), place
    elif is_dataclass(one):
        assert type(one) is type(other), place
        for field in fields(one):
            name = field.name
            assert_same(getattr(one, name), getattr(other, name), f"{place}.{name}")
    elif isinstance(one, Mapping):
        assert list(one) == list(other), place
        for key in one:
            assert_same(one[key], other[key], f"{place}[{key}]")
    elif isinstance(one, tuple):
        assert type(one) is type(other), place
        assert len(one) == len(other), place
        for i, (left, right) in enumerate(zip(one, other, strict=True)):
            assert_same(left, right, f"{place}[{i}]")
    else:
        assert type(one) is type(other), place
        assert repr(one) == repr(other), place
