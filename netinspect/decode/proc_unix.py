"""Unix sockets from /proc/net/unix, where unix_diag is refused.

Sources: proc_net(5), net/unix/af_unix.c. A row (reference count, protocol, flags, type, state):

ffff8881: 00000002 00000000 00010000 0001 01 16163 /run/systemd/private
"""

from __future__ import annotations

import re

import numpy as np

from netinspect.decode.columns import Columns
from netinspect.decode.keys import put_keys
from netinspect.decode.unix_paths import Paths
from netinspect.model import UNKNOWN, Family, Proto, SocketTable, TcpState

_ROW = re.compile(
    rb"[0-9a-f]+: [0-9A-F]{8} [0-9A-F]{8} (?P<flags>[0-9A-F]{8}) [0-9A-F]{4}"
    rb" (?P<state>[0-9A-F]{2}) +(?P<inode>\d{1,18})(?: (?P<path>.*))?",
    re.DOTALL,
)
_ACCEPTS = 1 << 16  # __SO_ACCEPTCON
_CONNECTED = (2, 3)  # SS_CONNECTING is a connection that nobody has accepted yet


def parse_proc_unix(data: bytes | memoryview, netns: int) -> SocketTable:
    """Parse the table. A line that is no row belongs to the path before it: paths may hold any."""
    rows: list[tuple[re.Match[bytes], bytes]] = []
    for line in bytes(data).split(b"\n")[1:]:
        if match := _ROW.fullmatch(line):
            rows.append((match, match["path"] or b""))
        elif rows and line:
            rows[-1] = (rows[-1][0], rows[-1][1] + b"\n" + line)
    columns, paths = Columns(len(rows)), Paths()
    if not rows:
        return columns.build()
    columns.fill("proto", Proto.UNIX)
    columns.fill("family", Family.UNIX)
    columns.fill("netns", netns)
    columns.put("inode", np.array([int(match["inode"]) for match, _ in rows], np.int64))
    columns.put("state", np.array([_state(match) for match, _ in rows], np.uint8))
    index = [paths.index(path) if path else UNKNOWN for _, path in rows]
    columns.put("path", np.array(index, np.int64))
    put_keys(columns)
    return columns.build(paths.all())


def _state(match: re.Match[bytes]) -> TcpState:
    if int(match["flags"], 16) & _ACCEPTS:
        return TcpState.LISTEN
    connected = int(match["state"], 16) in _CONNECTED
    return TcpState.ESTABLISHED if connected else TcpState.CLOSE
