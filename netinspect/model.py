"""The facts netinspect knows about a host, as values.

Sockets are columns: one numpy array per field, one index per socket. Everything else is a frozen
record. `None` (in columns: UNKNOWN) means "not known"; 0 means zero. Nothing here does I/O.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import Enum, auto
from typing import Annotated, Any, NamedTuple, get_type_hints

import numpy as np
from numpy.typing import NDArray

from netinspect.enums import STATE_LETTERS as STATE_LETTERS
from netinspect.enums import Family as Family
from netinspect.enums import OwnerReason as OwnerReason
from netinspect.enums import Proto as Proto
from netinspect.enums import TcpState as TcpState
from netinspect.enums import Timer as Timer
from netinspect.enums import state_name as state_name
from netinspect.finding import Finding, ProcessKey, Scalar

_KTHREADD = 2

TRAIL_STEPS = 24
"""How many Samples a Trail goes back."""

FRESH_STEPS = 3
"""For how many Samples a row that came or went is marked."""

UNKNOWN = -1
"""In signed socket columns: the value is not known. Never a measurement."""


class Column(NamedTuple):
    """Declare how a socket column is stored, and what fills it where its origin does not tell."""

    dtype: Any
    unknown: int = UNKNOWN


U8 = Annotated[NDArray[np.uint8], Column(np.uint8, 0)]
U16 = Annotated[NDArray[np.uint16], Column(np.uint16, 0)]
U64 = Annotated[NDArray[np.uint64], Column(np.uint64, 0)]
I8 = Annotated[NDArray[np.int8], Column(np.int8)]
I16 = Annotated[NDArray[np.int16], Column(np.int16)]
I32 = Annotated[NDArray[np.int32], Column(np.int32)]
I64 = Annotated[NDArray[np.int64], Column(np.int64)]


@dataclass(frozen=True, slots=True, eq=False)
class SocketTable:
    """All sockets of a Sample, one array of n values per field.

    Columns that may be unknown are signed and hold UNKNOWN (-1) where they are. A column of one
    value, such as unknown, may be a broadcast view that costs no memory: treat every column as
    read-only.
    Addresses are 128 bit in two halves; IPv4 and IPv4-mapped IPv6 are both ::ffff:a.b.c.d.
    """

    # identity
    key: U64  # stable over samples; the cookie if there is one
    netns: U64  # inode of the network namespace, 0 unknown
    cookie: U64  # socket cookie, 0 unknown
    inode: I64  # sockfs inode, 0 = the socket has none
    proto: U8  # Proto
    family: U8  # Family of the socket, not of the addresses
    state: U8  # TcpState
    # addresses
    local_hi: U64
    local_lo: U64
    remote_hi: U64
    remote_lo: U64
    local_port: U16
    remote_port: U16
    interface: I64  # ifindex it is bound to, 0 = none
    path: I64  # unix: index into SocketTable.paths
    peer_inode: I64  # unix: inode of the peer
    # what every dump tells
    recv_q: I64  # bytes unread; LISTEN: connections to accept
    send_q: I64  # bytes unacknowledged; LISTEN: accept queue limit
    uid: I64  # creator's uid
    timer: I8  # Timer
    retrans: I16  # retransmits or probes of the running timer
    expires: I64  # ms until the timer fires
    # attributes the kernel adds where it has them
    shutdown: I8  # bit 0 receive, bit 1 send
    mark: I64
    cgroup: I64  # inode of the cgroup v2 directory
    v6only: I8
    bind_no_port: I8  # IP_BIND_ADDRESS_NO_PORT
    # INET_DIAG_SKMEMINFO, bytes, and drops in packets
    rmem_alloc: I64
    rcvbuf: I64
    wmem_alloc: I64
    sndbuf: I64
    fwd_alloc: I64
    wmem_queued: I64
    optmem: I64
    backlog: I64  # socket backlog queue, not the accept queue
    drops: I64
    # INET_DIAG_INFO: struct tcp_info
    backoff: I64
    probes: I64
    rto: I64  # us
    snd_mss: I64
    unacked: I64  # segments
    lost: I64  # segments
    last_data_sent: I64  # ms ago; garbage in SYN_SENT
    last_data_recv: I64  # ms ago
    last_ack_recv: I64  # ms ago
    rtt: I64  # us, smoothed
    rttvar: I64  # us
    cwnd: I64  # segments
    total_retrans: I64  # segments, since the connection began
    bytes_acked: I64
    bytes_received: I64
    segs_out: I64
    segs_in: I64
    notsent_bytes: I64
    min_rtt: I64  # us
    data_segs_in: I64
    data_segs_out: I64
    delivery_rate: I64  # bytes/s
    busy_time: I64  # us with data in flight
    rwnd_limited: I64  # us stalled by the peer's window
    sndbuf_limited: I64  # us stalled by our send buffer
    bytes_sent: I64
    bytes_retrans: I64
    dsack_dups: I64  # segments the peer had already: sent again for nothing
    snd_wnd: I64  # bytes the peer offers
    rcv_wnd: I64  # bytes we offer
    # owners, joined from the OwnerTable by inode
    owner_reason: U8  # OwnerReason
    owner_start: I32  # first row in OwnerTable, -1 none
    owner_count: I32  # holders, each (pid, fd) once
    pid: I32  # lowest pid that holds it
    # not a column
    paths: tuple[str, ...] = ()  # unix socket names, already safe

    def __len__(self) -> int:
        return len(self.key)

    @staticmethod
    def build(size: int, paths: tuple[str, ...] = (), **known: NDArray[Any]) -> SocketTable:
        """Make a table of `size` rows from the known columns; the others are unknown.

        Raises ValueError on a column of another length, TypeError on one that does not exist.
        """
        columns: dict[str, Any] = dict(known)
        for name, column in COLUMNS.items():
            given = columns.get(name)
            if given is None:
                columns[name] = np.broadcast_to(np.array(column.unknown, column.dtype), size)
            elif len(given) != size:
                raise ValueError(f"column {name} has {len(given)} rows, not {size}")
            else:
                columns[name] = given.astype(column.dtype, copy=False)
        return SocketTable(paths=paths, **columns)

    @staticmethod
    def join(tables: Sequence[SocketTable]) -> SocketTable:
        """Concatenate tables; a column of one value in all of them stays free of memory."""
        tables = [table for table in tables if len(table)]
        if len(tables) == 1:
            return tables[0]
        parts = {name: [getattr(table, name) for table in tables] for name in COLUMNS}
        paths: tuple[str, ...] = ()
        for i, table in enumerate(tables):
            if paths and table.paths:
                parts["path"][i] = np.where(table.path >= 0, table.path + len(paths), table.path)
            paths += table.paths
        known = {name: _concatenate(some) for name, some in parts.items() if some}
        return SocketTable.build(sum(map(len, tables)), paths, **known)

    def take(self, rows: NDArray[Any]) -> SocketTable:
        """Select rows by index or mask, in that order."""
        size = int(np.count_nonzero(rows)) if rows.dtype == np.bool_ else len(rows)
        known = {}
        for name in COLUMNS if len(self) else ():
            column = getattr(self, name)
            one_value = column.strides == (0,)
            known[name] = np.broadcast_to(column[0], size) if one_value else column[rows]
        return SocketTable.build(size, self.paths, **known)

    def with_columns(self, **known: Any) -> SocketTable:
        """Return the same rows with some columns replaced."""
        return replace(self, **known)


def _concatenate(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    """Append columns of at least one row each."""
    first = parts[0][0]
    if all(part.strides == (0,) and part[0] == first for part in parts):
        return np.broadcast_to(first, sum(map(len, parts)))
    return np.concatenate(parts)


COLUMNS: Mapping[str, Column] = {
    name: hint.__metadata__[0]
    for name, hint in get_type_hints(SocketTable, include_extras=True).items()
    if hasattr(hint, "__metadata__")
}
"""The fields of SocketTable that are columns, in order."""


@dataclass(frozen=True, slots=True, eq=False)
class OwnerTable:
    """Every holder of every socket: one row per (inode, pid, fd), sorted by inode, pid, fd."""

    inode: NDArray[np.uint64]
    pid: NDArray[np.int32]
    fd: NDArray[np.int32]

    def __len__(self) -> int:
        return len(self.inode)


@dataclass(frozen=True, slots=True)
class FdKinds:
    """Open descriptors of a process by kind."""

    socket: int
    file: int
    pipe: int
    anon: int  # anon_inode: epoll, eventfd, timerfd, inotify, …
    other: int  # devices and whatever else


@dataclass(frozen=True, slots=True)
class Process:
    """One process (thread group). Strings are safe to print. None = could not be read."""

    pid: int
    start_time: int  # clock ticks after boot, UNKNOWN where the process may not be read
    ppid: int | None
    comm: str  # at most 15 bytes, set by the process itself
    name: str  # comm, or the executable's base name where comm is its cut-off beginning
    state: str | None  # one letter of /proc/PID/stat: R S D Z T …
    threads: int | None
    uid: int | None  # effective
    user: str | None
    cmdline: tuple[str, ...] | None
    exe: str | None
    cgroup: str | None  # path in the unified hierarchy, or the systemd one of v1
    unit: str | None  # systemd unit the cgroup path names
    container: str | None  # short container id the cgroup path names
    fds: int | None  # open descriptors
    fd_soft: int | None  # RLIMIT_NOFILE; None also for "unlimited"
    fd_hard: int | None
    fd_kinds: FdKinds | None  # None where the descriptors are not ours to see
    netns: int | None  # inode of its network namespace
    group: int | None = None  # process group: the pid of its leader
    session: int | None = None  # the pid of its leader
    # threads by name, digits at the end left off; None where it is no JVM
    thread_names: Mapping[str, int] | None = field(default=None, hash=False)

    @property
    def key(self) -> ProcessKey:
        """Identify the process over samples."""
        return ProcessKey(self.pid, self.start_time)

    @property
    def is_kernel_thread(self) -> bool:
        """Tell whether it is a thread of the kernel: kthreadd has pid 2, and no program."""
        return _KTHREADD in (self.pid, self.ppid) and not self.exe and not self.cmdline


@dataclass(frozen=True, slots=True)
class Namespace:
    """One network namespace: its counters and settings, under the kernel's own names."""

    inode: int  # of /proc/PID/ns/net, 0 unknown
    counters: Mapping[str, int] = field(default_factory=dict)  # "TcpExt.ListenOverflows", "Tcp.…"
    sockstat: Mapping[str, int] = field(default_factory=dict)  # "TCP.inuse", "TCP6.inuse", …
    sysctls: Mapping[str, str] = field(default_factory=dict)  # "net.ipv4.ip_local_port_range"
    conntrack: Mapping[str, int] = field(default_factory=dict)  # per-cpu stats summed: "drop", …

    def sysctl_int(self, name: str) -> int | None:
        """Read a sysctl that holds one number."""
        text = self.sysctls.get(name)
        try:
            return None if text is None else int(text)
        except ValueError:
            return None

    @property
    def port_range(self) -> tuple[int, int] | None:
        """First and last ephemeral port, both included."""
        parts = self.sysctls.get("net.ipv4.ip_local_port_range", "").split()
        if len(parts) != 2 or not all(part.isdigit() for part in parts):
            return None
        return int(parts[0]), int(parts[1])

    @property
    def reserved_ports(self) -> frozenset[int]:
        """Ports that automatic assignment must skip, e.g. from "8080,9000-9002"."""
        ports: set[int] = set()
        for part in self.sysctls.get("net.ipv4.ip_local_reserved_ports", "").split(","):
            first, _, last = part.strip().partition("-")
            if first.isdigit() and (not last or last.isdigit()):
                ports.update(range(int(first), int(last or first) + 1))
        return frozenset(ports)


