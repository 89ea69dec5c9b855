"""Two Samples and a filter → Window → Report: what the screen, the commands and exports show."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from netinspect.errors import UsageError
from netinspect.finding import Explanation, Finding, FindingKey
from netinspect.gone_rows import find_gone, make_gone_rows
from netinspect.marks import Marks
from netinspect.measures.children import listeners_of
from netinspect.measures.history import find_ended_findings
from netinspect.model import (
    NO_TRAIL,
    Coverage,
    Host,
    OwnerReason,
    Process,
    Proto,
    Sample,
    Trail,
    Window,
)
from netinspect.parts import BulkRows, Pane, Report, RowList, Rows, Table
from netinspect.query import Query
from netinspect.row_order import order_rows

_CAP_DAC = 1 << 1 | 1 << 2  # CAP_DAC_OVERRIDE, CAP_DAC_READ_SEARCH
_CAP_SYS_PTRACE = 1 << 19


@dataclass(frozen=True, slots=True)
class PaneRequest:
    """A pane that is wanted in a Report, and the order of its rows."""

    pane: Pane
    sort: str
    descending: bool
    marked_only: bool = False  # only rows that a finding lies on

    @staticmethod
    def default(pane: Pane) -> PaneRequest:
        """Ask for a pane as it is sorted at first."""
        return PaneRequest(pane, pane.sort, pane.descending)


def build_window(
    now: Sample,
    before: Sample | None,
    query: Query,
    *,
    with_unix: bool = False,
    findings: tuple[Finding, ...] = (),
    trail: Trail = NO_TRAIL,
) -> Window:
    """Match the sockets of two Samples and select those that the filter lets through.

    trail: what is remembered of the Samples up to now.
    Unix sockets are selected only with `with_unix` or by a filter that names proto, family or path.
    """
    everything = np.ones(len(now.sockets), np.bool_)
    window = Window(now, before, _match_rows(now, before), everything, None, findings, trail)
    selected = query.select(window)
    if not with_unix and not query.names_unix:
        selected &= now.sockets.proto != Proto.UNIX
    pids = query.select_pids(now, selected)
    return replace(window, selected=selected, selected_pids=pids)


def build_report(
    window: Window,
    requests: Iterable[PaneRequest],
    explanations: Mapping[FindingKey, Explanation] = MappingProxyType({}),
    *,
    gone: Query | None = None,
) -> Report:
    """Make the Report that holds these panes. Raises UsageError on a field a pane has not.

    explanations: those that are attached. gone: the filter, where rows that went of late are
    wanted too.
    """
    sample, requests = window.now, list(requests)
    ports = any(request.pane.name == "ports" for request in requests)
    marks = Marks(window.findings, explanations, _find_listeners(window) if ports else {})
    return Report(
        host=sample.host,
        taken_at=sample.taken_at,
        coverage=build_coverage(sample),
        findings=window.findings,
        window=window,
        tables={r.pane.name: _build_table(window, r, marks, gone) for r in requests},
        explanations=explanations,
    )


def build_coverage(sample: Sample) -> Coverage:
    """Count what the Sample could not see. Sockets are those of TCP and UDP."""
    inet = sample.sockets.proto != Proto.UNIX
    hidden = inet & (sample.sockets.owner_reason == OwnerReason.HIDDEN)
    return Coverage(
        sockets=int(np.count_nonzero(inet)),
        owners_hidden=int(np.count_nonzero(hidden)),
        processes=len(sample.processes),
        processes_hidden=_count_hidden(list(sample.processes.values())),
        privileged=is_privileged(sample.host),
        notes=sample.notes,
    )


def is_privileged(host: Host) -> bool:
    """Tell whether the probe may see every process's descriptors (proc(5), ptrace(2))."""
    if host.capabilities is None:
        return host.euid == 0
    return bool(host.capabilities & _CAP_SYS_PTRACE) and bool(host.capabilities & _CAP_DAC)


def concerns(finding: Finding, window: Window) -> bool:
    """Tell whether a finding is about what the filter lets through.

    What is about the whole host or namespace always is.
    """
    if window.selected_pids is None:
        return True
    pid = finding.subject.pid
    if pid is None and not len(finding.sockets):
        return True
    selected = window.now.sockets.key[window.selected]
    return pid in window.selected_pids or bool(np.isin(finding.sockets, selected).any())


def _build_table(window: Window, request: PaneRequest, marks: Marks, gone: Query | None) -> Table:
    if request.sort not in request.pane.fields:
        raise UsageError(f"{request.pane.name}: no field `{request.sort}` to sort by")
    rows = request.pane.rows(window)
    order = order_rows(rows, request.sort, request.descending)
    if request.marked_only:
        order = order[_is_marked(request.pane.name, rows, marks)[order]]
    table = Table(request.pane, rows, order, marks=marks)
    return table if gone is None else _with_gone(table, window, request, gone)


def _with_gone(table: Table, window: Window, request: PaneRequest, query: Query) -> Table:
    """Add the rows that went of late and passed the filter as they were then."""
    went = [_ended_findings(window, request.pane)] if request.pane.name == "anomalies" else []
    for each in find_gone(window.trail, request.pane.name):
        last = build_window(each.sample, None, query, findings=window.findings, trail=window.trail)
        went.append(request.pane.rows(last))
    if not any(map(len, went)):
        return table
    gone = make_gone_rows(table, went, request.sort, request.descending, request.marked_only)
    return replace(table, gone=gone)


def _ended_findings(window: Window, pane: Pane) -> Rows:
    """Make rows of the findings that are no longer told, to come after the others."""
    told = window.findings
    rows = pane.rows(replace(window, findings=(*told, *find_ended_findings(window.trail))))
    return RowList(rows.fields, [rows.row(index) for index in range(len(told), len(rows))])


def _find_listeners(window: Window) -> dict[FindingKey, NDArray[np.uint64]]:
    """Find through which listeners the connections of each finding came in."""
    sockets, owners = window.now.sockets, window.now.owners
    return {
        finding.key: listeners_of(sockets, owners, finding.sockets)
        for finding in window.findings
        if len(finding.sockets)
    }


def _is_marked(pane: str, rows: Rows, marks: Marks) -> NDArray[np.bool_]:
    """Tell for each row whether a finding lies on it."""
    if isinstance(rows, BulkRows):
        return np.isin(rows.keys, marks.sockets)
    found = (bool(marks.of_row(pane, rows.row(i).key)) for i in range(len(rows)))
    return np.fromiter(found, np.bool_, len(rows))


def _match_rows(now: Sample, before: Sample | None) -> NDArray[np.int64]:
    """Find each socket in the Sample before: its row there, -1 where it is new."""
    if before is None or not len(before.sockets):
        return np.full(len(now.sockets), -1, np.int64)
    keys = before.sockets.key
    order = np.argsort(keys)
    place = np.searchsorted(keys, now.sockets.key, sorter=order)
    row = order[np.minimum(place, len(keys) - 1)]
    return np.where(keys[row] == now.sockets.key, row, -1)


def _count_hidden(processes: list[Process]) -> int:
    """Count processes whose descriptors may not be seen; kernel threads have none."""
    tells_kinds = any(process.fd_kinds is not None for process in processes)
    return sum(
        (process.fd_kinds is None if tells_kinds else process.fds is None)
        for process in processes
        if not process.is_kernel_thread
    )
