"""Files of moments that are cut off, damaged or hostile: one clear error, or they can be used."""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Iterator
from typing import Any

import pytest

from netinspect.errors import NetinspectError
from netinspect.exporters import REPORT_EXPORTERS
from netinspect.panes import PANES
from netinspect.parts import Paper
from netinspect.query import Query
from netinspect.recording.timeline import Moment
from netinspect.report import PaneRequest, build_report, build_window
from netinspect.snapshots import parse_snapshot
from netinspect.sources.opened import judge
from tests.test_snapshots import BUSY, NAN, put, small_document

WRONG: list[Any] = [
    None,
    -1,
    1 << 31,
    1 << 64,
    10**30,
    1e308,
    "x",
    "\x1b[2J",
    "9" * 30,
    [],
    {},
    [None],
    True,
]
"""What a value is replaced with."""


def use(moment: Moment) -> None:
    """Do with a moment all that is done with one."""
    window = build_window(
        moment.sample, moment.before, Query(), with_unix=True, findings=moment.findings
    )
    report = build_report(window, map(PaneRequest.default, PANES), moment.explanations)
    for exporter in REPORT_EXPORTERS:
        for _ in exporter.write(report, Paper()):
            pass
    judge(moment.sample, moment.before)


def survive(data: bytes) -> None:
    """Open what may be broken: it can be used, or there is one clear line."""
    message = "none"
    try:
        use(parse_snapshot(data, "file"))
    except NetinspectError as error:
        message = error.message
    assert message.isprintable()
    assert len(message) < 400


def test_file_cut_off_anywhere_is_refused() -> None:
    data = json.dumps(small_document()).encode()

    for end in range(len(data)):
        with pytest.raises(NetinspectError):
            parse_snapshot(data[:end], "file")


@pytest.mark.parametrize("seed", range(4))
def test_flipped_bits_are_survived(seed: int) -> None:
    rng = random.Random(seed)
    for _ in range(150):
        data = bytearray(BUSY)
        for _ in range(rng.choice((1, 1, 2, 8))):
            data[rng.randrange(len(data))] ^= 1 << rng.randrange(8)
        survive(bytes(data))


def test_wrong_values_anywhere_are_survived() -> None:
    base = small_document()
    for path in _paths(base):
        for value in (*WRONG, NAN):
            document = copy.deepcopy(base)
            put(document, path, value)
            survive(json.dumps(document).encode())


def _paths(value: Any, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Yield the way to everything in a document."""
    if path:
        yield path
    members = value.items() if isinstance(value, dict) else enumerate(value)
    for name, inner in members:
        if isinstance(inner, (dict, list)):
            yield from _paths(inner, (*path, name))
        else:
            yield (*path, name)