@dataclass(frozen=True, slots=True)
class Limits:
    """Host-wide use and limits. None = could not be read."""

    file_nr: int | None = None  # open files, fs.file-nr first column
    file_max: int | None = None
    nr_open: int | None = None  # ceiling of RLIMIT_NOFILE
    conntrack_max: int | None = None
    tcp_mem: tuple[int, int, int] | None = None  # pages: low, pressure, high
    tcp_max_orphans: int | None = None


@dataclass(frozen=True, slots=True)
class Note:
    """Something that could not be read, how much that hides, and what to do about it."""

    source: str  # section or file
    message: str
    remedy: str | None = None
    count: int | None = None
    errno: int | None = None


@dataclass(frozen=True, slots=True)
class Host:
    """Which machine a Sample is of, and with what rights it was read."""

    name: str
    kernel: str | None = None
    boot_id: str | None = None
    euid: int | None = None
    capabilities: int | None = None  # CapEff mask of the probe
    page_size: int | None = None
    clock_ticks: int | None = None  # per second


@dataclass(frozen=True, slots=True)
class Cost:
    """What taking a Sample cost the inspected host."""

    cpu: float | None = None  # seconds of probe CPU for this pass
    wall: float | None = None  # seconds
    interval: float | None = None  # seconds until the next pass, as stretched by the probe
    rss: int | None = None  # bytes resident in the probe


