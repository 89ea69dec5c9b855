"""Unix sockets from sock_diag. Source: include/uapi/linux/unix_diag.h."""

from __future__ import annotations

import socket
import struct

from .sock_diag import Table

# struct unix_diag_req: family, protocol, pad, udiag_states, udiag_ino, udiag_show, cookie[2]
_REQUEST = struct.Struct("=BBHIIIII")
_SHOW_NAME = 0x1
_SHOW_PEER = 0x4
_SHOW_RQLEN = 0x10
_SHOW_UID = 0x40
_ALL = 0xFFFFFFFF


def table() -> Table:
    """Return what to ask for: all unix sockets."""
    show = _SHOW_NAME | _SHOW_PEER | _SHOW_RQLEN | _SHOW_UID
    return Table(
        "unix", [("sock_diag.unix", _REQUEST.pack(socket.AF_UNIX, 0, 0, _ALL, 0, show, 0, 0))]
    )
