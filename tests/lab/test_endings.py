"""Connections refused and reset for real: what the kernel counts is what is told."""

from __future__ import annotations

import os
import socket
import struct
import threading
from collections.abc import Callable, Iterator
from contextlib import suppress

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import Watch, confirm, watch
from tests.lab.netns import Namespace, join, make_namespace
from tests.lab.scripts import run_script
from tests.lab.sockets import connect, listen, pair, send_lone_syn, wait_until
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root
CLOSED = ("127.0.0.1", 9)
RESET_NOW = struct.pack("ii", 1, 0)
CODES = (
    *("connection-refused", "closed-port-dialled"),
    *("reset-unread-data", "reset-linger-zero", "reset-by-peer"),
)


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def dial(end: tuple[str, int]) -> None:
    """Connect and close; a refusal is all right."""
    with socket.socket() as client, suppress(ConnectionRefusedError):
        client.connect(end)


def abort_unread(listener: socket.socket) -> None:
    """Close a connection whose other end has sent something, without reading it."""
    client, server = pair(listener)
    client.send(b"nobody reads this")
    wait_until(lambda: bool(server.recv(1, socket.MSG_PEEK)), "what was sent")
    server.close()
    client.close()


def abort_lingering(listener: socket.socket) -> None:
    client, server = pair(listener)
    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_NOW)
    server.close()
    client.close()


def close_while_the_peer_sends(listener: socket.socket) -> None:
    """Close in the ordinary way; data comes before the FIN could leave: no SO_LINGER is set."""
    client, server = pair(listener)
    server.setblocking(False)
    with suppress(BlockingIOError):
        while True:
            server.send(bytes(65536))  # the client does not read, so its window closes
    server.close()
    with suppress(ConnectionError):
        client.send(b"nobody can read this")
    client.close()


def close_in_order(listener: socket.socket) -> None:
    client, server = pair(listener)
    client.send(b"read")
    server.recv(10)
    server.close()
    client.recv(10)
    client.close()


def told(watched: Watch) -> set[str]:
    return {finding.code for finding in watched.findings} & set(CODES)


def test_refusals_are_told_and_go_when_somebody_listens(inside: Namespace) -> None:
    ends = [CLOSED]
    with (
        watch(inside) as watched,
        again_and_again(inside, lambda: dial(ends[-1])),
    ):
        finding = watched.wait_for("connection-refused")

        assert finding.severity is Severity.CRITICAL
        assert finding.subject.kind is SubjectKind.NAMESPACE
        assert finding.subject.netns == inside.inode
        assert finding.value("refused_share") == 1
        assert finding.value("timeouts") == 0
        assert finding.value("unreachable") == 0
        assert "TcpAttemptFails" in confirm(inside, finding)

        with inside.entered():
            listener = listen(backlog=4096)
        ends.append(listener.getsockname())
        watched.wait_gone("connection-refused")
        assert not told(watched)
        listener.close()


def test_closed_port_that_is_dialled_is_told(inside: Namespace) -> None:
    with watch(inside) as watched, again_and_again(inside, lambda: dial(CLOSED)):
        finding = watched.wait_for("closed-port-dialled")

        assert finding.severity is Severity.WARNING
        assert finding.subject.kind is SubjectKind.NAMESPACE
        assert float(finding.value("reset_rate") or 0) > 10
        confirm(inside, finding)


def test_port_whose_service_died_is_named_while_clients_dial(inside: Namespace) -> None:
    server = """
        listener = socket.create_server(("127.0.0.1", 8080), backlog=4096)
        say("ready")
        while True:
            listener.accept()[0].close()
    """
    with run_script(inside, server) as (program, _), watch(inside) as watched:
        with again_and_again(inside, lambda: dial(("127.0.0.1", 8080))):
            watched.look(2)
            assert not told(watched)

            program.kill()
            finding = watched.wait_for(
                "closed-port-dialled", lambda f: f.subject.local_port == 8080
            )

            assert finding.severity is Severity.CRITICAL
            assert finding.subject.kind is SubjectKind.PORT
            confirm(inside, finding)
            # the connections it left behind go on to tell
            watched.look(3)
            assert watched.told("closed-port-dialled", lambda f: f.subject.local_port == 8080)
        watched.wait_gone("closed-port-dialled")


