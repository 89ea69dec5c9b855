"""Content ↔ bytes, as it differs from the content before: a line of JSON, then numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import numpy as np

from netinspect.recording.codec import decode
from netinspect.recording.content import NOTHING, OWNERS, PULSES, SOCKETS, Content, read_processes
from netinspect.recording.differences import apply_difference, find_difference
from netinspect.recording.matching import (
    MOST_ROWS,
    NEW,
    Keys,
    SortedKeys,
    get_rows,
    match_rows,
    put_rows,
)
from netinspect.recording.numbers import NumberReader, NumberWriter
from netinspect.recording.tables import Table, get_table, put_table

_MOST_JSON = 32 << 20  # bytes

_TABLES: Mapping[str, Mapping[str, int]] = {
    "sockets": SOCKETS,
    "owners": OWNERS,
    "pulses": PULSES,
}
_PATHS = ("paths", "pulse_paths")


def write_body(content: Content, before: Content = NOTHING) -> bytes:
    """Write what differs from the content before."""
    writer = NumberWriter()
    said: dict[str, Any] = {"document": find_difference(before.document, content.document)}
    for name, columns in _TABLES.items():
        said[name] = put_table(writer, getattr(content, name), getattr(before, name), columns)
    for name in _PATHS:
        said[name] = _put_texts(writer, getattr(content, name), getattr(before, name))
    said["found"] = [_put_keys(writer, keys, content.sockets) for keys in content.found]
    line = json.dumps(said, separators=(",", ":")).encode() + b"\n"
    if len(line) > _MOST_JSON:
        raise ValueError(f"{len(line):,} bytes of text in one member")
    return line + writer.take()


def read_body(body: bytes, before: Content = NOTHING, most_new: int = MOST_ROWS) -> Content:
    """Return the content. Raises ValueError, or another error of values, on what is none.

    most_new: rows of a table that the table before does not have.
    """
    end = body.find(b"\n", 0, _MOST_JSON)
    if end < 0:
        raise ValueError("no line of JSON at the beginning")
    said = json.loads(body[:end])
    reader = NumberReader(memoryview(body)[end + 1 :])
    document = apply_difference(before.document, said["document"])
    parts: dict[str, Any] = {
        name: get_table(reader, said[name], getattr(before, name), columns, most_new)
        for name, columns in _TABLES.items()
    }
    for name in _PATHS:
        parts[name] = _get_texts(reader, said[name], getattr(before, name))
    found = tuple(_get_keys(reader, one, parts["sockets"]) for one in said["found"])
    return Content(document, found=found, processes=read_processes(document, before), **parts)


def _put_texts(writer: NumberWriter, now: tuple[str, ...], before: tuple[str, ...]) -> Any:
    """Say where each text was before, and those that were not there."""
    if now == before:
        return None
    place = {text: i for i, text in enumerate(before)}
    rows = np.array([place.get(text, NEW) for text in now], np.int64)
    return [put_rows(writer, rows), [text for text in now if text not in place]]


def _get_texts(reader: NumberReader, said: Any, before: tuple[str, ...]) -> tuple[str, ...]:
    if said is None:
        return before
    rows, new = get_rows(reader, said[0], len(before)), iter(decode(tuple[str, ...], said[1]))
    return tuple(next(new, "") if row == NEW else before[row] for row in rows.tolist())


def _put_keys(writer: NumberWriter, keys: Keys, sockets: Table) -> Any:
    """Append keys: as rows of the table where it has them all."""
    rows = match_rows(SortedKeys.build(keys), sockets.sorted)
    if (rows == NEW).any():
        return ["keys", writer.put(keys.astype(np.uint64).view(np.int64))]
    return ["rows", writer.put(np.diff(rows, prepend=0))]


def _get_keys(reader: NumberReader, said: Any, sockets: Table) -> Keys:
    kind, place = said
    numbers = reader.get(place)
    if kind == "keys":
        return numbers.view(np.uint64)
    rows = np.cumsum(numbers)
    if len(rows) and not 0 <= int(rows.min()) <= int(rows.max()) < len(sockets):
        raise ValueError("a finding about a socket that is not there")
    keys: Keys = sockets.columns["key"][rows]
    return keys
