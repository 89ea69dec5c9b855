"""Everything of one moment as one JSON document, schema netinspect.snapshot/1."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from netinspect.exporters.finding_objects import finding_objects, orphan_explanations
from netinspect.exporters.json_values import coverage_object, host_object, time_text, to_json
from netinspect.exporters.sample_objects import before_pieces, sample_object, socket_columns
from netinspect.parts import Paper, Report

SCHEMA = "netinspect.snapshot/1"


class SnapshotJson:
    """Sockets as columns; a list per field, all of one length. 64-bit ids are strings.

    Holds all that a Report is made of but Pulses and the Trail, so that it can be opened again.
    """

    name = "json"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, a column of sockets at a time."""
        yield (to_json(_head(report))[:-1] + ',\n"before":').encode()
        for piece in before_pieces(report.window):
            yield piece.encode()
        yield b',\n"sockets":{"columns":{'
        for piece in socket_columns(report.window):
            yield piece.encode()
        yield b"\n}}}\n"


def _head(report: Report) -> dict[str, Any]:
    sample, pids = report.window.now, report.window.selected_pids
    return {
        "schema": SCHEMA,
        "taken_at": time_text(report.taken_at),
        "monotonic": sample.monotonic,
        "host": host_object(report.host),
        "coverage": coverage_object(report.coverage),
        "findings": finding_objects(report),
        "attached_explanations": orphan_explanations(report),
        **sample_object(sample, pids),
    }


EXPORTER = SnapshotJson()
