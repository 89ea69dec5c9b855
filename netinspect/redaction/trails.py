"""A Trail → that of the redacted Samples, without destinations: their ids are made of addresses."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from netinspect.model import Gone, Level, Sample, Step, Trail
from netinspect.redaction.keys import U64, Keys

_BY_SOCKET = ("sockets", "ports")
_BY_PROCESS = ("processes", "descriptors")


def redact_trail(trail: Trail, keys: Keys, redact: Callable[[Sample], Sample]) -> Trail:
    """Replace what a Trail tells. redact: of a Sample."""
    return Trail(tuple(_redact_step(step, keys, redact) for step in trail.steps))


def _redact_step(step: Step, keys: Keys, redact: Callable[[Sample], Sample]) -> Step:
    levels, came, went = {}, {}, {}
    for pane in (*_BY_SOCKET, *_BY_PROCESS):
        if (level := step.levels.get(pane)) is not None:
            ids = _ids(pane, level.ids, keys)
            order = np.argsort(ids)
            levels[pane] = Level(ids[order], level.numbers[order])
        if (ids_came := step.came.get(pane)) is not None:
            came[pane] = np.sort(_ids(pane, ids_came, keys))
        if (gone := step.went.get(pane)) is not None:
            went[pane] = Gone(np.sort(_ids(pane, gone.ids, keys)), redact(gone.sample))
    return Step(levels, came, went)


def _ids(pane: str, ids: U64, keys: Keys) -> U64:
    return keys.column(ids) if pane in _BY_SOCKET else ids
