"""Samples written by hand, so that a test reads like the host it is about.

sample = make_sample(
    [tcp("LISTEN", "0.0.0.0:80", pids=[701, 702], recv_q=3, send_q=128),
     tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", pids=[701]),
     udp("0.0.0.0:53")],
    [process(701, "nginx"), process(702, "nginx")],
)
"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from netinspect.model import (
    COLUMNS,
    Cost,
    Family,
    FdKinds,
    Host,
    Limits,
    Namespace,
    Note,
    OwnerReason,
    OwnerTable,
    Process,
    Proto,
    Pulses,
    Sample,
    SocketTable,
    TcpState,
    Window,
)
from netinspect.query import parse_query
from netinspect.report import build_window

TAKEN_AT = 1_700_000_000.0
NETNS = 4026531840
_INODE_BASE = 100_000


@dataclass(frozen=True)
class Socket:
    """One socket: its columns by name, who holds it, a unix socket's name."""

    columns: Mapping[str, int]
    pids: tuple[int, ...] = ()
    path: str | None = None


def tcp(
    state: str | int,
    local: str,
    remote: str = "0.0.0.0:0",
    pids: Sequence[int] = (),
    **columns: int,
) -> Socket:
    """Make a TCP socket; a state by name or number, addresses as "10.0.0.1:80" or "[::1]:80"."""
    number = TcpState[state] if isinstance(state, str) else state
    return _inet(Proto.TCP, number, local, remote, pids, columns)


def udp(local: str, remote: str = "0.0.0.0:0", pids: Sequence[int] = (), **columns: int) -> Socket:
    """Make a UDP socket: ESTABLISHED where it has a peer, else CLOSE."""
    state = TcpState.CLOSE if remote.endswith(":0") else TcpState.ESTABLISHED
    return _inet(Proto.UDP, int(state), local, remote, pids, columns)


def unix(path: str, pids: Sequence[int] = (), **columns: int) -> Socket:
    """Make a unix socket."""
    given = {"proto": Proto.UNIX, "family": Family.UNIX, "state": TcpState.ESTABLISHED}
    return Socket({**given, **columns}, tuple(pids), path)


def process(pid: int, name: str = "app", **known: Any) -> Process:
    """Make a process of which the usual is known."""
    values: dict[str, Any] = {
        "start_time": pid * 10,
        "ppid": 1,
        "comm": name[:15],
        "name": name,
        "state": "S",
        "threads": 1,
        "uid": 0,
        "user": "root",
        "cmdline": (name,),
        "exe": f"/usr/bin/{name}",
        "cgroup": None,
        "unit": None,
        "container": None,
        "fds": 10,
        "fd_soft": 1024,
        "fd_hard": 4096,
        "fd_kinds": FdKinds(1, 2, 3, 4, 0),
        "netns": NETNS,
    }
    return Process(pid=pid, **{**values, **known})


def namespace(
    ports: str = "32768 60999",
    reserved: str = "",
    inode: int = NETNS,
    *,
    counters: Mapping[str, int] | None = None,
    sockstat: Mapping[str, int] | None = None,
    conntrack: Mapping[str, int] | None = None,
    sysctls: Mapping[str, str] | None = None,
) -> Namespace:
    """Make a network namespace with this range of ephemeral ports.

    counters: by the kernel's name, "Tcp.OutRsts". sysctls: those besides the range.
    """
    range_ = {
        "net.ipv4.ip_local_port_range": ports,
        "net.ipv4.ip_local_reserved_ports": reserved,
    }
    settings = {**range_, **(sysctls or {})}
    return Namespace(inode, counters or {}, sockstat or {}, settings, conntrack or {})


def make_pulses(
    looks: Mapping[float, Sequence[Socket]],
    *,
    file_nr: Sequence[int | None] = (),
    counters: Sequence[Mapping[str, int] | None] = (),
) -> Pulses:
    """Make the pulses of a Sample. looks: what each saw, by seconds after the first Sample."""
    seen = [(number, one) for number, row in enumerate(looks.values()) for one in row]
    return Pulses(
        tuple(100.0 + at for at in looks),
        _socket_table([one for _, one in seen]),
        np.array([number for number, _ in seen], np.int64),
        tuple(file_nr) or (None,) * len(looks),
        {NETNS: tuple(counters)} if counters else {},
    )


