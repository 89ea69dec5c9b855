"""Local ports used up for real: TIME_WAIT, exhaustion, and bind() that takes them from others."""

from __future__ import annotations

import errno
import os
import socket
import struct
from collections.abc import Iterator

import pytest

from netinspect.finding import Confidence, Severity
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, join, make_namespace
from tests.lab.sockets import family_of, listen

pytestmark = pytest.mark.root
_RESET = struct.pack("ii", 1, 0)


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        set_range(namespace, 40000, 40099)
        yield namespace


def set_range(namespace: Namespace, first: int, last: int) -> None:
    namespace.set_sysctl("net.ipv4.ip_local_port_range", f"{first} {last}")


def dial(listener: socket.socket, *, bind: str | None = None) -> tuple[socket.socket, ...]:
    """Connect from a port of the range; returns both ends. bind: address to bind() to before."""
    end = listener.getsockname()
    client = socket.socket(family_of(end[0]))
    try:
        if bind is not None:
            client.bind((bind, 0))
        client.connect(end[:2])
    except OSError:
        client.close()
        raise
    return client, listener.accept()[0]


def close_in_order(first: socket.socket, second: socket.socket) -> None:
    """Close both ends, so that the first one is left in TIME_WAIT."""
    first.close()
    assert second.recv(1) == b""
    second.close()


def close_client_first(listener: socket.socket, times: int) -> None:
    for _ in range(times):
        close_in_order(*dial(listener))


def close_server_first(listener: socket.socket, times: int) -> None:
    for _ in range(times):
        client, server = dial(listener)
        close_in_order(server, client)


def drop(*sockets: socket.socket) -> None:
    """Close without TIME_WAIT."""
    for one in sockets:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        one.close()


def test_time_wait_towards_one_destination_is_told_until_it_may_be_taken_again(
    inside: Namespace,
) -> None:
    with make_namespace() as other:
        there = join(inside, other)[1]
        with other.entered():
            listener = listen(there, 5432)
        with watch(inside) as watched:
            with inside.entered():
                kept = dial(listener)
                close_client_first(listener, 19)
            watched.look(4)
            assert not watched.told("time-wait-client")

            with inside.entered():
                close_client_first(listener, 15)
            info = watched.wait_for("time-wait-client")
            with inside.entered():
                close_client_first(listener, 1)
            finding = watched.wait_for("time-wait-client", lambda f: f.value("time_wait") == 35)

            assert info.severity is Severity.INFO
            watched.wait_for("time-wait-client", lambda f: f.severity is Severity.WARNING)
            assert (finding.value("used"), finding.value("reusable")) == (36, 0)
            assert finding.value("tw_reuse") == 2
            assert finding.subject.remote_addr == there
            assert (finding.subject.pid, finding.subject.inferred) == (os.getpid(), True)
            assert finding.confidence is Confidence.INFERRED
            assert len(finding.sockets) == 35
            assert "\n35\n" in confirm(inside, finding)

            inside.set_sysctl("net.ipv4.tcp_tw_reuse", 1)
            watched.wait_gone("time-wait-client")
            drop(*kept)
        listener.close()


