"""One pane as table, JSON, NDJSON and CSV."""

from __future__ import annotations

import csv
import io
import json
from dataclasses import replace

import numpy as np
import pytest

from netinspect.exporters import TABLE_EXPORTERS
from netinspect.exporters.csv_table import EXPORTER as CSV
from netinspect.exporters.json_table import EXPORTER as JSON
from netinspect.exporters.ndjson_table import EXPORTER as NDJSON
from netinspect.exporters.text_table import EXPORTER as TABLE
from netinspect.humanize import safe_text
from netinspect.panes import PANES
from netinspect.parts import Exporter, Paper, Report
from tests.exporters.reports import HOSTILE, hostile_host, report_of, web_server, written


def chosen(report: Report, *fields: str) -> Report:
    ((name, table),) = report.tables.items()
    return replace(report, tables={name: replace(table, fields=fields)})


def test_table_is_whole_where_there_is_no_terminal() -> None:
    assert written(TABLE, report_of(web_server(), "ports")) == (
        "PORT       ADDRESS  OWNER                  QUEUE  STATES                     NEW/s  DROPS"
        "  DROPS/s  TOP PEER\n"
        "  80  tcp  0.0.0.0  nginx[701],nginx[702]  3/128  ESTABLISHED 1 TIME_WAIT 1      –      7"
        "        –  10.0.0.9\n"
        "  53  udp  *        named[900]               –/–  –                              –      –"
        "        –  –\n"
    )


def test_table_fits_the_terminal() -> None:
    report = report_of(web_server(), "ports")

    assert written(TABLE, report, Paper(width=72)) == (
        " PORT       OWNER                    QUEUE  STATES                 DROPS\n"
        "   80  tcp  nginx[701] ×2   ▏░░░     3/128  ET                 2       7\n"
        "   53  udp  named[900]                   –  –                          –\n"
    )


@pytest.mark.parametrize("width", [20, 60, 80, 132, 200])
@pytest.mark.parametrize("pane", [pane.name for pane in PANES])
def test_lines_never_exceed_the_terminal(pane: str, width: int) -> None:
    lines = written(TABLE, report_of(web_server(), pane), Paper(width=max(width, 60))).splitlines()

    assert all(len(line) <= max(width, 78) for line in lines)


def test_table_without_unicode_is_ascii() -> None:
    text = written(TABLE, report_of(web_server(), "descriptors"), Paper(width=100, ascii=True))

    assert text.isascii()
    assert "#######." in text


def test_colour_changes_nothing_but_the_colour() -> None:
    report = report_of(web_server(), "descriptors")

    plain = written(TABLE, report, Paper(width=100))
    coloured = written(TABLE, report, Paper(width=100, colour=True))

    assert "\x1b[" in coloured
    assert "\x1b[" not in plain
    assert _without_colour(coloured) == plain


def test_chosen_fields_come_in_their_order_in_every_format() -> None:
    report = chosen(report_of(web_server(), "sockets"), "local_port", "state", "pid")

    assert written(TABLE, report).splitlines()[0].split() == ["LOCAL_PORT", "STATE", "PID"]
    assert written(CSV, report).splitlines()[2] == "40002,CLOSE_WAIT,"
    assert list(json.loads(written(JSON, report))["rows"][1]) == ["local_port", "state", "pid"]
    assert json.loads(written(NDJSON, report).splitlines()[1]) == {
        "local_port": 40002,
        "state": "CLOSE_WAIT",
        "pid": None,
    }


@pytest.mark.parametrize("pane", PANES, ids=lambda pane: pane.name)
def test_json_has_head_and_rows(pane: object) -> None:
    name = getattr(pane, "name", "")
    document = json.loads(written(JSON, report_of(web_server(), name)))

    assert document["schema"] == "netinspect.table/1"
    assert document["pane"] == name
    assert document["taken_at"] == "2023-11-14T22:13:20.000Z"
    assert document["host"]["name"] == "web-07"
    assert document["coverage"]["owners_hidden"] == 1
    assert document["coverage"]["notes"][0]["remedy"] == "run as root"
    assert all(tuple(row) == getattr(pane, "fields", ()) for row in document["rows"])


