"""The frame of a Capture: its header and where its sections are; netinspect/probe/capture.py."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from netinspect.decode.json_object import JsonObject, parse_json
from netinspect.errors import ParseError
from netinspect.humanize import safe_text
from netinspect.model import Cost, Host, Note

_SCHEMA = "netinspect.capture/"
_MAJOR = "1"
_HEADER_LENGTH = struct.Struct("<I")
_ORIGIN = "capture"


@dataclass(frozen=True, slots=True)
class Section:
    """Named bytes; netns: inode of the network namespace they are of, 0 = the whole host.

    pieces: what was read at each pulse, one after the other; None where a pulse did not read it.
    """

    name: str
    netns: int
    data: memoryview
    pieces: tuple[memoryview | None, ...] = ()


@dataclass(frozen=True, slots=True)
class Frame:
    """A Capture taken apart; the sections are not interpreted yet."""

    taken_at: float  # seconds since the epoch
    monotonic: float
    host: Host
    self_pids: frozenset[int]
    cost: Cost
    pulses: tuple[float, ...]  # seconds
    sections: tuple[Section, ...]
    notes: tuple[Note, ...]

    def find(self, name: str) -> Section | None:
        """Return the first section of this name."""
        return next((section for section in self.sections if section.name == name), None)


def parse_frame(data: bytes | bytearray | memoryview) -> Frame:
    """Parse a frame without the length before it; raises ParseError."""
    view = memoryview(data).cast("B")
    if len(view) < _HEADER_LENGTH.size:
        raise ParseError(_ORIGIN, "offset 0", f"cut off after {len(view)} bytes")
    (length,) = _HEADER_LENGTH.unpack_from(view)
    start = _HEADER_LENGTH.size + length
    if start > len(view):
        raise ParseError(_ORIGIN, "offset 0", f"header of {length} bytes in {len(view)}")
    origin = f"{_ORIGIN} header"
    header = JsonObject(parse_json(view[_HEADER_LENGTH.size : start], origin), origin, "$")
    _check_schema(header)
    return Frame(
        taken_at=header.real("taken_at") or 0.0,
        monotonic=header.real("monotonic") or 0.0,
        host=_build_host(header.child("host")),
        self_pids=frozenset(header.numbers("self_pids") or ()),
        cost=_build_cost(header.child("cost")),
        pulses=tuple(header.reals("pulses")),
        sections=_cut_sections(header, view, start),
        notes=tuple(_build_note(note) for note in header.children("notes")),
    )


def _check_schema(header: JsonObject) -> None:
    schema = header.text("schema") or ""
    if not schema.startswith(_SCHEMA):
        raise ParseError(_ORIGIN, "header", "this is not a Capture")
    if schema != _SCHEMA + _MAJOR:
        name = safe_text(schema, 80)
        raise ParseError(_ORIGIN, "header", f"cannot read {name}, only {_SCHEMA}{_MAJOR}")


def _cut_sections(header: JsonObject, view: memoryview, start: int) -> tuple[Section, ...]:
    sections = []
    pulses = len(header.reals("pulses"))
    for entry in header.children("sections"):
        name = safe_text(entry.text("name") or "", 80)
        length = entry.count("length") or 0
        if length > len(view) - start:
            left = len(view) - start
            raise ParseError(name, f"offset {start}", f"section of {length} bytes, {left} left")
        data = view[start : start + length]
        pieces = _cut_pieces(entry.numbers("pieces", least=-1) or [], data, name, pulses)
        sections.append(Section(name, entry.count("netns") or 0, data, pieces))
        start += length
    if start != len(view):
        raise ParseError(_ORIGIN, f"offset {start}", f"{len(view) - start} bytes of no section")
    return tuple(sections)


def _cut_pieces(
    lengths: list[int], data: memoryview, name: str, pulses: int
) -> tuple[memoryview | None, ...]:
    read = [length for length in lengths if length >= 0]
    if lengths and (len(lengths) != pulses or sum(read) != len(data)):
        raise ParseError(name, "pieces", f"{len(lengths)} of {sum(read)} bytes for {pulses} pulses")
    pieces: list[memoryview | None] = []
    start = 0
    for length in lengths:
        pieces.append(None if length < 0 else data[start : start + length])
        start += max(0, length)
    return tuple(pieces)


def _build_host(host: JsonObject) -> Host:
    return Host(
        name=safe_text(host.text("name") or ""),
        kernel=_safe(host.text("kernel")),
        boot_id=_safe(host.text("boot_id")),
        euid=host.count("euid"),
        capabilities=host.count("capabilities"),
        page_size=host.count("page_size"),
        clock_ticks=host.count("clock_ticks"),
    )


def _build_cost(cost: JsonObject) -> Cost:
    return Cost(cost.real("cpu"), cost.real("wall"), cost.real("interval"), cost.count("rss"))


def _build_note(note: JsonObject) -> Note:
    return Note(
        source=safe_text(note.text("source") or ""),
        message=safe_text(note.text("message") or ""),
        remedy=_safe(note.text("remedy")),
        count=note.count("count"),
        errno=note.number("errno"),
    )


def _safe(text: str | None) -> str | None:
    return None if text is None else safe_text(text)
