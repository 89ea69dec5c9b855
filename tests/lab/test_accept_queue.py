"""Accept queues that fill for real: what the kernel shows is what is told."""

from __future__ import annotations

import os
import signal
import socket
import threading
from collections.abc import Iterator

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import run_script
from tests.lab.sockets import connect, listen, read_state, start_connecting, wait_until

pytestmark = pytest.mark.root
CODE = "accept-queue-full"
ESTABLISHED = 1


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def knock(inside: Namespace, listener: socket.socket, times: int) -> list[socket.socket]:
    """Connect without waiting for it; some of them will not get through."""
    with inside.entered():
        return [start_connecting(*listener.getsockname()) for _ in range(times)]


def close_all(*sockets: socket.socket) -> None:
    for one in sockets:
        one.close()


def test_full_queue_is_told_with_its_numbers_and_goes_when_somebody_accepts(
    inside: Namespace,
) -> None:
    with inside.entered():
        listener = listen(backlog=5)
    clients = knock(inside, listener, 12)
    with watch(inside) as watched:
        watched.look()

        finding = watched.wait_for(CODE, lambda f: bool(f.value("drops")))

        assert (finding.severity, finding.subject.pid) == (Severity.CRITICAL, os.getpid())
        assert finding.subject.local_port == listener.getsockname()[1]
        assert (finding.level, finding.limit) == (6, 5)
        assert finding.summary.startswith("6/5 queued, ")
        assert finding.value("accepted") == 0
        output = confirm(inside, finding)
        assert "Max open files" in output
        assert "TcpExtListenOverflows" in output

        listener.settimeout(5)
        served = [listener.accept()[0] for _ in clients]
        watched.wait_gone(CODE)
        close_all(listener, *clients, *served)


def test_half_empty_queue_is_silent(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=8)
    clients = knock(inside, listener, 3)
    wait_until(lambda: all(read_state(c) == ESTABLISHED for c in clients), "three to wait")
    with watch(inside) as watched:
        watched.look(5)

        assert not watched.told(CODE)
        assert watched.sample is not None
        sockets = watched.sample.sockets
        assert (3, 8) in zip(sockets.recv_q.tolist(), sockets.send_q.tolist(), strict=True)
    close_all(listener, *clients)


def test_filling_queue_is_a_warning_once_it_has_lasted(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=8)
    clients = knock(inside, listener, 4)
    with watch(inside) as watched:
        watched.look(2)
        assert not watched.told(CODE)

        finding = watched.wait_for(CODE)

        assert (finding.severity, finding.summary) == (Severity.WARNING, "4/8 queued")
        assert finding.value("drops") == 0
    close_all(listener, *clients)


def test_stuck_sibling_on_the_same_port_is_told_and_the_healthy_one_is_not(
    inside: Namespace,
) -> None:
    with inside.entered():
        stuck = listen(backlog=4, reuse_port=True)
        healthy = listen(port=stuck.getsockname()[1], backlog=256, reuse_port=True)
    clients = knock(inside, stuck, 40)
    with watch(inside) as watched:
        watched.wait_for(CODE)
        clients += knock(inside, stuck, 10)  # about half of them come to the stuck one

        finding = watched.wait_for(CODE, lambda f: bool(f.value("drops")))

        assert [f.key for f in watched.told(CODE)] == [finding.key]
        assert (finding.level, finding.limit, len(finding.sockets)) == (5, 4, 1)
    close_all(stuck, healthy, *clients)


def test_burst_that_was_served_is_information(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=2)
    with watch(inside, {CODE: {"burst_rate": 1000}}) as watched:
        watched.look()
        clients = knock(inside, listener, 7)
        close_all(*[listener.accept()[0] for _ in range(3)], *clients)

        finding = watched.wait_for(CODE)

        assert (finding.severity, finding.value("overflows")) == (Severity.INFO, 4)
        listener.close()


def test_listener_that_closed_full_is_named(inside: Namespace) -> None:
    with inside.entered():
        listener, other = listen(backlog=1), listen()
    clients = knock(inside, listener, 2)
    with watch(inside) as watched:
        watched.look()
        address, port = listener.getsockname()
        clients += knock(inside, listener, 3)
        listener.close()

        finding = watched.wait_for(CODE, lambda f: f.subject.kind is SubjectKind.NAMESPACE)

        assert finding.confidence is Confidence.INFERRED
        assert finding.value("overflows") == 3
        assert str(finding.value("closed")).endswith(f"[{os.getpid()}] {address}:{port}")
        assert "TcpExtListenOverflows" in confirm(inside, finding)
    close_all(other, *clients)


def test_stopped_server_is_told_as_stopped(inside: Namespace) -> None:
    script = """
        listener = socket.create_server(("127.0.0.1", 8080), backlog=3)
        say(listener.getsockname()[1])
        while True:
            listener.accept()[0].close()
    """
    with run_script(inside, script) as (server, _), watch(inside) as watched:
        os.kill(server.pid, signal.SIGSTOP)
        with inside.entered():
            clients = [start_connecting("127.0.0.1", 8080) for _ in range(6)]

        finding = watched.wait_for(CODE, lambda f: f.value("stopped") is True)

        assert (finding.subject.pid, finding.runtime) == (server.pid, "python")
        assert "T (stopped)" in confirm(inside, finding)
        os.kill(server.pid, signal.SIGCONT)
        watched.wait_gone(CODE)
        close_all(*clients)


def test_small_queue_of_a_busy_listener_is_told(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=5)
    stop = threading.Event()

    def serve() -> None:
        while not stop.is_set():
            client = connect(listener)
            listener.accept()[0].close()
            client.close()

    def load() -> None:
        with inside.entered():
            serve()

    busy = threading.Thread(target=load)
    busy.start()
    try:
        with watch(inside) as watched:
            finding = watched.wait_for(CODE)

            assert (finding.severity, finding.confidence) == (
                Severity.WARNING,
                Confidence.INFERRED,
            )
            assert finding.summary.startswith("room for 5, ")
            confirm(inside, finding)
    finally:
        stop.set()
        busy.join()
        listener.close()
