"""Sockets brought into any TCP state and kept there, with nothing but the sockets themselves.

What a state needs to stay is that the other end never answers: a filter at that end drops all it
would receive. Each function works in the namespace the calling thread is in.
"""

from __future__ import annotations

import array
import socket
import struct
import time
from collections.abc import Callable
from contextlib import suppress

LOOPBACK = {socket.AF_INET: "127.0.0.1", socket.AF_INET6: "::1"}
_SO_ATTACH_FILTER, _SO_DETACH_FILTER = 26, 27
_RANDOM = 0xFFFFF000 + 56  # SKF_AD_OFF + SKF_AD_RANDOM of linux/filter.h
_DROP_ALL = struct.pack("=HBBI", 6, 0, 0, 0)  # BPF_RET 0
_DROP_ACKS = (
    struct.pack("=HBBI", 0x30, 0, 0, 13)  # load the flags of the TCP header
    + struct.pack("=HBBI", 0x45, 0, 1, 0x10)  # skip the next one where ACK is not set
    + _DROP_ALL
    + struct.pack("=HBBI", 6, 0, 0, 0xFFFF)
)


def wait_until(condition: Callable[[], bool], what: str, seconds: float = 20.0) -> None:
    """Poll a condition; fail when it does not come true in time."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, f"never came: {what}"
        time.sleep(0.005)


def listen(
    address: str = "127.0.0.1", port: int = 0, *, backlog: int = 128, reuse_port: bool = False
) -> socket.socket:
    """Listen on an address of either family."""
    listener = socket.socket(family_of(address))
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, reuse_port)
    listener.bind((address, port))
    listener.listen(backlog)
    return listener


def connect(listener: socket.socket, address: str | None = None) -> socket.socket:
    """Connect to a listener, at another of its addresses when asked; nobody accepts it."""
    own, port = listener.getsockname()[:2]
    client = socket.socket(family_of(address or own))
    client.connect((address or own, port))
    return client


def pair(
    listener: socket.socket, address: str | None = None
) -> tuple[socket.socket, socket.socket]:
    """Make one connection; returns the client's end and the server's."""
    client = connect(listener, address)
    return client, listener.accept()[0]


def family_of(address: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in address else socket.AF_INET


def drop_incoming(sock: socket.socket) -> None:
    """Let nothing that comes for this socket reach it: the other end is never answered."""
    _attach_filter(sock, _DROP_ALL)


def drop_acks(listener: socket.socket) -> None:
    """Let nothing but SYNs reach a listener: no handshake that it began is finished."""
    _attach_filter(listener, _DROP_ACKS)


def lose_incoming(sock: socket.socket, share: float) -> None:
    """Drop this share of what comes for this socket, at random."""
    instructions = (
        (0x20, 0, 0, _RANDOM),  # A = random number
        (0x35, 1, 0, int(share * 0xFFFFFFFF)),  # A >= k: skip one
        (0x06, 0, 0, 0),  # drop
        (0x06, 0, 0, 0xFFFFFFFF),  # keep
    )
    code = array.array("b", b"".join(struct.pack("=HBBI", *one) for one in instructions))
    address, _ = code.buffer_info()
    filter_ = struct.pack("@HL", len(instructions), address)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_)


def accept_incoming(sock: socket.socket) -> None:
    """Undo drop_incoming and lose_incoming: what the other end sends again arrives."""
    sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def read_state(sock: socket.socket) -> int:
    """Return the kernel's number of the state a TCP socket is in."""
    return sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 8)[0]


def start_connecting(address: str, port: int, *, deaf: bool = False) -> socket.socket:
    """Send a SYN and wait for no answer: SYN_SENT where nobody answers.

    deaf: the answer is dropped, so that the listener's side stays in SYN_RECV.
    """
    client = socket.socket(family_of(address))
    client.setblocking(False)
    if deaf:
        drop_incoming(client)
    with suppress(BlockingIOError):
        client.connect((address, port))
    return client


def fill(sock: socket.socket) -> None:
    """Send until no more fits anywhere."""
    sock.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            sock.send(bytes(1 << 12))


def send_lone_syn(source: str, port: int, listener: socket.socket) -> None:
    """Send a SYN from an address where nobody answers the SYN-ACK: SYN_RECV at the listener."""
    destination, listener_port = listener.getsockname()[:2]
    ends = socket.inet_aton(source) + socket.inet_aton(destination)
    head = struct.pack(">HHIIBBHHH", port, listener_port, 1, 0, 5 << 4, 2, 1024, 0, 0)
    check = _checksum(ends + struct.pack(">HH", socket.IPPROTO_TCP, len(head)) + head)
    segment = head[:16] + struct.pack(">H", check) + head[18:]
    header = struct.pack(">BBHHHBBH", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0)
    with socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_TCP) as raw:
        raw.setsockopt(socket.IPPROTO_IP, socket.IP_HDRINCL, 1)
        raw.sendto(header + ends + segment, (destination, 0))


def _attach_filter(sock: socket.socket, program: bytes) -> None:
    code = array.array("b", program)
    address, _ = code.buffer_info()
    filter_ = struct.pack("@HL", len(program) // 8, address)
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, filter_)


def _checksum(data: bytes) -> int:
    total: int = sum(struct.unpack(f">{len(data) // 2}H", data))
    total = (total & 0xFFFF) + (total >> 16)
    return ~(total + (total >> 16)) & 0xFFFF
