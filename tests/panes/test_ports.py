"""Ports: listeners and the connections that came in through each."""

from __future__ import annotations

from dataclasses import replace

from netinspect.finding import Finding, Severity, Subject, SubjectKind
from netinspect.panes.ports import PANE
from netinspect.report import PaneRequest, build_report
from tests.panes.rows import lines_of, only_row, rows_of
from tests.samples import NETNS, Socket, make_sample, make_window, process, tcp, udp


def child(local: str, peer: str, pids: tuple[int, ...] = (), **columns: int) -> Socket:
    return tcp("ESTABLISHED", local, peer, pids, **columns)


def test_listener_shows_queue_states_drops_and_top_peer() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[5], recv_q=129, send_q=128, drops=41),
            child("10.0.0.1:80", "10.0.0.8:1", (5,)),
            child("10.0.0.1:80", "10.0.0.9:1", (5,)),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:2"),
        ],
        [process(5, "java")],
    )

    assert lines_of(PANE, make_window(sample)) == [
        "80 | tcp | 0.0.0.0 | java[5] | 129/128 | ESTABLISHED 2 TIME_WAIT 1 | – | 41 | – | 10.0.0.9"
    ]
    row = only_row(PANE, make_window(sample))
    assert (row["sockets"], row["top_peer_count"], row["queue_used"]) == (3, 2, 129 / 128)


def test_other_connections_with_that_port_on_the_far_side_do_not_count() -> None:
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[5]), child("10.0.0.1:41000", "10.0.0.9:80", (5,))]
    )

    assert only_row(PANE, make_window(sample))["sockets"] == 0


def test_outgoing_attempt_from_the_service_port_is_no_child() -> None:
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80"), tcp("SYN_SENT", "10.0.0.1:80", "10.0.0.9:80")]
    )

    assert only_row(PANE, make_window(sample))["states"] == {}


def test_connection_belongs_to_the_most_specific_listener() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[1]),
            tcp("LISTEN", "10.0.0.1:80", pids=[2]),
            tcp("LISTEN", "[::]:80", pids=[3], v6only=0),
            child("10.0.0.1:80", "10.0.0.9:1"),
            child("10.0.0.2:80", "10.0.0.9:1"),
            child("[2001:db8::1]:80", "[2001:db8::9]:1"),
        ]
    )

    rows = rows_of(PANE, make_window(sample))

    assert [(row["pid"], row["sockets"]) for row in rows] == [(1, 1), (2, 1), (3, 1)]


def test_dual_stack_listener_takes_ipv4_too_but_an_ipv6_only_one_does_not() -> None:
    for v6only, count in ((0, 1), (1, 0)):
        sample = make_sample(
            [tcp("LISTEN", "[::]:80", v6only=v6only), child("10.0.0.1:80", "10.0.0.9:1")]
        )
        assert only_row(PANE, make_window(sample))["sockets"] == count


def test_namespaces_do_not_mix() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", netns=7),
            tcp("LISTEN", "0.0.0.0:80", netns=8),
            child("10.0.0.1:80", "10.0.0.9:1", netns=8),
        ]
    )

    rows = PANE.rows(make_window(sample))

    assert [row["sockets"] for row in rows_of(PANE, make_window(sample))] == [0, 1]
    assert rows.row(0).drill == "lport 80 and proto tcp and netns 7"


def test_siblings_are_rows_of_their_own_and_share_by_holder() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[1], recv_q=9, send_q=8),
            tcp("LISTEN", "0.0.0.0:80", pids=[2], recv_q=0, send_q=8),
            child("10.0.0.1:80", "10.0.0.9:1", (1,)),
            child("10.0.0.1:80", "10.0.0.9:2", (2,)),
            child("10.0.0.1:80", "10.0.0.9:3", (2,)),
            child("10.0.0.1:80", "10.0.0.9:4"),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:5"),
        ]
    )
    window = make_window(sample)

    rows = rows_of(PANE, window)

    assert [(row["pid"], row["queue"], row["sockets"]) for row in rows] == [(1, 9, 1), (2, 0, 2)]
    assert PANE.header(window) == "2 connections of shared ports have no owner: in no bar"


