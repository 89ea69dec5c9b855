"""The lab's own tools do what they say, in a namespace of their own."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator

import pytest

from tests.lab.netns import Namespace, join, make_namespace
from tests.lab.sockets import (
    accept_incoming,
    connect,
    drop_incoming,
    listen,
    pair,
    read_state,
    send_lone_syn,
    start_connecting,
    wait_until,
)

pytestmark = pytest.mark.root
ESTABLISHED, SYN_SENT, FIN_WAIT1, FIN_WAIT2 = 1, 2, 4, 5


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def test_sockets_belong_to_the_namespace_they_were_opened_in(inside: Namespace) -> None:
    before = os.stat("/proc/thread-self/ns/net").st_ino

    with inside.entered():
        listener = listen()

    port = listener.getsockname()[1]
    assert f"127.0.0.1:{port}" in inside.run("ss", "-tlnH")
    assert inside.inode != before == os.stat("/proc/thread-self/ns/net").st_ino
    listener.close()


def test_loopback_may_be_down() -> None:
    with make_namespace(loopback=False) as namespace:
        assert "state DOWN" in namespace.run("ip", "link", "show", "lo")

        namespace.set_loopback(True)

        assert "LOOPBACK,UP" in namespace.run("ip", "link", "show", "lo")


def test_settings_are_the_namespace_s_own(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.tcp_fin_timeout", 7)

    assert inside.run("cat", "/proc/sys/net/ipv4/tcp_fin_timeout") == "7\n"
    with open("/proc/sys/net/ipv4/tcp_fin_timeout") as own:
        assert own.read() != "7\n"


def test_joined_namespaces_reach_each_other(inside: Namespace) -> None:
    with make_namespace() as other:
        here, there = join(inside, other)
        with other.entered():
            listener = listen(there)
        with inside.entered():
            client = connect(listener)

        assert client.getsockname()[0] == here
        client.close()
        listener.close()


@pytest.mark.parametrize("address", ["127.0.0.1", "::1"])
def test_end_that_receives_nothing_keeps_the_other_waiting(inside: Namespace, address: str) -> None:
    with inside.entered():
        client, server = pair(listen(address))
    drop_incoming(server)

    client.shutdown(socket.SHUT_WR)
    assert read_state(client) == FIN_WAIT1
    accept_incoming(server)

    wait_until(lambda: read_state(client) == FIN_WAIT2, "the answer to the second FIN")
    client.close()
    server.close()


def test_listener_that_receives_nothing_lets_nobody_in(inside: Namespace) -> None:
    with inside.entered():
        listener = listen()
        drop_incoming(listener)
        client = start_connecting(*listener.getsockname())

    assert read_state(client) == SYN_SENT
    client.close()
    listener.close()


def test_lone_syn_is_answered_and_kept(inside: Namespace) -> None:
    inside.run("ip", "route", "add", "10.9.9.0/24", "dev", "lo")
    with inside.entered():
        listener = listen()

        send_lone_syn("10.9.9.1", 4000, listener)

    wait_until(lambda: "10.9.9.1:4000" in inside.run("ss", "-tnaH"), "the half-open connection")
    assert "SYN-RECV" in inside.run("ss", "-tnaH")
    listener.close()
