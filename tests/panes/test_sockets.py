"""Sockets: the ss user's table."""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.model import Owner, OwnerReason, Timer
from netinspect.panes.sockets import PANE, SocketRows
from netinspect.row_order import order_rows
from tests.panes.rows import lines_of, only_row, rows_of
from tests.samples import NETNS, Socket, make_sample, make_window, process, tcp, udp, unix


def values_of(socket: Socket, *fields: str) -> tuple[object, ...]:
    row = only_row(PANE, make_window(make_sample([socket])))
    return tuple(row[field] for field in fields)


def test_lines_read_as_in_ss() -> None:
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[701, 702], recv_q=3, send_q=128, drops=7, uid=0),
            tcp(
                *("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", [701]),
                recv_q=0,
                send_q=1448,
                timer=Timer.RETRANSMIT,
                retrans=2,
                rtt=350,
                last_data_sent=40,
                last_data_recv=4200,
            ),
            tcp("TIME_WAIT", "[2001:db8::1]:80", "[2001:db8::2]:9", timer=Timer.TIME_WAIT),
        ],
        [process(701, "nginx"), process(702, "nginx")],
    )

    columns = lines_of(PANE, make_window(sample))

    assert columns == [
        "tcp | LISTEN | 0.0.0.0:80 | 0.0.0.0:* | 3 | 128 | nginx[701],nginx[702] | – | – | – | – "
        f"| – | – | 7 | root | {NETNS}",
        "tcp | ESTABLISHED | 10.0.0.1:80 | 10.0.0.9:41000 | 0 | 1,448 | nginx[701] | retransmit "
        f"| 2 | 40ms | 350us | – | – | – | – | {NETNS}",
        "tcp | TIME_WAIT | [2001:db8::1]:80 | [2001:db8::2]:9 | – | – | none (time-wait) "
        f"| time-wait | – | – | – | – | – | – | – | {NETNS}",
    ]


@pytest.mark.parametrize(
    ("v6only", "address"), [(0, "*"), (1, "::"), (-1, "::")], ids=["dual", "v6only", "unknown"]
)
def test_any_address_of_ipv6_tells_whether_it_takes_ipv4(v6only: int, address: str) -> None:
    socket = tcp("LISTEN", "[::]:80", v6only=v6only)

    assert values_of(socket, "local_addr", "remote_addr") == (address, address)


def test_any_address_of_ipv4_is_spelled_out() -> None:
    assert values_of(udp("0.0.0.0:53"), "local_addr", "remote_port") == ("0.0.0.0", 0)


def test_every_holder_is_listed_and_the_first_is_the_process() -> None:
    sample = make_sample([tcp("LISTEN", "0.0.0.0:80", pids=[701, 702])], [process(701, "nginx")])

    row = only_row(PANE, make_window(sample))

    assert row["owners"] == (Owner(701, 3, "nginx"), Owner(702, 3, None))
    assert (row["pid"], row["process"], row["owner_reason"]) == (701, "nginx", None)


@pytest.mark.parametrize(
    ("reason", "name"),
    [
        (OwnerReason.NONE, "none"),
        (OwnerReason.HIDDEN, "hidden"),
        (OwnerReason.ELSEWHERE, "elsewhere"),
    ],
)
def test_socket_without_owner_says_why_and_is_nobodys(reason: OwnerReason, name: str) -> None:
    socket = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1", owner_reason=reason)

    assert values_of(socket, "owners", "owner_reason", "pid", "user") == ((), name, None, None)


def test_idle_is_the_later_of_sent_and_received() -> None:
    ends = ("10.0.0.1:80", "10.0.0.9:1")

    both = tcp("CLOSE_WAIT", *ends, last_data_sent=50, last_data_recv=900)
    one = tcp("ESTABLISHED", *ends, last_data_recv=900)

    assert values_of(both, "idle") == (50,)
    assert values_of(one, "idle") == (900,)


@pytest.mark.parametrize("state", ["SYN_SENT", "LISTEN"])
def test_idle_is_unknown_where_the_kernel_counts_from_boot(state: str) -> None:
    socket = tcp(state, "10.0.0.1:80", "10.0.0.9:1", last_data_sent=1_004_084)

    assert values_of(socket, "idle") == (None,)


