"""inet_diag: rows checked by hand, and messages of other kernels made from the golden ones."""

from __future__ import annotations

import struct

import numpy as np
import pytest

from netinspect.decode import parse_inet_diag
from netinspect.errors import ParseError
from netinspect.model import (
    COLUMNS,
    UNKNOWN,
    Family,
    Proto,
    SocketTable,
    TcpState,
    Timer,
    state_name,
)
from tests.decode.golden import (
    cut_messages,
    endpoint,
    find_row,
    read_wire,
    with_attribute,
    with_length,
)

TCP4 = read_wire("tcp4.bin")
LOOPBACK = 0xFFFF_7F00_0001
HEADER, BODY = 16, 72
DONE = struct.pack("=IHHIIi", 20, 3, 2, 7, 0, 0)


def parse(data: bytes) -> SocketTable:
    return parse_inet_diag(data, Proto.TCP)


def message_of(port: int, data: bytes = TCP4) -> bytes:
    [found] = [m for m in cut_messages(data) if int.from_bytes(m[20:22], "big") == port]
    return found


def known_columns(sockets: SocketTable, row: int) -> dict[str, int]:
    return {
        name: int(getattr(sockets, name)[row])
        for name, column in COLUMNS.items()
        if getattr(sockets, name)[row] != column.unknown
    }


def same_rows(one: SocketTable, other: SocketTable) -> bool:
    return all(np.array_equal(getattr(one, name), getattr(other, name)) for name in COLUMNS)


def test_listener_shows_its_accept_queue_and_no_tcp_info() -> None:
    sockets = parse(message_of(8002))

    known = known_columns(sockets, 0)
    for name in ("key", "cookie", "inode", "rcvbuf", "sndbuf"):
        assert known.pop(name) > 0
    assert known == {
        "proto": Proto.TCP,
        "family": Family.INET,
        "state": TcpState.LISTEN,
        "local_lo": LOOPBACK,
        "remote_lo": 0xFFFF_0000_0000,
        "local_port": 8002,
        "recv_q": 0,
        "send_q": 128,
        "uid": 65534,
        "timer": Timer.OFF,
        "retrans": 0,
        "interface": 0,
        "shutdown": 0,
        "mark": 0,
        "cgroup": 1,
        "bind_no_port": 0,
        "rmem_alloc": 0,
        "wmem_alloc": 0,
        "fwd_alloc": 0,
        "wmem_queued": 0,
        "optmem": 0,
        "backlog": 0,
        "drops": 0,
    }


def test_time_wait_has_no_owner_and_nobody_made_it() -> None:
    sockets = parse(message_of(9007))

    known = known_columns(sockets, 0)
    assert 59_000 < known.pop("expires") <= 60_000
    assert known.pop("key") == known.pop("cookie")
    assert known == {
        "proto": Proto.TCP,
        "family": Family.INET,
        "state": TcpState.TIME_WAIT,
        "local_lo": LOOPBACK,
        "remote_lo": LOOPBACK,
        "local_port": 9007,
        "remote_port": 8007,
        "interface": 0,
        "inode": 0,
        "recv_q": 0,
        "send_q": 0,
        "timer": Timer.TIME_WAIT,
        "retrans": 0,
        "mark": 0,
    }


def test_rows_without_a_creator_do_not_look_like_those_of_root() -> None:
    sockets = parse(TCP4)

    for port, remote in ((9005, 8005), (8001, 40000), (9305, 8305)):
        row = find_row(sockets, port, remote)
        assert (sockets.inode[row], sockets.uid[row]) == (0, UNKNOWN)
    assert sockets.uid[find_row(sockets, 9006)] == 0


def test_bound_socket_is_not_called_closed() -> None:
    sockets = parse(TCP4)

    row = find_row(sockets, 8008)
    assert state_name(int(sockets.state[row])) == "BOUND"
    assert sockets.inode[row] > 0
    assert sockets.rtt[row] == sockets.cwnd[row] == sockets.last_data_sent[row] == UNKNOWN


def test_udp_socket_without_a_peer_stays_closed() -> None:
    sockets = parse_inet_diag(read_wire("udp4.bin"), Proto.UDP)

    row = find_row(sockets, 8201)
    assert sockets.state[row] == TcpState.CLOSE
    assert sockets.drops[row] == 14
    assert sockets.rmem_alloc[row] == sockets.recv_q[row] == 7680


