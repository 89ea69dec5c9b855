"""Counters: what nstat reads of a namespace, and nothing of any other."""

from __future__ import annotations

import socket
from collections import Counter
from collections.abc import Iterator
from contextlib import suppress

import pytest

from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import listen, pair, start_connecting
from tests.peers.witnesses import ask_around, counters_of_netinspect, counters_of_nstat

pytestmark = pytest.mark.root


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def make_traffic() -> None:
    """Connect, be refused, overflow an accept queue and a UDP buffer; leave no timer running."""
    with listen() as listener:
        for _ in range(20):
            for end in pair(listener):
                end.close()
        port = listener.getsockname()[1]
    with suppress(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port))
    overflow(attempts=3)
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as receiver:
        receiver.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        receiver.bind(("::1", 0))
        for _ in range(50):
            receiver.sendto(bytes(500), receiver.getsockname())


def overflow(attempts: int) -> None:
    """Try to connect where two connections wait already and no more may."""
    with listen(backlog=1) as listener:
        address = listener.getsockname()
        waiting = [socket.create_connection(address) for _ in range(2)]
        refused = [start_connecting(*address) for _ in range(attempts)]
        for one in (*waiting, *refused):
            one.close()


def tcp_increase(after: dict[str, int], before: dict[str, int]) -> Counter[str]:
    return Counter({name: after[name] - before[name] for name in after if name[:3] == "Tcp"})


def test_every_counter_of_nstat_has_the_same_value(inside: Namespace) -> None:
    with inside.entered():
        make_traffic()

    nstat, ours = ask_around(
        lambda: counters_of_nstat(inside), lambda: counters_of_netinspect(inside)
    )

    assert {name: ours.get(name) for name in nstat} == nstat
    for name in ("ListenOverflows", "TW"):
        assert nstat[f"TcpExt{name}"] > 0
    assert nstat["Udp6RcvbufErrors"] > 0
    assert nstat["TcpActiveOpens"] == 20 + 1 + 2 + 3


def test_what_happens_elsewhere_counts_elsewhere(inside: Namespace) -> None:
    with make_namespace() as other:
        before = counters_of_netinspect(inside), counters_of_netinspect(other)

        with inside.entered():
            overflow(attempts=5)
        after = counters_of_netinspect(inside), counters_of_netinspect(other)

    gained = tcp_increase(after[0], before[0])
    assert gained["TcpActiveOpens"] == 2 + 5
    assert gained["TcpExtListenDrops"] >= 5
    assert set(tcp_increase(after[1], before[1]).values()) == {0}