def test_socket_rows_have_owners_and_the_reason_why_not() -> None:
    rows = json.loads(written(JSON, report_of(web_server(), "sockets")))["rows"]

    listener = next(row for row in rows if row["state"] == "LISTEN")
    hidden = next(row for row in rows if row["state"] == "CLOSE_WAIT")
    assert listener["owners"] == [
        {"pid": 701, "fd": 3, "process": "nginx"},
        {"pid": 702, "fd": 3, "process": "nginx"},
    ]
    assert (listener["pid"], listener["owner_reason"]) == (701, None)
    assert (hidden["owners"], hidden["owner_reason"]) == ([], "hidden")


def test_ndjson_lines_are_the_rows_of_the_json() -> None:
    report = report_of(web_server(), "sockets")

    lines = [json.loads(line) for line in written(NDJSON, report).splitlines()]

    assert lines == json.loads(written(JSON, report))["rows"]


def test_csv_leaves_unknown_empty_and_keeps_numbers_numbers() -> None:
    report = chosen(
        report_of(web_server(), "ports"), "port", "owners", "states", "drops", "queue_used"
    )

    assert written(CSV, report) == (
        "port,owners,states,drops,queue_used\n"
        "80,nginx[701]:3 nginx[702]:3,ESTABLISHED=1 TIME_WAIT=1,7,0.0234375\n"
        "53,named[900]:8,,,\n"
    )


def test_csv_of_nothing_is_the_header_line() -> None:
    assert written(CSV, report_of(web_server(), "anomalies")).startswith(
        "place,chain,severity,code,"
    )
    assert written(CSV, report_of(web_server(), "anomalies")).count("\n") == 1


def test_hostile_text_stays_in_its_cell_of_the_csv() -> None:
    text = written(CSV, report_of(hostile_host(), "processes"))

    rows = list(csv.DictReader(io.StringIO(text)))
    names = {safe_text(raw) for raw in HOSTILE}
    assert len(rows) == len(HOSTILE)
    assert {row["process"].removeprefix("'") for row in rows} == names
    assert all(row["process"][0] not in "=+-@\t\r\n" for row in rows)
    assert all(int(row["pid"]) >= 100 for row in rows)
    assert len(text.splitlines()) == len(HOSTILE) + 1


@pytest.mark.parametrize("exporter", [JSON, NDJSON], ids=lambda exporter: exporter.name)
def test_hostile_text_is_text_in_json(exporter: Exporter) -> None:
    text = written(exporter, report_of(hostile_host(), "processes"))

    assert text.isascii()
    rows = json.loads(text)["rows"] if exporter is JSON else map(json.loads, text.splitlines())
    assert {row["process"] for row in rows} == {safe_text(raw) for raw in HOSTILE}


@pytest.mark.parametrize("exporter", TABLE_EXPORTERS, ids=lambda exporter: exporter.name)
@pytest.mark.parametrize("pane", ["processes", "sockets", "ports", "descriptors"])
def test_no_format_emits_control_characters(exporter: Exporter, pane: str) -> None:
    for paper in (Paper(), Paper(width=80)):
        text = written(exporter, report_of(hostile_host(), pane), paper)

        assert all(line.isprintable() for line in text.split("\n"))


@pytest.mark.parametrize("exporter", TABLE_EXPORTERS, ids=lambda exporter: exporter.name)
def test_unix_names_are_exported_when_asked_for(exporter: Exporter) -> None:
    report = chosen(report_of(hostile_host(), "sockets", filter="proto unix"), "path")

    assert "script" in written(exporter, report)


@pytest.mark.parametrize("exporter", TABLE_EXPORTERS, ids=lambda exporter: exporter.name)
def test_large_tables_come_in_pieces(exporter: Exporter) -> None:
    report = report_of(hostile_host(), "sockets")
    (table,) = report.tables.values()
    many = replace(table, order=np.arange(10_000) % len(HOSTILE))

    pieces = list(exporter.write(replace(report, tables={"sockets": many}), Paper()))

    assert len(pieces) > 2
    assert b"".join(pieces).count(b"\n") >= 10_000


def test_a_field_named_twice_is_one_member() -> None:
    report = chosen(report_of(web_server(), "processes"), "pid", "pid")

    assert written(NDJSON, report).splitlines()[0] == '{"pid":701}'


def _without_colour(text: str) -> str:
    pieces = text.split("\x1b[")
    return pieces[0] + "".join(piece.split("m", 1)[1] for piece in pieces[1:])
