"""Pulses: what is read between two passes, how often, and at what cost."""

from __future__ import annotations

import os
import socket
import struct
import threading
import time
from pathlib import Path

import pytest

from netinspect.probe.capture import Capture
from netinspect.probe.netlink import HEADER, Netlink
from netinspect.probe.probe import Probe
from netinspect.probe.pulses import CONNECTING_SHARE, INTERVAL, MOST, MOST_BYTES, Pulses
from netinspect.probe.stream import Commands
from tests.lab.sockets import drop_incoming, listen, start_connecting
from tests.probe.captures import Parsed, cut_messages, parse_capture

LISTENERS, CONNECTING = "pulse.sock_diag.listen4", "pulse.sock_diag.connecting4"


class ScriptedNetlink(Netlink):
    """Answers every request with the same messages, after working for a while."""

    def __init__(self, messages: bytes = b"", cpu: float = 0.0) -> None:
        super().__init__()
        self.requests = 0
        self._messages = messages
        self._cpu = cpu

    def dump(self, request: bytes) -> tuple[bytearray, bool]:
        self.requests += 1
        end = time.thread_time() + self._cpu
        while time.thread_time() < end:
            pass
        return bytearray(self._messages), True


def hand_over(pulses: Pulses, netns: int = 7) -> Parsed:
    capture = Capture()
    pulses.hand_over(capture, netns)
    return parse_capture(capture)


def pieces(parsed: Parsed, name: str) -> list[int]:
    [entry] = [entry for entry in parsed.header["sections"] if entry["name"] == name]
    assert entry["netns"] == 7
    return list(entry["pieces"])


def ports(parsed: Parsed, name: str) -> list[tuple[int, int]]:
    """Return local and remote port of each socket."""
    return [struct.unpack_from(">HH", message, 20) for message in parsed.messages(name)]


def test_listeners_and_attempts_are_in_every_pulse() -> None:
    with listen() as listener, start_listening_deaf() as deaf:
        end = listener.getsockname()[1]
        with start_connecting(*deaf.getsockname()) as client:
            pulses = Pulses(Netlink(), "/proc")
            for _ in range(3):
                pulses.take()
            attempt = (client.getsockname()[1], deaf.getsockname()[1])

    parsed = hand_over(pulses)

    assert ports(parsed, LISTENERS).count((end, 0)) == 3
    assert 1 <= ports(parsed, CONNECTING).count(attempt) <= 3
    times = parsed.header["pulses"]
    assert len(times) == 3
    assert times == sorted(times)
    assert len(pieces(parsed, LISTENERS)) == 3
    assert sum(pieces(parsed, LISTENERS)) == len(parsed.sections[LISTENERS])


def start_listening_deaf() -> socket.socket:
    """Listen where nobody is answered."""
    listener = listen()
    drop_incoming(listener)
    return listener


def test_counters_and_open_files_are_in_every_pulse() -> None:
    pulses = Pulses(None, "/proc")
    pulses.take()
    pulses.take()

    parsed = hand_over(pulses)

    assert set(parsed.sections) == {"pulse.net.snmp", "pulse.net.netstat", "pulse.file_nr"}
    first = pieces(parsed, "pulse.file_nr")[0]
    assert len(parsed.sections["pulse.file_nr"][:first].split()) == 3
    assert parsed.sections["pulse.net.snmp"].count(b"Tcp: RtoAlgorithm") == 2


def test_what_cannot_be_read_is_left_out(tmp_path: Path) -> None:
    class Refusing(ScriptedNetlink):
        def dump(self, request: bytes) -> tuple[bytearray, bool]:
            raise OSError(1, "refused")

    pulses = Pulses(Refusing(), str(tmp_path))
    pulses.take()

    parsed = hand_over(pulses)

    assert len(parsed.header["pulses"]) == 1
    assert not parsed.sections


def test_pulses_are_handed_over_once() -> None:
    pulses = Pulses(None, "/proc")
    pulses.take()
    hand_over(pulses)

    parsed = hand_over(pulses)

    assert parsed.header["pulses"] == []
    assert not parsed.sections


@pytest.mark.parametrize(("wait", "interval"), [(0.1, INTERVAL), (2, INTERVAL), (1000, 25)])
def test_pulses_are_spread_over_a_long_wait(wait: float, interval: float) -> None:
    pulses = Pulses(None, "/proc")

    before = time.monotonic()
    pulses.begin(wait)

    assert before + interval <= pulses.due <= time.monotonic() + interval
    pulses.take()
    assert pulses.due >= before + interval


def test_there_are_no_more_than_forty() -> None:
    pulses = Pulses(None, "/proc")
    for _ in range(MOST):
        assert pulses.due < float("inf")
        pulses.take()

    assert pulses.due == float("inf")
    hand_over(pulses)
    assert pulses.due < float("inf")


def test_part_that_costs_much_sits_pulses_out_until_it_is_within_its_share() -> None:
    spent = 0.01
    netlink = ScriptedNetlink(cpu=spent / 2)  # for each address family
    pulses = Pulses(netlink, "/proc")
    taken = MOST
    for _ in range(taken):
        pulses.take()

    parsed = hand_over(pulses)

    reads = [piece for piece in pieces(parsed, CONNECTING) if piece >= 0]
    assert len(reads) * spent <= taken * INTERVAL * CONNECTING_SHARE + spent
    assert len(reads) >= 2
    assert pieces(parsed, "pulse.file_nr")[0] > 0


def test_costs_of_pulses_are_costs_of_the_next_capture() -> None:
    probe = Probe(netlink=ScriptedNetlink(cpu=0.005))
    probe.pulses.take()
    with_pulse = probe.take_capture()
    without = probe.take_capture()
    probe.close()

    assert parse_capture(with_pulse).header["pulses"]
    assert not parse_capture(without).header["pulses"]
    assert with_pulse.cpu > 0.02


def test_list_that_is_too_long_is_cut_between_messages() -> None:
    message = HEADER.pack(90, 20, 2, 1, 7) + bytes(74) + bytes(2)
    pulses = Pulses(ScriptedNetlink(message * 1000), "/proc")
    pulses.take()

    section = hand_over(pulses).sections[CONNECTING]

    assert MOST_BYTES - len(message) < len(section) <= MOST_BYTES
    assert {len(one) for one in cut_messages(section)} == {90}


def test_waiting_takes_pulses_until_the_capture_is_due() -> None:
    read_end, write_end = os.pipe()
    pulses = Pulses(None, "/proc")
    pulses.begin(3 * INTERVAL)

    assert Commands(read_end, 2.0).wait(time.monotonic() + 3 * INTERVAL, pulses)

    assert len(hand_over(pulses).header["pulses"]) >= 1
    os.close(read_end)
    os.close(write_end)


def test_waiting_for_what_is_asked_goes_on_between_pulses() -> None:
    read_end, write_end = os.pipe()
    pulses = Pulses(None, "/proc")
    pulses.begin(1000)
    threading.Timer(0.05, os.write, (write_end, b"refresh\n")).start()

    assert Commands(read_end, 1000).wait(time.monotonic() + 1000, pulses)

    os.close(read_end)
    os.close(write_end)
