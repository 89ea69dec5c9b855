"""Pieces of IPv4 addresses are found wherever they stand in the text of one."""

from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from netinspect.humanize import address_text, endpoint_text
from netinspect.query.dotted import find_dotted, is_dotted

ENDS = [
    (number, port)
    for number in (0, 1, 0x0A000009, 0x0A00000A, 0x7F000001, 0xC0A80A64, 0xFFFFFFFF, 0x64646464)
    for port in (0, 8, 80, 443, 8080, 6553, 65535)
]


def texts(with_port: bool) -> list[str]:
    hosts = [(address_text(0, 0xFFFF << 32 | number), port) for number, port in ENDS]
    return [endpoint_text(host, port) if with_port else host for host, port in hosts]


pieces = st.text("0123456789.:", min_size=1, max_size=9) | st.builds(
    lambda text, a, b: text[min(a, b) : max(a, b) + 1],
    st.sampled_from([text.replace("*", "") for text in texts(True)]),
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