def test_rtt_is_unknown_before_it_was_measured() -> None:
    assert values_of(tcp("SYN_SENT", "10.0.0.1:4", "10.0.0.9:1", rtt=0), "rtt") == (None,)


def test_only_listeners_have_an_accept_queue_limit() -> None:
    ends = ("10.0.0.1:80", "10.0.0.9:1")

    assert values_of(tcp("LISTEN", "0.0.0.0:80", send_q=128), "backlog") == (128,)
    assert values_of(tcp("ESTABLISHED", *ends, send_q=128), "backlog") == (None,)


def test_64_bit_ids_are_text() -> None:
    socket = tcp("LISTEN", "0.0.0.0:80", cookie=2**63 + 7, cgroup=2**53 + 1)

    assert values_of(socket, "cookie", "cgroup") == (str(2**63 + 7), str(2**53 + 1))


def test_unknown_identity_is_not_zero_but_a_socket_without_inode_has_zero() -> None:
    socket = tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:1", netns=0, cookie=0)

    assert values_of(socket, "netns", "cookie", "inode") == (None, None, 0)


def test_state_and_timer_the_kernel_added_later_survive() -> None:
    socket = tcp(14, "0.0.0.0:80", timer=9)

    assert values_of(socket, "state", "timer") == ("STATE_14", "timer-9")


def test_unix_sockets_show_only_when_asked_for() -> None:
    sample = make_sample([unix("/run/x", pids=[5]), udp("0.0.0.0:53")], [process(5)])

    assert [row["proto"] for row in rows_of(PANE, make_window(sample))] == ["udp"]
    row = only_row(PANE, make_window(sample, filter="proto unix"))
    assert (row["path"], row["local_addr"], row["local_port"]) == ("/run/x", None, None)


def test_rates_come_from_two_samples() -> None:
    ends = ("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1")
    before = make_sample([tcp(*ends, bytes_acked=1000, bytes_received=500)])
    now = make_sample([tcp(*ends, bytes_acked=5000, bytes_received=500)], at=2.0)

    row = only_row(PANE, make_window(now, before))

    assert (row["send_rate"], row["recv_rate"]) == (2000.0, 0.0)


def test_counter_that_went_back_gives_no_rate() -> None:
    ends = ("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:1")
    window = make_window(
        make_sample([tcp(*ends, bytes_acked=1)], at=2.0), make_sample([tcp(*ends, bytes_acked=9)])
    )

    assert only_row(PANE, window)["send_rate"] is None


def test_addresses_sort_by_number() -> None:
    addresses = ["10.0.0.10:1", "9.0.0.1:1", "[2001:db8::1]:1", "10.0.0.9:1", "[::1]:1"]
    rows = PANE.rows(make_window(make_sample([udp(address) for address in addresses])))

    order = order_rows(rows, "local_addr", descending=False).tolist()

    assert [addresses[i] for i in order] == [
        "[::1]:1",
        "9.0.0.1:1",
        "10.0.0.9:1",
        "10.0.0.10:1",
        "[2001:db8::1]:1",
    ]


def test_processes_sort_by_name_and_ownerless_sockets_come_last() -> None:
    sample = make_sample(
        [udp("0.0.0.0:1"), udp("0.0.0.0:2", pids=[5]), udp("0.0.0.0:3", pids=[6])],
        [process(5, "zebra"), process(6, "ant")],
    )
    rows = PANE.rows(make_window(sample))

    assert order_rows(rows, "process", descending=False).tolist() == [2, 1, 0]
    assert order_rows(rows, "process", descending=True).tolist() == [1, 2, 0]


def test_many_rows_read_at_once_are_the_rows_read_one_by_one() -> None:
    sample = make_sample(
        [udp("0.0.0.0:1", pids=[5]), tcp("TIME_WAIT", "10.0.0.1:2", "10.0.0.2:3"), unix("/x")],
        [process(5)],
    )
    rows = SocketRows(make_window(sample), PANE.fields)

    together = rows.read_columns(np.array([1, 0]), PANE.fields)

    assert list(zip(*together, strict=True)) == [rows.row(1).values, rows.row(0).values]


def test_header_counts_protocols() -> None:
    sample = make_sample([udp("0.0.0.0:1"), tcp("LISTEN", "0.0.0.0:2")])

    assert PANE.header(make_window(sample)) == "1 TCP, 1 other"
