"""The frame: header, sections, and what is wrong with a bad one."""

from __future__ import annotations

import json
import struct
from typing import Any

import pytest

from netinspect.decode.frame import parse_frame
from netinspect.errors import ParseError
from netinspect.model import Cost, Host, Note
from tests.decode.golden import NETNS, make_frame


def frame_of(header: Any, rest: bytes = b"") -> bytes:
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<I", len(text)) + text + rest


def test_header_is_read_whole() -> None:
    note = {"source": "owners", "message": "m", "remedy": "r", "count": 3, "errno": 13}
    host = {
        "name": "web-07",
        "kernel": "6.1.0",
        "boot_id": "b",
        "euid": 0,
        "capabilities": 1 << 40,
        "page_size": 4096,
        "clock_ticks": 100,
    }

    frame = parse_frame(make_frame({"net.snmp": b"abc", "users": b""}, host=host, notes=[note]))

    assert frame.host == Host("web-07", "6.1.0", "b", 0, 1 << 40, 4096, 100)
    assert (frame.taken_at, frame.monotonic) == (1_700_000_000.5, 1234.5)
    assert frame.cost == Cost(0.01, 0.02, 2.0, 12_000_000)
    assert frame.self_pids == {42}
    assert frame.notes == (Note("owners", "m", "r", 3, 13),)
    found = [(section.name, section.netns, bytes(section.data)) for section in frame.sections]
    assert found == [("net.snmp", NETNS, b"abc"), ("users", NETNS, b"")]


def test_null_is_unknown() -> None:
    note = {"source": "s", "message": "m", "remedy": None, "count": None, "errno": None}
    cost = {"cpu": 0.5, "wall": 1.0, "interval": None, "rss": None}

    frame = parse_frame(make_frame({}, host={"name": "h", "euid": None}, notes=[note], cost=cost))

    assert frame.host == Host("h")
    assert frame.cost == Cost(0.5, 1.0)
    assert frame.notes == (Note("s", "m"),)


def test_members_of_newer_probes_are_ignored() -> None:
    frame = parse_frame(make_frame({"net.future": b"?"}, colour="blue"))

    assert frame.find("net.future") is not None
    assert frame.find("net.past") is None


def test_texts_are_made_safe() -> None:
    note = {"source": "\x1b[2J", "message": "\n", "remedy": "\u202e"}

    frame = parse_frame(make_frame({}, host={"name": "\x07"}, notes=[note]))

    assert frame.host.name == "\\x07"
    assert frame.notes == (Note("\\x1b[2J", "\\x0a", "\\u202e"),)


@pytest.mark.parametrize(
    ("schema", "message"),
    [
        ("netinspect.capture/2", "cannot read netinspect.capture/2, only netinspect.capture/1"),
        ("netinspect.capture/11", "cannot read"),
        ("netinspect.snapshot/1", "this is not a Capture"),
        (None, "this is not a Capture"),
    ],
)
def test_other_schema_is_refused(schema: str | None, message: str) -> None:
    with pytest.raises(ParseError, match=message):
        parse_frame(make_frame({}, schema=schema))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\1\0\0",
        struct.pack("<I", 100) + b"{}",
        frame_of(b"{"),
        frame_of(b"\xff\xfe"),
        frame_of(b"[" * 100_000),
        frame_of(b"9" * 5000),
        frame_of([]),
        frame_of("netinspect.capture/1"),
        make_frame({"users": b"0:root"})[:-1],
        make_frame({"users": b"0:root"}) + b"x",
        make_frame({}, sections=[{"name": "users", "netns": 0, "length": 1 << 60}]),
        make_frame({}, sections=[{"name": "users", "netns": 0, "length": -1}]),
        make_frame({}, sections=[{"name": "users", "netns": -1, "length": 0}]),
        make_frame({}, sections=[{"name": 5, "netns": 0, "length": 0}]),
        make_frame({}, sections={"users": 5}),
        make_frame({}, sections=["users"]),
        make_frame({}, taken_at="now"),
        make_frame({}, taken_at=float("nan")),
        make_frame({}, taken_at=True),
        make_frame({}, self_pids=["1"]),
        make_frame({}, self_pids={}),
        make_frame({}, host=[]),
        make_frame({}, host={"euid": 1.5}),
        make_frame({}, notes=[{"source": "s", "message": "m", "count": 1 << 70}]),
    ],
)
def test_bad_frame_is_one_error_with_origin_place_and_item(data: bytes) -> None:
    with pytest.raises(ParseError) as caught:
        parse_frame(data)

    assert caught.value.origin
    assert caught.value.place
    assert caught.value.item