def test_port_in_time_wait_is_taken_again_when_the_rule_says_so(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_tw_reuse", 0)
    with inside.entered():
        listener = listen(port=5432)
        close_client_first(listener, 100)
        with pytest.raises(OSError, match="assign requested address"):
            dial(listener)
    with watch(inside) as watched:
        watched.wait_for("ephemeral-exhaustion")

        inside.set_sysctl("net.ipv4.tcp_tw_reuse", 2)

        watched.wait_gone("ephemeral-exhaustion")
        watched.wait_gone("time-wait-client")
        with inside.entered():
            close_client_first(listener, 50)
    listener.close()


def test_time_wait_of_a_service_is_told_with_the_room_it_takes(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_max_tw_buckets", 1000)
    set_range(inside, 40000, 49999)
    with inside.entered():
        listener = listen(port=8080)
        close_server_first(listener, 499)
    with watch(inside, {"time-wait-server": {"info_rows": 500}}) as watched:
        watched.look(4)
        assert not watched.told("time-wait-server")

        with inside.entered():
            close_server_first(listener, 1)
        info = watched.wait_for("time-wait-server")
        with inside.entered():
            close_server_first(listener, 300)
        finding = watched.wait_for("time-wait-server", lambda f: f.severity is Severity.WARNING)

        assert (info.severity, info.value("time_wait")) == (Severity.INFO, 500)
        assert finding.subject.local_port == 8080
        assert (finding.subject.pid, finding.subject.inferred) == (os.getpid(), True)
        assert (finding.value("held"), finding.value("buckets")) == (800, 1000)
        assert "tw 800 " in confirm(inside, finding)
        # No port is used up by them, and who comes again from the same end is let in.
        assert not watched.told("ephemeral-exhaustion")

        inside.set_sysctl("net.ipv4.tcp_max_tw_buckets", 2000)
        watched.wait_gone("time-wait-server", lambda f: f.severity is Severity.WARNING)
    listener.close()


def test_time_wait_that_finds_no_room_is_told(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_max_tw_buckets", 100)
    set_range(inside, 40000, 49999)
    with inside.entered():
        listener = listen(port=8080)
        close_client_first(listener, 100)
    with watch(inside) as watched:
        watched.look(4)
        assert not watched.told("time-wait-overflow")

        with inside.entered():
            close_client_first(listener, 30)
        finding = watched.wait_for("time-wait-overflow")

        assert finding.subject.netns == inside.inode
        assert finding.value("overflows") == 30
        assert (finding.value("held"), finding.value("client")) == (100, "127.0.0.1:8080 (100)")
        assert "TcpExtTCPTimeWaitOverflow       30" in confirm(inside, finding)
        assert watched.told("config-few-tw-buckets")
        watched.wait_gone("time-wait-overflow")
    listener.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_destination_that_takes_all_ports_is_told(inside: Namespace, address: str) -> None:
    with inside.entered():
        listener, other = listen(address, 5432), listen(address, 5433)
        ends = [dial(listener) for _ in range(49)]
    with watch(inside) as watched:
        watched.look(4)
        assert not watched.told("ephemeral-exhaustion")

        with inside.entered():
            ends += [dial(listener) for _ in range(51)]
            with pytest.raises(OSError, match="assign requested address") as refused:
                dial(listener)
            ends.append(dial(other))  # each destination has all ports to itself
        finding = watched.wait_for("ephemeral-exhaustion", lambda f: f.value("used") == 100)

        assert refused.value.errno == errno.EADDRNOTAVAIL
        assert finding.severity is Severity.CRITICAL
        assert (finding.subject.remote_addr, finding.subject.remote_port) == (address, 5432)
        assert (finding.subject.pid, finding.subject.inferred) == (os.getpid(), False)
        assert (finding.value("free"), finding.value("time_wait")) == (0, 0)
        assert len(watched.told("ephemeral-exhaustion")) == 1
        output = confirm(inside, finding)
        assert "\n100\n" in output
        assert "100 ESTAB" in output

        drop(*(end for pair in ends for end in pair))
        watched.wait_gone("ephemeral-exhaustion")
    listener.close()
    other.close()


def test_ports_that_others_hold_are_missing_in_what_is_left(inside: Namespace) -> None:
    with inside.entered():
        held = [socket.socket() for _ in range(50)]
        for number, one in enumerate(held):
            one.bind(("127.0.0.77", 40000 + number))
        listener = listen(port=5432)
        ends = [dial(listener) for _ in range(50)]
        with pytest.raises(OSError, match="assign requested address"):
            dial(listener)
    with watch(inside) as watched:
        finding = watched.wait_for("ephemeral-exhaustion")
        pool = watched.wait_for("ephemeral-bind-pool")

        assert finding.summary == "50/50 ports used, 0 free"
        assert (finding.value("held_elsewhere"), finding.value("reserved")) == (50, 0)
        assert pool.subject.local_addr == "127.0.0.77"
        assert (pool.value("bound"), pool.value("connected")) == (50, 0)
        assert pool.confidence is Confidence.CERTAIN
        confirm(inside, pool)
    drop(*held, *(end for pair in ends for end in pair))
    listener.close()


def test_reserved_ports_are_not_usable(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.ip_local_reserved_ports", "40000-40029,40050,41000")
    with inside.entered():
        listener = listen(port=5432)
        ends = [dial(listener) for _ in range(69)]
        with pytest.raises(OSError, match="assign requested address"):
            dial(listener)
    with watch(inside) as watched:
        finding = watched.wait_for("ephemeral-exhaustion")

        assert finding.summary == "69/69 ports used, 0 free"
        assert finding.value("reserved") == 31
        assert watched.wait_for("config-reserved-useless").value("outside_ports") == "41000"
    drop(*(end for pair in ends for end in pair))
    listener.close()


def test_half_that_connect_tries_first_is_told_when_it_is_full(inside: Namespace) -> None:
    set_range(inside, 40000, 43999)
    with inside.entered():
        listener = listen(port=5432, backlog=4096)
        ends = [dial(listener) for _ in range(1959)]
    with watch(inside) as watched:
        watched.look(4)
        assert not watched.told("ephemeral-slow-connect")

        with inside.entered():
            ends += [dial(listener) for _ in range(41)]
        finding = watched.wait_for(
            "ephemeral-slow-connect", lambda f: f.value("first_half") == 2000
        )

        assert (finding.severity, finding.value("parity")) == (Severity.WARNING, "even")
        assert (finding.value("used"), finding.subject.remote_port) == (2000, 5432)
        assert "2000 even 0 odd" in confirm(inside, finding)
        drop(*(end for pair in ends for end in pair))
        watched.wait_gone("ephemeral-slow-connect")
    listener.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_sockets_that_bind_before_they_connect_are_recognised_by_their_ports(
    inside: Namespace, address: str
) -> None:
    with inside.entered():
        listeners = [listen(address, 5432), listen(address, 5433)]
        ends = [dial(listeners[i % 2], bind=address) for i in range(44)]
    with watch(inside) as watched:
        watched.look(4)
        assert not watched.told("ephemeral-bind-pool")

        with inside.entered():
            ends.append(dial(listeners[0], bind=address))
        finding = watched.wait_for("ephemeral-bind-pool")

        assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.INFERRED)
        assert (finding.subject.local_addr, finding.subject.pid) == (address, os.getpid())
        assert (finding.value("connected"), finding.value("plain")) == (45, 0)
        assert finding.value("parity") == "odd"
        assert "0 even 45 odd" in confirm(inside, finding)

        with inside.entered():
            ends += [dial(listeners[0], bind=address) for _ in range(55)]
            with pytest.raises(OSError, match="in use"):
                dial(listeners[1], bind=address)
            with pytest.raises(OSError, match="assign requested address"):
                dial(listeners[1])
        drop(*(end for pair in ends for end in pair))
        watched.wait_gone("ephemeral-bind-pool")
    for listener in listeners:
        listener.close()


def test_plain_connects_are_no_bind_pool(inside: Namespace) -> None:
    with inside.entered():
        listeners = [listen(port=5432), listen(port=5433)]
        ends = [dial(listener) for listener in listeners for _ in range(50)]
    with watch(inside) as watched:
        watched.look(4)

        assert not watched.told("ephemeral-bind-pool")
    drop(*(end for pair in ends for end in pair))
    for listener in listeners:
        listener.close()
