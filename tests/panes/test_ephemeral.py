"""Ephemeral: the arithmetic of local ports per destination."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netinspect.model import Sample
from netinspect.panes.ephemeral import PANE
from netinspect.row_order import order_rows
from tests.panes.rows import lines_of, only_row, rows_of
from tests.samples import Socket, make_sample, make_window, namespace, process, tcp, udp

HUNDRED = [namespace("40000\t40099")]


def out(port: int, to: str = "10.0.0.9:9001", state: str = "ESTABLISHED", **known: int) -> Socket:
    return tcp(state, f"10.0.0.1:{port}", to, (), **known)


def sample_of(*sockets: Socket, reserved: str = "", at: float = 0.0) -> Sample:
    return make_sample(sockets, at=at, namespaces=[namespace("40000\t40099", reserved)])


def test_ports_are_used_per_destination_and_not_host_wide() -> None:
    window = make_window(
        sample_of(out(40000), out(40001), out(40000, "10.0.0.9:9002"), out(40000, "10.0.0.8:9001"))
    )

    used = {
        (row["remote_addr"], row["remote_port"]): (row["used"], row["free"])
        for row in rows_of(PANE, window)
    }

    assert used == {
        ("10.0.0.9", 9001): (2, 98),
        ("10.0.0.9", 9002): (1, 99),
        ("10.0.0.8", 9001): (1, 99),
    }


def test_every_state_takes_its_port() -> None:
    states = ["ESTABLISHED", "TIME_WAIT", "FIN_WAIT2", "SYN_SENT", "LAST_ACK"]
    window = make_window(sample_of(*(out(40000 + i, state=s) for i, s in enumerate(states))))

    row = only_row(PANE, window)

    assert (row["used"], row["time_wait"], row["time_wait_share"]) == (5, 1, 0.2)


def test_ports_that_reuse_gives_back_are_free_all_the_same() -> None:
    space = namespace("40000\t40099")
    space = replace(space, sysctls={**space.sysctls, "net.ipv4.tcp_tw_reuse": "1"})
    sockets = [out(40000, state="TIME_WAIT", expires=58_000), out(40001)]

    row = only_row(PANE, make_window(make_sample(sockets, namespaces=[space])))

    assert (row["used"], row["free"], row["free_with_reuse"]) == (2, 98, 99)


def test_ports_are_counted_once() -> None:
    window = make_window(sample_of(out(40000, state="TIME_WAIT"), out(40000)))

    row = only_row(PANE, window)

    assert (row["used"], row["time_wait"]) == (1, 0)


def test_reserved_ports_of_the_range_are_not_usable() -> None:
    window = make_window(sample_of(out(40060), reserved="40000-40029,40050,41000"))

    row = only_row(PANE, window)

    assert (row["usable"], row["reserved"], row["free"]) == (69, 31, 68)


def test_ports_that_a_bind_holds_on_any_address_are_not_usable() -> None:
    bound = [tcp("BOUND", f"127.0.0.77:{40000 + i}") for i in range(50)]

    row = only_row(PANE, make_window(sample_of(out(40060), *bound)))

    assert (row["usable"], row["held_elsewhere"], row["free"]) == (50, 50, 49)


def test_listener_in_the_range_holds_its_port_and_its_children_are_not_outgoing() -> None:
    window = make_window(
        sample_of(
            out(40000),
            tcp("LISTEN", "[::]:40010"),
            tcp("ESTABLISHED", "10.0.0.1:40010", "10.0.0.9:9001"),
        )
    )

    row = only_row(PANE, window)

    assert (row["used"], row["usable"], row["held_elsewhere"]) == (1, 99, 1)


def test_port_that_is_reserved_and_held_is_missing_once() -> None:
    row = only_row(
        PANE, make_window(sample_of(out(40060), tcp("BOUND", "10.0.0.1:40000"), reserved="40000"))
    )

    assert (row["usable"], row["reserved"], row["held_elsewhere"]) == (99, 1, 0)


def test_udp_has_ports_of_its_own() -> None:
    window = make_window(
        sample_of(out(40000), udp("0.0.0.0:40001"), udp("10.0.0.1:40002", "10.0.0.9:9001"))
    )

    row = only_row(PANE, window)

    assert (row["used"], row["usable"]) == (1, 100)


def test_connections_from_outside_the_range_are_no_ephemeral_use() -> None:
    assert rows_of(PANE, make_window(sample_of(out(1023), out(40100)))) == []


def test_growth_tells_when_ports_run_out() -> None:
    before = sample_of(*(out(40000 + i, key=i + 1) for i in range(10)))
    now = sample_of(*(out(40000 + i, key=i + 1) for i in range(20)), at=2.0)

    row = only_row(PANE, make_window(now, before))

    assert row["connect_rate"] == 5.0
    assert row["time_to_exhaustion"] == 80 / 10 * 2


def test_without_growth_nothing_runs_out() -> None:
    sockets = [out(40000, key=1), out(40001, key=2)]

    row = only_row(PANE, make_window(sample_of(*sockets[:1], at=2.0), sample_of(*sockets)))

    assert row["time_to_exhaustion"] is None


def test_with_one_sample_nothing_is_said_about_time() -> None:
    row = only_row(PANE, make_window(sample_of(out(40000))))

    assert (row["connect_rate"], row["time_to_exhaustion"]) == (None, None)


def test_unknown_range_leaves_the_limit_unknown() -> None:
    sample = make_sample([out(40000)], namespaces=[namespace("nonsense")])

    row = only_row(PANE, make_window(sample))

    assert (row["used"], row["usable"], row["free"], row["used_share"]) == (1, None, None, None)
    assert PANE.header(make_window(sample)) == "range not known, even/odd ports in use 1/0"


def test_header_tells_range_reserved_held_and_parity() -> None:
    window = make_window(
        sample_of(
            *(out(40000 + i) for i in range(0, 10, 2)),
            out(40001),
            tcp("BOUND", "10.0.0.1:40098"),
            reserved="40050-40052",
        )
    )

    assert PANE.header(window) == (
        "range 40000-40099, 3 reserved, 1 held, even/odd ports in use 5/1"
    )


def test_namespaces_have_ranges_of_their_own() -> None:
    spaces = [namespace("40000 40009", inode=7), namespace("40000 40019", inode=8)]
    sample = make_sample([out(40000, netns=7), out(40000, netns=8)], namespaces=spaces)
    window = make_window(sample)

    assert [row["usable"] for row in rows_of(PANE, window)] == [10, 20]
    assert PANE.header(window) == "2 network namespaces"
    assert PANE.rows(window).row(0).drill == (
        "src 10.0.0.1 and dst 10.0.0.9 and rport 9001 and netns 7"
    )


def test_rows_of_ipv6_lead_to_their_own_sockets() -> None:
    sample = make_sample([tcp("ESTABLISHED", "[fe80::1:80]:40000", "[fe80::9:22]:9001")])

    drill = PANE.rows(make_window(sample)).row(0).drill

    assert drill == "src [fe80::1:80] and dst [fe80::9:22] and rport 9001"
    assert make_window(sample, filter=drill).selected.tolist() == [True]


def test_row_names_the_process_with_most_connections() -> None:
    sockets = [
        tcp("ESTABLISHED", f"10.0.0.1:{40000 + i}", "10.0.0.9:9001", pids=[pid])
        for i, pid in enumerate([5, 6, 6])
    ]
    sample = make_sample(sockets, [process(5, "curl"), process(6, "java")], namespaces=HUNDRED)

    row = only_row(PANE, make_window(sample))

    assert (row["pid"], row["process"]) == (6, "java")


def test_filter_hides_tuples_but_does_not_make_them_smaller() -> None:
    sockets = [
        tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.9:9001", pids=[5]),
        tcp("TIME_WAIT", "10.0.0.1:40001", "10.0.0.9:9001"),
        tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.8:9001", pids=[6]),
    ]
    sample = make_sample(sockets, [process(5), process(6)], namespaces=HUNDRED)

    row = only_row(PANE, make_window(sample, filter="pid 5"))

    assert (row["remote_addr"], row["used"]) == ("10.0.0.9", 2)


@pytest.mark.parametrize("text", ["[2001:db8::9]:443", "[::1]:443"])
def test_ipv6_works_the_same(text: str) -> None:
    sample = make_sample([tcp("ESTABLISHED", "[2001:db8::1]:40000", text)], namespaces=HUNDRED)

    assert lines_of(PANE, make_window(sample)) == [
        f"2001:db8::1 | {text} | – | 1/100 | 1% | 0% | 0 | – | –"
    ]


def test_rows_are_found_by_their_key() -> None:
    window = make_window(sample_of(out(40000), out(40000, "10.0.0.8:9001")))
    rows = PANE.rows(window)

    assert [rows.find(rows.row(i).key) for i in range(2)] == [0, 1]
    assert rows.find((1, "10.0.0.1", "10.0.0.9", 1)) is None


@pytest.mark.parametrize("field", [field for field in PANE.fields if field != "netns"])
def test_order_is_that_of_the_values(field: str) -> None:
    before = sample_of(out(40000, key=1))
    sockets = [out(40000 + i, f"10.0.0.{9 - i % 3}:9001", key=i + 1) for i in range(6)]
    sockets.append(out(40000, "10.0.0.7:9002", "TIME_WAIT", key=9))
    rows = PANE.rows(make_window(sample_of(*sockets, at=1.0), before))
    place = PANE.fields.index(field)

    values = [rows.row(i).values[place] for i in order_rows(rows, field, descending=False)]

    known = [value for value in values if value is not None]
    assert known == sorted(known, key=lambda value: (value,))
    assert values[: len(known)] == known
