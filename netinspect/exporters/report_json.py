"""Findings as one JSON document, schema netinspect.report/1."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.exporters.finding_objects import finding_objects
from netinspect.exporters.json_values import coverage_object, host_object, time_text, to_json
from netinspect.parts import Paper, Report

SCHEMA = "netinspect.report/1"


class ReportJson:
    """What `netinspect check --format json` prints."""

    name = "json"

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document, one finding a line."""
        head = {
            "schema": SCHEMA,
            "taken_at": time_text(report.taken_at),
            "host": host_object(report.host),
            "coverage": coverage_object(report.coverage),
        }
        yield (to_json(head)[:-1] + ',"findings":[').encode()
        separator = "\n"
        for finding in finding_objects(report):
            yield (separator + to_json(finding)).encode()
            separator = ",\n"
        yield b"\n]}\n"


EXPORTER = ReportJson()
