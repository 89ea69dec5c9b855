"""Datagrams dropped for real, for a full buffer and for other reasons."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import LOOPBACK, drop_incoming, family_of
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root
CODE = "udp-receive-drops"


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def receive_on(inside: Namespace, address: str, buffer: int = 4096) -> socket.socket:
    with inside.entered():
        receiver = socket.socket(family_of(address), socket.SOCK_DGRAM)
    receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    receiver.bind((address, 0))
    return receiver


def send_to(receiver: socket.socket, size: int = 500) -> None:
    with socket.socket(receiver.family, socket.SOCK_DGRAM) as sender:
        sender.sendto(bytes(size), receiver.getsockname()[:2])


@pytest.mark.parametrize("address", LOOPBACK.values())
def test_full_buffer_is_told_with_its_socket_and_goes_when_somebody_reads(
    inside: Namespace, address: str
) -> None:
    receiver = receive_on(inside, address)
    with watch(inside) as watched, again_and_again(inside, lambda: send_to(receiver), 0.005):
        finding = watched.wait_for(CODE)

        assert finding.severity is Severity.CRITICAL
        assert finding.subject.kind is SubjectKind.LISTENER
        assert finding.subject.pid == os.getpid()
        assert finding.subject.local_port == receiver.getsockname()[1]
        assert float(finding.value("drop_share") or 0) > 0.9
        assert finding.value("buffer") == 8192
        # read one after the other while it goes on
        drops = float(finding.value("drops") or 0)
        assert finding.value("buffer_errors") == pytest.approx(drops, abs=20)
        output = confirm(inside, finding)
        assert f":{receiver.getsockname()[1]}" in output

        with again_and_again(inside, lambda: receiver.recv(500), 0.0):
            watched.wait_gone(CODE)
            send_to(receiver)  # what the reader waits for, so that it ends
    receiver.close()


def test_buffer_that_holds_all_is_silent(inside: Namespace) -> None:
    receiver = receive_on(inside, "127.0.0.1", 1 << 17)
    with watch(inside) as watched:
        watched.look()
        with inside.entered():
            for _ in range(100):
                send_to(receiver, 10)
        watched.look(2)

        assert not watched.told(CODE)
        assert watched.sample is not None
        assert watched.sample.sockets.rmem_alloc.max() > 50_000
    receiver.close()


def test_what_a_filter_of_the_program_drops_is_silent(inside: Namespace) -> None:
    receiver = receive_on(inside, "127.0.0.1")
    drop_incoming(receiver)
    with watch(inside) as watched, again_and_again(inside, lambda: send_to(receiver), 0.005):
        watched.look(4)

        assert not watched.told(CODE)
        assert watched.sample is not None
        assert watched.sample.sockets.drops.max() > 20
    receiver.close()
