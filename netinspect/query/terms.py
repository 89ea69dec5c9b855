"""Every name a filter understands: which socket column or property of a process it asks for."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto

from netinspect.fields import FIELDS

_MOST = (1 << 63) - 1


class Kind(Enum):
    """How values of a term are written."""

    PORT = auto()
    ADDRESS = auto()
    INTERFACE = auto()
    MARK = auto()
    STATE = auto()
    NAME = auto()  # one of a few words
    ID = auto()  # a number that is a name
    COUNT = auto()
    BYTES = auto()
    TIME = auto()
    RATE = auto()  # bytes per second
    TEXT = auto()


class Of(Enum):
    """What has the property."""

    SOCKET = auto()
    PROCESS = auto()  # of a socket: any process that holds it
    FINDING = auto()  # of a socket: any finding that lies on it


@dataclass(frozen=True, slots=True)
class TermSpec:
    """One name. unit: nanoseconds in one of the column's, for times. most: the greatest number."""

    name: str
    kind: Kind
    help: str
    example: str
    of: Of = Of.SOCKET
    unit: int = 1
    most: int = _MOST
    aliases: tuple[str, ...] = ()


_US, _MS = 1_000, 1_000_000
_PORT, _U64 = (1 << 16) - 1, (1 << 64) - 1


def _spec(
    name: str,
    kind: Kind,
    example: str,
    aliases: str = "",
    help: str = "",
    *,
    unit: int = 1,
    most: int = _MOST,
) -> TermSpec:
    text = help or FIELDS[name].help
    return TermSpec(name, kind, text, example, Of.SOCKET, unit, most, tuple(aliases.split()))


def _held(name: str, kind: Kind, example: str, aliases: str = "", help: str = "") -> TermSpec:
    text = help or FIELDS[name].help
    return TermSpec(name, kind, text, example, Of.PROCESS, aliases=tuple(aliases.split()))


def _found(name: str, kind: Kind, example: str, aliases: str = "") -> TermSpec:
    return TermSpec(
        name, kind, FIELDS[name].help, example, Of.FINDING, aliases=tuple(aliases.split())
    )


_SPECS = (
    _spec("state", Kind.STATE, "state established,close-wait"),
    _spec("exclude", Kind.STATE, "exclude time-wait", help="not in this state"),
    _spec(
        *("port", Kind.PORT, "port 8000-8100", "", "local or remote port; neither, with !="),
        most=_PORT,
    ),
    _spec("lport", Kind.PORT, "lport 443", "sport local_port", "local port", most=_PORT),
    _spec("rport", Kind.PORT, "rport >= 1024", "dport remote_port", "remote port", most=_PORT),
    _spec("src", Kind.ADDRESS, "src [::1]:80", "local_addr", "local address, or network, and port"),
    _spec("dst", Kind.ADDRESS, "dst 10.0.0.0/8", "remote_addr", "the same of the remote end"),
    _spec("proto", Kind.NAME, "proto udp"),
    _spec("family", Kind.NAME, "family inet6"),
    _spec("interface", Kind.INTERFACE, "dev lo", "dev", "interface the socket is bound to"),
    _spec("mark", Kind.MARK, "fwmark 0x1/0xff", "fwmark", "mark set with SO_MARK"),
    _spec(
        "cgroup",
        Kind.ID,
        "cgroup 4242",
        "",
        "cgroup v2, by id or path",
        most=_U64,
    ),
    _spec("netns", Kind.ID, "netns 4026531840", "ns", most=_U64),
    _spec("cookie", Kind.ID, "cookie 77", most=_U64),
    _spec("inode", Kind.ID, "inode 0"),
    _spec("uid", Kind.ID, "uid 0"),
    _spec("user", Kind.TEXT, "user www-data"),
    _spec("path", Kind.TEXT, "path /run/*"),
    _spec("recv_q", Kind.BYTES, "recv_q > 0", "recvq rxq"),
    _spec("send_q", Kind.BYTES, "send_q > 64k", "sendq txq"),
    _spec("backlog", Kind.COUNT, "backlog < 128"),
    _spec("drops", Kind.COUNT, "drops > 0"),
    _spec("rmem_alloc", Kind.BYTES, "rmem_alloc > 1M"),
    _spec("rcvbuf", Kind.BYTES, "rcvbuf < 64k"),
    _spec("wmem_alloc", Kind.BYTES, "wmem_alloc > 1M"),
    _spec("sndbuf", Kind.BYTES, "sndbuf < 64k"),
    _spec("wmem_queued", Kind.BYTES, "wmem_queued > 1M"),
    _spec("timer", Kind.NAME, "timer persist"),
    _spec("expires", Kind.TIME, "expires < 1s", unit=_MS),
    _spec("retrans", Kind.COUNT, "retrans >= 2"),
    _spec("idle", Kind.TIME, "idle > 5m", unit=_MS),
    _spec("rtt", Kind.TIME, "rtt > 200ms", unit=_US),
    _spec("send_rate", Kind.RATE, "send_rate > 1M"),
    _spec("recv_rate", Kind.RATE, "recv_rate > 1M"),
    _spec("owners", Kind.COUNT, "owners > 1", "", "how many descriptors hold the socket"),
    _spec("owner_reason", Kind.NAME, "owner_reason hidden"),
    _held("pid", Kind.ID, "pid 812,813", "", "process that holds the socket"),
    _held("process", Kind.TEXT, "process java*", "comm proc"),
    _held("unit", Kind.TEXT, "unit nginx.service"),
    _held("container", Kind.TEXT, "container 3f1c*"),
    _held("cmdline", Kind.TEXT, "cmdline /-Xmx8g/"),
    _held("ppid", Kind.ID, "ppid 1"),
    _held("threads", Kind.COUNT, "threads > 500"),
    _held("fds", Kind.COUNT, "fds > 1000"),
    _held("fd_soft", Kind.COUNT, "fd_soft <= 1024"),
    _held("fd_hard", Kind.COUNT, "fd_hard <= 4096"),
    _found("code", Kind.TEXT, "anomaly close-wait-leak", "anomaly"),
    _found("severity", Kind.NAME, "severity critical"),
)

TERMS: Mapping[str, TermSpec] = {spec.name: spec for spec in _SPECS}
"""By name, in the order of the help."""

SPELLED: Mapping[str, TermSpec] = {
    **{alias: spec for spec in _SPECS for alias in spec.aliases},
    **TERMS,
}
"""By every spelling."""

ABSENT: Mapping[str, str] = {
    "age": "the kernel does not say when a socket was made; `idle` is since data went or came",
}
"""Fields one may expect, and why there is none."""
