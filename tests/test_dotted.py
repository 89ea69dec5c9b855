"""Pieces of addresses are found wherever they stand in the text of one."""

from __future__ import annotations

import ipaddress

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netinspect.humanize import address_text, endpoint_text
from netinspect.query.dotted import find_dotted, is_dotted
from netinspect.query.hextets import find_hextets

ENDS = [
    (number, port)
    for number in (0, 1, 0x0A000009, 0x0A00000A, 0x7F000001, 0xC0A80A64, 0xFFFFFFFF, 0x64646464)
    for port in (0, 8, 80, 443, 8080, 6553, 65535)
]


def texts(with_port: bool) -> list[str]:
    hosts = [(address_text(0, 0xFFFF << 32 | number), port) for number, port in ENDS]
    return [endpoint_text(host, port) if with_port else host for host, port in hosts]


pieces = st.text("0123456789.:*", min_size=1, max_size=9) | st.builds(
    lambda text, a, b: text[min(a, b) : max(a, b) + 1],
    st.sampled_from(texts(True)),
    st.integers(0, 20),
    st.integers(0, 20),
).filter(bool)


@given(pieces)
def test_what_is_in_the_text_is_found(piece: str) -> None:
    addresses = np.array([number for number, _ in ENDS], np.uint32)
    ports = np.array([port for _, port in ENDS], np.uint16)

    found = find_dotted(addresses, ports, piece)

    assert is_dotted(piece)
    assert found.tolist() == [piece in text for text in texts(":" in piece)]


WIDE = [
    (high, low, port)
    for high, low in (
        *((0, 0), (0, 1), (0, 0x01020304), (0x20010DB8 << 32, 1), (0x20010DB8 << 32, 80)),
        *((0xFE80 << 48, 0x0250_56FF_FE00_0001), (1, 2), (0x64FF9B << 32, 0x0A000001)),
    )
    for port in (0, 8, 80, 443, 65535)
]


def wide_texts() -> list[tuple[str, str]]:
    """Return each address, and each end."""
    hosts = [address_text(high, low) for high, low, _ in WIDE]
    return [(host, endpoint_text(host, WIDE[i][2])) for i, host in enumerate(hosts)]


wide_pieces = st.text("0123456789abcdefF:[]*", min_size=1, max_size=9) | st.builds(
    lambda text, a, b: text[min(a, b) : max(a, b) + 1],
    st.sampled_from([end for _, end in wide_texts()]),
    st.integers(0, 30),
    st.integers(0, 30),
).filter(bool)


@given(wide_pieces)
def test_what_is_in_the_text_of_ipv6_is_found(piece: str) -> None:
    high, low, ports = (np.array(column, np.uint64) for column in zip(*WIDE, strict=True))

    found = find_hextets(high, low, ports.astype(np.uint16), piece)

    in_end = ":" in piece or not {"[", "]"}.isdisjoint(piece)
    texts = [end if in_end else host for host, end in wide_texts()]
    assert found.tolist() == [piece.lower() in text for text in texts]


@given(st.integers(0, 2**64 - 1), st.integers(0, 2**64 - 1))
def test_addresses_are_printed_as_the_library_does(high: int, low: int) -> None:
    for left, right in ((high, low), (0, low), (high, 0), (high & 0xFFFF, low & 0xFFFF << 16)):
        if left or right >> 32 != 0xFFFF:
            assert address_text(left, right) == str(ipaddress.IPv6Address(left << 64 | right))
