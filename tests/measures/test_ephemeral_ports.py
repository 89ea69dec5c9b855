"""Which ports of a TIME_WAIT connect() may take again, and which ports it tries first."""

from __future__ import annotations

from dataclasses import replace

import pytest

from netinspect.measures.ephemeral_ports import budget_ports, find_destinations
from netinspect.model import Namespace
from tests.samples import NETNS, Socket, make_sample, namespace, tcp

REMOTE, LOOPBACK = "10.0.0.9:9001", "127.0.0.1:9001"


def waiting(port: int, expires: int, to: str = REMOTE) -> Socket:
    source = "127.0.0.1" if to == LOOPBACK else "10.0.0.1"
    return tcp("TIME_WAIT", f"{source}:{port}", to, timer=3, expires=expires)


def with_reuse(mode: str, ports: str = "40000\t40099", **settings: str) -> Namespace:
    plain = namespace(ports)
    more = {f"net.ipv4.{name}": value for name, value in settings.items()}
    return replace(plain, sysctls={**plain.sysctls, "net.ipv4.tcp_tw_reuse": mode, **more})


@pytest.mark.parametrize(
    ("mode", "to", "reusable"),
    [
        ("0", REMOTE, 0),
        ("0", LOOPBACK, 0),
        ("1", REMOTE, 1),
        ("1", LOOPBACK, 1),
        ("2", REMOTE, 0),
        ("2", LOOPBACK, 1),
    ],
)
def test_time_wait_older_than_the_delay_is_free_where_reuse_is_on(
    mode: str, to: str, reusable: int
) -> None:
    sockets = [waiting(40000, 59_500, to), waiting(40001, 58_999, to)]

    found = find_destinations(make_sample(sockets, namespaces=[with_reuse(mode)]))

    assert (found.used.tolist(), found.time_wait.tolist()) == ([2], [2])
    assert found.reusable.tolist() == [reusable]


def test_reuse_needs_timestamps_and_obeys_the_delay() -> None:
    sockets = [waiting(40000, 58_999)]
    no_stamps = with_reuse("1", tcp_timestamps="0")
    patient = with_reuse("1", tcp_tw_reuse_delay="5000")

    for space in (no_stamps, patient):
        found = find_destinations(make_sample(sockets, namespaces=[space]))
        assert found.reusable.tolist() == [0]


def test_port_that_another_socket_holds_too_is_not_free() -> None:
    sockets = [waiting(40000, 100), tcp("ESTABLISHED", "10.0.0.1:40000", REMOTE)]

    found = find_destinations(make_sample(sockets, namespaces=[with_reuse("1")]))

    assert (found.used.tolist(), found.reusable.tolist()) == ([1], [0])


def test_first_half_has_the_parity_of_the_first_port() -> None:
    ports = (40001, 40002, 40003, 40005)
    sockets = [tcp("ESTABLISHED", f"10.0.0.1:{port}", REMOTE) for port in ports]

    even = find_destinations(make_sample(sockets, namespaces=[namespace("40000\t40099")]))
    odd = find_destinations(make_sample(sockets, namespaces=[namespace("40001\t40099")]))

    assert (even.first_half.tolist(), odd.first_half.tolist()) == ([1], [3])


def test_port_that_may_be_taken_again_does_not_fill_the_first_half() -> None:
    sockets = [waiting(40000, 58_000), waiting(40002, 59_900)]

    found = find_destinations(make_sample(sockets, namespaces=[with_reuse("1")]))

    assert found.first_half.tolist() == [1]


@pytest.mark.parametrize(("ports", "half"), [("40000\t40099", 33), ("40001\t40099", 35)])
def test_usable_ports_of_the_first_half_are_counted(ports: str, half: int) -> None:
    held = [tcp("BOUND", "127.0.0.77:40098"), tcp("LISTEN", "[::]:40050")]
    sample = make_sample(held, namespaces=[namespace(ports, "40000-40027,40090-40091")])

    budget = budget_ports(sample, NETNS)

    assert budget is not None
    assert budget.first_half == half
