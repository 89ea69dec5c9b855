"""The netlink socket, talking to a kernel that follows a script."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Callable
from typing import cast

import pytest

from netinspect.probe.netlink import HEADER, NLM_F_DUMP_INTR, Netlink
from tests.probe.captures import cut_messages

Reply = Callable[[int], bytes] | OSError


class ScriptedSocket:
    """Answers with the next reply of the script, which gets the sequence number asked with."""

    def __init__(self, script: list[Reply]) -> None:
        self.script = script
        self.sequence = 0
        self.requests = 0
        self.closed = False

    def send(self, data: bytes) -> int:
        self.sequence = HEADER.unpack_from(data)[3]
        self.requests += 1
        return len(data)

    def recv_into(self, buffer: bytearray, size: int, flags: int) -> int:
        assert flags == socket.MSG_TRUNC
        reply = self.script.pop(0)
        if isinstance(reply, OSError):
            raise reply
        data = reply(self.sequence)
        buffer[: len(data)] = data[: len(buffer)]
        return len(data)

    def close(self) -> None:
        self.closed = True


class Kernel:
    """Hands out scripted sockets that share one script."""

    def __init__(self, *script: Reply) -> None:
        self.script = list(script)
        self.sockets: list[ScriptedSocket] = []

    def open(self) -> socket.socket:
        self.sockets.append(ScriptedSocket(self.script))
        return cast(socket.socket, self.sockets[-1])


def message(payload: bytes, *, kind: int = 20, flags: int = 2) -> Callable[[int], bytes]:
    return lambda sequence: (
        HEADER.pack(HEADER.size + len(payload), kind, flags, sequence, 7) + payload
    )


def done(error: int = 0, flags: int = 2) -> Callable[[int], bytes]:
    return message(struct.pack("=i", -error), kind=3, flags=flags)


def kernel_error(number: int) -> Callable[[int], bytes]:
    return message(struct.pack("=i", -number) + bytes(16), kind=2, flags=0)


def joined(*parts: Callable[[int], bytes]) -> Callable[[int], bytes]:
    return lambda sequence: b"".join(part(sequence) for part in parts)


def payloads(messages: bytearray) -> list[bytes]:
    return [message[16:] for message in cut_messages(bytes(messages))]


def test_dump_keeps_all_messages_and_drops_the_end_marker() -> None:
    kernel = Kernel(joined(message(b"one."), message(b"two.....")), message(b"tree"), done())

    messages, consistent = Netlink(kernel.open).dump(b"request.")

    assert payloads(messages) == [b"one.", b"two.....", b"tree"]
    assert consistent


def test_end_marker_in_the_same_datagram_as_the_last_messages_is_found() -> None:
    kernel = Kernel(joined(message(b"one."), done()))

    messages, _ = Netlink(kernel.open).dump(b"request.")

    assert payloads(messages) == [b"one."]


def test_empty_dump_is_no_messages() -> None:
    kernel = Kernel(done())

    assert Netlink(kernel.open).dump(b"") == (bytearray(), True)


@pytest.mark.parametrize(
    "interrupted",
    [
        [message(b"old.", flags=2 | NLM_F_DUMP_INTR), done()],
        [message(b"old."), done(flags=2 | NLM_F_DUMP_INTR)],
    ],
    ids=["said by a message", "said by the end marker"],
)
def test_interrupted_dump_is_taken_again(interrupted: list[Reply]) -> None:
    kernel = Kernel(*interrupted, message(b"new."), done())

    messages, consistent = Netlink(kernel.open).dump(b"")

    assert payloads(messages) == [b"new."]
    assert consistent


def test_dump_that_never_comes_out_whole_is_returned_as_inconsistent() -> None:
    interrupted = joined(message(b"part", flags=2 | NLM_F_DUMP_INTR), done())
    kernel = Kernel(*[interrupted] * 4)

    messages, consistent = Netlink(kernel.open).dump(b"")

    assert payloads(messages) == [b"part"]
    assert not consistent
    assert not kernel.script


@pytest.mark.parametrize("number", [errno.EPERM, errno.EACCES, errno.ENOENT, errno.EOPNOTSUPP])
def test_error_message_is_raised_with_the_kernels_errno(number: int) -> None:
    kernel = Kernel(kernel_error(number))

    with pytest.raises(OSError) as caught:  # noqa: PT011 - the number is what is checked
        Netlink(kernel.open).dump(b"")

    assert caught.value.errno == number


def test_dump_that_ends_with_an_error_raises_it() -> None:
    kernel = Kernel(message(b"part"), done(errno.EINVAL))

    with pytest.raises(OSError, match="Invalid argument"):
        Netlink(kernel.open).dump(b"")


def test_answer_to_an_earlier_request_is_skipped() -> None:
    def stale(sequence: int) -> bytes:
        return message(b"old.")(sequence - 1)

    kernel = Kernel(stale, message(b"new."), done())

    messages, _ = Netlink(kernel.open).dump(b"")

    assert payloads(messages) == [b"new."]


@pytest.mark.parametrize("number", [errno.ENOBUFS, errno.EAGAIN])
def test_lost_answer_is_asked_for_again_on_a_new_socket(number: int) -> None:
    kernel = Kernel(message(b"part"), OSError(number, "lost"), message(b"all."), done())

    messages, _ = Netlink(kernel.open).dump(b"")

    assert payloads(messages) == [b"all."]
    assert [s.closed for s in kernel.sockets] == [True, False]


def test_answer_lost_every_time_is_raised() -> None:
    kernel = Kernel(*[OSError(errno.ENOBUFS, "lost")] * 4)

    with pytest.raises(OSError, match="lost"):
        Netlink(kernel.open).dump(b"")


@pytest.mark.parametrize("size", [0, 8, 1 << 17], ids=["nothing", "half a header", "too large"])
def test_datagram_of_impossible_size_is_not_taken_for_data(size: int) -> None:
    kernel = Kernel(*[lambda _: bytes(size)] * 4)

    with pytest.raises(OSError, match=f"datagram of {size} bytes"):
        Netlink(kernel.open).dump(b"")


def test_single_request_returns_its_one_message() -> None:
    kernel = Kernel(message(b"info"))

    assert Netlink(kernel.open).get(b"")[16:] == b"info"


def test_single_request_for_a_socket_that_is_gone_keeps_the_netlink_socket() -> None:
    kernel = Kernel(kernel_error(errno.ENOENT), message(b"info"))
    netlink = Netlink(kernel.open)

    with pytest.raises(FileNotFoundError):
        netlink.get(b"")

    assert netlink.get(b"")[16:] == b"info"
    assert len(kernel.sockets) == 1
