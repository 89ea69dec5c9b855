"""TCP and UDP sockets from /proc/net/{tcp,tcp6,udp,udp6}, where sock_diag is refused.

Sources: Documentation/networking/proc_net_tcp.rst, net/ipv4/tcp_ipv4.c, net/ipv4/udp.c. A row:

   0: 0100007F:1F90 00000000:0000 0A 00000000:00000003 00:00000000 00000000  1000        0 22335 1 …

Addresses are words in the host's byte order, one of IPv4 or four of IPv6; then state, transmit and
receive queue, timer and its clock ticks, retransmits: hexadecimal. Uid, probes, inode: decimal.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.addresses import build_halves
from netinspect.decode.columns import Columns
from netinspect.decode.keys import put_keys
from netinspect.decode.unmeasured import forget_unmeasured, name_bound
from netinspect.errors import ParseError
from netinspect.humanize import safe_text
from netinspect.model import Family, Proto, SocketTable, TcpState

_FIRST_HEX, _LAST_HEX = 1, 7
_UID, _INODE, _DROPS = 7, 9, 12
_LARGEST = (1 << 63) - 1

Fields = list[list[bytes]]


def parse_proc_net(
    data: bytes | memoryview,
    proto: Proto,
    family: Family,
    netns: int,
    origin: str,
    clock_ticks: int | None,
) -> SocketTable:
    """Parse one of the tables; clock_ticks: per second, what timers count in.

    Accept queue limits are not in it: `send_q` of LISTEN is unknown. Raises ParseError.
    """
    fields = [line.split() for line in bytes(data).splitlines()[1:]]
    columns = Columns(len(fields))
    if not fields:
        return columns.build()
    columns.fill("proto", proto)
    columns.fill("family", family)
    columns.fill("netns", netns)
    rows = _parse_hex(fields, family, origin)
    _put_rows(rows, columns, family)
    if clock_ticks:
        columns.put("expires", rows["when"].astype(np.int64) * 1000 // clock_ticks)
    columns.put("uid", _numbers(fields, _UID, origin))
    columns.put("inode", _numbers(fields, _INODE, origin))
    if proto == Proto.UDP:
        columns.put("drops", _numbers(fields, _DROPS, origin))
    else:
        name_bound(columns)
    put_keys(columns)
    forget_unmeasured(columns)
    columns.forget(("send_q",), rows["state"] == TcpState.LISTEN)
    return columns.build()


def _parse_hex(fields: Fields, family: Family, origin: str) -> NDArray[Any]:
    """Parse all hexadecimal fields of all rows in one go."""
    row = _row_type(family)
    size = 2 * row.itemsize
    texts = [b"".join(words[_FIRST_HEX:_LAST_HEX]).replace(b":", b"") for words in fields]
    for number, text in enumerate(texts, 2):
        if len(text) != size:
            raise ParseError(origin, f"line {number}", "not a row of this table")
    try:
        return np.frombuffer(bytes.fromhex(b"".join(texts).decode("latin-1")), row)
    except ValueError as error:
        raise ParseError(origin, "line 2 and following", "not hexadecimal") from error


def _row_type(family: Family) -> np.dtype[np.void]:
    address = (">u4", (1 if family is Family.INET else 4,))
    return np.dtype(
        [
            ("local", *address),
            ("local_port", ">u2"),
            ("remote", *address),
            ("remote_port", ">u2"),
            ("state", "u1"),
            ("send_q", ">u4"),
            ("recv_q", ">u4"),
            ("timer", "u1"),
            ("when", ">u4"),
            ("retrans", ">u4"),
        ]
    )


def _put_rows(rows: NDArray[Any], columns: Columns, family: Family) -> None:
    for name in ("state", "timer", "retrans", "local_port", "remote_port", "recv_q", "send_q"):
        columns.put(name, np.ascontiguousarray(rows[name]))
    is_ipv4 = np.full(len(rows), family is Family.INET)
    for side in ("local", "remote"):
        # The text is the number a host reads from bytes that are in network order.
        native = np.ascontiguousarray(rows[side], np.uint32)
        network = native.view(">u4").astype(np.uint32)
        words = [network[:, min(i, network.shape[1] - 1)] for i in range(4)]
        high, low = build_halves(words, is_ipv4)
        columns.put(f"{side}_hi", high)
        columns.put(f"{side}_lo", low)


def _numbers(fields: Fields, index: int, origin: str) -> NDArray[np.int64]:
    try:
        return np.array([int(words[index]) for words in fields], np.int64)
    except (ValueError, IndexError, OverflowError):
        raise _find_bad(fields, index, origin) from None


def _find_bad(fields: Fields, index: int, origin: str) -> ParseError:
    for number, words in enumerate(fields, 2):
        word = words[index] if index < len(words) else b""
        if not word.isdigit() or len(word) > 20 or int(word) > _LARGEST:
            item = f"field {index + 1} is `{safe_text(word, 40)}`"
            return ParseError(origin, f"line {number}", item)
    return ParseError(origin, "line 2 and following", f"field {index + 1}")
