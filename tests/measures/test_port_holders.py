"""What sockets do with a port, and whether they are in the way."""

from __future__ import annotations

import pytest

from netinspect.measures.port_holders import (
    Hindrance,
    PortHolder,
    Role,
    find_port_holders,
    parse_address,
)
from netinspect.model import Proto
from tests.rules.port_scenes import scene
from tests.samples import Socket, process, tcp, udp

JAVA, CURL = process(812, "java"), process(33, "curl")


def holders(port: int, *sockets: Socket, address: str | None = None) -> tuple[PortHolder, ...]:
    asked = None if address is None else parse_address(address)
    return find_port_holders(scene(*sockets, processes=[JAVA, CURL]), port, address=asked)


def only(port: int, *sockets: Socket, address: str | None = None) -> PortHolder:
    [holder] = holders(port, *sockets, address=address)
    return holder


def test_listener_is_named_with_all_who_hold_it() -> None:
    holder = only(8080, tcp("LISTEN", "0.0.0.0:8080", pids=[812, 33], uid=5))

    assert (holder.role, holder.inferred) == (Role.LISTENER, False)
    assert holder.hindrance is Hindrance.UNLESS_REUSEPORT
    assert [process.pid for process in holder.processes] == [33, 812]
    assert holder.mixed
    assert (holder.local, holder.remote, holder.uid) == ("0.0.0.0:8080", None, 5)


def test_listeners_on_one_address_share_it() -> None:
    siblings = [tcp("LISTEN", "0.0.0.0:8080", pids=[812]) for _ in range(2)]

    assert [holder.shared for holder in holders(8080, *siblings)] == [True, True]
    assert not only(8080, siblings[0]).shared


def test_socket_that_is_only_bound_is_found() -> None:
    holder = only(8080, tcp("BOUND", "127.0.0.1:8080", pids=[33]))

    assert (holder.role, holder.hindrance) == (Role.BOUND, Hindrance.UNLESS_REUSEADDR)


def test_listeners_come_before_what_they_accepted() -> None:
    child = tcp("ESTABLISHED", "10.0.0.1:8080", "10.0.0.9:50000", [812])

    found = holders(8080, child, tcp("LISTEN", "0.0.0.0:8080", pids=[812]))

    assert [holder.role for holder in found] == [Role.LISTENER, Role.CHILD]


def test_what_is_left_of_a_service_is_told_with_the_time_it_stays() -> None:
    left = tcp("TIME_WAIT", "10.0.0.1:8080", "10.0.0.9:50000", timer=3, expires=41_000)

    holder = only(8080, left)

    assert (holder.role, holder.inferred) == (Role.LEFTOVER, True)
    assert (holder.seconds_left, holder.processes, holder.uid) == (41, (), None)
    assert holder.hindrance is Hindrance.UNLESS_REUSEADDR


def test_client_of_a_service_elsewhere_squats() -> None:
    holder = only(40050, tcp("ESTABLISHED", "10.0.0.1:40050", "10.0.0.9:443", [33]))

    assert (holder.role, holder.inferred, holder.remote) == (Role.CLIENT, True, "10.0.0.9:443")


@pytest.mark.parametrize("listener", ["127.0.0.1:40070", "0.0.0.0:40070", "[::]:40070"])
def test_client_of_a_service_here_is_certain(listener: str) -> None:
    client = tcp("TIME_WAIT", "127.0.0.1:40050", "127.0.0.1:40070", timer=3, expires=9000)

    holder = only(40050, client, tcp("LISTEN", listener))

    assert (holder.role, holder.inferred, holder.seconds_left) == (Role.CLIENT, False, 9)


def test_connection_attempt_is_a_client_whatever_its_ports() -> None:
    assert only(8080, tcp("SYN_SENT", "10.0.0.1:8080", "10.0.0.9:40001")).role is Role.CLIENT


def test_both_ports_given_out_go_by_the_company() -> None:
    one = tcp("ESTABLISHED", "10.0.0.1:40050", "10.0.0.9:40051")
    other = tcp("ESTABLISHED", "10.0.0.1:40052", "10.0.0.9:40051")

    assert only(40050, one).role is Role.LEFTOVER
    assert only(40050, one, other).role is Role.CLIENT


def test_self_connected_socket_is_told_as_that() -> None:
    assert only(40050, tcp("ESTABLISHED", "127.0.0.1:40050", "127.0.0.1:40050")).role is Role.SELF


@pytest.mark.parametrize(
    ("has", "wants", "in_way"),
    [
        ("0.0.0.0", "0.0.0.0", True),
        ("0.0.0.0", "10.0.0.1", True),
        ("10.0.0.1", "0.0.0.0", True),
        ("127.0.0.1", "127.0.0.2", False),
        ("127.0.0.1", "::", True),
        ("127.0.0.1", "::1", False),
        ("[::]", "0.0.0.0", True),
        ("[::]", "127.0.0.1", True),
        ("[::]", "::1", True),
        ("[::1]", "::", True),
        ("[::1]", "::1", True),
        ("[::1]", "0.0.0.0", False),
        ("[::1]", "::2", False),
        ("[::1]", None, True),
    ],
)
def test_addresses_that_overlap_are_in_the_way(has: str, wants: str | None, in_way: bool) -> None:
    listener = tcp("LISTEN", f"{has}:8080", v6only=0 if has == "[::]" else -1)

    assert only(8080, listener, address=wants).hinders is in_way


def test_ipv6_only_listener_leaves_ipv4_alone() -> None:
    listener = tcp("LISTEN", "[::]:8080", v6only=1)

    assert not only(8080, listener, address="0.0.0.0").hinders
    assert only(8080, listener, address="::1").hinders


def test_wildcard_of_both_families_is_written_as_ss_does() -> None:
    assert only(8080, tcp("LISTEN", "[::]:8080", v6only=0)).local == "*:8080"
    assert only(8080, tcp("LISTEN", "[::]:8080", v6only=1)).local == "[::]:8080"


def test_udp_has_ports_of_its_own() -> None:
    sample = scene(udp("0.0.0.0:53", pids=[33]), tcp("LISTEN", "0.0.0.0:53"), processes=[CURL])

    [holder] = find_port_holders(sample, 53, proto=Proto.UDP)

    assert (holder.role, holder.hindrance) == (Role.DATAGRAM, Hindrance.UNLESS_REUSEADDR)


def test_other_namespaces_are_left_out_when_asked() -> None:
    there = tcp("LISTEN", "0.0.0.0:8080", netns=7)

    assert holders(8080, there)
    assert not find_port_holders(scene(there), 8080, netns=8)


def test_address_that_is_none_is_refused() -> None:
    with pytest.raises(ValueError, match="not appear"):
        parse_address("localhost")
