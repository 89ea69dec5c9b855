"""What every Sample keeps to, and one from a file may not: others count on it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from netinspect.model import UNKNOWN, Family, OwnerReason, Process, Proto, Sample, SocketTable
from netinspect.recording.members import LAST_SECOND
from netinspect.recording.timeline import Moment

LARGEST_PID = (1 << 31) - 1
_KINDS = {"proto": Proto, "family": Family, "owner_reason": OwnerReason}


def check_sample(sample: Sample) -> None:
    """Raise ValueError where a Sample holds what none can hold."""
    check_times((sample.taken_at,))
    _check_processes(sample.processes.items())
    for sockets in (sample.sockets, sample.pulses.sockets):
        _check_kinds(sockets)
    _check_owners(sample.sockets, len(sample.owners))


def check_told(moment: Moment) -> None:
    """Raise ValueError where findings or explanations are of a time that is none."""
    check_times(finding.since for finding in moment.findings)
    check_times(finding.seen_at for finding in moment.findings)
    check_times(explanation.at for explanation in moment.explanations.values())


def check_times(times: Iterable[float | None]) -> None:
    """Raise ValueError for a time that cannot be written; None is none."""
    if not all(time is None or 0 <= time <= LAST_SECOND for time in times):
        raise ValueError("a time before 1970 or after 9999")


def _check_processes(processes: Iterable[tuple[int, Process]]) -> None:
    for pid, process in processes:
        if pid != process.pid or not 0 <= pid <= LARGEST_PID:
            raise ValueError("a process with a pid that is none")


def _check_kinds(sockets: SocketTable) -> None:
    for name, kind in _KINDS.items():
        if not np.isin(getattr(sockets, name), [int(member) for member in kind]).all():
            raise ValueError(f"a socket with a {name} that is none")


def _check_owners(sockets: SocketTable, owners: int) -> None:
    start, count = sockets.owner_start.astype(np.int64), sockets.owner_count.astype(np.int64)
    outside = (count < 0) | (start + count > owners)
    wrong = np.where(start >= 0, outside, start < UNKNOWN)
    if wrong.any():
        raise ValueError("a socket with a holder that is not there")
