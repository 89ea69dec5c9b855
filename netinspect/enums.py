"""The few values that some facts can have, with the numbers of the kernel; needs no numpy."""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum


class Proto(IntEnum):
    """Transport of a socket: IPPROTO numbers, and 0 for unix, which has none."""

    UNIX = 0
    TCP = 6
    UDP = 17


class Family(IntEnum):
    """Address family: AF numbers of Linux."""

    UNIX = 1
    INET = 2
    INET6 = 10


class TcpState(IntEnum):
    """Socket states. Values and names of include/net/tcp_states.h.

    The dump reports a bound socket that neither listens nor connects as CLOSE;
    decoding turns that into BOUND for TCP (state bit 13 asked for it).
    """

    ESTABLISHED = 1
    SYN_SENT = 2
    SYN_RECV = 3
    FIN_WAIT1 = 4
    FIN_WAIT2 = 5
    TIME_WAIT = 6
    CLOSE = 7
    CLOSE_WAIT = 8
    LAST_ACK = 9
    LISTEN = 10
    CLOSING = 11
    NEW_SYN_RECV = 12
    BOUND = 13


STATE_LETTERS: Mapping[TcpState, str] = {
    TcpState.ESTABLISHED: "E",
    TcpState.SYN_SENT: "S",
    TcpState.SYN_RECV: "R",
    TcpState.FIN_WAIT1: "F",
    TcpState.FIN_WAIT2: "f",
    TcpState.TIME_WAIT: "T",
    TcpState.CLOSE: "-",
    TcpState.CLOSE_WAIT: "C",
    TcpState.LAST_ACK: "L",
    TcpState.LISTEN: "l",
    TcpState.CLOSING: "G",
    TcpState.NEW_SYN_RECV: "R",
    TcpState.BOUND: "b",
}
"""One letter per state, for the stacked bar; the order of this table is the order in the bar."""


def state_name(state: int) -> str:
    """Spell a state as the kernel does; an unknown number survives as STATE_n."""
    try:
        return TcpState(state).name
    except ValueError:
        return f"STATE_{state}"


class Timer(IntEnum):
    """`idiag_timer`: the timer that runs for a socket (net/ipv4/inet_diag.c)."""

    OFF = 0
    RETRANSMIT = 1
    KEEPALIVE = 2
    TIME_WAIT = 3
    PERSIST = 4


class OwnerReason(IntEnum):
    """Why a socket row has the owner it has, or none."""

    ELSEWHERE = 0  # in no process we see though we may look: other pid namespace, or a race
    OWNED = 1
    NONE = 2  # no process can own it: TIME_WAIT, orphan, not accepted yet
    HIDDEN = 3  # a process owns it and we may not look


class Severity(IntEnum):
    """How bad a finding is."""

    INFO = 0
    WARNING = 1
    CRITICAL = 2
