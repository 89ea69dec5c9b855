"""Timeline: moments in order of time, each as it was shown then."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Explanation, Finding, FindingKey
from netinspect.model import Proto, Sample

NOTHING_FOUND = -1
"""In Overview.severity: nothing was found at that moment."""


@dataclass(frozen=True, slots=True, eq=False)
class Moment:
    """One Sample, what it was compared with, and what was told of it.

    before: None where the Sample before is not known. findings: as they were told then, by the
    thresholds of then. explanations: those that were attached.
    """

    sample: Sample
    before: Sample | None = None
    findings: tuple[Finding, ...] = ()
    explanations: Mapping[FindingKey, Explanation] = field(
        default_factory=lambda: MappingProxyType({})
    )


@dataclass(frozen=True, slots=True, eq=False)
class Overview:
    """What is known of every moment without reading it; one value a moment, oldest first."""

    taken_at: NDArray[np.float64]  # seconds since the epoch
    sockets: NDArray[np.int64]  # of TCP and UDP
    findings: NDArray[np.int64]  # how many were told
    severity: NDArray[np.int8]  # the gravest Severity; NOTHING_FOUND

    def __len__(self) -> int:
        return len(self.taken_at)

    def since(self, index: int) -> Overview:
        """Leave out the moments before one."""
        if not index:
            return self
        return Overview(
            self.taken_at[index:],
            self.sockets[index:],
            self.findings[index:],
            self.severity[index:],
        )

    @staticmethod
    def build(rows: Iterable[tuple[float, int, int, int]]) -> Overview:
        """Put together what is known moment by moment, in the order of the fields."""
        known = list(rows)
        taken_at, sockets, findings, severity = ([row[i] for row in known] for i in range(4))
        return Overview(
            np.array(taken_at, np.float64),
            np.array(sockets, np.int64),
            np.array(findings, np.int64),
            np.array(severity, np.int8),
        )


class Timeline(Protocol):
    """Moments in order of time. Called from one thread at a time."""

    @property
    def overview(self) -> Overview:
        """What is known of all moments there are now."""

    def read(self, index: int) -> Moment:
        """Return a moment; raises IndexError, and RecordingError where it cannot be read."""


class MomentList:
    """A Timeline of moments at hand: a snapshot, a dump."""

    def __init__(self, moments: Sequence[Moment]) -> None:
        self._moments = moments
        self.overview = Overview.build(map(summarize, moments))

    def read(self, index: int) -> Moment:
        """Return a moment."""
        return self._moments[index]


def summarize(moment: Moment) -> tuple[float, int, int, int]:
    """Return what an Overview holds of a moment."""
    sockets = int(np.count_nonzero(moment.sample.sockets.proto != Proto.UNIX))
    graves = (f.severity for f in moment.findings if f.severity is not None)
    worst = max(graves, default=NOTHING_FOUND)
    return moment.sample.taken_at, sockets, len(moment.findings), int(worst)