def test_incoming_handshakes_that_are_reset_are_no_refusals(inside: Namespace) -> None:
    ports = iter(range(2000, 9000))
    with inside.entered():
        listener = listen(backlog=4096)
    knock: Callable[[], None] = lambda: send_lone_syn("127.0.0.1", next(ports), listener)  # noqa: E731
    with watch(inside) as watched, again_and_again(inside, knock):
        watched.look(4)

        assert not watched.told("connection-refused")
        assert not watched.told("closed-port-dialled")
        assert watched.sample is not None
        assert watched.sample.namespaces[0].counters["Tcp.AttemptFails"] > 20
    listener.close()


def test_closing_with_unread_data_is_told_with_who_it_was(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=4096)
    held: list[tuple[socket.socket, socket.socket]] = []

    def abort_later() -> None:
        """Keep each for a while, so that a look finds it with its data."""
        held.append(pair(listener))
        held[-1][0].send(b"nobody reads this")
        if len(held) > 20:
            client, server = held.pop(0)
            server.close()
            client.close()

    with watch(inside) as watched, again_and_again(inside, abort_later):
        finding = watched.wait_for("reset-unread-data", lambda f: f.subject.pid is not None)

        assert finding.severity is Severity.WARNING
        assert (finding.subject.pid, finding.subject.inferred) == (os.getpid(), True)
        assert finding.subject.netns == inside.inode
        assert float(finding.value("reset_rate") or 0) > 1
        assert not watched.told("reset-linger-zero")
        confirm(inside, finding)
    for client, server in held:
        client.close()
        server.recv(100)
        server.close()
    listener.close()


@pytest.mark.parametrize(
    ("code", "abort", "other"),
    [
        ("reset-unread-data", abort_unread, "reset-linger-zero"),
        ("reset-linger-zero", abort_lingering, "reset-unread-data"),
        ("reset-linger-zero", close_while_the_peer_sends, "reset-unread-data"),
    ],
)
def test_kind_of_reset_is_told_apart_and_goes_with_it(
    inside: Namespace, code: str, abort: Callable[[socket.socket], None], other: str
) -> None:
    with inside.entered():
        listener = listen(backlog=4096)
    with watch(inside) as watched:
        with again_and_again(inside, lambda: abort(listener)):
            finding = watched.wait_for(code)

            assert finding.subject.kind is SubjectKind.NAMESPACE
            # both ends of a connection count as closed here, and one of them reset it
            assert float(finding.value("reset_share") or 0) == pytest.approx(0.5, abs=0.2)
            assert not watched.told(other)
            assert not watched.told("closed-port-dialled")
            confirm(inside, finding)
        with again_and_again(inside, lambda: close_in_order(listener)):
            watched.wait_gone(code)
            watched.wait_gone("reset-by-peer")
            assert not told(watched)
    listener.close()


def test_resets_from_another_host_are_told_where_they_arrive(inside: Namespace) -> None:
    with make_namespace() as other:
        _, there = join(inside, other)
        with other.entered():
            listener = listen(there, backlog=4096)
        done = threading.Event()

        def serve() -> None:
            while not done.is_set():
                with suppress(OSError):
                    server, _ = listener.accept()
                    server.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_NOW)
                    server.close()

        def call() -> None:
            with connect(listener) as client, suppress(ConnectionResetError):
                client.recv(1)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        with watch(inside) as watched, again_and_again(inside, call):
            finding = watched.wait_for("reset-by-peer")

            assert finding.subject.netns == inside.inode
            assert finding.value("own_resets") == 0
            assert told(watched) == {"reset-by-peer"}
            confirm(inside, finding)
        done.set()
        with inside.entered(), suppress(OSError):
            connect(listener).close()
        thread.join(5)
        listener.close()
