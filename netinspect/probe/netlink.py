"""A NETLINK_SOCK_DIAG socket: sends requests and returns the kernel's answers unread.

Source: sock_diag(7), include/uapi/linux/netlink.h.
"""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Callable

NETLINK_SOCK_DIAG = 4
SOCK_DIAG_BY_FAMILY = 20
NLMSG_ERROR = 2
NLMSG_DONE = 3
NLM_F_REQUEST = 1
NLM_F_DUMP = 0x300
NLM_F_DUMP_INTR = 0x10
SO_RCVBUFFORCE = 33

HEADER = struct.Struct("=IHHII")  # nlmsg_len, nlmsg_type, nlmsg_flags, nlmsg_seq, nlmsg_pid
_ERROR = struct.Struct("=i")
_DONE_SIZE = HEADER.size + _ERROR.size

_ATTEMPTS = 4
_RECEIVE_BUFFER = 1 << 16  # the kernel makes no datagram of a dump larger than 32 KiB
_SOCKET_BUFFER = 4 << 20
_ANSWER_SECONDS = 10
# Worth another try: the answer was lost, cut off or never came, not refused.
_LOST = (errno.ENOBUFS, errno.EMSGSIZE, errno.EAGAIN, errno.EBUSY)


def open_sock_diag() -> socket.socket:
    """Open a socket that only the kernel can send to."""
    netlink = socket.socket(socket.AF_NETLINK, socket.SOCK_DGRAM, NETLINK_SOCK_DIAG)
    try:
        netlink.connect((0, 0))
        timeout = struct.pack("@ll", _ANSWER_SECONDS, 0)
        netlink.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, timeout)
        _enlarge_buffer(netlink)
    except OSError:
        netlink.close()
        raise
    return netlink


def _enlarge_buffer(netlink: socket.socket) -> None:
    for option in (SO_RCVBUFFORCE, socket.SO_RCVBUF):
        try:
            netlink.setsockopt(socket.SOL_SOCKET, option, _SOCKET_BUFFER)
            return
        except OSError:
            continue


class Netlink:
    """Asks sock_diag. Opens its socket when first needed, and anew after a failure."""

    def __init__(self, open_socket: Callable[[], socket.socket] = open_sock_diag) -> None:
        self._open_socket = open_socket
        self._socket = None  # type: socket.socket | None
        self._sequence = 0
        self._buffer = bytearray(_RECEIVE_BUFFER)

    def open(self) -> socket.socket:
        """Open the socket if it is not open; raises OSError."""
        if self._socket is None:
            self._socket = self._open_socket()
        return self._socket

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def dump(self, request: bytes) -> tuple[bytearray, bool]:
        """Return all messages of a dump, headers included, and whether it is consistent.

        An interrupted dump (NLM_F_DUMP_INTR) is taken again; when it never comes out whole, the
        last one is returned with False. Raises OSError with the kernel's errno.
        """
        for attempt in range(1, _ATTEMPTS + 1):
            try:
                messages, interrupted = self._dump_once(request)
            except OSError as error:
                self.close()  # whatever is still queued belongs to this dump
                if error.errno not in _LOST or attempt == _ATTEMPTS:
                    raise
                continue
            if not interrupted:
                break
        return messages, not interrupted

    def get(self, request: bytes) -> bytes:
        """Return the one message that answers a request for one socket; raises OSError."""
        self._send(request, NLM_F_REQUEST)
        try:
            answer = self._receive()
        except OSError:
            self.close()
            raise
        _raise_error(answer)
        return bytes(answer)

    def _dump_once(self, request: bytes) -> tuple[bytearray, bool]:
        self._send(request, NLM_F_REQUEST | NLM_F_DUMP)
        messages = bytearray()
        interrupted = False
        while True:
            datagram = self._receive()
            _raise_error(datagram)
            # Flags change between datagrams only: the kernel fills each in one go.
            interrupted = interrupted or _is_interrupted(datagram)
            done = self._split_done(datagram)
            if done is None:
                messages += datagram
                continue
            messages += datagram[: len(datagram) - len(done)]
            _raise_done_error(done)
            return messages, interrupted or _is_interrupted(done)

    def _send(self, request: bytes, flags: int) -> None:
        self._sequence = (self._sequence + 1) & 0xFFFFFFFF
        size = HEADER.size + len(request)
        header = HEADER.pack(size, SOCK_DIAG_BY_FAMILY, flags, self._sequence, 0)
        self.open().send(header + request)

    def _receive(self) -> memoryview:
        """Wait for a datagram that answers the last request; leftovers of others are skipped."""
        while True:
            size = self.open().recv_into(self._buffer, 0, socket.MSG_TRUNC)
            if size > len(self._buffer) or size < HEADER.size:
                raise OSError(errno.EMSGSIZE, f"datagram of {size} bytes")
            datagram = memoryview(self._buffer)[:size]
            if HEADER.unpack_from(datagram)[3] == self._sequence:
                return datagram

    def _split_done(self, datagram: memoryview) -> memoryview | None:
        """Return the NLMSG_DONE that ends the datagram, if one does.

        It is always the last message, so that the messages before it need not be walked.
        """
        tail = datagram[-_DONE_SIZE:]
        if len(tail) < _DONE_SIZE:
            return datagram if HEADER.unpack_from(datagram)[1] == NLMSG_DONE else None
        size, kind, _, sequence, _ = HEADER.unpack_from(tail)
        is_done = (size, kind, sequence) == (_DONE_SIZE, NLMSG_DONE, self._sequence)
        return tail if is_done else None


def _is_interrupted(message: memoryview) -> bool:
    return bool(HEADER.unpack_from(message)[2] & NLM_F_DUMP_INTR)


def _raise_error(message: memoryview) -> None:
    """Raise what an NLMSG_ERROR says: its payload begins with the negative errno."""
    if HEADER.unpack_from(message)[1] == NLMSG_ERROR:
        _raise_errno(message)


def _raise_done_error(done: memoryview) -> None:
    """Raise the error a dump ended with; 0 or a length means that it went well."""
    if len(done) >= _DONE_SIZE and _ERROR.unpack_from(done, HEADER.size)[0] < 0:
        _raise_errno(done)


def _raise_errno(message: memoryview) -> None:
    if len(message) < _DONE_SIZE:
        raise OSError(errno.EMSGSIZE, "error message cut off")
    number = -_ERROR.unpack_from(message, HEADER.size)[0]
    raise OSError(number, os.strerror(number))
