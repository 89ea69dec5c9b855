"""Every name a user can type, sort by, choose as a column or meet in an export."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto


class Kind(Enum):
    """How values of a field compare and how they are shown."""

    TEXT = auto()
    NUMBER = auto()  # a count: grouped by thousands
    ID = auto()  # a number that is a name: pid, port, inode; never grouped
    BYTES = auto()
    RATE = auto()  # events per second
    BYTE_RATE = auto()  # bytes per second
    PERCENT = auto()  # 0..1 in data, % on screen
    SECONDS = auto()
    MILLISECONDS = auto()
    MICROSECONDS = auto()
    STATE = auto()  # one TCP state name
    STATES = auto()  # counts by TCP state name
    OWNERS = auto()  # holders of a socket
    ADDRESS = auto()
    FLAG = auto()
    SERIES = auto()  # a number over the last Samples; sorts by its change


@dataclass(frozen=True, slots=True)
class Field:
    """One field: its kind fixes unit, order and look; help is one line without a full stop."""

    name: str
    kind: Kind
    help: str


def _fields(*rows: tuple[str, Kind, str]) -> dict[str, Field]:
    return {name: Field(name, kind, text) for name, kind, text in rows}


FIELDS = _fields(
    # anomalies
    ("severity", Kind.TEXT, "info, warning or critical"),
    ("code", Kind.TEXT, "stable name of the anomaly"),
    ("title", Kind.TEXT, "the anomaly in a few words"),
    ("subject", Kind.TEXT, "what it is about: process, listener, destination, namespace, host"),
    ("place", Kind.ID, "place in the list: causes before what they cause, the gravest chain first"),
    ("chain", Kind.TEXT, "code of the anomaly, indented below what it comes from"),
    ("summary", Kind.TEXT, "the number that matters, with its limit"),
    ("since", Kind.SECONDS, "for how long it has been there"),
    ("trend", Kind.TEXT, "where the number goes: rising, steady or falling"),
    ("cause", Kind.TEXT, "code of the anomaly it comes from"),
    ("confidence", Kind.TEXT, "certain, likely or inferred"),
    ("runtime", Kind.TEXT, "server or language runtime of the process, as far as recognised"),
    # sockets
    ("proto", Kind.TEXT, "tcp, udp or unix"),
    ("family", Kind.TEXT, "inet, inet6 or unix"),
    ("state", Kind.STATE, "TCP state, spelled as in the kernel; BOUND = bound, not listening"),
    ("local_addr", Kind.ADDRESS, "local address; * = any, IPv4 and IPv6 alike"),
    ("local_port", Kind.ID, "local port"),
    ("remote_addr", Kind.ADDRESS, "remote address"),
    ("remote_port", Kind.ID, "remote port"),
    ("path", Kind.TEXT, "unix socket name; @ = abstract"),
    ("recv_q", Kind.NUMBER, "bytes not read yet; on LISTEN: connections waiting for accept()"),
    ("send_q", Kind.NUMBER, "bytes not acknowledged; on LISTEN: limit of the accept queue"),
    ("backlog", Kind.NUMBER, "accept queue limit of a listener: min(listen(), somaxconn)"),
    ("drops", Kind.NUMBER, "packets or connections this socket dropped since it was made"),
    ("timer", Kind.TEXT, "timer that runs: retransmit, keepalive, time-wait or persist"),
    ("expires", Kind.MILLISECONDS, "time until the timer fires"),
    ("retrans", Kind.NUMBER, "retransmits or probes of the running timer"),
    ("idle", Kind.MILLISECONDS, "time since data was last sent or received"),
    ("rtt", Kind.MICROSECONDS, "smoothed round-trip time"),
    ("send_rate", Kind.BYTE_RATE, "bytes acknowledged by the peer per second"),
    ("recv_rate", Kind.BYTE_RATE, "bytes received per second"),
    ("pid", Kind.ID, "process id; of a socket: its first holder"),
    ("process", Kind.TEXT, "process name"),
    ("owners", Kind.OWNERS, "every process and descriptor that holds the socket"),
    ("owner_reason", Kind.TEXT, "why there is no owner: none, hidden or elsewhere"),
    ("uid", Kind.ID, "user id; of a socket: its creator's"),
    ("user", Kind.TEXT, "user name"),
    ("unit", Kind.TEXT, "systemd unit"),
    ("container", Kind.TEXT, "container id"),
    ("netns", Kind.ID, "network namespace (inode)"),
    ("cgroup", Kind.TEXT, "cgroup v2 id"),
    ("inode", Kind.ID, "socket inode; 0 = the socket belongs to no descriptor"),
    ("cookie", Kind.TEXT, "socket cookie"),
    ("interface", Kind.ID, "interface index the socket is bound to"),
    ("rmem_alloc", Kind.BYTES, "memory of what was received and not read"),
    ("rcvbuf", Kind.BYTES, "limit of that: the receive buffer"),
    ("wmem_alloc", Kind.BYTES, "memory of packets that were sent and not freed"),
    ("sndbuf", Kind.BYTES, "limit of what is queued to send: the send buffer"),
    ("fwd_alloc", Kind.BYTES, "memory the socket has in advance"),
    ("wmem_queued", Kind.BYTES, "memory of what is queued to send"),
    ("optmem", Kind.BYTES, "memory of options and filters"),
    ("sk_backlog", Kind.BYTES, "memory of packets that came while the socket was in use"),
    # processes and descriptors
    ("ppid", Kind.ID, "parent process id"),
    ("cmdline", Kind.TEXT, "command line"),
    ("threads", Kind.NUMBER, "threads"),
    ("sockets", Kind.NUMBER, "TCP and UDP sockets; of a port: its connections"),
    ("states", Kind.STATES, "TCP sockets by state; of a port: its connections"),
    ("listen", Kind.NUMBER, "sockets in LISTEN"),
    ("established", Kind.NUMBER, "sockets in ESTABLISHED"),
    ("close_wait", Kind.NUMBER, "sockets in CLOSE_WAIT"),
    ("time_wait", Kind.NUMBER, "sockets in TIME_WAIT"),
    ("udp", Kind.NUMBER, "UDP sockets"),
    ("fds", Kind.NUMBER, "open file descriptors"),
    ("fd_soft", Kind.NUMBER, "soft limit of descriptors (RLIMIT_NOFILE)"),
    ("fd_hard", Kind.NUMBER, "hard limit of descriptors"),
    ("fd_used", Kind.PERCENT, "descriptors in use, of the soft limit"),
    ("fd_socket", Kind.NUMBER, "descriptors that are sockets"),
    ("fd_file", Kind.NUMBER, "descriptors that are files"),
    ("fd_pipe", Kind.NUMBER, "descriptors that are pipes"),
    ("fd_anon", Kind.NUMBER, "descriptors that are anonymous inodes: epoll, eventfd, timerfd"),
    ("fd_other", Kind.NUMBER, "descriptors of other kinds: devices and the rest"),
    ("fd_slope", Kind.RATE, "descriptors gained per second"),
    ("time_to_limit", Kind.SECONDS, "time until the soft limit at the present slope"),
    ("worst", Kind.TEXT, "worst finding"),
    (
        "history",
        Kind.SERIES,
        "sockets, connections, used ports or open descriptors of a row at each of the last samples"
        " (at most 24), whatever the filter; drawn from 0 to the row's own highest",
    ),
    # ports
    ("port", Kind.ID, "local service port"),
    ("queue", Kind.NUMBER, "connections waiting for accept()"),
    ("queue_used", Kind.PERCENT, "accept queue in use, of its limit"),
    ("drop_rate", Kind.RATE, "drops per second"),
    ("new_rate", Kind.RATE, "new connections per second that lived until a sample"),
    ("top_peer", Kind.ADDRESS, "remote address with most connections"),
    ("top_peer_count", Kind.NUMBER, "connections of the top peer"),
    # ephemeral
    ("used", Kind.NUMBER, "distinct local ports of the range used towards this destination"),
    ("usable", Kind.NUMBER, "ports of the range minus reserved ones minus ones held elsewhere"),
    ("free", Kind.NUMBER, "usable minus used: an upper bound"),
    ("free_with_reuse", Kind.NUMBER, "free, and those in TIME_WAIT that tcp_tw_reuse gives back"),
    ("used_share", Kind.PERCENT, "used, of usable"),
    ("time_wait_share", Kind.PERCENT, "part of the used ports that only TIME_WAIT holds"),
    ("held_elsewhere", Kind.NUMBER, "ports of the range that a bind() holds on any address"),
    ("reserved", Kind.NUMBER, "ports of the range in ip_local_reserved_ports"),
    ("connect_rate", Kind.RATE, "new connections per second that lived until a sample"),
    ("time_to_exhaustion", Kind.SECONDS, "time until no port is left at the present slope"),
)

FILTER_TERMS = (
    *("state", "exclude", "port", "lport", "sport", "local_port", "rport", "dport", "remote_port"),
    *("src", "local_addr", "dst", "remote_addr", "proto", "family", "interface", "dev", "mark"),
    *("fwmark", "cgroup", "netns", "ns", "cookie", "inode", "uid", "user", "path", "recv_q"),
    *("recvq", "rxq", "send_q", "sendq", "txq", "backlog", "drops", "rmem_alloc"),
    *("rcvbuf", "wmem_alloc", "sndbuf", "wmem_queued", "timer", "expires", "retrans"),
    *("idle", "rtt", "send_rate", "recv_rate", "owners", "owner_reason", "pid", "process", "comm"),
    *("proc", "unit", "container", "cmdline", "ppid", "threads", "fds", "fd_soft", "fd_hard"),
    *("code", "anomaly", "severity"),
)
"""Every name a filter understands, all spellings; query/terms.py says what each means."""
