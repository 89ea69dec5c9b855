"""TCP and UDP sockets from sock_diag: one dump per family and protocol.

Source: sock_diag(7), include/uapi/linux/inet_diag.h, net/ipv4/inet_diag.c.
"""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterable, Iterator

from .netlink import Netlink
from .notes import Notes

# struct inet_diag_req_v2 without its id: family, protocol, idiag_ext, pad, idiag_states
_REQUEST = struct.Struct("=BBBBI")
_ID_SIZE = 48  # struct inet_diag_sockid
_LONGEST = 1 << 13  # bytes of states and attributes
_ANY_ID = bytes(_ID_SIZE)

_INFO = 1 << 1  # 1 << (INET_DIAG_INFO - 1)
_SKMEMINFO = 1 << 6
SYN_SENT = 1 << 2
LISTEN = 1 << 10
_ALL = 0xFFFFFFFF  # with bit 13, the sockets that are bound and neither listen nor connect

INFO_LIMIT = 20_000
"""tcp_info of all sockets is asked for while there are no more than these: it triples the cost."""


def say_without_info(limit: int) -> str:
    """Say what is missing when tcp_info is not asked for."""
    return (
        f"not asked for, as there are {limit:,} TCP sockets or more: how long single connections"
        " are idle or held up, and what they lose, is known of watched ones only"
    )


class Table:
    """The sockets of one protocol and family, or the file in /proc/net that tells a part of them.

    dumps: section name and request of each dump it takes.
    """

    __slots__ = ("dumps", "text")

    def __init__(self, text: str, dumps: list[tuple[str, bytes]]) -> None:
        self.text = text
        self.dumps = dumps


def tables(with_info: bool) -> Iterator[Table]:
    """Yield what to ask for. with_info: tcp_info of all TCP sockets, not of listeners only."""
    ext = _INFO | _SKMEMINFO if with_info else 0
    for digit, suffix, family in (("4", "", socket.AF_INET), ("6", "6", socket.AF_INET6)):
        tcp, udp = (family, socket.IPPROTO_TCP), (family, socket.IPPROTO_UDP)
        listen = _REQUEST.pack(*tcp, _INFO | _SKMEMINFO, 0, LISTEN) + _ANY_ID
        others = _REQUEST.pack(*tcp, ext, 0, _ALL & ~LISTEN) + _ANY_ID
        dumps = [("sock_diag.listen" + digit, listen), ("sock_diag.tcp" + digit, others)]
        yield Table("tcp" + suffix, dumps)
        every = _REQUEST.pack(*udp, _SKMEMINFO, 0, _ALL) + _ANY_ID
        yield Table("udp" + suffix, [("sock_diag.udp" + digit, every)])


def parse_only(text: str) -> dict[str, bytes]:
    """Read NAME:STATES,… by the name of the dump: u32 idiag_states and the attributes to ask with.

    They are hexadecimal. Raises ValueError on anything else; what they mean the kernel checks.
    """
    asked = {}
    for word in text.split(","):
        name, _, digits = word.partition(":")
        raw = asked["sock_diag." + name] = bytes.fromhex(digits)
        if not 4 <= len(raw) <= _LONGEST or len(raw) % 4:
            raise ValueError(f"{name}: {len(raw)} bytes")
    return asked


def narrow(table: Table, asked: dict[str, bytes]) -> Table:
    """Leave out the dumps that nobody asked for, and make the others list less."""
    dumps = []
    for name, body in table.dumps:
        if name in asked:
            states, attributes = asked[name][:4], asked[name][4:]
            dumps.append((name, body[:4] + states + body[8:] + attributes))
    return Table(table.text, dumps)


def build_state_request(family: int, state: int) -> bytes:
    """Ask for the TCP sockets of one family in one state, and for nothing more about them."""
    return _REQUEST.pack(family, socket.IPPROTO_TCP, 0, 0, state) + _ANY_ID


def read_table(netlink: Netlink, table: Table, notes: Notes) -> list[tuple[str, bytearray]] | None:
    """Take all dumps of a table; None and a Note when the kernel does not give one of them."""
    sections = []
    for name, request in table.dumps:
        try:
            messages, consistent = netlink.dump(request)
        except OSError as error:
            notes.add(name, f"sock_diag: {error.strerror}", errno=error.errno)
            return None
        if not consistent:
            notes.add(name, "sockets changed during every attempt to list them")
        sections.append((name, messages))
    return sections


def count_tcp(sockstat: bytes) -> int:
    """Add up the TCP sockets and TIME_WAITs of /proc/net/sockstat and sockstat6.

    A line reads "TCP: inuse 4 orphan 0 tw 2 alloc 6 mem 1"; SYN_RECV is not counted in it.
    """
    total = 0
    for line in sockstat.splitlines():
        words = line.split()
        if words and words[0] in (b"TCP:", b"TCP6:"):
            counted = (name for name in (b"inuse", b"tw") if name in words)
            total += sum(int(words[words.index(name) + 1]) for name in counted)
    return total


def parse_watch(words: Iterable[bytes]) -> list[bytes]:
    """Turn hexadecimal sockets (u8 family, u8 protocol, inet_diag_sockid) into requests.

    Raises ValueError on anything else.
    """
    bodies = []
    for word in words:
        raw = bytes.fromhex(word.decode("ascii"))
        if len(raw) != 2 + _ID_SIZE:
            raise ValueError(f"a socket is {2 + _ID_SIZE} bytes, not {len(raw)}")
        head = _REQUEST.pack(raw[0], raw[1], _INFO | _SKMEMINFO, 0, _ALL)
        bodies.append(head + raw[2:])
    return bodies


def read_details(netlink: Netlink, watched: Iterable[bytes], notes: Notes) -> bytes:
    """Ask for sockets one by one, each with tcp_info; those that are gone are left out."""
    messages = []
    for body in watched:
        try:
            messages.append(netlink.get(body))
        except OSError as error:
            if error.errno not in (errno.ENOENT, errno.ESTALE):
                message = error.strerror or "failed"
                notes.add("sock_diag.detail", message, count=1, errno=error.errno)
    return b"".join(messages)
