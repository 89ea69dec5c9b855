"""Addresses keep their class and what they share; no two become one."""

from __future__ import annotations

import ipaddress

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from netinspect.redaction.addresses import Addresses

ADDRESSES = Addresses(b"a secret")
V4 = st.integers(0, (1 << 32) - 1).map(ipaddress.IPv4Address)
V6 = st.integers(0, (1 << 128) - 1).map(ipaddress.IPv6Address)


def redact(text: str, addresses: Addresses = ADDRESSES) -> str:
    new = addresses.text(text)
    assert new is not None
    return new


def test_pseudonyms_that_were_forgotten_come_back() -> None:
    few = Addresses(b"a secret", most=20)
    addresses = [f"{host}.{host}.0.{host}" for host in range(1, 99)]

    for address in addresses * 2:
        assert redact(address, few) == redact(address)


def shared_bits(first: str, second: str) -> int:
    """Count the bits two addresses begin with in common."""
    one, other = ipaddress.ip_address(first), ipaddress.ip_address(second)
    return one.max_prefixlen - (int(one) ^ int(other)).bit_length()


@pytest.mark.parametrize(
    "text", ["0.0.0.0", "::", "::1", "127.0.0.1", "127.0.0.53", "255.255.255.255"]
)
def test_loopback_any_and_broadcast_stay(text: str) -> None:
    assert redact(text) == text


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("10.2.0.4", "10.0.0.0/8"),
        ("172.20.1.2", "172.16.0.0/12"),
        ("192.168.7.9", "192.168.0.0/16"),
        ("100.70.1.1", "100.64.0.0/10"),
        ("169.254.3.4", "169.254.0.0/16"),
        ("198.51.100.7", "198.51.100.0/24"),
        ("224.0.0.251", "224.0.0.0/4"),
        ("fe80::1:2", "fe80::/64"),
        ("fd12:3456::1", "fd00::/8"),
        ("ff02::fb", "ff02::/16"),
        ("2001:db8:1::7", "2001:db8::/32"),
        ("64:ff9b::808:808", "64:ff9b::/96"),
        ("2a01:4f8::1", "2000::/3"),
    ],
)
def test_class_stays_and_the_rest_changes(text: str, network: str) -> None:
    new = redact(text)

    assert new != text
    assert ipaddress.ip_address(new) in ipaddress.ip_network(network)


@given(V4)
def test_public_stays_public_and_private_stays_private(address: ipaddress.IPv4Address) -> None:
    new = ipaddress.IPv4Address(redact(str(address)))

    for kind in ("is_private", "is_loopback", "is_link_local", "is_multicast", "is_unspecified"):
        assert getattr(new, kind) == getattr(address, kind), kind


@given(V6)
def test_ipv6_stays_what_it_is(address: ipaddress.IPv6Address) -> None:
    new = ipaddress.ip_address(redact(str(address)))

    for kind in ("version", "is_loopback", "is_link_local", "is_multicast", "is_unspecified"):
        was = ipaddress.ip_address(address.ipv4_mapped or address)
        assert getattr(new, kind) == getattr(was, kind), kind


@given(V4, st.integers(0, 255))
def test_neighbours_stay_neighbours(address: ipaddress.IPv4Address, last: int) -> None:
    assume(int(address) < 240 << 24)  # the limited broadcast is in no network
    neighbour = str(ipaddress.IPv4Address(int(address) >> 8 << 8 | last))

    new, new_neighbour = redact(str(address)), redact(neighbour)

    assert shared_bits(new, new_neighbour) == shared_bits(str(address), neighbour)


def test_hosts_of_one_64_share_one_and_others_do_not() -> None:
    here, there, elsewhere = map(redact, ("2a01:4f8:1:2::3", "2a01:4f8:1:2::4", "2a01:4f8:1:3::3"))

    assert shared_bits(here, there) >= 64
    assert shared_bits(here, elsewhere) < 64


def test_no_two_addresses_become_one() -> None:
    texts = [f"{first}.77.{third}.9" for first in range(256) for third in range(256)]

    assert len(set(map(redact, texts))) == len(texts)


def test_network_is_the_one_its_hosts_are_in() -> None:
    network = redact("10.2.9.0/24")

    assert network.endswith(".0/24")
    assert ipaddress.ip_address(redact("10.2.9.200")) in ipaddress.ip_network(network)


def test_secret_decides() -> None:
    assert redact("10.2.0.4", Addresses(b"a secret")) == redact("10.2.0.4")
    assert redact("10.2.0.4", Addresses(b"another secret")) != redact("10.2.0.4")


@pytest.mark.parametrize("text", ["", "web-07", "1.2.3", "14:05:30", "10.0.0.0/33", "10.0.0.1/x"])
def test_what_is_no_address_is_none(text: str) -> None:
    assert ADDRESSES.text(text) is None


def test_columns_agree_with_texts_and_one_value_takes_no_memory() -> None:
    numbers = [int(ipaddress.ip_address(a)) for a in ("2a01:4f8::1", "fe80::7", "2a01:4f8::1")]
    high = np.array([number >> 64 for number in numbers], np.uint64)
    low = np.array([number & (1 << 64) - 1 for number in numbers], np.uint64)

    new_high, new_low = ADDRESSES.columns(high, low)
    one_high, one_low = ADDRESSES.columns(*(np.broadcast_to(c[0], 3) for c in (high, low)))

    both = zip(new_high.tolist(), new_low.tolist(), strict=True)
    found = [str(ipaddress.IPv6Address(h << 64 | n)) for h, n in both]
    assert found == list(map(redact, ("2a01:4f8::1", "fe80::7", "2a01:4f8::1")))
    assert one_high.strides == one_low.strides == (0,)
    assert one_high[0] == new_high[0]
    assert one_low[0] == new_low[0]
