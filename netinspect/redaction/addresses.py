"""Addresses → other addresses of their class; two that share a prefix still share it.

The construction is the prefix-preserving one of Xu, Fan, Ammar and Moon (2002): whether a bit is
flipped depends on the secret and on the bits before it. A result of another class is put in again.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from hashlib import blake2b
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.humanize import address_text
from netinspect.measures.grouping import group_rows

U64 = NDArray[np.uint64]

_MOST_KNOWN = 1 << 20
_BITS = 128
_MAPPED_BITS = 96
_MAPPED = 0xFFFF << 32
_HALF = (1 << 64) - 1

_KEPT_WHOLE = ("127.0.0.0/8", "0.0.0.0/8", "255.255.255.255/32", "::1/128", "::/128")
_KEPT_BITS = {
    "10.0.0.0/8": 8,
    "100.64.0.0/10": 10,
    "169.254.0.0/16": 16,
    "172.16.0.0/12": 12,
    "192.168.0.0/16": 16,
    "192.0.0.0/24": 24,
    "192.0.2.0/24": 24,
    "198.18.0.0/15": 15,
    "198.51.100.0/24": 24,
    "203.0.113.0/24": 24,
    "224.0.0.0/4": 4,
    "240.0.0.0/4": 4,
    "0.0.0.0/0": 0,
    "64:ff9b::/96": 96,
    "2001::/32": 32,
    "2001:db8::/32": 32,
    "2002::/16": 16,
    "fc00::/8": 8,
    "fd00::/8": 8,
    "fe80::/10": 64,
    "ff00::/8": 16,
    "::/0": 3,
}
"""Classes of addresses, and how many bits of theirs stay. Source: the IANA special registries."""


class _Class(NamedTuple):
    prefix: int
    length: int  # bits of the prefix
    kept: int  # bits

    def holds(self, address: int) -> bool:
        return (address ^ self.prefix) >> (_BITS - self.length) == 0


def _classes() -> Iterator[_Class]:
    kept = {**dict.fromkeys(_KEPT_WHOLE, _BITS), **_KEPT_BITS}
    for text, bits in kept.items():
        network = ipaddress.ip_network(text)
        before = _MAPPED_BITS if network.version == 4 else 0
        prefix = int(network.network_address) | (_MAPPED if before else 0)
        yield _Class(prefix, before + network.prefixlen, min(_BITS, before + bits))


_CLASSES = tuple(sorted(_classes(), key=lambda one: -one.length))


def _within(first: int, length: int) -> tuple[_Class, ...]:
    """Return the classes that have addresses with a prefix, the smallest class first."""
    shared = (min(length, one.length) for one in _CLASSES)
    return tuple(
        one
        for one, bits in zip(_CLASSES, shared, strict=True)
        if (first ^ one.prefix) >> (_BITS - bits) == 0
    )


_BY_OCTET = (
    tuple(_within(octet << 120, 8) for octet in range(256)),
    tuple(_within(_MAPPED | octet << 24, _MAPPED_BITS + 8) for octet in range(256)),
)
"""The classes by the first byte of an address, of IPv6 and of IPv4."""


def _beginnings(byte: int) -> Iterator[tuple[int, int, int]]:
    for place in range(8):
        beginning = 1 << place | byte >> (8 - place)
        yield beginning >> 3, 1 << (beginning & 7), 0x80 >> place


_BEGINNINGS = tuple(tuple(_beginnings(byte)) for byte in range(256))
"""For each bit of a byte: where what precedes it has its place among 256 bits, and the bit."""


class Addresses:
    """Gives every address its pseudonym under one secret.

    most: how many are remembered; a recording may go on for days.
    """

    def __init__(self, secret: bytes, most: int = _MOST_KNOWN) -> None:
        self._secret = secret
        self._most = most
        self._known: dict[int, int] = {}
        self._flips: dict[tuple[int, int], bytes] = {}

    def columns(self, high: U64, low: U64) -> tuple[U64, U64]:
        """Replace addresses, given as the two halves that SocketTable holds."""
        if not len(high):
            return high, low
        if high.strides == low.strides == (0,):
            (one_high,), (one_low,) = self.columns(high[:1].copy(), low[:1].copy())
            return np.broadcast_to(one_high, high.shape), np.broadcast_to(one_low, low.shape)
        place, first = group_rows(high, low)
        halves = zip(high[first].tolist(), low[first].tolist(), strict=True)
        found = [self.number(one_high << 64 | one_low) for one_high, one_low in halves]
        new_high = np.array([number >> 64 for number in found], np.uint64)
        new_low = np.array([number & _HALF for number in found], np.uint64)
        return new_high[place], new_low[place]

    def text(self, text: str) -> str | None:
        """Replace an address, or a network such as 10.2.9.0/24; None where it is neither."""
        address, slash, length = text.partition("/")
        try:
            parsed = ipaddress.ip_address(address)
            bits = int(length) if slash else parsed.max_prefixlen
        except ValueError:
            return None
        if bits > parsed.max_prefixlen:
            return None
        number = int(parsed) | (_MAPPED if parsed.version == 4 else 0)
        spare = parsed.max_prefixlen - bits
        new = self.number(number) >> spare << spare
        return address_text(new >> 64, new & _HALF) + slash + length

    def number(self, address: int) -> int:
        """Replace an address of 128 bits."""
        if address not in self._known:
            if max(len(self._known), len(self._flips)) >= self._most:
                self._known.clear()
                self._flips.clear()
            kind = _find_class(address)
            new = self._flip(address, kind.kept)
            while _find_class(new) is not kind:
                new = self._flip(new, kind.kept)
            self._known[address] = new
        return self._known[address]

    def _flip(self, address: int, kept: int) -> int:
        new = address
        for first in range(kept // 8 * 8, _BITS, 8):
            shift = _BITS - 8 - first
            flips = self._flips_after(address >> (shift + 8), first)
            byte = address >> shift & 0xFF
            new ^= _flipped_bits(byte, flips, kept - first) << shift
        return new

    def _flips_after(self, prefix: int, length: int) -> bytes:
        """Return a bit for each of the 255 beginnings that the byte after a prefix can have."""
        known = self._flips.get((length, prefix))
        if known is None:
            name = bytes([length]) + prefix.to_bytes(16, "big")
            known = blake2b(name, key=self._secret, digest_size=32, person=b"address").digest()
            self._flips[length, prefix] = known
        return known


def _find_class(address: int) -> _Class:
    is_v4 = address >> 32 == 0xFFFF
    octet = address >> 24 & 0xFF if is_v4 else address >> 120
    return next(one for one in _BY_OCTET[is_v4][octet] if one.holds(address))


def _flipped_bits(byte: int, flips: bytes, kept: int) -> int:
    """Return which bits of a byte to flip. kept: so many bits, from the highest on, stay."""
    flipped = 0
    for place, mask, bit in _BEGINNINGS[byte]:
        if flips[place] & mask:
            flipped |= bit
    return flipped & 0xFF >> max(kept, 0)