def _no_sockets() -> SocketTable:
    return SocketTable.build(0)


def _no_rows() -> NDArray[np.int64]:
    return np.zeros(0, np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class Pulses:
    """What was read several times between the Sample before and this one, a little each time.

    at: seconds of the host's boot-relative clock, in order; everything else goes by pulse too.
    sockets: TCP in LISTEN and SYN_SENT, a row for each pulse that saw them, without tcp_info,
    memory and owner, and of very many not all; pulse: which one, for each row. None = not read.
    """

    at: tuple[float, ...] = ()
    sockets: SocketTable = field(default_factory=_no_sockets)
    pulse: NDArray[np.int64] = field(default_factory=_no_rows)
    file_nr: tuple[int | None, ...] = ()
    counters: Mapping[int, tuple[Mapping[str, int] | None, ...]] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.at)


@dataclass(frozen=True, slots=True, eq=False)
class Sample:
    """Everything of one moment."""

    taken_at: float  # seconds since the epoch, whole milliseconds
    monotonic: float  # seconds, boot-relative clock of the inspected host
    host: Host
    sockets: SocketTable
    owners: OwnerTable
    processes: Mapping[int, Process]  # by pid
    namespaces: tuple[Namespace, ...]
    limits: Limits
    notes: tuple[Note, ...] = ()
    cost: Cost = Cost()
    origin: str = "sock_diag"  # where sockets came from: sock_diag, proc_net, psutil, …
    self_pids: frozenset[int] = frozenset()  # the probe and its viewer
    pulses: Pulses = field(default_factory=Pulses)  # since the Sample before

    def namespace(self, inode: int) -> Namespace | None:
        """Find a namespace by inode; with one namespace known, that one."""
        for namespace in self.namespaces:
            if namespace.inode == inode:
                return namespace
        return self.namespaces[0] if len(self.namespaces) == 1 else None