def test_holder_of_several_siblings_leaves_it_open() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[1]),
            tcp("LISTEN", "0.0.0.0:80", pids=[1]),
            child("10.0.0.1:80", "10.0.0.9:1", (1,)),
        ]
    )
    window = make_window(sample)

    assert [row["sockets"] for row in rows_of(PANE, window)] == [0, 0]
    assert PANE.header(window).startswith("1 connections")


def test_workers_of_one_pre_fork_listener_share_one_row() -> None:
    sample = make_sample(
        [tcp("LISTEN", "0.0.0.0:80", pids=[1, 2]), child("10.0.0.1:80", "10.0.0.9:1", (2,))]
    )

    assert only_row(PANE, make_window(sample))["sockets"] == 1
    assert PANE.header(make_window(sample)) == ""


def test_queue_limit_the_kernel_did_not_tell_is_unknown() -> None:
    row = only_row(PANE, make_window(make_sample([tcp("LISTEN", "0.0.0.0:80", recv_q=3)])))

    assert (row["queue"], row["backlog"], row["queue_used"]) == (3, None, None)


def test_drops_and_newcomers_per_second() -> None:
    before = make_sample([tcp("LISTEN", "0.0.0.0:80", key=1, drops=5)])
    now = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", key=1, drops=9),
            child("10.0.0.1:80", "10.0.0.9:1", key=2),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:2", key=3),
        ],
        at=2.0,
    )

    row = only_row(PANE, make_window(now, before))

    assert (row["drop_rate"], row["new_rate"]) == (2.0, 0.5)


def test_rates_are_unknown_with_one_sample_and_for_a_new_listener() -> None:
    now = make_sample([tcp("LISTEN", "0.0.0.0:80", key=1, drops=5)], at=2.0)

    alone = only_row(PANE, make_window(now))
    new = only_row(PANE, make_window(now, make_sample()))

    assert (alone["drop_rate"], alone["new_rate"]) == (None, None)
    assert new["drop_rate"] is None


def test_bound_udp_sockets_are_services_and_connected_ones_are_not() -> None:
    sample = make_sample(
        [udp("0.0.0.0:53", pids=[5], recv_q=700, drops=4), udp("10.0.0.1:999", "10.0.0.9:53")],
        [process(5, "named")],
    )

    row = only_row(PANE, make_window(sample))

    assert (row["port"], row["proto"], row["drops"], row["recv_q"]) == (53, "udp", 4, 700)
    assert (row["queue"], row["states"], row["sockets"]) == (None, None, None)


def test_filter_hides_listeners_but_not_their_connections() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[1]),
            tcp("LISTEN", "0.0.0.0:81", pids=[2]),
            child("10.0.0.1:80", "10.0.0.9:1"),
        ],
        [process(1), process(2)],
    )

    row = only_row(PANE, make_window(sample, filter="pid 1"))

    assert (row["port"], row["sockets"]) == (80, 1)


def test_row_leads_to_the_connections_of_the_port() -> None:
    rows = PANE.rows(make_window(make_sample([tcp("LISTEN", "0.0.0.0:80", key=77)])))

    assert rows.row(0).drill == "lport 80 and proto tcp"
    assert rows.row(0).key == 77
    assert NETNS in rows.row(0).values


def test_findings_on_connections_that_came_in_lie_on_their_listeners_row() -> None:
    leak = [
        tcp("CLOSE_WAIT", "10.0.0.1:80", f"10.0.0.9:{port}", pids=[7]) for port in range(1000, 1003)
    ]
    listeners = [tcp("LISTEN", "0.0.0.0:80", pids=[7]), tcp("LISTEN", "0.0.0.0:81", pids=[7])]
    window = make_window(make_sample([*listeners, *leak], [process(7)]))
    subject = Subject(SubjectKind.NAMESPACE, "n", "n")
    found = Finding(
        "some-code", Severity.WARNING, subject, "", (), sockets=window.now.sockets.key[2:]
    )

    report = build_report(replace(window, findings=(found,)), [PaneRequest.default(PANE)])

    table = report.tables["ports"]
    marked = [bool(table.marks.of_row("ports", table.rows.row(i).key)) for i in range(2)]
    assert marked == [True, False]
