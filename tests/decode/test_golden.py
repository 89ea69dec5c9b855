"""Every socket of the golden files, compared with what ss said of it in the same moment."""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.decode import parse_inet_diag
from netinspect.model import UNKNOWN, Family, Proto, SocketTable, TcpState, state_name
from tests.decode.golden import SsRow, cut_messages, endpoint, read_ss, read_wire

DUMPS = {"tcp4": Proto.TCP, "tcp6": Proto.TCP, "udp4": Proto.UDP, "udp6": Proto.UDP}
SS = read_ss()

ALL_STATES = set(TcpState) - {TcpState.CLOSE, TcpState.NEW_SYN_RECV}
SKMEM = {"r": "rmem_alloc", "rb": "rcvbuf", "tb": "sndbuf", "bl": "backlog", "d": "drops"}
INFO = {
    r" cwnd:(\d+)": "cwnd",
    r" mss:(\d+)": "snd_mss",
    r" bytes_sent:(\d+)": "bytes_sent",
    r" bytes_acked:(\d+)": "bytes_acked",
    r" bytes_received:(\d+)": "bytes_received",
    r" segs_out:(\d+)": "segs_out",
    r" segs_in:(\d+)": "segs_in",
    r" data_segs_out:(\d+)": "data_segs_out",
    r" data_segs_in:(\d+)": "data_segs_in",
    r" unacked:(\d+)": "unacked",
    r" notsent:(\d+)": "notsent_bytes",
    r" snd_wnd:(\d+)": "snd_wnd",
}


def parse(name: str) -> SocketTable:
    return parse_inet_diag(read_wire(f"{name}.bin"), DUMPS[name], origin=name)


def sockets_of(name: str) -> list[tuple[SocketTable, int, SsRow]]:
    """Pair each row with its line of ss, which does not know of bound sockets."""
    sockets = parse(name)
    rows = np.flatnonzero(sockets.state != TcpState.BOUND)
    return [(sockets, int(row), SS[int(sockets.cookie[row])]) for row in rows]


ROWS = [pair for name in DUMPS for pair in sockets_of(name)]
EACH = pytest.mark.parametrize(
    ("sockets", "row", "ss"), ROWS, ids=[f"{ss.proto} {ss.local} {ss.state}" for *_, ss in ROWS]
)


@pytest.mark.parametrize("name", DUMPS)
def test_no_message_is_lost(name: str) -> None:
    assert len(parse(name)) == len(cut_messages(read_wire(f"{name}.bin")))


def test_every_line_of_ss_has_its_row() -> None:
    assert sorted(ss.cookie for *_, ss in ROWS) == sorted(SS)


def test_every_state_of_tcp_is_among_them() -> None:
    assert set(parse("tcp4").state.tolist()) == ALL_STATES


@EACH
def test_identity_and_queues_are_what_ss_shows(sockets: SocketTable, row: int, ss: SsRow) -> None:
    assert Proto(sockets.proto[row]).name.lower() == ss.proto
    assert state_name(int(sockets.state[row])) == ss.state
    assert (sockets.recv_q[row], sockets.send_q[row]) == (ss.recv_q, ss.send_q)
    assert endpoint(sockets, row, "local") == ss.local
    assert endpoint(sockets, row, "remote") == ss.remote
    assert sockets.inode[row] == ss.number(r" ino:(\d+)")
    assert sockets.key[row] == sockets.cookie[row] == ss.cookie


@EACH
def test_creator_is_the_uid_of_ss_where_the_row_has_one(
    sockets: SocketTable, row: int, ss: SsRow
) -> None:
    shown = ss.number(r" uid:(\d+)") or 0  # it shows none for root

    assert sockets.uid[row] == (shown if shown or sockets.inode[row] else UNKNOWN)


@EACH
def test_memory_is_what_ss_shows(sockets: SocketTable, row: int, ss: SsRow) -> None:
    for letter, name in SKMEM.items():
        shown = ss.number(rf"skmem:\(.*?\b{letter}(\d+)[,)]")
        assert getattr(sockets, name)[row] == (UNKNOWN if shown is None else shown), name


@EACH
def test_tcp_info_is_what_ss_shows(sockets: SocketTable, row: int, ss: SsRow) -> None:
    if ss.proto == "udp" or ss.state in ("LISTEN", "TIME_WAIT", "SYN_RECV"):
        assert all(getattr(sockets, name)[row] == UNKNOWN for name in INFO.values())
        return
    has_info = ss.find(r" (rto:\d)") is not None
    for pattern, name in INFO.items():
        shown = ss.number(pattern) or 0  # ss leaves out what is 0
        assert getattr(sockets, name)[row] == (shown if has_info else UNKNOWN), name


@EACH
def test_round_trip_times_are_what_ss_shows(sockets: SocketTable, row: int, ss: SsRow) -> None:
    for pattern, name in ((r" rtt:([\d.]+)/", "rtt"), (r" minrtt:([\d.]+)", "min_rtt")):
        shown = ss.find(pattern)
        expected = UNKNOWN if shown is None else round(float(shown) * 1000)
        assert getattr(sockets, name)[row] == expected, name


@EACH
def test_shutdown_is_the_arrow_of_ss(sockets: SocketTable, row: int, ss: SsRow) -> None:
    arrow = ss.find(r"cgroup:\S+ (?:v6only:\d )?([<-]-[->])")
    sides = {"<->": 0, "-->": 1, "<--": 2, "---": 3}

    assert sockets.shutdown[row] == (UNKNOWN if arrow is None else sides[arrow])


@EACH
def test_v6only_is_what_ss_shows(sockets: SocketTable, row: int, ss: SsRow) -> None:
    shown = ss.number(r" v6only:(\d)")

    assert sockets.v6only[row] == (UNKNOWN if shown is None else shown)
    assert shown is None or sockets.family[row] == Family.INET6


@EACH
def test_timer_is_the_one_of_ss(sockets: SocketTable, row: int, ss: SsRow) -> None:
    names = {None: 0, "on": 1, "keepalive": 2, "timewait": 3, "persist": 4}

    assert sockets.timer[row] == names[ss.find(r"timer:\((\w+)")]
    assert (sockets.expires[row] == UNKNOWN) == (sockets.timer[row] == 0)
