"""TCP and UDP sockets: messages of inet_diag.

Sources: include/uapi/linux/inet_diag.h, net/ipv4/inet_diag.c. A message is a netlink header,
struct inet_diag_msg (72 bytes) and attributes, of which newer kernels have more.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.addresses import build_halves
from netinspect.decode.columns import Columns
from netinspect.decode.netlink import (
    HEADER_WORDS,
    Attributes,
    Messages,
    Words,
    by_kind,
    parse_attributes,
    parse_messages,
)
from netinspect.decode.tcp_info import put_tcp_info
from netinspect.decode.unmeasured import forget_unmeasured, name_bound
from netinspect.errors import ParseError
from netinspect.model import Family, Proto, SocketTable

BODY = 72
"""Bytes of struct inet_diag_msg."""
_FIRST_ATTRIBUTE = HEADER_WORDS + BODY // 4

# Words of the message, its header included.
_STATE, _PORTS, _SOURCE, _DESTINATION, _INTERFACE, _COOKIE = 4, 5, 6, 10, 14, 15
_TAIL = {"expires": 17, "recv_q": 18, "send_q": 19, "uid": 20, "inode": 21}

_INFO, _SKMEMINFO, _SHUTDOWN, _SKV6ONLY, _MARK, _CGROUP_ID, _SOCKOPT = 2, 7, 8, 11, 15, 21, 22
_SKMEMINFO_COLUMNS = (
    *("rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc"),
    *("wmem_queued", "optmem", "backlog", "drops"),
)


def parse_inet_diag(
    data: bytes | memoryview, proto: Proto, netns: int = 0, origin: str = "inet_diag"
) -> SocketTable:
    """Parse netlink messages as the kernel sent them, headers included: one row for each socket.

    Messages that are of no socket (NLMSG_DONE) are skipped, as `ss -D` writes them too.
    Raises ParseError with the offset of the message that is cut off.
    """
    messages = parse_messages(origin, data, BODY)
    columns = Columns(len(messages))
    if not len(messages):
        return columns.build()
    columns.fill("proto", proto)
    columns.fill("netns", netns)
    _put_message(messages, columns)
    if proto == Proto.TCP:
        name_bound(columns)
    for attributes in parse_attributes(messages, _FIRST_ATTRIBUTE):
        for kind, some in by_kind(attributes):
            _put_attribute(kind, some, columns)
    forget_unmeasured(columns)
    return columns.build()


def _put_message(messages: Messages, columns: Columns) -> None:
    head = messages.word(_STATE).view(np.uint8).reshape(-1, 4)
    for i, name in enumerate(("family", "state", "timer", "retrans")):
        columns.put(name, head[:, i].copy())
    ports = messages.word(_PORTS).view(">u2").reshape(-1, 2)
    columns.put("local_port", ports[:, 0])
    columns.put("remote_port", ports[:, 1])
    is_ipv4 = head[:, 0] == Family.INET
    _check_families(messages, head[:, 0])
    for side, first in (("local", _SOURCE), ("remote", _DESTINATION)):
        words = [_network_order(messages.word(first + i)) for i in range(4)]
        high, low = build_halves(words, is_ipv4)
        columns.put(f"{side}_hi", high)
        columns.put(f"{side}_lo", low)
    columns.put("interface", messages.word(_INTERFACE))
    cookie = _join(messages.word(_COOKIE), messages.word(_COOKIE + 1))
    columns.put("cookie", cookie)
    columns.put("key", cookie)
    for name, index in _TAIL.items():
        columns.put(name, messages.word(index))


def _check_families(messages: Messages, family: NDArray[np.uint8]) -> None:
    """Raise ParseError for one that the kernel never has here: a file is read, too."""
    wrong = np.flatnonzero((family != Family.INET) & (family != Family.INET6))
    if len(wrong):
        place = f"offset {int(messages.start[wrong[0]]) * 4}"
        raise ParseError(messages.origin, place, f"socket of family {int(family[wrong[0]])}")


def _network_order(words: Words) -> Words:
    return words.view(">u4").astype(np.uint32)


def _join(low: Words, high: Words) -> NDArray[np.uint64]:
    return high.astype(np.uint64) << np.uint64(32) | low


def _put_attribute(kind: int, attributes: Attributes, columns: Columns) -> None:
    if kind == _INFO:
        put_tcp_info(attributes, columns)
    elif kind == _SKMEMINFO:
        _put_memory(attributes, columns)
    elif kind == _SHUTDOWN:
        _put_byte("shutdown", attributes, columns)
    elif kind == _SKV6ONLY:
        _put_byte("v6only", attributes, columns)
    elif kind == _MARK:
        known = attributes.at_least(4)
        columns.put("mark", known.word(0), known.row)
    elif kind == _CGROUP_ID:
        known = attributes.at_least(8)
        columns.put("cgroup", _join(known.word(0), known.word(1)), known.row)
    elif kind == _SOCKOPT:
        known = attributes.at_least(2)
        columns.put("bind_no_port", known.byte(1) & 1, known.row)


def _put_byte(name: str, attributes: Attributes, columns: Columns) -> None:
    known = attributes.at_least(1)
    columns.put(name, known.byte(0), known.row)


def _put_memory(attributes: Attributes, columns: Columns) -> None:
    """Fill from INET_DIAG_SKMEMINFO, an array that grew from release to release."""
    for i, name in enumerate(_SKMEMINFO_COLUMNS):
        known = attributes.at_least(4 * (i + 1))
        values = known.word(i)
        if name == "fwd_alloc":  # signed, and below 0 for moments
            values = np.maximum(values.view(np.int32), 0)
        columns.put(name, values, known.row)
