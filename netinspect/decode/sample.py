"""A whole Capture → Sample."""

from __future__ import annotations

from collections.abc import Iterable

from netinspect.decode.frame import Frame, parse_frame
from netinspect.decode.namespaces import build_namespaces
from netinspect.decode.owners import join_owners, parse_owners
from netinspect.decode.processes import parse_processes
from netinspect.decode.pulses import build_pulses
from netinspect.decode.sockets import build_sockets, find_origin
from netinspect.decode.sysctls import build_limits
from netinspect.decode.users import parse_users
from netinspect.model import Process, Sample


def decode_capture(frame: bytes | bytearray | memoryview) -> Sample:
    """Turn a frame, without the length before it, into a Sample.

    Raises ParseError on bytes that are not a Capture of this major version, and nothing else.
    """
    capture = parse_frame(frame)
    processes = parse_processes(_bytes(capture, "processes", b"[]"), _users(capture))
    owners = parse_owners(_bytes(capture, "owners"))
    namespaces = build_namespaces(capture.sections)
    sysctls = {name: text for one in namespaces for name, text in one.sysctls.items()}
    sockets = build_sockets(capture.sections, capture.host.clock_ticks)
    some_hidden = _some_hidden(capture, processes.values())
    return Sample(
        taken_at=round(capture.taken_at, 3),  # as exact as exports write it
        monotonic=capture.monotonic,
        host=capture.host,
        sockets=join_owners(sockets, owners, some_hidden=some_hidden),
        owners=owners,
        processes=processes,
        namespaces=namespaces,
        limits=build_limits(sysctls),
        notes=capture.notes,
        cost=capture.cost,
        origin=find_origin(capture.sections),
        self_pids=capture.self_pids,
        pulses=build_pulses(capture),
    )


def _bytes(capture: Frame, name: str, absent: bytes = b"") -> bytes | memoryview:
    section = capture.find(name)
    return absent if section is None else section.data


def _users(capture: Frame) -> dict[int, str]:
    return dict(parse_users(_bytes(capture, "users")))


def _some_hidden(capture: Frame, processes: Iterable[Process]) -> bool:
    """Tell whether a process may hold sockets that were not seen."""
    if any(note.source in ("owners", "processes") for note in capture.notes):
        return True
    return any(process.fd_kinds is None for process in processes)
