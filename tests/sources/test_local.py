"""The probe called in this process."""

from __future__ import annotations

import os
import threading

import pytest

from netinspect.errors import SourceError
from netinspect.sources.local import InProcessSource
from netinspect.sources.options import Kind, SourceOptions
from tests.probe.captures import parse_frame


def test_first_capture_comes_at_once() -> None:
    source = InProcessSource(SourceOptions(interval=1000))

    capture = parse_frame(bytes(source.read_frame()))

    assert capture.header["self_pids"] == [os.getpid()]
    assert capture.header["host"]["name"] == source.target


def test_kind_is_handed_on() -> None:
    source = InProcessSource(SourceOptions(kind=Kind.PROC))

    assert "proc_net.udp" in parse_frame(bytes(source.read_frame())).sections


def test_refresh_and_a_shorter_interval_make_the_next_capture_due() -> None:
    source = InProcessSource(SourceOptions(interval=1000))
    source.read_frame()

    source.refresh()
    assert source.read_frame()
    source.set_interval(0.001)

    assert source.read_frame()


def test_pulses_are_taken_while_it_waits() -> None:
    source = InProcessSource(SourceOptions(interval=0.9))
    first = parse_frame(bytes(source.read_frame())).header

    second = parse_frame(bytes(source.read_frame())).header

    assert first["pulses"] == []
    assert 1 <= len(second["pulses"]) <= 3
    assert second["pulses"][-1] <= second["monotonic"]


def test_close_unblocks_a_read() -> None:
    source = InProcessSource(SourceOptions(interval=1000))
    source.read_frame()
    threading.Timer(0.05, source.close).start()

    with pytest.raises(SourceError, match="closed"):
        source.read_frame()
