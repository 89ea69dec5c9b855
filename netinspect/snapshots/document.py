"""Bytes → what a snapshot holds: bounded in size, and of a schema this version can read."""

from __future__ import annotations

import json
import zlib
from dataclasses import dataclass, field
from typing import Any

from netinspect import __version__
from netinspect.decode.json_object import JsonObject
from netinspect.errors import RecordingError
from netinspect.humanize import safe_text
from netinspect.snapshots.sockets import SocketReader, Sockets
from netinspect.snapshots.walker import Walker

SCHEMA = "netinspect.snapshot"
MAJOR = 1
MOST_BYTES = 1 << 30
_MOST_SMALL = 64 << 20
_MOST_RATIO = 250
"""Of bytes inflated to bytes compressed: columns of nothing but null come nowhere near it."""
_MOST_OBJECTS = 10_000_000
_START = 256
_OTHER_FORMATS = {
    b"<!DOCTYPE html": "a page for a browser",
    b"netinspect: ": "a report to read",
    b"proto,": "CSV",
}
"""What else snapshots are written as, by how that begins."""
CAN_BE_OPENED = "what can be opened: a recording, a snapshot as JSON, what `ss -tan -D FILE` wrote"


@dataclass(slots=True)
class Part:
    """A Sample of a snapshot: its sockets, and all that is told of it besides, as it is written."""

    sockets: Sockets
    members: dict[str, Any] = field(default_factory=dict)

    def of(self, name: str, place: str) -> JsonObject:
        """Return what is told of it. name: of the file; place: what it is in there."""
        return JsonObject(self.members, name, place)


@dataclass(slots=True)
class Document:
    """A snapshot. before: None where it says so."""

    now: Part
    before: Part | None


def parse_document(data: bytes, name: str) -> Document:
    """Parse a snapshot; raises RecordingError for one that is no snapshot or too new or too large.

    name: of the file, for messages. ParseError: its sockets are not what they should be.
    """
    check_size(name, len(data))
    # A string may hold any of these: then it only counts for more.
    if data.count(b"[") + data.count(b"{") > _MOST_OBJECTS:
        raise RecordingError(f"{name} is too large for a snapshot: it holds too many values")
    try:
        return _Parser(data.decode(), name).document()
    except RecursionError:
        raise RecordingError(f"{name} is no snapshot: it is nested too deeply") from None
    except ValueError as error:
        raise RecordingError(f"{name} is {_what(data, error)}", CAN_BE_OPENED) from None


class _Parser:
    def __init__(self, text: str, name: str) -> None:
        self._walker = Walker(text)
        self._name = name

    def document(self) -> Document:
        start = self._walker.skip(0)
        if not self._walker.opens(start):
            self._walker.end(self._walker.value(start)[1])
            raise RecordingError(f"{self._name} is no snapshot", CAN_BE_OPENED)
        befores: list[Part | None] = []

        def take_before(at: int) -> int:
            if not self._walker.opens(at):
                befores.append(None)
                return self._walker.value(at)[1]
            part, end = self._part(at, {})
            befores.append(part)
            return end

        now, end = self._part(start, {"before": take_before})
        self._walker.end(end)
        _check_schema(self._name, now.members.get("schema"))
        return Document(now, befores[-1] if befores else None)

    def _part(self, start: int, apart: dict[str, Any]) -> tuple[Part, int]:
        """Read an object with sockets. apart: what reads members that are no plain values."""
        reader = SocketReader(self._name)
        part: dict[str, Any] = {}

        def take_column(column: str, at: int) -> int:
            values, end = self._walker.value(at)
            reader.take(column, values)
            return end

        def take_sockets(name: str, at: int) -> int:
            if name == "columns" and self._walker.opens(at):
                return self._walker.members(at, take_column)
            return self._walker.value(at)[1]

        def take(name: str, at: int) -> int:
            if name == "sockets" and self._walker.opens(at):
                return self._walker.members(at, take_sockets)
            if name in apart:
                end: int = apart[name](at)
                return end
            part[name], end = self._walker.value(at)
            if name == "schema":
                _check_schema(self._name, part[name])
            return end

        end = self._walker.members(start, take)
        return Part(reader.finish(), part), end


def inflate(data: bytes, name: str) -> bytes:
    """Return what is in a gzip file; raises RecordingError, also where that is too much."""
    most = min(MOST_BYTES, max(_MOST_SMALL, _MOST_RATIO * len(data)))
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, most + 1)
    except zlib.error as error:
        raise RecordingError(f"{name} is damaged: {error}") from None
    if len(inflated) > most:
        raise RecordingError(f"{name} is too large for a snapshot once it is inflated")
    if not inflater.eof:
        raise RecordingError(f"{name} is damaged: it is cut off")
    return inflated


def check_size(name: str, size: int) -> None:
    """Raise RecordingError for more bytes than a snapshot can have."""
    if size > MOST_BYTES:
        raise RecordingError(f"{name} is too large for a snapshot: more than {MOST_BYTES:,} bytes")


def _what(data: bytes, error: ValueError) -> str:
    """Say what a file is that is no JSON document."""
    start = data[:_START].lstrip()
    for beginning, what in _OTHER_FORMATS.items():
        if start.startswith(beginning):
            return f"{what}: write snapshots as JSON to open them again"
    if not start.startswith(b"{"):
        return "nothing that can be opened"
    if isinstance(error, json.JSONDecodeError):
        if error.msg == "Extra data":
            return "more than one JSON document, as NDJSON is"
        return f"damaged at offset {error.pos:,}"
    return "damaged"


def _check_schema(name: str, schema: object) -> None:
    text = schema if isinstance(schema, str) else ""
    kind, _, major = text.partition("/")
    if kind != SCHEMA or not (major.isascii() and major.isdigit() and len(major) < 9):
        what = f"a document of another kind ({safe_text(text, 60)})" if text else "no snapshot"
        raise RecordingError(f"{name} is {what}", CAN_BE_OPENED)
    if int(major) > MAJOR:
        raise RecordingError(
            f"{name} is {text}, which this version ({__version__}) cannot read: upgrade"
        )
