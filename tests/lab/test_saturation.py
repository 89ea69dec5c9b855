"""Servers whose workers are all busy, and connections only the client believes in."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import run_script, tell
from tests.lab.sockets import (
    accept_incoming,
    drop_acks,
    listen,
    start_connecting,
)

pytestmark = pytest.mark.root
BUSY, GHOST, FULL = "workers-saturated", "ghost-connection", "accept-queue-full"
PORT = 8080


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def dial(inside: Namespace, times: int, request: bytes = b"") -> list[socket.socket]:
    with inside.entered():
        clients = [socket.create_connection(("127.0.0.1", PORT), 20) for _ in range(times)]
    for client in clients:
        client.sendall(request)
    return clients


def close_all(*sockets: socket.socket) -> None:
    for one in sockets:
        one.close()


TWO_WORKERS = f"""
    import threading, queue
    open("/proc/self/comm", "w").write("java")
    listener = socket.create_server(("127.0.0.1", {PORT}), backlog=100)
    requests, go_on = queue.Queue(), threading.Event()
    def work(number):
        open("/proc/thread-self/comm", "w").write(f"http-nio-{PORT}-exec-{{number}}"[:15])
        while True:
            one = requests.get()
            one.recv(100)
            go_on.wait()
            one.sendall(b"answer")
    for number in range(2):
        threading.Thread(target=work, args=(number,), daemon=True).start()
    def accept_all():
        while True:
            requests.put(listener.accept()[0])
    threading.Thread(target=accept_all, daemon=True).start()
    say("ready")
    hear()
    go_on.set()
    hear()
"""


def test_requests_beyond_the_workers_lie_unread_while_the_accept_queue_is_empty(
    inside: Namespace,
) -> None:
    with run_script(inside, TWO_WORKERS) as (server, _), watch(inside) as watched:
        clients = dial(inside, 14, b"request")

        finding = watched.wait_for(BUSY)

        assert (finding.severity, finding.subject.kind) == (
            Severity.WARNING,
            SubjectKind.LISTENER,
        )
        assert (finding.subject.pid, finding.subject.local_port) == (server.pid, PORT)
        assert finding.summary.startswith("12 of 14 connections unread, oldest ")
        assert (finding.value("unread"), finding.value("queue")) == (12, 0)
        assert len(finding.sockets) == 12
        assert (finding.value("threads"), finding.value("pool_threads")) == (4, 2)
        assert not watched.told(FULL)
        assert "\n12\n" in confirm(inside, finding)

        tell(server)
        assert [client.recv(100) for client in clients] == [b"answer"] * 14
        watched.wait_gone(BUSY)
        close_all(*clients)


def test_few_waiting_requests_are_silent(inside: Namespace) -> None:
    with run_script(inside, TWO_WORKERS) as (_, _), watch(inside) as watched:
        clients = dial(inside, 4, b"request")

        watched.look(6)

        assert not watched.told(BUSY)
        close_all(*clients)


def test_requests_that_are_answered_at_once_are_silent(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(port=PORT)
    clients = dial(inside, 8)
    served = [listener.accept()[0] for _ in clients]
    stop = threading.Event()

    def talk() -> None:
        while not stop.is_set():
            for client, server in zip(clients, served, strict=True):
                client.sendall(b"request")
                server.sendall(server.recv(100))
                client.recv(100)

    talking = threading.Thread(target=talk)
    talking.start()
    try:
        with watch(inside) as watched:
            watched.look(8)

            assert not watched.told(BUSY)
    finally:
        stop.set()
        talking.join()
        close_all(listener, *clients, *served)


def make_ghosts(inside: Namespace, listener: socket.socket, count: int) -> list[socket.socket]:
    """Connect so that the last step of the handshake finds the accept queue full."""
    drop_acks(listener)
    with inside.entered():
        ghosts = [socket.create_connection(listener.getsockname(), 20) for _ in range(count)]
    accept_incoming(listener)
    with inside.entered():
        fill = [start_connecting(*listener.getsockname()) for _ in range(8)]
    for client in ghosts:
        client.sendall(b"hello")
    return ghosts + fill


def test_connection_only_the_client_believes_in_is_told_on_both_sides(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=5)
    port = listener.getsockname()[1]
    clients = make_ghosts(inside, listener, 2)
    with watch(inside) as watched:
        here = watched.wait_for(GHOST, lambda f: f.subject.kind is SubjectKind.DESTINATION)
        there = watched.wait_for(GHOST, lambda f: f.subject.kind is SubjectKind.LISTENER)
        here = watched.wait_for(GHOST, lambda f: f.key == here.key)
        [full] = watched.told(FULL)

        assert (here.severity, there.severity) == (Severity.WARNING, Severity.WARNING)
        assert (here.subject.pid, here.subject.remote_port) == (os.getpid(), port)
        assert (here.value("ghosts"), here.value("unsent")) == (2, 10)
        assert here.summary.startswith("2 connected and never answered, up to ")
        assert (there.subject.local_port, there.value("half_open")) == (port, 2)
        assert (there.value("queue"), full.level) == (6, 6)
        assert here.causes == there.causes == (full.key,)
        assert f":{port}" in confirm(inside, here)
        assert f":{port}" in confirm(inside, there)

        listener.settimeout(20)
        served = [listener.accept()[0] for _ in range(8)]
        watched.wait_gone(GHOST)
        close_all(listener, *clients, *served)


def test_ghosts_of_syn_cookies_leave_no_row_at_the_server(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_syncookies", 2)  # always
    with inside.entered():
        listener = listen(backlog=5)
    clients = make_ghosts(inside, listener, 2)
    with watch(inside) as watched:
        here = watched.wait_for(GHOST, lambda f: f.subject.kind is SubjectKind.DESTINATION)

        assert here.value("ghosts") == 2
        assert not watched.told(GHOST, lambda f: f.subject.kind is SubjectKind.LISTENER)
        assert watched.told(FULL)
    close_all(listener, *clients)


def test_connection_whose_data_is_acknowledged_is_silent(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(port=PORT)
    clients = dial(inside, 3, b"hello")
    with watch(inside) as watched:
        watched.look(5)

        assert not watched.told(GHOST)
    close_all(listener, *clients)
