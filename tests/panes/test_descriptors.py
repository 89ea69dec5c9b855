"""Descriptors: use against limits, by kind, and how fast it grows."""

from __future__ import annotations

from netinspect.model import Limits, Process
from netinspect.panes.descriptors import PANE
from tests.panes.rows import lines_of, only_row
from tests.samples import make_sample, make_window, process, tcp


def row_after(now: Process, before: Process, seconds: float = 2.0) -> dict[str, object]:
    window = make_window(make_sample([], [now], at=seconds), make_sample([], [before]))
    return dict(only_row(PANE, window))


def test_lines_read_well() -> None:
    sample = make_sample(
        [tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:1", pids=[5])],
        [process(5, "java", fds=4000, fd_soft=4096, fd_hard=524_288)],
    )

    assert lines_of(PANE, make_window(sample)) == [
        "5 | java | 4,000/4,096/524,288 | 98% | 1 | 2 | 3 | 4 | CLOSE_WAIT 1 | – | –"
    ]


def test_growth_tells_when_the_limit_is_reached() -> None:
    row = row_after(process(5, fds=1000, fd_soft=1024), process(5, fds=992, fd_soft=1024))

    assert (row["fd_slope"], row["time_to_limit"]) == (4.0, 6.0)


def test_shrinking_process_never_reaches_the_limit() -> None:
    row = row_after(process(5, fds=10), process(5, fds=20))

    assert (row["fd_slope"], row["time_to_limit"]) == (-5.0, None)


def test_process_over_its_lowered_limit_is_there_now() -> None:
    row = row_after(process(5, fds=30, fd_soft=20), process(5, fds=20, fd_soft=20))

    assert row["time_to_limit"] == 0


def test_reused_pid_is_another_process() -> None:
    row = row_after(process(5, fds=1000, start_time=99), process(5, fds=1, start_time=1))

    assert row["fd_slope"] is None


def test_unlimited_and_unreadable_are_unknown() -> None:
    unlimited = row_after(process(5, fd_soft=None), process(5, fds=1))
    unreadable = row_after(process(5, fds=None, fd_kinds=None), process(5))

    assert (unlimited["fd_used"], unlimited["time_to_limit"]) == (None, None)
    assert (unreadable["fds"], unreadable["fd_socket"], unreadable["fd_slope"]) == (None,) * 3


def test_header_tells_the_limits_of_the_host() -> None:
    known = Limits(file_nr=41_022, file_max=2_466_170, nr_open=1_048_576)

    assert PANE.header(make_window(make_sample(limits=known))) == (
        "host 41,022 of 2,466,170 open files, nr_open 1,048,576"
    )
    assert PANE.header(make_window(make_sample(limits=Limits()))) == ""
