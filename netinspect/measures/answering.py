"""Who would answer a connection to an address and port of this host: its listeners there."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from netinspect.holders import held_by
from netinspect.humanize import address_text
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.port_holders import Address
from netinspect.measures.states import is_connection
from netinspect.model import Family, TcpState

_V4_ANY = 0, 0xFFFF << 32
_V6_ANY = 0, 0
_MOST_PEERS = 1000


@dataclass(frozen=True, slots=True)
class Answerers:
    """Listeners on one port, rows of the Window's table.

    taking: those that take connections to the address. others: those on other addresses.
    """

    taking: Rows
    others: Rows


def find_answerers(
    facts: Facts, address: Address | None, port: int, spaces: Collection[int]
) -> Answerers:
    """Find the listeners on a port of these network namespaces.

    address: None = not known, then all of them take it.
    """
    sockets = facts.sockets
    listening = facts.in_state(TcpState.LISTEN) & np.isin(sockets.netns, list(spaces))
    rows = np.flatnonzero(listening & (sockets.local_port == port))
    takes = np.array([_takes(facts, row, address) for row in rows.tolist()], np.bool_)
    return Answerers(rows[takes], rows[~takes])


def _takes(facts: Facts, row: int, address: Address | None) -> bool:
    sockets = facts.sockets
    own = int(sockets.local_hi[row]), int(sockets.local_lo[row])
    if address is None or own == address:
        return True
    is_v4 = address[0] == 0 and address[1] >> 32 == 0xFFFF
    if own == _V4_ANY:
        return is_v4
    if own != _V6_ANY or sockets.family[row] != Family.INET6:
        return False
    return not is_v4 or bool(sockets.v6only[row] != 1)


def is_here(facts: Facts, address: Address) -> bool | None:
    """Tell whether an address is one of this host's; None where no socket tells.

    Who connects to an address of its own host gets that address as its own, too.
    """
    if address == (0, 1) or (address[0] == 0 and address[1] >> 24 == 0xFFFF7F):
        return True
    sockets = facts.sockets
    high, low = (np.uint64(half) for half in address)
    if (facts.tcp & (sockets.local_hi == high) & (sockets.local_lo == low)).any():
        return True
    dialled = is_connection(sockets) & (sockets.remote_hi == high) & (sockets.remote_lo == low)
    return False if dialled.any() else None


def find_peers(facts: Facts, pid: int) -> list[tuple[str, int]]:
    """Find the addresses and ports that a process is connected to, or tries to be."""
    sockets = facts.sockets
    mine = is_connection(sockets) & held_by(sockets, facts.now.owners, [pid])
    columns = (sockets.remote_hi, sockets.remote_lo, sockets.remote_port.astype(np.uint64))
    found = np.unique(np.stack(columns, axis=1)[mine], axis=0)[:_MOST_PEERS].tolist()
    return [(address_text(high, low), port) for high, low, port in found]