def test_socket_bound_to_a_device_tells_which() -> None:
    sockets = parse_inet_diag(read_wire("udp6.bin"), Proto.UDP)

    assert sockets.interface[find_row(sockets, 8203)] == 1
    assert sockets.interface[find_row(sockets, 8202)] == 0


def test_ipv4_mapped_address_is_the_same_as_that_of_the_other_end() -> None:
    server, client = parse(read_wire("tcp6.bin")), parse(TCP4)

    mine, theirs = find_row(server, 8101, 9101), find_row(client, 9101)
    assert server.family[mine] == Family.INET6
    assert client.family[theirs] == Family.INET
    assert endpoint(server, mine, "local") == endpoint(client, theirs, "remote")
    assert endpoint(server, mine, "remote") == endpoint(client, theirs, "local")
    assert server.local_lo[mine] == LOOPBACK


def test_early_bind_without_a_port_is_told() -> None:
    sockets = parse(TCP4)

    asked = np.flatnonzero(sockets.bind_no_port == 1)
    assert [int(sockets.remote_port[row]) for row in asked] == [8010]


def test_times_of_a_connection_that_is_not_there_yet_are_unknown() -> None:
    sockets = parse(message_of(9300))

    assert sockets.state[0] == TcpState.SYN_SENT
    assert sockets.last_data_sent[0] == sockets.last_data_recv[0] == UNKNOWN
    assert sockets.rtt[0] == sockets.rttvar[0] == sockets.min_rtt[0] == UNKNOWN
    assert sockets.rto[0] == 1_000_000


def test_zero_window_runs_the_persist_timer() -> None:
    sockets = parse(TCP4)

    row = find_row(sockets, 9009)
    assert sockets.timer[row] == Timer.PERSIST
    assert 0 <= sockets.expires[row] <= 1000
    assert sockets.notsent_bytes[row] == sockets.send_q[row] > 0


def test_rows_without_extensions_have_the_same_identity_and_no_tcp_info() -> None:
    full, plain = parse(TCP4), parse(read_wire("plain4.bin"))

    assert len({len(m) for m in cut_messages(read_wire("plain4.bin"))}) > 1
    for name in ("cookie", "state", "local_port", "remote_port", "inode", "uid", "shutdown"):
        assert np.array_equal(getattr(full, name), getattr(plain, name)), name
    assert (plain.rtt == UNKNOWN).all()
    assert (plain.drops == UNKNOWN).all()


def test_unknown_state_and_timer_survive() -> None:
    message = bytearray(message_of(9001))
    message[17], message[18] = 77, 99

    sockets = parse(bytes(message))

    assert (sockets.state[0], sockets.timer[0]) == (77, 99)
    assert state_name(int(sockets.state[0])) == "STATE_77"


def test_unknown_attribute_is_skipped() -> None:
    plain = message_of(9001, read_wire("plain4.bin"))
    newer = with_attribute(plain[: HEADER + BODY], 999, b"12345") + plain[HEADER + BODY :]

    assert same_rows(parse(with_length(newer)), parse(plain))


def test_attribute_flags_do_not_hide_its_kind() -> None:
    message = with_attribute(message_of(9007)[: HEADER + BODY], 15 | 0x8000, struct.pack("=I", 7))

    assert parse(message).mark[0] == 7


def test_memory_of_an_older_kernel_has_fewer_words() -> None:
    bare = message_of(9001)[: HEADER + BODY]

    sockets = parse(with_attribute(bare, 7, struct.pack("=8I", *range(10, 18))))

    assert (sockets.rmem_alloc[0], sockets.backlog[0]) == (10, 17)
    assert sockets.drops[0] == UNKNOWN


def test_memory_below_zero_for_a_moment_is_none() -> None:
    bare = message_of(9001)[: HEADER + BODY]

    sockets = parse(with_attribute(bare, 7, struct.pack("=4Ii4I", 1, 2, 3, 4, -4096, 6, 7, 8, 9)))

    assert sockets.fwd_alloc[0] == 0


