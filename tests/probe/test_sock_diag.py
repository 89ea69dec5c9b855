"""TCP, UDP and unix sockets as the kernel lists them, on sockets these tests open."""

from __future__ import annotations

import errno
import socket
import struct
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netinspect.probe.netlink import Netlink
from netinspect.probe.notes import Notes
from netinspect.probe.probe import Probe, take_capture
from netinspect.probe.sock_diag import count_tcp, parse_watch, read_details
from tests.lab.kernel import lists_bound_sockets
from tests.probe.captures import Parsed, parse_capture

LISTEN, ESTABLISHED, TIME_WAIT, CLOSE = 10, 1, 6, 7
INFO, SKMEMINFO = 2, 7


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def listen(stack: ExitStack, family: int = socket.AF_INET) -> socket.socket:
    listener = stack.enter_context(socket.socket(family))
    listener.bind(("::1" if family == socket.AF_INET6 else "127.0.0.1", 0))
    listener.listen(16)
    return listener


def connect(stack: ExitStack, listener: socket.socket) -> tuple[socket.socket, socket.socket]:
    client = stack.enter_context(socket.create_connection(listener.getsockname()[:2]))
    server, _ = listener.accept()
    return client, stack.enter_context(server)


def state(message: bytes) -> int:
    return message[17]


def local_port(message: bytes) -> int:
    return int.from_bytes(message[20:22], "big")


def inode(message: bytes) -> int:
    return int(struct.unpack_from("=I", message, 16 + 68)[0])


def attributes(message: bytes) -> dict[int, bytes]:
    found, offset = {}, 16 + 72
    while offset < len(message):
        size, kind = struct.unpack_from("=HH", message, offset)
        found[kind] = message[offset + 4 : offset + size]
        offset += (size + 3) & ~3
    return found


def of_port(capture: Parsed, section: str, port: int) -> list[bytes]:
    return [m for m in capture.messages(section) if local_port(m) == port]


def port_of(opened: socket.socket) -> int:
    return int(opened.getsockname()[1])


def inode_of(opened: socket.socket) -> int:
    return Path(f"/proc/self/fd/{opened.fileno()}").stat().st_ino


@pytest.mark.parametrize(("family", "digit"), [(socket.AF_INET, "4"), (socket.AF_INET6, "6")])
def test_listener_is_in_its_own_section_with_tcp_info_and_memory(
    stack: ExitStack, family: int, digit: str
) -> None:
    listener = listen(stack, family)

    capture = parse_capture(take_capture())

    [found] = of_port(capture, "sock_diag.listen" + digit, port_of(listener))
    assert (state(found), inode(found)) == (LISTEN, inode_of(listener))
    assert {INFO, SKMEMINFO} <= attributes(found).keys()
    assert not of_port(capture, "sock_diag.tcp" + digit, port_of(listener))


def test_both_ends_of_a_connection_are_listed_with_tcp_info(stack: ExitStack) -> None:
    client, server = connect(stack, listen(stack))

    capture = parse_capture(take_capture())

    for end in (client, server):
        messages = of_port(capture, "sock_diag.tcp4", port_of(end))
        [found] = [m for m in messages if inode(m) == inode_of(end)]
        assert state(found) == ESTABLISHED
        assert {INFO, SKMEMINFO} <= attributes(found).keys()


def test_time_wait_is_listed(stack: ExitStack) -> None:
    client, server = connect(stack, listen(stack))
    port = port_of(client)
    client.close()
    server.recv(1)
    server.close()

    capture = parse_capture(take_capture())

    [found] = of_port(capture, "sock_diag.tcp4", port)
    assert (state(found), inode(found)) == (TIME_WAIT, 0)


@pytest.mark.skipif(not lists_bound_sockets(), reason="Linux 6.8 and later list them")
def test_socket_that_is_bound_and_nothing_else_is_listed(stack: ExitStack) -> None:
    bound = stack.enter_context(socket.socket())
    bound.bind(("127.0.0.1", 0))

    capture = parse_capture(take_capture())

    [found] = of_port(capture, "sock_diag.tcp4", port_of(bound))
    assert (state(found), inode(found)) == (CLOSE, inode_of(bound))


def test_connection_not_accepted_yet_has_no_inode(stack: ExitStack) -> None:
    listener = listen(stack)
    stack.enter_context(socket.create_connection(listener.getsockname()))

    capture = parse_capture(take_capture())

    [found] = of_port(capture, "sock_diag.tcp4", port_of(listener))
    assert (state(found), inode(found)) == (ESTABLISHED, 0)


