"""The stream: one Capture per tick, commands on standard input, and a quiet end."""

from __future__ import annotations

import array
import fcntl
import os
import signal
import subprocess
import termios
import threading
import time
from collections.abc import Iterator
from typing import BinaryIO, cast

import pytest

from netinspect.probe.capture import MAGIC
from netinspect.probe.pulses import Pulses
from netinspect.probe.stream import CPU_SHARE, Commands
from tests.probe.captures import Parsed, probe_command, read_frame, run_once, wait_until


class Stream:
    """A probe that streams. It is killed after half a minute, so that a test never hangs."""

    def __init__(self, interval: str, *options: str) -> None:
        command = probe_command("--interval", interval, *options)
        pipe = subprocess.PIPE
        self.process = subprocess.Popen(command, stdin=pipe, stdout=pipe, stderr=pipe)
        self._guard = threading.Timer(30, self.process.kill)
        self._guard.start()
        self.input = cast(BinaryIO, self.process.stdin)
        self.output = cast(BinaryIO, self.process.stdout)
        self.errors = cast(BinaryIO, self.process.stderr)
        assert self.output.read(len(MAGIC)) == MAGIC

    def read(self) -> Parsed:
        return read_frame(self.output)

    def send(self, line: bytes) -> None:
        self.input.write(line + b"\n")
        self.input.flush()

    def waiting_bytes(self) -> int:
        size = array.array("i", [0])
        fcntl.ioctl(self.output, termios.FIONREAD, size)
        return size[0]

    def assert_ended_quietly(self) -> None:
        assert self.process.wait() == 0
        assert self.errors.read() == b""

    def close(self) -> None:
        self._guard.cancel()
        self.process.kill()
        for stream in (self.input, self.output, self.errors):
            try:
                stream.close()
            except BrokenPipeError:
                continue
        self.process.wait()


@pytest.fixture
def slow() -> Iterator[Stream]:
    """A stream that says nothing by itself after its first frame."""
    stream = Stream("1000")
    yield stream
    stream.close()


@pytest.fixture
def fast() -> Iterator[Stream]:
    stream = Stream("0.1")
    yield stream
    stream.close()


def test_frames_come_by_themselves(fast: Stream) -> None:
    times = [fast.read().header["monotonic"] for _ in range(3)]

    assert times == sorted(set(times))


def test_refresh_yields_a_frame_before_its_time(slow: Stream) -> None:
    first = slow.read()

    slow.send(b"refresh")

    assert slow.read().header["monotonic"] > first.header["monotonic"]


def test_shorter_interval_holds_at_once(slow: Stream) -> None:
    slow.read()

    slow.send(b"interval 0.1")

    for _ in range(3):
        slow.read()


@pytest.mark.parametrize("line", [b"", b"dance", b"interval", b"interval soon", b"watch zz"])
def test_command_that_is_not_understood_changes_nothing(slow: Stream, line: bytes) -> None:
    slow.read()

    slow.send(line)
    slow.send(b"refresh")

    slow.read()


def test_frames_bring_the_pulses_since_the_frame_before(slow: Stream) -> None:
    assert slow.read().header["pulses"] == []

    slow.send(b"interval 0.9")
    frames = [slow.read().header for _ in range(4)]

    assert frames[-1]["pulses"]
    assert frames[-2]["monotonic"] < frames[-1]["pulses"][0]
    assert frames[-1]["pulses"][-1] <= frames[-1]["monotonic"]
    assert any(entry["name"] == "pulse.net.snmp" for entry in frames[-1]["sections"])


def test_interval_is_stretched_to_what_the_pass_may_cost(fast: Stream) -> None:
    for _ in range(3):
        cost = fast.read().header["cost"]

        assert cost["interval"] == pytest.approx(max(0.1, cost["cpu"] / CPU_SHARE))


def test_interval_is_stretched_for_the_viewer_too(slow: Stream) -> None:
    slow.read()

    slow.send(b"viewer 59")
    slow.send(b"refresh")

    cost = slow.read().header["cost"]
    assert cost["interval"] == pytest.approx((cost["cpu"] + 59) / CPU_SHARE)


def test_interval_of_a_few_samples_is_kept_whatever_they_cost() -> None:
    stream = Stream("0.1", "--cpu-share", "1")
    try:
        assert stream.read().header["cost"]["interval"] < CPU_SHARE / 0.01
    finally:
        stream.close()


def test_asked_interval_is_kept_when_it_is_cheap(slow: Stream) -> None:
    assert slow.read().header["cost"]["interval"] == 1000


def test_stream_ends_with_its_input(slow: Stream) -> None:
    slow.read()

    slow.input.close()

    slow.assert_ended_quietly()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_stream_ends_at_a_signal(slow: Stream, number: signal.Signals) -> None:
    slow.read()

    slow.process.send_signal(number)

    slow.assert_ended_quietly()


def test_stream_ends_when_its_reader_goes(fast: Stream) -> None:
    fast.read()

    fast.output.close()

    fast.assert_ended_quietly()


def test_stream_nobody_reads_stops_writing_and_still_ends_at_a_signal(fast: Stream) -> None:
    seen: list[int] = []

    def is_stuck() -> bool:
        seen.append(fast.waiting_bytes())
        return len(seen) > 100 and len(set(seen[-100:])) == 1 and seen[-1] > 500_000

    wait_until(is_stuck, "the full pipe")
    fast.process.terminate()

    fast.assert_ended_quietly()


def test_once_needs_no_input() -> None:
    assert run_once(stdin=subprocess.DEVNULL).sections


@pytest.mark.parametrize(
    "options", [["--dance"], ["--interval"], ["--interval", "soon"], ["--source", "dns"]]
)
def test_wrong_option_is_one_line_and_exit_code_2(options: list[str]) -> None:
    done = subprocess.run(probe_command(*options), capture_output=True, check=False)

    assert done.returncode == 2
    assert done.stderr.startswith(b"probe: ")
    assert done.stderr.count(b"\n") == 1


@pytest.mark.parametrize(
    ("asked", "kept"), [(b"0", 0.1), (b"-1", 0.1), (b"nan", 0.1), (b"inf", 86400), (b"5", 5)]
)
def test_interval_stays_within_bounds(asked: bytes, kept: float) -> None:
    read_end, write_end = os.pipe()
    commands = Commands(read_end, 7.0)
    os.write(write_end, b"interval %s\nrefresh\n" % asked)

    commands.wait(time.monotonic() + 20, Pulses(None, "/proc"))

    assert commands.interval == kept
    os.close(read_end)
    os.close(write_end)


def test_command_in_pieces_is_put_together() -> None:
    read_end, write_end = os.pipe()
    commands = Commands(read_end, 7.0)
    try:
        os.write(write_end, b"inter")
        assert commands.wait(0, Pulses(None, "/proc")) is True
        os.write(write_end, b"val 3\nref")
        assert commands.wait(0, Pulses(None, "/proc")) is True
        assert commands.interval == 3.0
    finally:
        os.close(read_end)
        os.close(write_end)