_POORER_ORIGINS = ("proc_net", "psutil")
"""Where sockets come from when sock_diag is refused, as their Notes name it."""


@dataclass(frozen=True, slots=True)
class Coverage:
    """How much of the host the Sample shows."""

    sockets: int
    owners_hidden: int  # sockets whose owner exists and may not be seen
    processes: int
    processes_hidden: int  # processes whose descriptors may not be seen
    privileged: bool
    notes: tuple[Note, ...]

    @property
    def summary(self) -> str | None:
        """Say in one line what is hidden and the remedy; None when nothing is."""
        if not self.owners_hidden:
            return None
        if any(note.source == "dump" for note in self.notes):
            return "no owner is known: a dump of ss names none"
        # Root in a container, or under a security module, can be refused as well.
        remedy = "refused in spite of privileges" if self.privileged else "run with --sudo"
        asked = " asked for" if any(note.source == "asked" for note in self.notes) else ""
        hidden, sockets = f"{self.owners_hidden:,}", f"{self.sockets:,} sockets{asked}"
        return f"owners hidden for {hidden} of {sockets}: {remedy}"

    @property
    def gaps(self) -> tuple[str, ...]:
        """Say in a line each what any result lacks: owners, and what only sock_diag tells."""
        poorer = (n for n in self.notes if n.source.partition(".")[0] in _POORER_ORIGINS)
        note = next(poorer, None)  # the first has the most to tell
        lost = note and (f"{note.message}: {note.remedy}" if note.remedy else note.message)
        return tuple(line for line in (self.summary, lost) if line)


