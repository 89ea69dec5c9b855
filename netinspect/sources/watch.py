"""Says to the probe which sockets are on screen: cookies become what sock_diag finds them by."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.model import Family, Proto, SocketTable, TcpState

if TYPE_CHECKING:
    from numpy.typing import NDArray

MOST_WATCHED = 256

_PORTS = struct.Struct(">HH")
_ADDRESS = struct.Struct(">QQ")
_TAIL = struct.Struct("=III")  # interface, cookie: low half first, whatever the byte order
_HALF = 0xFFFFFFFF


def build_watch(sockets: SocketTable, cookies: Sequence[int]) -> list[bytes]:
    """Return the words of the probe's `watch` for those of the sockets that have tcp_info."""
    import numpy as np

    wanted = np.isin(sockets.cookie, np.array([c for c in cookies if c], np.uint64))
    wanted &= (sockets.proto == Proto.TCP) & (sockets.state != TcpState.TIME_WAIT)
    rows: NDArray[np.int64] = np.flatnonzero(wanted)[:MOST_WATCHED]
    return [_word(sockets, int(row)) for row in rows]


def _word(sockets: SocketTable, row: int) -> bytes:
    """Pack u8 family, u8 protocol and struct inet_diag_sockid, in hexadecimal."""
    family, cookie = int(sockets.family[row]), int(sockets.cookie[row])
    raw = (
        bytes([family, int(sockets.proto[row])])
        + _PORTS.pack(int(sockets.local_port[row]), int(sockets.remote_port[row]))
        + _address(family, int(sockets.local_hi[row]), int(sockets.local_lo[row]))
        + _address(family, int(sockets.remote_hi[row]), int(sockets.remote_lo[row]))
        + _TAIL.pack(max(0, int(sockets.interface[row])), cookie & _HALF, cookie >> 32)
    )
    return raw.hex().encode("ascii")


def _address(family: int, high: int, low: int) -> bytes:
    address = _ADDRESS.pack(high, low)
    return address[12:] + bytes(12) if family == Family.INET else address
