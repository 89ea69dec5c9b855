"""The Trail as rows show it: the numbers of a row over time, and whether it came of late."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Finding, FindingKey
from netinspect.measures.row_ids import Ids, is_among
from netinspect.model import FRESH_STEPS, Age, Level, Series, Step, Trail


def read_history(trail: Trail, pane: str, ids: Ids) -> list[Series | None]:
    """Return for each of these rows its number at each Sample.

    None where there was only one Sample, or none that tells.
    """
    if len(trail.steps) < 2:
        return [None] * len(ids)
    empty = Level(np.zeros(0, np.uint64), np.zeros(0))
    numbers = np.array([_read(step.levels.get(pane, empty), ids) for step in trail.steps])
    known = np.isfinite(numbers).any(axis=0).tolist()
    series = (Series(tuple(map(_count, row))) for row in numbers.T.tolist())
    return [one if is_known else None for one, is_known in zip(series, known, strict=True)]


def read_ages(trail: Trail, pane: str, ids: Ids) -> list[Age]:
    """Tell of each of these rows whether it came within the last few Samples."""
    fresh = np.zeros(len(ids), np.bool_)
    for step in trail.fresh:
        if pane in step.came:
            fresh |= is_among(ids, step.came[pane])
    return [Age.NEW if new else Age.SETTLED for new in fresh.tolist()]


def find_new_findings(trail: Trail) -> frozenset[FindingKey]:
    """Return the findings that one of the last few Samples did not show."""
    *before, now = _told(trail)
    return frozenset(key for key in now if not all(key in told for told in before))


def find_ended_findings(trail: Trail) -> tuple[Finding, ...]:
    """Return the findings that only Samples before this one showed, as they were last told."""
    *before, now = _told(trail)
    known = {key: finding for told in before for key, finding in told.items()}
    return tuple(finding for key, finding in known.items() if key not in now)


def _told(trail: Trail) -> list[dict[FindingKey, Finding]]:
    """Return what was told at the Samples whose comings and goings are marked, and before them."""
    steps = trail.steps[-FRESH_STEPS - 1 :] or (Step(),)
    return [{finding.key: finding for finding in step.findings} for step in steps]


def _count(number: float) -> int | None:
    return None if number != number else int(number)


def _read(level: Level, ids: Ids) -> NDArray[np.float64]:
    """Read the numbers of these rows; NaN for those that were not there."""
    if not len(level.ids):
        return np.full(len(ids), np.nan)
    place = np.minimum(np.searchsorted(level.ids, ids), len(level.ids) - 1)
    return np.where(level.ids[place] == ids, level.numbers[place], np.nan)
