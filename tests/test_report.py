"""Windows match sockets and select them; Reports hold panes in order."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from netinspect.errors import UsageError
from netinspect.model import Host, Note, OwnerReason, Row, RowKey, Sample
from netinspect.panes import PANES
from netinspect.panes.processes import PANE as PROCESSES
from netinspect.parts import RowList, comparable
from netinspect.query import parse_query
from netinspect.report import (
    PaneRequest,
    build_coverage,
    build_report,
    build_window,
    is_privileged,
)
from netinspect.row_order import order_rows
from tests.samples import make_sample, make_window, process, tcp, udp, unix


class Values:
    """Rows that are only good for sorting."""

    fields = ("pid",)

    def __init__(self, values: NDArray[np.float64] | NDArray[np.str_]) -> None:
        self._values = values

    def __len__(self) -> int:
        return len(self._values)

    def row(self, index: int) -> Row:
        raise AssertionError("sorting needs no rows")

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        return self._values

    def find(self, key: RowKey) -> int | None:
        raise AssertionError("sorting finds no rows")


def order(values: Sequence[float | str | None], descending: bool) -> list[int]:
    rows: list[int] = order_rows(Values(comparable(values)), "pid", descending).tolist()
    return rows


def test_sockets_are_matched_by_key_wherever_they_stand() -> None:
    before = make_sample([udp("0.0.0.0:1", key=30), udp("0.0.0.0:2", key=10)])
    now = make_sample(
        [udp("0.0.0.0:2", key=10), udp("0.0.0.0:3", key=20), udp("0.0.0.0:1", key=30)]
    )

    window = make_window(now, before)

    assert window.before_row.tolist() == [1, -1, 0]


@pytest.mark.parametrize("before", [None, make_sample()])
def test_without_sockets_before_every_socket_is_new(before: Sample | None) -> None:
    now = make_sample([udp("0.0.0.0:1")])

    window = build_window(now, before, parse_query(""))

    assert window.before_row.tolist() == [-1]


def test_no_filter_selects_all_but_unix_sockets() -> None:
    window = make_window(make_sample([udp("0.0.0.0:1"), unix("/run/x")]))

    assert window.selected.tolist() == [True, False]
    assert window.selected_pids is None


def test_filter_that_names_a_proto_may_select_unix_sockets() -> None:
    window = make_window(make_sample([udp("0.0.0.0:1"), unix("/run/x")]), filter="proto unix")

    assert window.selected.tolist() == [False, True]


def test_pid_filter_selects_the_process_even_without_sockets() -> None:
    window = make_window(make_sample([udp("0.0.0.0:1")], [process(5)]), filter="pid 5")

    assert window.selected.tolist() == [False]
    assert window.selected_pids == frozenset({5})


def test_other_filters_select_the_processes_that_hold_a_selected_socket() -> None:
    sample = make_sample([udp("0.0.0.0:1", pids=[5, 6]), udp("0.0.0.0:2", pids=[7])])

    assert make_window(sample, filter="port 1").selected_pids == frozenset({5, 6})
    assert make_window(sample, filter="port 1 and pid 6,7").selected_pids == frozenset({6})


def test_elapsed_needs_time_to_go_on() -> None:
    sample = make_sample()

    assert make_window(sample).elapsed is None
    assert make_window(sample, sample).elapsed is None
    assert make_window(make_sample(at=2.0), sample).elapsed == 2.0


@pytest.mark.parametrize("descending", [False, True])
def test_unknown_comes_last_in_both_directions(descending: bool) -> None:
    numbers = order([2.0, None, 1.0], descending)
    words = order(["b", None, "a"], descending)

    assert numbers[-1] == 1
    assert words[-1] == 1
    assert (numbers[0] == 0) is descending
    assert (words[0] == 0) is descending


@pytest.mark.parametrize("descending", [False, True])
def test_equal_rows_keep_their_order(descending: bool) -> None:
    assert order([1.0, 1.0, 1.0], descending) == [0, 1, 2]
    assert order(["x", "x", "x"], descending) == [0, 1, 2]


def test_owners_and_counts_compare_by_their_number() -> None:
    rows = RowList(("states",), [Row(1, ({"LISTEN": 2},)), Row(2, ({"LISTEN": 1, "BOUND": 4},))])

    assert order_rows(rows, "states", True).tolist() == [1, 0]


def test_report_holds_the_panes_asked_for_in_their_order() -> None:
    sample = make_sample([udp("0.0.0.0:1", pids=[6])], [process(5), process(6)])

    report = build_report(make_window(sample), [PaneRequest.default(PROCESSES)])

    table = report.tables["processes"]
    assert list(report.tables) == ["processes"]
    assert [table.rows.row(i).values[0] for i in table.order.tolist()] == [6, 5]


def test_report_refuses_a_field_the_pane_has_not() -> None:
    with pytest.raises(UsageError, match="no field `rtt`"):
        build_report(make_window(make_sample()), [PaneRequest(PROCESSES, "rtt", False)])


def test_empty_host_has_empty_tables() -> None:
    report = build_report(make_window(make_sample()), map(PaneRequest.default, PANES))

    assert {len(table.rows) for table in report.tables.values()} == {0}


def test_coverage_counts_what_is_hidden() -> None:
    note = Note("processes", "refused", count=1)
    sample = make_sample(
        [
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.2:1", owner_reason=OwnerReason.HIDDEN),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.2:2"),
            unix("/run/x", owner_reason=OwnerReason.HIDDEN),
        ],
        [
            process(1),
            process(5, fd_kinds=None),
            process(9, ppid=2, fd_kinds=None, exe=None, cmdline=()),
        ],
        notes=[note],
    )

    coverage = build_coverage(sample)

    assert (coverage.sockets, coverage.owners_hidden) == (2, 1)
    assert (coverage.processes, coverage.processes_hidden) == (3, 1)
    assert coverage.summary == "owners hidden for 1 of 2 sockets: refused in spite of privileges"
    assert coverage.notes == (note,)


def test_hidden_owners_have_a_remedy_for_who_is_not_root() -> None:
    hidden = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.2:1", owner_reason=OwnerReason.HIDDEN)

    coverage = build_coverage(make_sample([hidden], host=Host("h", euid=1000)))

    assert coverage.summary == "owners hidden for 1 of 1 sockets: run with --sudo"


def test_where_kinds_are_never_told_a_process_without_fd_count_is_hidden() -> None:
    sample = make_sample([], [process(1, fd_kinds=None), process(5, fd_kinds=None, fds=None)])

    assert build_coverage(sample).processes_hidden == 1


@pytest.mark.parametrize(
    ("euid", "capabilities", "privileged"),
    [
        (0, None, True),
        (1000, None, False),
        (0, 0, False),
        (1000, 1 << 19 | 1 << 2, True),
        (1000, 1 << 19, False),
    ],
)
def test_rights_are_judged_by_capabilities_where_they_are_known(
    euid: int, capabilities: int | None, privileged: bool
) -> None:
    assert is_privileged(Host("h", euid=euid, capabilities=capabilities)) is privileged