@pytest.mark.parametrize(
    ("family", "address", "section"),
    [
        (socket.AF_INET, "127.0.0.1", "sock_diag.udp4"),
        (socket.AF_INET6, "::1", "sock_diag.udp6"),
    ],
)
def test_udp_socket_is_listed_with_its_memory_and_drops(
    stack: ExitStack, family: int, address: str, section: str
) -> None:
    receiver = stack.enter_context(socket.socket(family, socket.SOCK_DGRAM))
    receiver.bind((address, 0))

    capture = parse_capture(take_capture())

    [found] = of_port(capture, section, port_of(receiver))
    assert inode(found) == inode_of(receiver)
    assert len(attributes(found)[SKMEMINFO]) >= 9 * 4


def test_unix_sockets_are_listed_with_name_and_peer(stack: ExitStack, tmp_path: Path) -> None:
    name = str(tmp_path / "name")
    listener = stack.enter_context(socket.socket(socket.AF_UNIX))
    listener.bind(name)
    listener.listen(1)
    one, other = socket.socketpair()
    with one, other:
        capture = parse_capture(take_capture())

        messages = capture.messages("sock_diag.unix")
        by_inode = {struct.unpack_from("=I", m, 20)[0]: m for m in messages}
        assert name.encode() in by_inode[inode_of(listener)]
        assert struct.pack("=I", inode_of(other)) in by_inode[inode_of(one)][32:]


def test_above_the_limit_only_listeners_and_watched_sockets_have_tcp_info(
    stack: ExitStack,
) -> None:
    listener = listen(stack)
    client, server = connect(stack, listener)
    probe = Probe(info_limit=0)
    stack.callback(probe.close)
    [found] = of_port(parse_capture(probe.take_capture()), "sock_diag.tcp4", port_of(client))

    probe.watch(parse_watch([watch_word(found)]))
    capture = parse_capture(probe.take_capture())

    [bare] = of_port(capture, "sock_diag.tcp4", port_of(client))
    [detail] = capture.messages("sock_diag.detail")
    [listening] = of_port(capture, "sock_diag.listen4", port_of(listener))
    assert INFO not in attributes(bare)
    assert INFO in attributes(listening)
    assert "not asked for" in capture.notes_of("tcp_info")[0]["message"]
    assert (inode(detail), INFO in attributes(detail)) == (inode_of(client), True)
    assert inode_of(server) not in [inode(m) for m in capture.messages("sock_diag.detail")]


def test_watched_socket_that_is_gone_is_left_out_without_a_note(stack: ExitStack) -> None:
    client, server = connect(stack, listen(stack))
    probe = Probe(info_limit=0)
    stack.callback(probe.close)
    [found] = of_port(parse_capture(probe.take_capture()), "sock_diag.tcp4", port_of(client))
    probe.watch(parse_watch([watch_word(found)]))
    for end in (server, client):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        end.close()

    capture = parse_capture(probe.take_capture())

    assert capture.sections["sock_diag.detail"] == b""
    assert not capture.notes_of("sock_diag.detail")


def watch_word(message: bytes) -> bytes:
    """Name a socket of a dump as `watch` does."""
    return (message[16:17] + bytes([socket.IPPROTO_TCP]) + message[20:68]).hex().encode()


def test_details_that_fail_are_counted_in_one_note() -> None:
    def refuse() -> socket.socket:
        raise OSError(errno.EMFILE, "Too many open files")

    notes = Notes()

    messages = read_details(Netlink(refuse), [b"", b""], notes)

    assert messages == b""
    [note] = notes.as_json()
    assert (note["count"], note["errno"]) == (2, errno.EMFILE)


@pytest.mark.parametrize("word", [b"zz", b"02", b"02" * 51], ids=["not hex", "short", "long"])
def test_watch_word_of_another_form_is_refused(word: bytes) -> None:
    with pytest.raises(ValueError, match=r"hexadecimal|50 bytes"):
        parse_watch([word])


def test_sockstat_counts_sockets_and_time_waits_of_both_families() -> None:
    text = (
        b"sockets: used 12\nTCP: inuse 4 orphan 0 tw 2 alloc 6 mem 1\nUDP: inuse 9 mem 0\n"
        b"TCP6: inuse 3\nUDP6: inuse 1\n"
    )

    assert count_tcp(text) == 9


def test_sockstat_without_tcp_counts_nothing() -> None:
    assert count_tcp(b"sockets: used 12\n") == 0
