"""SYN queues filled with SYNs whose senders never answer, with and without SYN cookies."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import accept_incoming, drop_acks, listen, send_lone_syn, start_connecting

pytestmark = pytest.mark.root
CODE, FULL = "syn-queue-pressure", "accept-queue-full"


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        namespace.run("ip", "route", "add", "10.9.0.0/16", "dev", "lo")
        yield namespace


def flood(inside: Namespace, listener: socket.socket, count: int, sources: int = 250) -> None:
    with inside.entered():
        for number in range(count):
            send_lone_syn(f"10.9.0.{number % sources + 1}", 4000 + number, listener)


def can_connect(inside: Namespace, listener: socket.socket) -> bool:
    with inside.entered():
        try:
            socket.create_connection(listener.getsockname(), 0.5).close()
        except TimeoutError:
            return False
    return True


def test_cookies_take_the_place_of_a_full_queue(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=64)
    with watch(inside) as watched:
        watched.look()
        flood(inside, listener, 300)

        finding = watched.wait_for(CODE, lambda f: bool(f.value("cookies_instead")))

        assert finding.severity is Severity.WARNING
        assert finding.subject.kind is SubjectKind.LISTENER
        assert finding.subject.local_port == listener.getsockname()[1]
        assert (finding.level, finding.limit, len(finding.sockets)) == (65, 64, 65)
        assert (finding.value("cookies_instead"), finding.value("refused")) == (235, 0)
        assert (finding.value("cookies_sent"), finding.value("no_answers")) == (235, True)
        assert not watched.told(FULL)
        assert can_connect(inside, listener)
        output = confirm(inside, finding)
        assert "net.ipv4.tcp_syncookies = 1" in output
        assert "\n65\n" in output

        listener.close()
        watched.wait_gone(CODE)


def test_without_cookies_a_full_queue_refuses(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_syncookies", 0)
    with inside.entered():
        listener = listen(backlog=64)
    with watch(inside) as watched:
        watched.look()
        flood(inside, listener, 300)

        finding = watched.wait_for(CODE, lambda f: bool(f.value("refused")))

        assert finding.severity is Severity.CRITICAL
        assert (finding.level, finding.limit) == (65, 64)
        assert (finding.value("refused"), finding.value("refused_quietly")) == (235, 0)
        assert not watched.told(FULL)
        assert not can_connect(inside, listener)
        confirm(inside, finding)
    listener.close()


def test_without_cookies_a_quarter_of_the_syn_backlog_is_kept_free(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_syncookies", 0)
    inside.set_sysctl("net.ipv4.tcp_max_syn_backlog", 32)
    with inside.entered():
        listener = listen(backlog=4096)
    with watch(inside) as watched:
        watched.look()
        flood(inside, listener, 300)

        finding = watched.wait_for(CODE, lambda f: bool(f.value("refused_quietly")))

        assert finding.severity is Severity.CRITICAL
        assert (finding.level, finding.limit) == (25, 24)
        assert (finding.value("refused"), finding.value("refused_quietly")) == (0, 275)
        assert not watched.told(FULL)
    listener.close()


def test_with_cookies_the_syn_backlog_plays_no_part(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_max_syn_backlog", 32)
    with inside.entered():
        listener = listen(backlog=4096)
    with watch(inside) as watched:
        flood(inside, listener, 300)

        watched.look(5)

        assert not watched.told(CODE)
    listener.close()


def test_queue_less_than_half_full_is_silent(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=64)
    with watch(inside) as watched:
        flood(inside, listener, 32)

        watched.look(5)

        assert not watched.told(CODE)
    listener.close()


def test_few_sources_that_do_not_answer_are_named(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=64)
    flood(inside, listener, 40, sources=2)
    with watch(inside) as watched:
        # The SYN-ACK is sent again after one second and after three.
        finding = watched.wait_for(CODE, lambda f: f.value("few_sources") is True)

        assert (finding.value("sources"), finding.value("resent")) == (2, 40)
        assert finding.value("top_peer_sockets") == 20
    listener.close()


def test_full_accept_queue_is_the_cause_of_cookies_that_come_again(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(backlog=3)
    drop_acks(listener)
    with inside.entered():
        clients = [start_connecting(*listener.getsockname()) for _ in range(8)]
    accept_incoming(listener)
    with inside.entered():
        clients += [start_connecting(*listener.getsockname()) for _ in range(8)]
    with watch(inside) as watched:
        watched.wait_for(FULL)

        finding = watched.wait_for(CODE)

        [full] = watched.told(FULL)
        assert finding.causes == (full.key,)
    for one in (listener, *clients):
        one.close()
