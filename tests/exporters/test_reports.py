"""Whole Reports: the text report and the JSON snapshot."""

from __future__ import annotations

import csv
import io
import json
from importlib import import_module
from pathlib import Path

import netinspect.exporters
from netinspect.exporters import CHECK_EXPORTERS, REPORT_EXPORTERS, TABLE_EXPORTERS
from netinspect.exporters.changes import CHANGES_EXPORTERS
from netinspect.exporters.findings_text import FindingsText
from netinspect.exporters.snapshot_csv import EXPORTER as CSV
from netinspect.exporters.snapshot_json import EXPORTER as SNAPSHOT
from netinspect.exporters.snapshot_ndjson import EXPORTER as NDJSON
from netinspect.exporters.text_report import EXPORTER as TEXT
from netinspect.model import COLUMNS, Namespace
from netinspect.parts import Paper
from netinspect.query import parse_query
from netinspect.report import build_report, build_window
from tests.exporters.reports import hostile_host, report_of, web_server, written
from tests.samples import make_sample, tcp


def test_every_format_is_registered() -> None:
    folder = Path(netinspect.exporters.__file__).parent
    modules = [import_module(f"netinspect.exporters.{path.stem}") for path in folder.glob("*.py")]
    found = [module.EXPORTER for module in modules if hasattr(module, "EXPORTER")]

    families = (TABLE_EXPORTERS, REPORT_EXPORTERS, CHECK_EXPORTERS, CHANGES_EXPORTERS)
    assert {id(e) for e in found} == {id(e) for family in families for e in family}
    for family in families:
        assert len({exporter.name for exporter in family}) == len(family)


def test_text_report_tells_host_coverage_and_the_top_of_each_pane() -> None:
    lines = written(TEXT, report_of(web_server())).splitlines()

    assert lines[:5] == [
        "netinspect: web-07, kernel 6.1.0, 2023-11-14 22:13:20 UTC",
        "6 sockets (5 TCP), 3 processes, read from sock_diag",
        "owners hidden for 1 of 6 sockets: refused in spite of privileges",
        "note: processes: refused (2 times): run as root",
        "",
    ]
    titles = [line.split()[0] for line in lines if line and not line.startswith((" ", "n", "6"))]
    assert titles[1:] == [
        *("Anomalies", "Processes", "Sockets", "Ports", "Ephemeral", "Descriptors"),
    ]
    assert (
        "     80  tcp  nginx[701] ×2   ▏░░░     3/128  ET                2      –       7" in lines
    )
    assert all(len(line) <= 80 for line in lines)
    assert len(lines) <= 45


def test_text_report_of_a_busy_host_stays_short() -> None:
    lines = written(TEXT, report_of(hostile_host())).splitlines()

    assert len(lines) <= 50
    assert "  … 9 more: netinspect ports" in lines
    assert all(line.isprintable() for line in lines)


def test_text_report_can_be_ascii() -> None:
    assert written(TEXT, report_of(hostile_host()), Paper(ascii=True)).isascii()


def snapshot(*, with_unix: bool = False) -> dict:  # type: ignore[type-arg] # JSON is what it is
    window = build_window(web_server(), None, parse_query(""), with_unix=with_unix)
    document: dict = json.loads(written(SNAPSHOT, build_report(window, [])))  # type: ignore[type-arg]
    return document


def test_findings_of_a_file_are_told_with_their_time() -> None:
    report = report_of(web_server())

    assert written(FindingsText(dated=True), report).startswith(
        "web-07 at 2023-11-14 22:13:20 UTC: "
    )
    assert written(FindingsText(), report).startswith("web-07: ")


def test_snapshot_holds_everything_of_the_moment() -> None:
    document = snapshot(with_unix=True)

    assert document["schema"] == "netinspect.snapshot/1"
    assert document["taken_at"] == "2023-11-14T22:13:20.000Z"
    assert document["findings"] == []
    assert {"host", "coverage", "processes", "namespaces", "limits", "counters"} <= set(document)
    assert [process["name"] for process in document["processes"]] == ["nginx", "nginx", "named"]
    assert document["limits"]["file_nr"] == 2048


def test_snapshot_has_one_list_per_field_all_of_one_length() -> None:
    columns = snapshot(with_unix=True)["sockets"]["columns"]

    assert {len(values) for values in columns.values()} == {7}
    assert columns["path"] == [None] * 6 + ["@bus"]
    assert columns["local_port"] == [80, 80, 80, 40000, 40002, 53, None]
    assert columns["send_q"][:3] == [128, 0, None]
    assert columns["inode"][2] == 0


def test_snapshot_leaves_no_column_of_the_kernel_out() -> None:
    columns = snapshot()["sockets"]["columns"]
    halves = {"local_hi", "local_lo", "remote_hi", "remote_lo"}

    assert set(COLUMNS) - halves - {"key", "owner_start", "owner_count"} <= set(columns)


def test_unknown_is_null_and_never_minus_one() -> None:
    columns = snapshot(with_unix=True)["sockets"]["columns"]

    assert all(value != -1 for values in columns.values() for value in values)


def test_64_bit_ids_are_strings() -> None:
    sample = make_sample([tcp("LISTEN", "0.0.0.0:80", cookie=2**64 - 1, cgroup=2**60)])
    window = build_window(sample, None, parse_query(""))

    columns = json.loads(written(SNAPSHOT, build_report(window, [])))["sockets"]["columns"]

    assert columns["cookie"] == [str(2**64 - 1)]
    assert columns["cgroup"] == [str(2**60)]


def test_counters_are_kept_per_namespace() -> None:
    space = Namespace(7, counters={"TcpExt.ListenDrops": 3}, sockstat={"TCP.inuse": 1})
    window = build_window(make_sample(namespaces=[space]), None, parse_query(""))

    document = json.loads(written(SNAPSHOT, build_report(window, [])))

    assert document["counters"] == [{"netns": 7, "TcpExt.ListenDrops": 3}]
    assert document["namespaces"][0]["sockstat"] == {"TCP.inuse": 1}


def test_filter_narrows_sockets_and_processes() -> None:
    window = build_window(web_server(), None, parse_query("pid 900"), with_unix=True)

    document = json.loads(written(SNAPSHOT, build_report(window, [])))

    assert [process["pid"] for process in document["processes"]] == [900]
    assert document["sockets"]["columns"]["proto"] == ["udp", "unix"]


def test_lines_hold_what_the_columns_hold() -> None:
    columns = snapshot(with_unix=True)["sockets"]["columns"]
    window = build_window(web_server(), None, parse_query(""), with_unix=True)

    lines = written(NDJSON, build_report(window, [])).splitlines()

    rows = [json.loads(line) for line in lines]
    assert {name: [row[name] for row in rows] for name in rows[0]} == columns


def test_csv_has_a_header_and_a_line_for_each_socket() -> None:
    window = build_window(hostile_host(), None, parse_query(""), with_unix=True)
    text = written(CSV, build_report(window, []))

    rows = list(csv.DictReader(io.StringIO(text)))
    assert len(rows) == len(window.now.sockets)
    assert rows[0]["local_port"] == "100"
    assert not any(cell[:1] in tuple("=+-@") for row in rows for cell in row.values())


def test_hostile_text_is_text_in_the_snapshot() -> None:
    text = written(SNAPSHOT, report_of(hostile_host()))

    assert text.isascii()
    assert json.loads(text)["processes"][0]["name"] == "\\x1b]0;owned\\x07"
