"""Bytes → the members of a snapshot: bounded in size, and of a schema this version can read."""

from __future__ import annotations

import json
import zlib

from netinspect import __version__
from netinspect.decode.json_object import JsonObject
from netinspect.errors import ParseError, RecordingError

SCHEMA = "netinspect.snapshot"
MAJOR = 1
MOST_BYTES = 1 << 30
_MOST_VALUES = 100_000_000
_MOST_OBJECTS = 10_000_000
CAN_BE_OPENED = "what can be opened: a recording, a snapshot as JSON, what `ss -tan -D FILE` wrote"


def parse_document(data: bytes, name: str) -> JsonObject:
    """Parse a snapshot; raises RecordingError for one that is no snapshot or too new or too large.

    name: of the file, for messages.
    """
    check_size(name, len(data))
    _check_values(name, data)
    try:
        document = json.loads(data)
    except RecursionError:
        raise RecordingError(f"{name} is no snapshot: it is nested too deeply") from None
    except ValueError as error:
        raise RecordingError(f"{name} is {_what(data, error)}", CAN_BE_OPENED) from None
    if not isinstance(document, dict):
        raise RecordingError(f"{name} is no snapshot", CAN_BE_OPENED)
    members = JsonObject(document, name, "document")
    _check_schema(name, members)
    return members


def inflate(data: bytes, name: str) -> bytes:
    """Return what is in a gzip file, up to the size a snapshot can have; raises RecordingError."""
    inflater = zlib.decompressobj(16 + zlib.MAX_WBITS)
    try:
        inflated = inflater.decompress(data, MOST_BYTES + 1)
    except zlib.error as error:
        raise RecordingError(f"{name} is damaged: {error}") from None
    check_size(name, len(inflated))
    if not inflater.eof:
        raise RecordingError(f"{name} is damaged: it is cut off")
    return inflated


def _what(data: bytes, error: ValueError) -> str:
    """Say what a file is that is no JSON document."""
    if data.lstrip()[:1] != b"{":
        return "nothing that can be opened"
    if isinstance(error, json.JSONDecodeError):
        if error.msg == "Extra data":
            return "more than one JSON document, as NDJSON is"
        return f"damaged at offset {error.pos:,}"
    return "damaged"


def check_size(name: str, size: int) -> None:
    """Raise RecordingError for more bytes than a snapshot can have."""
    if size > MOST_BYTES:
        raise RecordingError(f"{name} is too large for a snapshot: more than {MOST_BYTES:,} bytes")


def _check_values(name: str, data: bytes) -> None:
    """Bound what the parser will make. A string may hold any of these: it only counts for more."""
    objects = data.count(b"[") + data.count(b"{")
    if objects > _MOST_OBJECTS or data.count(b",") > _MOST_VALUES:
        raise RecordingError(f"{name} is too large for a snapshot: it holds too many values")


def _check_schema(name: str, members: JsonObject) -> None:
    try:
        schema = members.text("schema") or ""
    except ParseError:
        schema = ""
    kind, _, major = schema.partition("/")
    if kind != SCHEMA or not (major.isascii() and major.isdigit() and len(major) < 9):
        what = f"a document of another kind ({schema[:60]!r})" if schema else "no snapshot"
        raise RecordingError(f"{name} is {what}", CAN_BE_OPENED)
    if int(major) > MAJOR:
        raise RecordingError(
            f"{name} is {schema}, which this version ({__version__}) cannot read: upgrade"
        )