def make_sample(
    sockets: Sequence[Socket] = (),
    processes: Sequence[Process] = (),
    *,
    at: float = 0.0,
    namespaces: Sequence[Namespace] = (),
    host: Host | None = None,
    limits: Limits | None = None,
    notes: Sequence[Note] = (),
    origin: str = "sock_diag",
    pulses: Pulses | None = None,
) -> Sample:
    """Make a Sample; at: seconds after the first one."""
    return Sample(
        taken_at=TAKEN_AT + at,
        monotonic=100.0 + at,
        host=host or Host("web-07", "6.1.0", "boot", 0, (1 << 41) - 1, 4096, 100),
        sockets=_socket_table(sockets),
        owners=_owner_table(sockets),
        processes={process.pid: process for process in processes},
        namespaces=tuple(namespaces) or (namespace(),),
        limits=limits or Limits(file_nr=2048, file_max=100_000, nr_open=1_048_576),
        notes=tuple(notes),
        cost=Cost(cpu=0.01, wall=0.02, interval=2.0, rss=10_000_000),
        origin=origin,
        pulses=pulses or Pulses(),
    )


def make_window(now: Sample, before: Sample | None = None, filter: str = "") -> Window:
    """Make the Window that this filter gives."""
    return build_window(now, before, parse_query(filter))


def _inet(
    proto: Proto,
    state: int,
    local: str,
    remote: str,
    pids: Sequence[int],
    columns: Mapping[str, int],
) -> Socket:
    family = Family.INET6 if local.startswith("[") else Family.INET
    given: dict[str, int] = {"proto": proto, "family": family, "state": state, "netns": NETNS}
    for side, text in (("local", local), ("remote", remote)):
        address, port = _parse_endpoint(text, family)
        given |= {
            f"{side}_hi": address >> 64,
            f"{side}_lo": address & (1 << 64) - 1,
            f"{side}_port": port,
        }
    return Socket({**given, **columns}, tuple(pids))


def _parse_endpoint(text: str, family: Family) -> tuple[int, int]:
    host, _, port = text.rpartition(":")
    address = ipaddress.ip_address(host.strip("[]"))
    if address.version == 4 and int(address) == 0 and family is Family.INET6:
        return 0, int(port)
    return int(address) | (0xFFFF << 32 if address.version == 4 else 0), int(port)


def _socket_table(sockets: Sequence[Socket]) -> SocketTable:
    paths = [socket.path for socket in sockets if socket.path is not None]
    starts = np.cumsum([0, *(len(socket.pids) for socket in sockets)]).tolist()
    rows = [_row(i, socket, starts[i], paths) for i, socket in enumerate(sockets)]
    named = {name for row in rows for name in row}
    columns = {
        name: np.array([row.get(name, COLUMNS[name].unknown) for row in rows], COLUMNS[name].dtype)
        for name in named
    }
    return SocketTable.build(len(rows), tuple(paths), **columns)


def _row(index: int, socket: Socket, start: int, paths: list[str]) -> dict[str, int]:
    key = socket.columns.get("key", index + 1)
    row: dict[str, int] = {
        "key": key,
        "cookie": key,
        "inode": _INODE_BASE + index if socket.pids else 0,
        "owner_reason": OwnerReason.OWNED if socket.pids else OwnerReason.NONE,
        "owner_start": start if socket.pids else -1,
        "owner_count": len(socket.pids),
        "pid": min(socket.pids, default=-1),
    }
    if socket.path is not None:
        row["path"] = paths.index(socket.path)
    return row | dict(socket.columns)


def _owner_table(sockets: Sequence[Socket]) -> OwnerTable:
    rows = [
        (_INODE_BASE + i, pid, 3 + i) for i, socket in enumerate(sockets) for pid in socket.pids
    ]
    inode, pid, fd = zip(*rows, strict=True) if rows else ((), (), ())
    return OwnerTable(np.array(inode, np.uint64), np.array(pid, np.int32), np.array(fd, np.int32))
