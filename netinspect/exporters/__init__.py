"""Exporters: Report → bytes, one format per file. A new one is its file and a line here."""

from __future__ import annotations

from netinspect.exporters import (
    csv_table,
    findings_text,
    html_report,
    json_table,
    nagios,
    ndjson_table,
    report_json,
    snapshot_csv,
    snapshot_json,
    snapshot_ndjson,
    text_report,
    text_table,
)
from netinspect.parts import Exporter

TABLE_EXPORTERS: tuple[Exporter, ...] = (
    text_table.EXPORTER,
    json_table.EXPORTER,
    ndjson_table.EXPORTER,
    csv_table.EXPORTER,
)
"""Formats of one pane: they write the only table of a Report."""

REPORT_EXPORTERS: tuple[Exporter, ...] = (
    text_report.EXPORTER,
    snapshot_json.EXPORTER,
    snapshot_ndjson.EXPORTER,
    snapshot_csv.EXPORTER,
    html_report.EXPORTER,
)
"""Formats of a whole Report."""

CHECK_EXPORTERS: tuple[Exporter, ...] = (
    findings_text.EXPORTER,
    report_json.EXPORTER,
    nagios.EXPORTER,
)
"""Formats of the findings of a Report."""
