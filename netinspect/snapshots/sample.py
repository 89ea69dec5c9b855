"""What a snapshot says of one Sample → the Sample."""

from __future__ import annotations

from typing import Any, TypeVar

from netinspect.decode.json_object import JsonObject
from netinspect.model import Cost, Host, Limits, Namespace, Note, Process, Sample
from netinspect.recording.codec import decode
from netinspect.recording.soundness import LARGEST_PID
from netinspect.snapshots.sockets import Sockets
from netinspect.snapshots.values import read_figure, read_time, safe

_Record = TypeVar("_Record")


def parse_sample(one: JsonObject, sockets: Sockets, host: Host, notes: tuple[Note, ...]) -> Sample:
    """Build a Sample. host, notes: those of the document. Raises ParseError."""
    taken_at = read_time(one, "taken_at")
    if taken_at is None:
        one.fail("taken_at", "there")
    processes = _processes(one)
    return Sample(
        taken_at=taken_at,
        monotonic=read_figure(one, "monotonic") or 0.0,
        host=host,
        sockets=sockets.table,
        owners=sockets.owners,
        processes={process.pid: process for process in processes},
        namespaces=_namespaces(one),
        limits=_record(one, "limits", Limits),
        notes=notes,
        cost=_record(one, "cost", Cost),
        origin=safe(one, "origin") or "none",
        self_pids=frozenset(one.numbers("self_pids") or ()),
    )


def parse_host(document: JsonObject) -> Host:
    """Build the host; its mask of capabilities is written in hexadecimal."""
    value = document.value("host")
    if not isinstance(value, dict):
        document.fail("host", "a JSON object")
    mask = value.get("capabilities")
    if mask is not None:
        if not isinstance(mask, str) or len(mask) > 16:
            document.fail("host.capabilities", "a mask in hexadecimal")
        try:
            mask = int(mask, 16)
        except ValueError:
            document.fail("host.capabilities", "a mask in hexadecimal")
    return _decode(document, "host", Host, {**value, "capabilities": mask})


def parse_notes(document: JsonObject) -> tuple[Note, ...]:
    """Build the Notes on what could not be read."""
    return tuple(_records(document.child("coverage"), "notes", Note))


def _processes(one: JsonObject) -> list[Process]:
    processes = _records(one, "processes", Process)
    if not all(0 <= process.pid <= LARGEST_PID for process in processes):
        one.fail("processes", f"a list of processes with pids from 0 to {LARGEST_PID}")
    return processes


def _namespaces(one: JsonObject) -> tuple[Namespace, ...]:
    """Build the namespaces; their counters stand beside them, in the same order."""
    spaces, counters = one.children("namespaces"), one.children("counters")
    if len(counters) != len(spaces):
        one.fail("counters", "one object for each of `namespaces`")
    return tuple(
        _namespace(space, counted) for space, counted in zip(spaces, counters, strict=True)
    )


def _namespace(space: JsonObject, counted: JsonObject) -> Namespace:
    known = {**space.members(), "inode": space.count("inode") or 0}
    known["counters"] = {
        name: value for name, value in counted.members().items() if name != "netns"
    }
    return _decode(space, "inode", Namespace, known)


def _record(one: JsonObject, name: str, kind: type[_Record]) -> _Record:
    return _decode(one, name, kind, one.child(name).members())


def _records(one: JsonObject, name: str, kind: type[_Record]) -> list[_Record]:
    return [_decode(one, name, kind, inner.members()) for inner in one.children(name)]


def _decode(one: JsonObject, name: str, kind: type[_Record], value: Any) -> _Record:
    try:
        record: _Record = decode(kind, value)
    except (ValueError, OverflowError) as error:
        one.fail(name, f"as it should be: {error}")
    return record
