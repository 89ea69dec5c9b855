"""Which findings lie on which row of which pane, and which of them are attached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Finding, FindingKey, ProcessKey, SubjectKind
from netinspect.model import RowKey

_OF_PROCESS = ("processes", "descriptors")
_OF_SOCKET = ("sockets", "ports")
_NO_LISTENERS: Mapping[FindingKey, NDArray[np.uint64]] = MappingProxyType({})


class Marks:
    """Finds the findings of a row by its pane and its key, the gravest first.

    attached: findings whose explanation is. listeners: for findings on connections that came in,
    the keys of the listeners they came in through.
    """

    def __init__(
        self,
        findings: Sequence[Finding],
        attached: Collection[FindingKey] = frozenset(),
        listeners: Mapping[FindingKey, NDArray[np.uint64]] = _NO_LISTENERS,
    ) -> None:
        self._listeners = listeners
        self.attached = frozenset(attached)
        self._by_key = {finding.key: finding for finding in findings}
        self._by_process: dict[ProcessKey, list[Finding]] = {}
        self._by_destination: dict[RowKey, list[Finding]] = {}
        self._with_sockets: list[Finding] = []
        for finding in sorted(findings, key=_gravest_first):
            self._add(finding)

    def of_row(self, pane: str, key: RowKey) -> tuple[Finding, ...]:
        """Return the findings on a row."""
        if pane in _OF_SOCKET and isinstance(key, int):
            through = self._listeners if pane == "ports" else _NO_LISTENERS
            return tuple(f for f in self._with_sockets if _concerns(f, key, through.get(f.key)))
        if not isinstance(key, tuple):
            return ()
        if pane == "anomalies":
            finding = self._by_key.get(FindingKey(str(key[0]), str(key[1])))
            return (finding,) if finding else ()
        if pane in _OF_PROCESS:
            return tuple(self._by_process.get(ProcessKey(int(key[0]), int(key[1])), ()))
        return tuple(self._by_destination.get(key, ()))

    def has_attached(self, findings: Sequence[Finding]) -> bool:
        """Tell whether one of these findings has its explanation attached."""
        return any(finding.key in self.attached for finding in findings)

    @property
    def sockets(self) -> NDArray[np.uint64]:
        """Return the keys of all sockets that a finding concerns."""
        keys = [finding.sockets for finding in self._with_sockets]
        return np.concatenate(keys) if keys else np.zeros(0, np.uint64)

    def _add(self, finding: Finding) -> None:
        subject = finding.subject
        if subject.process is not None:
            self._by_process.setdefault(subject.process, []).append(finding)
        if len(finding.sockets):
            self._with_sockets.append(finding)
        if subject.kind is SubjectKind.DESTINATION and subject.remote_port is not None:
            ends = (subject.netns, subject.local_addr or "", subject.remote_addr or "")
            self._by_destination.setdefault((*ends, subject.remote_port), []).append(finding)


def _concerns(finding: Finding, key: int, listeners: NDArray[np.uint64] | None) -> bool:
    wanted = np.uint64(key)
    return wanted in finding.sockets or (listeners is not None and wanted in listeners)


def _gravest_first(finding: Finding) -> int:
    return 0 if finding.severity is None else -finding.severity


NO_MARKS = Marks(())