@dataclass(frozen=True, slots=True, eq=False)
class Level:
    """One number for each row of a pane; NaN = not known.

    ids: 64-bit names of the rows, ascending; `measures/row_ids.py` makes them.
    """

    ids: NDArray[np.uint64]
    numbers: NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Gone:
    """Rows of a pane that went: their ids, and so much of the Sample before as shows them."""

    ids: NDArray[np.uint64]
    sample: Sample


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """What one Sample adds to the Trail, by pane.

    came, went: rows that the Sample before does not have, and that only it has. findings: those
    told.
    """

    levels: Mapping[str, Level] = field(default_factory=dict)
    came: Mapping[str, NDArray[np.uint64]] = field(default_factory=dict)
    went: Mapping[str, Gone] = field(default_factory=dict)
    findings: tuple[Finding, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Trail:
    """What is remembered of the Samples up to one, a Step each, the oldest first."""

    steps: tuple[Step, ...] = ()

    def add(self, step: Step) -> Trail:
        """Go on by one Sample; what is too old is forgotten."""
        kept = list(self.steps[1 - TRAIL_STEPS :])
        if len(kept) >= FRESH_STEPS:
            old = kept[-FRESH_STEPS]
            kept[-FRESH_STEPS] = Step(old.levels, findings=old.findings)
        if len(kept) > FRESH_STEPS:
            kept[-FRESH_STEPS - 1] = Step(kept[-FRESH_STEPS - 1].levels)
        return Trail((*kept, step))

    @property
    def fresh(self) -> tuple[Step, ...]:
        """Return the Steps whose comings and goings are still marked."""
        return self.steps[-FRESH_STEPS:]


NO_TRAIL = Trail()


@dataclass(frozen=True, slots=True, eq=False)
class Window:
    """Two Samples to compare, and which sockets the user asked for.

    Rules look at everything; panes look at `selected`.
    """

    now: Sample
    before: Sample | None
    before_row: NDArray[np.int64]  # for each socket of now: its row in before, -1 = new
    selected: NDArray[np.bool_]  # for each socket of now: passes the filter
    selected_pids: frozenset[int] | None  # processes that pass the filter, None = all
    findings: tuple[Finding, ...] = ()  # of everything, once they are diagnosed
    trail: Trail = NO_TRAIL  # up to now

    @property
    def elapsed(self) -> float | None:
        """Seconds between the two Samples; None without a predecessor."""
        if self.before is None or self.now.monotonic <= self.before.monotonic:
            return None
        return self.now.monotonic - self.before.monotonic


class Owner(NamedTuple):
    """One holder of a socket."""

    pid: int
    fd: int | None
    process: str | None


@dataclass(frozen=True, slots=True)
class Series:
    """A number over the last Samples, the oldest first; None where it is not known."""

    numbers: tuple[int | None, ...]

    @property
    def change(self) -> int | None:
        """Return by how much it grew from the first to the last known number."""
        known = [number for number in self.numbers if number is not None]
        return known[-1] - known[0] if len(known) > 1 else None


Value = Scalar | tuple[Owner, ...] | Mapping[str, int] | Series
"""What a row holds per field: a scalar, holders of a socket, counts by state name, a Series."""

RowKey = int | str | tuple[int | str, ...]


class Age(Enum):
    """Whether a row came or went within the last few Samples."""

    SETTLED = auto()
    NEW = auto()
    GONE = auto()


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a pane, as data: nothing is formatted yet."""

    key: RowKey  # stays the same over samples
    values: tuple[Value, ...]  # in the order of the pane's fields
    drill: str | None = None  # the filter that shows this row's sockets
    age: Age = Age.SETTLED
