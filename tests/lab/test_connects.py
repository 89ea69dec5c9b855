"""Connects that get no answer, or a late one, for real."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import (
    accept_incoming,
    connect,
    drop_incoming,
    listen,
    start_connecting,
)

pytestmark = pytest.mark.root
HERE, NOBODY = "10.9.0.1", "10.9.0.2"
ESTABLISHED = 1


@pytest.fixture
def inside() -> Iterator[Namespace]:
    """Make a namespace with a cable whose other end nobody holds, and a neighbour there."""
    with make_namespace() as namespace:
        for words in (
            "link add out type veth peer name far",
            f"address add {HERE}/24 dev out",
            "link set out up",
            "link set far up",
            f"neigh add {NOBODY} lladdr 02:00:00:00:00:02 dev out nud permanent",
        ):
            namespace.run("ip", *words.split())
        yield namespace


def dial(inside: Namespace, times: int, address: str = NOBODY) -> list[socket.socket]:
    with inside.entered():
        return [start_connecting(address, 80) for _ in range(times)]


def close_all(*sockets: socket.socket) -> None:
    for one in sockets:
        one.close()


def test_attempts_nobody_answers_are_told_and_go_with_them(inside: Namespace) -> None:
    with watch(inside) as watched:
        watched.look()
        clients = dial(inside, 5)

        finding = watched.wait_for("connect-timeout")

        assert finding.severity is Severity.CRITICAL
        subject = finding.subject
        assert subject.kind is SubjectKind.DESTINATION
        assert (subject.pid, subject.remote_addr, subject.remote_port) == (os.getpid(), NOBODY, 80)
        assert (finding.value("stuck"), finding.value("attempts")) == (5, 5)
        assert len(finding.sockets) == 5
        output = confirm(inside, finding)
        assert output.count(f"{NOBODY}:80") >= 5

        close_all(*clients)
        watched.wait_gone("connect-timeout")


def test_attempts_whose_syn_was_sent_once_are_silent(inside: Namespace) -> None:
    with watch(inside) as watched:
        watched.look()
        clients = dial(inside, 8)
        watched.look()

        assert watched.sample is not None
        sockets = watched.sample.sockets
        if (sockets.retrans[sockets.state == 2] <= 0).all():  # else it took over a second
            assert not watched.told("connect-timeout")
        close_all(*clients)


def test_one_attempt_is_told_from_its_second_retransmit_on(inside: Namespace) -> None:
    with watch(inside) as watched:
        watched.look()
        clients = dial(inside, 1)

        finding = watched.wait_for("connect-timeout")

        assert finding.severity is Severity.WARNING
        assert int(finding.value("retransmits") or 0) >= 2
        close_all(*clients)


def test_listener_with_a_full_queue_is_what_the_connects_wait_for(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(HERE, 80, backlog=1)
    clients = dial(inside, 8, HERE)
    with watch(inside) as watched:
        finding = watched.wait_for("connect-timeout", lambda f: bool(f.causes))

        assert finding.causes[0].code == "accept-queue-full"
        assert finding.subject.remote_addr == HERE
    close_all(*clients, listener)


def test_late_handshakes_are_told_at_both_ends(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=16)
        drop_incoming(listener)
        late = [start_connecting(*listener.getsockname()) for _ in range(4)]
    with watch(inside) as watched:
        watched.look()
        accept_incoming(listener)  # in time for the SYNs that are sent again

        finding = watched.wait_for("handshake-retransmit")

        assert finding.severity is Severity.WARNING
        assert finding.subject.kind is SubjectKind.DESTINATION
        assert finding.subject.pid == os.getpid()
        assert (finding.value("late"), finding.value("opened")) == (4, 4)
        assert finding.value("retransmits") == 1
        confirm(inside, finding)
        watched.wait_gone("handshake-retransmit")
    close_all(*late, listener)


def test_late_last_steps_are_told_at_the_listener(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=16)
        late = [start_connecting(*listener.getsockname(), deaf=True) for _ in range(4)]
    with watch(inside) as watched:
        watched.look()
        for client in late:
            accept_incoming(client)  # in time for the SYN-ACKs that are sent again

        finding = watched.wait_for(
            "handshake-retransmit", lambda f: f.subject.kind is SubjectKind.PORT
        )

        assert finding.subject.local_port == listener.getsockname()[1]
        assert (finding.value("late"), finding.value("opened")) == (4, 4)
        assert f":{finding.subject.local_port}" in confirm(inside, finding)
    close_all(*late, listener)


def test_handshakes_in_time_are_silent(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=16)
    with watch(inside) as watched:
        watched.look()
        with inside.entered():
            clients = [connect(listener) for _ in range(8)]
        watched.look(2)

        assert not watched.told("handshake-retransmit")
    close_all(*clients, listener)
