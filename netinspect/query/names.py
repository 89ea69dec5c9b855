"""Words that stand for numbers in a column of few values."""

from __future__ import annotations

from collections.abc import Mapping

from netinspect.finding import Severity
from netinspect.model import Family, OwnerReason, Proto, TcpState, Timer

_ALL = frozenset(TcpState)
_IDLE = {TcpState.CLOSE, TcpState.LISTEN, TcpState.BOUND}
_MINI = {TcpState.SYN_RECV, TcpState.NEW_SYN_RECV, TcpState.TIME_WAIT}
_SYN_RECV = {TcpState.SYN_RECV, TcpState.NEW_SYN_RECV}
_STATES: Mapping[str, frozenset[TcpState]] = {
    **{state.name.lower(): frozenset({state}) for state in TcpState},
    **{"estab": frozenset({TcpState.ESTABLISHED}), "syn-recv": frozenset(_SYN_RECV)},
    **{name: frozenset({TcpState.CLOSE}) for name in ("closed", "unconnected", "unconn")},
    **{"syn-rcv": frozenset(_SYN_RECV), "listening": frozenset({TcpState.LISTEN})},
    **{"bound-inactive": frozenset({TcpState.BOUND})},
    **{"all": _ALL, "connected": _ALL - _IDLE},
    **{"synchronized": _ALL - _IDLE - {TcpState.SYN_SENT}},
    **{"bucket": frozenset(_MINI), "big": _ALL - _MINI},
}
_TIMERS = {
    **{timer.name.lower(): timer for timer in Timer},
    **{"on": Timer.RETRANSMIT, "none": Timer.OFF},
}
_FAMILIES = {
    **{family.name.lower(): family for family in Family},
    **{"4": Family.INET, "ipv4": Family.INET, "6": Family.INET6, "ipv6": Family.INET6},
}


def _plain(name: str) -> str:
    """Leave out case and what joins words: close-wait, CLOSE_WAIT and CloseWait are one."""
    return name.lower().replace("-", "").replace("_", "")


def _single(names: Mapping[str, int]) -> dict[str, frozenset[int]]:
    return {_plain(name): frozenset({int(number)}) for name, number in names.items()}


_NUMBERS: Mapping[str, Mapping[str, frozenset[int]]] = {
    "state": {_plain(name): frozenset(map(int, states)) for name, states in _STATES.items()},
    "proto": _single({proto.name: proto for proto in Proto}),
    "family": _single(_FAMILIES),
    "timer": _single(_TIMERS),
    "owner_reason": _single({r.name: r for r in OwnerReason if r is not OwnerReason.OWNED}),
    "severity": _single({severity.name: severity for severity in Severity}),
}

SHOWN: Mapping[str, tuple[str, ...]] = {
    "state": (
        *("established", "syn-sent", "syn-recv", "fin-wait-1", "fin-wait-2", "time-wait"),
        *("close", "close-wait", "last-ack", "listen", "closing", "bound"),
        *("all", "connected", "synchronized", "bucket", "big"),
    ),
    "proto": ("tcp", "udp", "unix"),
    "family": ("inet", "inet6", "unix"),
    "timer": ("off", "retransmit", "keepalive", "time-wait", "persist"),
    "owner_reason": ("none", "hidden", "elsewhere"),
    "severity": ("info", "warning", "critical"),
}
"""The words to offer, by term; there are other spellings."""


def find_numbers(term: str, word: str) -> frozenset[int] | None:
    """Return what a word stands for; None where it stands for nothing."""
    return _NUMBERS[term].get(_plain(word))