@pytest.mark.parametrize(("kind", "name"), [(8, "shutdown"), (15, "mark"), (21, "cgroup")])
def test_attribute_too_short_for_its_value_leaves_it_unknown(kind: int, name: str) -> None:
    bare = message_of(9001)[: HEADER + BODY]

    assert getattr(parse(with_attribute(bare, kind, b"")), name)[0] == UNKNOWN


def test_same_attribute_in_other_places_of_each_message() -> None:
    bare = with_length(message_of(9001)[: HEADER + BODY])
    mark, shutdown = struct.pack("=I", 5), b"\3"
    one = with_attribute(with_attribute(bare, 15, mark), 8, shutdown)
    other = with_attribute(with_attribute(bare, 8, shutdown), 15, mark)

    sockets = parse((one + other + bare) * 3)

    assert sockets.mark.tolist() == [5, 5, UNKNOWN] * 3
    assert sockets.shutdown.tolist() == [3, 3, UNKNOWN] * 3


def test_messages_that_tell_of_no_socket_are_left_out() -> None:
    sockets = parse(TCP4 + DONE + read_wire("tcp6.bin") + DONE)

    assert len(sockets) == len(cut_messages(TCP4)) + len(cut_messages(read_wire("tcp6.bin")))


def test_payload_that_looks_like_a_header_is_no_message() -> None:
    message = message_of(9001)
    forged = with_attribute(message, 999, struct.pack("=I", 40) + message[4:16] + bytes(24))

    sockets = parse(forged + message + forged)

    assert len(sockets) == 3
    assert same_rows(sockets, parse(message * 3))


def test_answers_to_single_requests_have_other_headers() -> None:
    messages = cut_messages(TCP4)
    renumbered = [m[:8] + struct.pack("=I", i) + m[12:] for i, m in enumerate(messages)]

    assert same_rows(parse(b"".join(renumbered)), parse(TCP4))


def test_no_messages_are_no_sockets() -> None:
    assert len(parse(b"")) == 0
    assert len(parse(DONE)) == 0


def test_family_that_is_none_is_an_error_with_its_place() -> None:
    first, second, *_ = cut_messages(TCP4)
    wrong = second[:HEADER] + b"\xff" + second[HEADER + 1 :]

    with pytest.raises(ParseError, match=f"offset {len(first)}: socket of family 255"):
        parse(first + wrong)


@pytest.mark.parametrize("size", [1, 15, 16, 40, 87])
def test_message_cut_off_is_an_error_with_its_place(size: int) -> None:
    whole = message_of(9001)

    with pytest.raises(ParseError) as caught:
        parse_inet_diag(whole + whole[:size], Proto.TCP, origin="sock_diag.tcp4")

    assert caught.value.origin == "sock_diag.tcp4"
    assert caught.value.place == f"offset {len(whole)}"


@pytest.mark.parametrize("length", [0, 15, 16, 84, 1 << 16, 0xFFFFFFFC])
def test_absurd_message_length_is_an_error(length: int) -> None:
    whole = message_of(9001)

    with pytest.raises(ParseError):
        parse(whole + struct.pack("=I", length) + whole[4:])


@pytest.mark.parametrize("length", [0, 3, 4000, 0xFFFF])
def test_absurd_attribute_length_is_an_error_with_its_place(length: int) -> None:
    message = bytearray(message_of(9001))
    struct.pack_into("=H", message, HEADER + BODY, length)

    with pytest.raises(ParseError, match=rf"offset {HEADER + BODY}: attribute of {length} bytes"):
        parse(bytes(message))


@pytest.mark.parametrize("offset", [1, 2, 3, 4])
def test_bytes_may_begin_anywhere(offset: int) -> None:
    shifted = memoryview(bytes(offset) + TCP4)[offset:]

    assert same_rows(parse_inet_diag(shifted, Proto.TCP), parse(TCP4))


def test_column_of_one_value_takes_no_memory() -> None:
    sockets = parse_inet_diag(message_of(8002) * 3, Proto.TCP, netns=7)

    for name in ("netns", "proto", "state", "uid", "rtt"):
        assert getattr(sockets, name).strides == (0,)
    assert sockets.netns.tolist() == [7, 7, 7]
