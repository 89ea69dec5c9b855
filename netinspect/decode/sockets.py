"""All sockets of a Capture in one table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinspect.decode.frame import Section
from netinspect.decode.inet_diag import parse_inet_diag
from netinspect.decode.proc_net import parse_proc_net
from netinspect.decode.proc_unix import parse_proc_unix
from netinspect.decode.unix_diag import parse_unix_diag
from netinspect.model import COLUMNS, Family, Proto, SocketTable

_INET_DIAG = {
    "sock_diag.listen4": Proto.TCP,
    "sock_diag.listen6": Proto.TCP,
    "sock_diag.tcp4": Proto.TCP,
    "sock_diag.tcp6": Proto.TCP,
    "sock_diag.udp4": Proto.UDP,
    "sock_diag.udp6": Proto.UDP,
}
_PROC_NET = {
    "proc_net.tcp": (Proto.TCP, Family.INET),
    "proc_net.tcp6": (Proto.TCP, Family.INET6),
    "proc_net.udp": (Proto.UDP, Family.INET),
    "proc_net.udp6": (Proto.UDP, Family.INET6),
}
_UNIX_DIAG = "sock_diag.unix"
_PROC_UNIX = "proc_net.unix"
_DETAIL = "sock_diag.detail"


def build_sockets(sections: Sequence[Section], clock_ticks: int | None) -> SocketTable:
    """Parse every section that lists sockets; clock_ticks: per second. Raises ParseError."""
    tables = [_parse_table(section, clock_ticks) for section in sections]
    sockets = SocketTable.join([table for table in tables if table is not None])
    for section in sections:
        if section.name == _DETAIL:
            detail = parse_inet_diag(section.data, Proto.TCP, section.netns, _DETAIL)
            sockets = add_detail(sockets, detail)
    return sockets


def _parse_table(section: Section, clock_ticks: int | None) -> SocketTable | None:
    if section.name in _INET_DIAG:
        proto = _INET_DIAG[section.name]
        return parse_inet_diag(section.data, proto, section.netns, section.name)
    if section.name in _PROC_NET:
        proto, family = _PROC_NET[section.name]
        return parse_proc_net(section.data, proto, family, section.netns, section.name, clock_ticks)
    if section.name == _UNIX_DIAG:
        return parse_unix_diag(section.data, section.netns, section.name)
    if section.name == _PROC_UNIX:
        return parse_proc_unix(section.data, section.netns)
    return None


def add_detail(sockets: SocketTable, detail: SocketTable) -> SocketTable:
    """Overwrite what is known of the sockets in `detail`, found by their cookie.

    Those the table does not have are left out: they came between the two requests.
    """
    order = np.argsort(sockets.cookie)
    place = np.searchsorted(sockets.cookie, detail.cookie, sorter=order)
    row = order[np.minimum(place, len(order) - 1)] if len(order) else place
    there = np.flatnonzero(sockets.cookie[row] == detail.cookie) if len(order) else place[:0]
    at = row[there]
    known = {}
    for name, column in COLUMNS.items():
        before, values = getattr(sockets, name), getattr(detail, name)[there]
        tells = (values != column.unknown) & (values != before[at])
        if tells.any():
            known[name] = before.copy()
            known[name][at[tells]] = values[tells]
    return sockets.with_columns(**known)


def find_origin(sections: Sequence[Section]) -> str:
    """Name where the sockets came from: sock_diag, proc_net, or none."""
    names = [section.name for section in sections]
    for origin in ("proc_net", "sock_diag"):
        if any(name.startswith(f"{origin}.") for name in names):
            return origin
    return "none"
