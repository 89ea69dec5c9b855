"""Words that stand for numbers in a column of few values."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from netinspect.enums import Family, OwnerReason, Proto, Severity, TcpState, Timer

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
    return _numbers()[term].get(_plain(word))


@cache
def _numbers() -> Mapping[str, Mapping[str, frozenset[int]]]:
    families = {"4": Family.INET, "ipv4": Family.INET, "6": Family.INET6, "ipv6": Family.INET6}
    timers = {"on": Timer.RETRANSMIT, "none": Timer.OFF}
    return {
        "state": {_plain(name): numbers for name, numbers in _state_numbers().items()},
        "proto": _single(Proto.__members__),
        "family": _single({**Family.__members__, **families}),
        "timer": _single({**Timer.__members__, **timers}),
        "owner_reason": _single({r.name: r for r in OwnerReason if r is not OwnerReason.OWNED}),
        "severity": _single(Severity.__members__),
    }


def _state_numbers() -> dict[str, frozenset[int]]:
    """Return the states of every name and group, spelled as in ss and as in the kernel."""
    every = frozenset(map(int, TcpState))
    idle = {TcpState.CLOSE, TcpState.LISTEN, TcpState.BOUND}
    answering = frozenset({int(TcpState.SYN_RECV), int(TcpState.NEW_SYN_RECV)})
    bucket = answering | {int(TcpState.TIME_WAIT)}
    named = {state.name: frozenset({int(state)}) for state in TcpState}
    return {
        **named,
        **dict.fromkeys(("closed", "unconnected", "unconn"), named["CLOSE"]),
        **{"estab": named["ESTABLISHED"], "listening": named["LISTEN"]},
        **{"syn_recv": answering, "syn-rcv": answering, "bound-inactive": named["BOUND"]},
        **{"all": every, "connected": every - idle, "bucket": bucket, "big": every - bucket},
        **{"synchronized": every - idle - {TcpState.SYN_SENT}},
    }


def _plain(name: str) -> str:
    """Leave out case and what joins words: close-wait, CLOSE_WAIT and CloseWait are one."""
    return name.lower().replace("-", "").replace("_", "")


def _single(names: Mapping[str, int]) -> dict[str, frozenset[int]]:
    return {_plain(name): frozenset({int(number)}) for name, number in names.items()}
