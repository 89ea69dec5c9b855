"""Processes: what each holds; a shared socket counts for every holder."""

from __future__ import annotations

from netinspect.model import OwnerReason
from netinspect.panes.processes import PANE
from tests.panes.rows import lines_of, only_row, rows_of
from tests.samples import make_sample, make_window, process, tcp, udp, unix


def test_pre_fork_server_shows_every_worker() -> None:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[700, 701, 702])
    child = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", pids=[702])
    sample = make_sample([listener, child], [process(pid, "nginx") for pid in (700, 701, 702)])

    rows = rows_of(PANE, make_window(sample))

    assert [(row["pid"], row["listen"], row["sockets"]) for row in rows] == [
        (700, 1, 1),
        (701, 1, 1),
        (702, 1, 2),
    ]


def test_counts_are_by_state_and_protocol() -> None:
    sample = make_sample(
        [
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1", pids=[5]),
            tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:2", pids=[5]),
            tcp("CLOSE_WAIT", "10.0.0.1:80", "10.0.0.9:3", pids=[5]),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:4"),
            udp("0.0.0.0:53", pids=[5]),
            unix("/run/x", pids=[5]),
        ],
        [process(5)],
    )

    row = only_row(PANE, make_window(sample))

    assert row["states"] == {"ESTABLISHED": 1, "CLOSE_WAIT": 2}
    assert (row["established"], row["close_wait"], row["udp"], row["sockets"]) == (1, 2, 1, 4)


def test_socket_with_two_descriptors_in_one_process_counts_once() -> None:
    sample = make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[5, 5])], [process(5)])

    assert only_row(PANE, make_window(sample))["sockets"] == 1


def test_kernel_threads_are_left_out() -> None:
    thread = process(9, "kworker/0:0", ppid=2, exe=None, cmdline=())
    sample = make_sample([], [process(2, "kthreadd", ppid=0, exe=None, cmdline=()), thread])

    assert rows_of(PANE, make_window(sample)) == []


def test_sockets_of_a_process_that_may_not_be_seen_are_unknown_and_not_zero() -> None:
    hidden = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1", owner_reason=OwnerReason.HIDDEN)
    sample = make_sample([hidden], [process(5, fd_kinds=None), process(6)])

    foreign, own = rows_of(PANE, make_window(sample))

    assert (foreign["sockets"], foreign["states"], foreign["close_wait"]) == (None, None, None)
    assert own["sockets"] == 0


def test_throughput_is_the_sum_over_connections() -> None:
    def sockets(factor: int) -> list:  # type: ignore[type-arg] # of tests.samples.Socket
        return [
            tcp(
                *("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{i}"),
                pids=[5],
                bytes_acked=factor * 1000 * i,
                bytes_received=factor * 10,
            )
            for i in (1, 2)
        ]

    before = make_sample(sockets(1), [process(5)])
    now = make_sample(sockets(3), [process(5)], at=2.0)

    row = only_row(PANE, make_window(now, before))

    assert (row["send_rate"], row["recv_rate"]) == (3000.0, 20.0)


def test_throughput_is_unknown_when_one_connection_does_not_tell() -> None:
    known = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1", pids=[5], bytes_acked=5)
    silent = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:2", pids=[5])
    window = make_window(
        make_sample([known, silent], [process(5)], at=2.0), make_sample([known, silent])
    )

    assert only_row(PANE, window)["send_rate"] is None


def test_throughput_needs_two_samples_and_a_connection() -> None:
    sample = make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[5])], [process(5)])

    assert only_row(PANE, make_window(sample))["send_rate"] is None
    assert only_row(PANE, make_window(make_sample([], [process(5)], at=1), sample))[
        "recv_rate"
    ] is (None)


def test_filter_by_port_shows_its_holders_and_counts_its_sockets_only() -> None:
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[5]), tcp("LISTEN", "0.0.0.0:81", pids=[5, 6])],
        [process(5), process(6), process(7)],
    )

    rows = rows_of(PANE, make_window(sample, filter="port 81"))

    assert [(row["pid"], row["sockets"]) for row in rows] == [(5, 1), (6, 1)]


def test_row_leads_to_the_sockets_of_the_process() -> None:
    row = PANE.rows(make_window(make_sample([], [process(5)]))).row(0)

    assert row.drill == "pid 5"
    assert row.key == (5, 50)


def test_lines_read_well() -> None:
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[5])],
        [process(5, "nginx", user="www", unit="nginx.service", fds=12)],
    )

    assert lines_of(PANE, make_window(sample)) == [
        "5 | nginx | www | nginx.service | 1 | 1 | 0 | 0 | LISTEN 1 | 0 | 12/1,024 | – | –"
    ]
    assert PANE.header(make_window(sample)) == "1 process"


def test_source_that_misses_owners_leaves_counts_unknown() -> None:
    missed = tcp("LISTEN", "0.0.0.0:80", owner_reason=OwnerReason.ELSEWHERE)
    sample = make_sample([missed], [process(5, fd_kinds=None)], origin="psutil")

    assert only_row(PANE, make_window(sample))["sockets"] is None
