"""TCP and UDP sockets as psutil tells them: ends, states, and one holder for each."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import psutil

from netinspect.decode.columns import Columns
from netinspect.decode.keys import put_keys
from netinspect.model import (
    UNKNOWN,
    Family,
    Note,
    OwnerReason,
    OwnerTable,
    Proto,
    SocketTable,
    TcpState,
)

if TYPE_CHECKING:
    from psutil._ntuples import pconn, sconn

_MAPPED = 0xFFFF << 32
_LOW = (1 << 64) - 1
_OWNERLESS = (TcpState.TIME_WAIT, TcpState.SYN_RECV)


class Connection(NamedTuple):
    """One socket."""

    proto: Proto
    family: Family
    state: TcpState
    local: int  # 128 bit
    local_port: int
    remote: int
    remote_port: int


class Holder(NamedTuple):
    """Who holds a socket; fd is UNKNOWN where psutil does not tell."""

    pid: int
    fd: int


Holdings = dict[tuple[Connection, Holder | None], list[Holder]]


def read_connections() -> tuple[Holdings, list[Note]]:
    """Read all sockets, or those of the processes we may look into; never raises."""
    try:
        return _gather((row, row.pid) for row in psutil.net_connections(kind="inet")), []
    except psutil.AccessDenied:
        return _read_each_process()
    except OSError as error:
        message = f"sockets cannot be read: {error.strerror}"
        return {}, [Note("psutil", message, errno=error.errno)]


def _read_each_process() -> tuple[Holdings, list[Note]]:
    found, denied = [], 0
    for process in psutil.process_iter():
        try:
            found += [(row, process.pid) for row in process.net_connections(kind="inet")]
        except psutil.AccessDenied:
            denied += 1
        except psutil.NoSuchProcess:
            continue
    message = "sockets of processes may not be seen"
    return _gather(found), [Note("psutil", message, "run as root", denied)]


def _gather(rows: Iterable[tuple[pconn | sconn, int | None]]) -> Holdings:
    """Collect the holders of each socket.

    Both ends make a connection the same socket. Sockets without a peer may be several of one
    address: each holder's counts as one.
    """
    holdings: Holdings = {}
    for row, pid in rows:
        connection = _parse(row)
        holder = None if pid is None else Holder(pid, row.fd if row.fd >= 0 else UNKNOWN)
        key = (connection, None if connection.remote_port else holder)
        holders = holdings.setdefault(key, [])
        if holder is not None and holder not in holders:
            holders.append(holder)
    return holdings


def _parse(row: pconn | sconn) -> Connection:
    family = Family.INET6 if row.family == socket.AF_INET6 else Family.INET
    proto = Proto.TCP if row.type == socket.SOCK_STREAM else Proto.UDP
    local, remote = _parse_end(row.laddr, family), _parse_end(row.raddr, family)
    return Connection(proto, family, _parse_state(row, proto), *local, *remote)


def _parse_end(end: Sequence[str | int], family: Family) -> tuple[int, int]:
    """Parse (address, port); () where there is none."""
    if not end:
        return (_MAPPED if family is Family.INET else 0), 0
    address = ipaddress.ip_address(str(end[0]).partition("%")[0])
    return int(address) | (_MAPPED if address.version == 4 else 0), int(end[1])


def _parse_state(row: pconn | sconn, proto: Proto) -> TcpState:
    if proto is Proto.UDP:
        return TcpState.ESTABLISHED if row.raddr else TcpState.CLOSE
    state = TcpState.__members__.get(row.status, TcpState.CLOSE)
    return TcpState.BOUND if state is TcpState.CLOSE and row.laddr else state


def build_tables(holdings: Holdings, *, some_hidden: bool) -> tuple[SocketTable, OwnerTable]:
    """Make the tables. psutil knows no inodes: owners come in the order of their sockets."""
    rows = sorted((connection, sorted(holders)) for (connection, _), holders in holdings.items())
    owners = _build_owners([holder for _, holders in rows for holder in holders])
    if not rows:
        return SocketTable.build(0), owners
    columns = Columns(len(rows))
    _put_connections(columns, [connection for connection, _ in rows])
    _put_holders(columns, [holders for _, holders in rows], some_hidden=some_hidden)
    _put_keys(columns, rows)
    return columns.build(), owners


def _build_owners(holders: list[Holder]) -> OwnerTable:
    pid = np.array([holder.pid for holder in holders], np.int32)
    fd = np.array([holder.fd for holder in holders], np.int32)
    return OwnerTable(np.zeros(len(holders), np.uint64), pid, fd)


def _put_connections(columns: Columns, connections: list[Connection]) -> None:
    for name in ("proto", "family", "state", "local_port", "remote_port"):
        columns.put(name, np.array([getattr(one, name) for one in connections], np.int64))
    for side in ("local", "remote"):
        addresses = [getattr(one, side) for one in connections]
        columns.put(f"{side}_hi", np.array([one >> 64 for one in addresses], np.uint64))
        columns.put(f"{side}_lo", np.array([one & _LOW for one in addresses], np.uint64))


def _put_holders(columns: Columns, holders: list[list[Holder]], *, some_hidden: bool) -> None:
    count = np.array([len(some) for some in holders], np.int32)
    owned = count > 0
    ownerless = np.isin(columns.get("state"), _OWNERLESS) & (columns.get("proto") == Proto.TCP)
    missing = OwnerReason.HIDDEN if some_hidden else OwnerReason.ELSEWHERE
    reason = np.where(ownerless, OwnerReason.NONE, missing)
    columns.put("owner_reason", np.where(owned, OwnerReason.OWNED, reason))
    columns.put("owner_count", count)
    columns.put("owner_start", np.where(owned, np.cumsum(count) - count, UNKNOWN))
    columns.put("pid", np.array([some[0].pid if some else UNKNOWN for some in holders], np.int32))


def _put_keys(columns: Columns, rows: list[tuple[Connection, list[Holder]]]) -> None:
    """Tell sockets without a peer apart by their holder: their addresses may be the same."""
    apart = np.zeros(len(rows), np.uint64)
    for i, (connection, holders) in enumerate(rows):
        if holders and not connection.remote_port:
            apart[i] = holders[0].pid << 32 | max(0, holders[0].fd)
    put_keys(columns, apart)
