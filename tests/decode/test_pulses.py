"""Pulses of a Capture, put together by pulse."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pytest

from netinspect.decode import decode_capture
from netinspect.errors import ParseError
from netinspect.model import Pulses, TcpState
from netinspect.probe.capture import Capture
from tests.decode.golden import NETNS, cut_messages, read_wire, with_length

MESSAGES = {message[17]: message for message in cut_messages(read_wire("tcp4.bin"))}
"""One for each state."""
LISTENER, ATTEMPT = MESSAGES[TcpState.LISTEN], MESSAGES[TcpState.SYN_SENT]
SNMP = b"Tcp: ActiveOpens OutRsts\nTcp: %d %d\n"
NETSTAT = b"TcpExt: ListenOverflows\nTcpExt: %d\n"


def decode(times: Sequence[float], sections: Mapping[str, Sequence[bytes | None]]) -> Pulses:
    """Decode a Capture that has these pieces of each section, None = not read."""
    capture = Capture()
    capture.pulses = list(times)
    for name, pieces in sections.items():
        lengths = [-1 if piece is None else len(piece) for piece in pieces]
        capture.add(f"pulse.{name}", b"".join(piece or b"" for piece in pieces), NETNS, lengths)
    return decode_capture(b"".join(capture.encode())).pulses


def test_sockets_are_told_with_their_pulse() -> None:
    pulses = decode(
        [10.0, 10.25, 10.5],
        {
            "sock_diag.listen4": [LISTENER, b"", LISTENER],
            "sock_diag.connecting4": [None, ATTEMPT * 2, ATTEMPT],
        },
    )

    assert pulses.at == (10.0, 10.25, 10.5)
    assert len(pulses) == 3
    sockets = pulses.sockets
    found = list(zip(pulses.pulse.tolist(), sockets.state.tolist(), strict=True))
    assert found == [
        (0, TcpState.LISTEN),
        (2, TcpState.LISTEN),
        (1, TcpState.SYN_SENT),
        (1, TcpState.SYN_SENT),
        (2, TcpState.SYN_SENT),
    ]
    assert set(sockets.netns.tolist()) == {NETNS}
    assert (sockets.recv_q[0], sockets.send_q[0]) == (0, 7)


def test_dumps_of_different_pulses_have_different_sequence_numbers() -> None:
    other = ATTEMPT[:8] + bytes([9]) + ATTEMPT[9:]

    pulses = decode([1.0, 2.0], {"sock_diag.connecting4": [ATTEMPT, other]})

    assert pulses.pulse.tolist() == [0, 1]


def test_counters_and_open_files_are_told_by_pulse() -> None:
    pulses = decode(
        [1.0, 2.0, 3.0],
        {
            "net.snmp": [SNMP % (5, 6), None, SNMP % (7, 8)],
            "net.netstat": [NETSTAT % 1, None, None],
            "file_nr": [b"2048\t0\t100000\n", None, b"soon\n"],
        },
    )

    assert pulses.file_nr == (2048, None, None)
    assert pulses.counters == {
        NETNS: (
            {"Tcp.ActiveOpens": 5, "Tcp.OutRsts": 6, "TcpExt.ListenOverflows": 1},
            None,
            {"Tcp.ActiveOpens": 7, "Tcp.OutRsts": 8},
        )
    }


def test_capture_without_pulses_has_none() -> None:
    pulses = decode_capture(b"".join(Capture().encode())).pulses

    assert (len(pulses), len(pulses.sockets), len(pulses.pulse)) == (0, 0, 0)
    assert (pulses.file_nr, pulses.counters) == ((), {})


def test_sections_this_viewer_does_not_know_are_ignored() -> None:
    assert len(decode([1.0], {"net.future": [b"?"], "sock_diag.udp4": [ATTEMPT]}).sockets) == 0


@pytest.mark.parametrize(
    "lengths", [[1], [4, -1, 0], [-2, 5], [1.5, 3], "45", [1 << 70, 0]], ids=repr
)
def test_pieces_that_do_not_add_up_are_an_error(lengths: list[int]) -> None:
    capture = Capture()
    capture.pulses = [1.0, 2.0]
    capture.add("pulse.file_nr", b"12345", NETNS, lengths)

    with pytest.raises(ParseError):
        decode_capture(b"".join(capture.encode()))


@pytest.mark.parametrize("times", ["soon", [None, "x"], [True], [float("inf")], {}], ids=repr)
def test_times_that_are_no_numbers_are_an_error(times: list[float]) -> None:
    capture = Capture()
    capture.pulses = times

    with pytest.raises(ParseError):
        decode_capture(b"".join(capture.encode()))


@pytest.mark.parametrize("cut", [20, 40, 80])
def test_message_that_is_cut_off_is_an_error(cut: int) -> None:
    with pytest.raises(ParseError):
        decode([1.0], {"sock_diag.connecting4": [with_length(ATTEMPT[:cut])]})
