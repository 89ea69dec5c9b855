"""Members of a recording: gzip members whose header tells what is in them. See FORMAT.md."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Callable
from dataclasses import dataclass, replace
from enum import IntEnum, IntFlag

VERSION = 1
"""Of the format; a newer major is refused."""

HEAD_SIZE = 44
"""Bytes of a member before its compressed ones, as this version writes them."""

MOST_INFLATED = 256 << 20
"""Bytes: no member is allowed to be larger, compressed or not."""

USUAL_LEVEL = 5
"""Of compression: higher ones take far longer for a hundredth less."""

LAST_SECOND = 253402128000.0
"""Of the time of a Sample: in year 9999, the last that can be written, in every time zone."""

MAGIC = b"\x1f\x8b\x08\x04"
"""A member begins with it: gzip, deflate, with an extra field."""

_GZIP = struct.Struct("<4sIBB")  # magic, method and flags; time, extra flags, system
_EXTRA = struct.Struct("<H2sH")  # length of all extra fields; id and length of the first
_FIELD = struct.Struct("<BBHIdIIb3x")
_TRAILER = struct.Struct("<II")  # CRC-32 and length of what was compressed
_ID = b"NI"
_SYSTEM_UNKNOWN = 255


class Kind(IntEnum):
    """What a member holds. Readers pass over kinds they do not know."""

    HEADER = 0  # of the file
    KEY = 1  # a moment, complete
    DELTA = 2  # a moment, as it differs from the member before
    BASE = 3  # a Sample that only the next moment is compared with, complete


class Flag(IntFlag):
    """What else there is to know of a member."""

    FOLLOWS = 1  # its moment was compared with that of the member before


@dataclass(frozen=True, slots=True)
class Head:
    """What is known of a member without inflating it. size: bytes of the whole member."""

    kind: int
    flags: int
    size: int
    taken_at: float  # seconds since the epoch
    sockets: int
    findings: int
    severity: int


@dataclass(frozen=True, slots=True)
class Member:
    """A whole member; the size in `head` is that of `data`."""

    head: Head
    data: bytes


class Damaged(ValueError):
    """Bytes that are no member."""


class Newer(Damaged):
    """A member of a format that this version cannot read."""


def pack_member(head: Head, body: bytes, level: int = USUAL_LEVEL) -> Member:
    """Compress a body into a member; the size in `head` is not looked at."""
    if len(body) > MOST_INFLATED:
        raise ValueError(f"{len(body):,} bytes in one member")
    deflate = zlib.compressobj(level, zlib.DEFLATED, -zlib.MAX_WBITS)
    data = deflate.compress(body) + deflate.flush()
    size = HEAD_SIZE + len(data) + _TRAILER.size
    field = _FIELD.pack(
        *(VERSION, head.kind, head.flags, size, head.taken_at),
        *(head.sockets, head.findings, head.severity),
    )
    start = _GZIP.pack(MAGIC, 0, 0, _SYSTEM_UNKNOWN)
    extra = _EXTRA.pack(len(field) + 4, _ID, len(field))
    trailer = _TRAILER.pack(zlib.crc32(body), len(body))
    return Member(replace(head, size=size), start + extra + field + data + trailer)


def parse_head(data: bytes) -> Head:
    """Parse the first HEAD_SIZE bytes of a member. Raises Damaged, Newer."""
    if len(data) < HEAD_SIZE:
        raise Damaged("cut off in a member's header")
    magic, *_ = _GZIP.unpack_from(data)
    length, name, known = _EXTRA.unpack_from(data, _GZIP.size)
    if magic != MAGIC or name != _ID:
        raise Damaged("no member begins here")
    if data[_GZIP.size + _EXTRA.size] > VERSION:
        raise Newer(f"format {data[_GZIP.size + _EXTRA.size]}")
    if known < _FIELD.size or length < known + 4:
        raise Damaged("a member's header is too short")
    fields = _FIELD.unpack_from(data, _GZIP.size + _EXTRA.size)
    _, kind, flags, size, taken_at, sockets, findings, severity = fields
    least = _GZIP.size + 2 + length + _TRAILER.size
    if not least < size <= MOST_INFLATED or not 0 <= taken_at <= LAST_SECOND:
        raise Damaged("a member's header makes no sense")
    return Head(kind, flags, size, taken_at, sockets, findings, severity)


def inflate(member: bytes) -> bytes:
    """Return the body of a whole member. Raises Damaged, before it takes more than is allowed."""
    (length,) = struct.unpack_from("<H", member, _GZIP.size)
    checksum, size = _TRAILER.unpack_from(member, len(member) - _TRAILER.size)
    if size > MOST_INFLATED:
        raise Damaged(f"a member of {size:,} bytes")
    inflater = zlib.decompressobj(-zlib.MAX_WBITS)
    data = memoryview(member)[_GZIP.size + 2 + length : -_TRAILER.size]
    try:
        body = inflater.decompress(data, size + 1)
    except zlib.error as error:
        raise Damaged(str(error)) from error
    whole = inflater.eof and not inflater.unused_data and len(body) == size
    if not whole or zlib.crc32(body) != checksum:
        raise Damaged("checksum or length of a member is wrong")
    return body


def scan_members(
    read: Callable[[int, int], bytes], start: int, end: int
) -> tuple[list[tuple[int, Head]], int, Damaged | None]:
    """Hop from member to member without inflating any.

    read: returns so many bytes at an offset. Returns where each member begins, where the last whole
    one ends, and what is wrong with what comes then.
    """
    found: list[tuple[int, Head]] = []
    while start < end:
        try:
            head = parse_head(read(start, HEAD_SIZE))
            if start + head.size > end:
                raise Damaged("cut off within a member")
        except Damaged as error:
            return found, start, error
        found.append((start, head))
        start += head.size
    return found, start, None
