"""Pulses: the sections of a Capture whose names begin with `pulse.`, netinspect/probe/pulses.py."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.counters import COUNTER_PARSERS
from netinspect.decode.frame import Frame, Section
from netinspect.decode.inet_diag import BODY, parse_inet_diag
from netinspect.decode.netlink import parse_messages
from netinspect.decode.sysctls import parse_numbers
from netinspect.model import Proto, Pulses, SocketTable

_PREFIX = "pulse."
_SOCKETS = tuple(
    f"{_PREFIX}sock_diag.{what}{digit}" for what in ("listen", "connecting") for digit in "46"
)
_FILE_NR = _PREFIX + "file_nr"

_Counters = Mapping[str, int]


def build_pulses(capture: Frame) -> Pulses:
    """Parse what was read between the pass before and this one; raises ParseError."""
    listed = [one for one in capture.sections if one.name in _SOCKETS and one.pieces]
    tables = [parse_inet_diag(one.data, Proto.TCP, one.netns, one.name) for one in listed]
    numbers = [_number_rows(section) for section in listed]
    return Pulses(
        capture.pulses,
        SocketTable.join(tables),
        np.concatenate(numbers) if numbers else np.zeros(0, np.int64),
        _read_file_nr(capture.find(_FILE_NR)),
        _parse_counters(capture),
    )


def _number_rows(section: Section) -> NDArray[np.int64]:
    """Tell the pulse of each message."""
    start = parse_messages(section.name, section.data, BODY).start * 4
    ends = np.cumsum([0 if piece is None else len(piece) for piece in section.pieces])
    return np.searchsorted(ends, start, side="right")


def _read_file_nr(section: Section | None) -> tuple[int | None, ...]:
    """Read the first column of /proc/sys/fs/file-nr, "2048\t0\t100000"."""
    pieces = () if section is None else section.pieces
    texts = ("" if piece is None else str(piece, "ascii", "replace") for piece in pieces)
    return tuple(next(iter(parse_numbers(text)), None) for text in texts)


def _parse_counters(capture: Frame) -> Mapping[int, tuple[_Counters | None, ...]]:
    found: dict[int, list[dict[str, int] | None]] = {}
    for section in capture.sections:
        name = section.name.removeprefix(_PREFIX)
        if name == section.name or name not in COUNTER_PARSERS:
            continue
        _, parse = COUNTER_PARSERS[name]
        taken = found.setdefault(section.netns, [None] * len(capture.pulses))
        for number, piece in enumerate(section.pieces):
            if piece is not None:
                taken[number] = {**(taken[number] or {}), **parse(piece, section.name)}
    return {netns: tuple(taken) for netns, taken in found.items()}
