"""Which findings lie on which row of which pane."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinspect.finding import Finding, FindingKey, ProcessKey, SubjectKind
from netinspect.model import RowKey

_OF_PROCESS = ("processes", "descriptors")
_OF_SOCKET = ("sockets", "ports")


class Marks:
    """Finds the findings of a row by its pane and its key, the gravest first."""

    def __init__(self, findings: Sequence[Finding]) -> None:
        grave_first = sorted(findings, key=lambda f: -(-1 if f.severity is None else f.severity))
        self._by_key = {finding.key: finding for finding in findings}
        self._by_process: dict[ProcessKey, list[Finding]] = {}
        self._by_destination: dict[RowKey, list[Finding]] = {}
        self._with_sockets: list[Finding] = []
        for finding in grave_first:
            self._add(finding)

    def __len__(self) -> int:
        return len(self._by_key)

    def of_row(self, pane: str, key: RowKey) -> tuple[Finding, ...]:
        """Return the findings on a row."""
        if not self._by_key:
            return ()
        if pane == "anomalies" and isinstance(key, tuple):
            finding = self._by_key.get(FindingKey(str(key[0]), str(key[1])))
            return (finding,) if finding else ()
        if pane in _OF_PROCESS and isinstance(key, tuple):
            return tuple(self._by_process.get(ProcessKey(int(key[0]), int(key[1])), ()))
        if pane in _OF_SOCKET and isinstance(key, int):
            return tuple(f for f in self._with_sockets if np.uint64(key) in f.sockets)
        return tuple(self._by_destination.get(key, ()))

    def _add(self, finding: Finding) -> None:
        subject = finding.subject
        if subject.process is not None:
            self._by_process.setdefault(subject.process, []).append(finding)
        if len(finding.sockets):
            self._with_sockets.append(finding)
        if subject.kind is SubjectKind.DESTINATION and subject.remote_port is not None:
            end = (subject.netns, subject.local_addr or "", subject.remote_addr or "")
            self._by_destination.setdefault((*end, subject.remote_port), []).append(finding)


NO_MARKS = Marks(())
