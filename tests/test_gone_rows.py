"""Rows that went stay on screen for a while, and count nowhere."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from netinspect.exporters import TABLE_EXPORTERS
from netinspect.finding import Finding, Severity, Subject, SubjectKind
from netinspect.measures.departures import MOST_GONE
from netinspect.measures.steps import take_step
from netinspect.model import Age, Row, Sample, Trail, Window
from netinspect.panes import PANES
from netinspect.parts import Exporter, Pane, Paper, Report, Table
from netinspect.query import parse_query
from netinspect.report import PaneRequest, build_report, build_window
from tests.samples import make_sample, make_window, process, tcp, unix

JAVA = process(812, "java")
CURL = process(900, "curl", fds=5)
REDIS = process(950, "redis")

LISTENER = tcp("LISTEN", "0.0.0.0:80", pids=[812], key=1)
INCOMING = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", pids=[812], key=2)
DIALLED = tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.5:5432", pids=[900], key=3)
OTHER_LISTENER = tcp("LISTEN", "0.0.0.0:6379", pids=[950], key=4)

FULL = make_sample([LISTENER, INCOMING, DIALLED, OTHER_LISTENER], [JAVA, CURL, REDIS])
LEFT = make_sample([OTHER_LISTENER], [REDIS], at=2)


def pane(name: str) -> Pane:
    return next(pane for pane in PANES if pane.name == name)


def window_after(samples: Sequence[Sample], filter: str = "") -> Window:
    trail, before = Trail(), None
    for sample in samples:
        trail, previous, before = (
            trail.add(take_step(make_window(sample, before))),
            before,
            sample,
        )
    return build_window(samples[-1], previous, parse_query(filter), trail=trail)


def report_after(samples: Sequence[Sample], name: str, filter: str = "", sort: str = "") -> Report:
    request = PaneRequest(pane(name), sort or pane(name).sort, descending=False)
    return build_report(window_after(samples, filter), [request], gone=parse_query(filter))


def table_after(samples: Sequence[Sample], name: str, filter: str = "", sort: str = "") -> Table:
    return report_after(samples, name, filter, sort).tables[name]


def gone_rows(samples: Sequence[Sample], name: str, filter: str = "") -> tuple[Row, ...]:
    return rows_gone(table_after(samples, name, filter))


def rows_gone(table: Table) -> tuple[Row, ...]:
    lines = table.gone.lines.tolist() if table.gone else []
    return tuple(shown_row(table, line) for line in lines if line < 0)


def shown_row(table: Table, line: int) -> Row:
    if line >= 0:
        return table.rows.row(line)
    assert table.gone is not None
    return table.gone.rows.row(-1 - line)


def values(name: str, row: Row, *fields: str) -> list[object]:
    return [row.values[pane(name).fields.index(field)] for field in fields]


def test_rows_stay_for_three_samples_as_they_were_last_seen() -> None:
    later = [make_sample([OTHER_LISTENER], [REDIS], at=at) for at in (4, 6, 8)]

    counts = [len(gone_rows([FULL, LEFT, *later[:n]], "sockets")) for n in range(4)]

    assert counts == [3, 3, 3, 0]
    (curl, java) = sorted(gone_rows([FULL, LEFT], "processes"), key=lambda row: str(row.values[1]))
    assert curl.age is Age.GONE
    assert values("processes", curl, "process", "sockets", "fds") == ["curl", 1, 5]
    assert values("processes", java, "process", "sockets") == ["java", 2]


def test_listener_that_went_keeps_the_connections_it_had() -> None:
    (row,) = gone_rows([FULL, LEFT], "ports")

    assert row.key == 1
    assert values("ports", row, "port", "sockets", "process") == [80, 1, "java"]


def test_destination_that_went_keeps_its_ports_and_their_limit() -> None:
    before = pane("ephemeral").rows(make_window(FULL)).row(0)

    (row,) = gone_rows([FULL, LEFT], "ephemeral")

    fields = ("remote_addr", "remote_port", "used", "usable", "process")
    assert row.key == before.key
    assert values("ephemeral", row, *fields) == values("ephemeral", before, *fields)


def test_history_of_what_went_ends_in_a_gap() -> None:
    (row,) = gone_rows([FULL, FULL, LEFT], "ports")

    (history,) = values("ports", row, "history")
    assert getattr(history, "numbers", None) == (1, 1, None)


@pytest.mark.parametrize("name", [pane.name for pane in PANES])
def test_nothing_is_gone_or_new_at_first_and_while_nothing_changes(name: str) -> None:
    again = make_sample([LISTENER, INCOMING, DIALLED, OTHER_LISTENER], [JAVA, CURL, REDIS], at=2)

    for samples in ([FULL], [FULL, again]):
        table = table_after(samples, name)
        assert table.gone is None
        assert {table.rows.row(i).age for i in range(len(table.rows))} <= {Age.SETTLED}


def test_what_comes_back_is_no_longer_gone() -> None:
    assert gone_rows([FULL, LEFT, FULL], "processes") == ()
    assert gone_rows([FULL, LEFT, FULL], "ports") == ()
    assert gone_rows([FULL, LEFT, FULL], "ephemeral") == ()


def test_filter_hides_rows_that_went_like_others() -> None:
    assert [row.key for row in gone_rows([FULL, LEFT], "sockets", "port 5432")] == [3]
    assert [
        values("processes", r, "pid") for r in gone_rows([FULL, LEFT], "processes", "java")
    ] == [[812]]


def test_filter_that_hides_a_living_row_makes_it_neither_gone_nor_new() -> None:
    table = table_after([LEFT, FULL], "processes", "java")

    assert table.gone is None
    assert [table.rows.row(i).age for i in range(len(table.rows))] == [Age.NEW]
    assert table_after([FULL, FULL], "processes", "java").rows.row(0).age is Age.SETTLED


@pytest.mark.parametrize("sort", ["state", "local_port", "process", "remote_addr", "rtt"])
def test_rows_that_went_stand_where_they_belong(sort: str) -> None:
    table = table_after([FULL, LEFT], "sockets", sort=sort)
    assert table.gone is not None
    shown = [shown_row(table, line) for line in table.gone.lines.tolist()]
    whole = table_after([FULL], "sockets", sort=sort)
    place = pane("sockets").fields.index(sort)

    expected = [whole.rows.row(i).values[place] for i in whole.order.tolist()]
    assert [row.values[place] for row in shown] == expected


def test_names_of_unix_sockets_sort_among_those_that_went() -> None:
    paths = [unix(f"/run/{name}", key=key) for key, name in enumerate("cadb", 10)]
    table = table_after(
        [make_sample(paths), make_sample([paths[0], paths[3]])], "sockets", "proto unix", "path"
    )
    assert table.gone is not None
    place = pane("sockets").fields.index("path")

    shown = [shown_row(table, line).values[place] for line in table.gone.lines.tolist()]

    assert shown == ["/run/a", "/run/b", "/run/c", "/run/d"]


def test_no_more_than_a_limit_are_shown() -> None:
    many = [
        tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{port}", key=port)
        for port in range(2000, 2000 + 2 * MOST_GONE)
    ]

    assert len(gone_rows([make_sample(many), make_sample([])], "sockets")) == MOST_GONE


@pytest.mark.parametrize("exporter", TABLE_EXPORTERS, ids=lambda exporter: exporter.name)
@pytest.mark.parametrize("name", [pane.name for pane in PANES])
def test_exports_and_headers_do_not_count_them(exporter: Exporter, name: str) -> None:
    report = report_after([FULL, LEFT], name)
    without = build_report(report.window, [PaneRequest(pane(name), pane(name).sort, False)])

    written = [b"".join(exporter.write(each, Paper())) for each in (report, without)]
    assert written[0] == written[1]
    assert pane("processes").header(report.window) == "1 process"


def test_exports_write_history_as_numbers() -> None:
    report = report_after([LEFT, FULL, FULL], "ports", sort="port")
    written = {
        exporter.name: b"".join(exporter.write(report, Paper())).decode()
        for exporter in TABLE_EXPORTERS
    }

    rows = json.loads(written["json"])["rows"]
    assert [row["history"] for row in rows] == [[None, 1, 1], [0, 0, 0]]
    assert "null 1 1" in written["csv"]
    assert "HISTORY" not in written["table"]


def test_history_of_one_sample_is_not_known() -> None:
    report = report_after([FULL], "ports")
    exporter = next(exporter for exporter in TABLE_EXPORTERS if exporter.name == "json")

    rows = json.loads(b"".join(exporter.write(report, Paper())))["rows"]

    assert [row["history"] for row in rows] == [None, None]


def told(*subjects: str) -> tuple[Finding, ...]:
    return tuple(
        Finding("port-in-use", Severity.WARNING, Subject(SubjectKind.HOST, key, key), key, ())
        for key in subjects
    )


def anomalies_after(*findings: tuple[Finding, ...]) -> Table:
    trail = Trail()
    for found in findings:
        window = replace(make_window(FULL), findings=found)
        trail = trail.add(take_step(window))
    window = replace(make_window(FULL), findings=findings[-1], trail=trail)
    request = PaneRequest.default(pane("anomalies"))
    return build_report(window, [request], gone=parse_query("")).tables["anomalies"]


def subjects_by_age(table: Table) -> list[tuple[str, Age]]:
    rows = [*(table.rows.row(i) for i in range(len(table.rows))), *rows_gone(table)]
    return [(str(row.key[1]), row.age) for row in rows if isinstance(row.key, tuple)]


def test_finding_is_new_for_three_samples_but_not_in_the_first() -> None:
    ages = [
        dict(subjects_by_age(anomalies_after(told("a"), *[told("a", "b")] * count)))
        for count in range(5)
    ]

    assert {age["a"] for age in ages} == {Age.SETTLED}
    assert [age.get("b") for age in ages] == [None, *[Age.NEW] * 3, Age.SETTLED]


def test_finding_that_ended_stays_for_three_samples_below_the_others() -> None:
    rows = [
        subjects_by_age(anomalies_after(told("a", "b"), *[told("b")] * count)) for count in range(5)
    ]

    ended = ("a", Age.GONE)
    assert [ended in shown for shown in rows] == [False, True, True, True, False]
    assert rows[1] == [("b", Age.SETTLED), ended]
    table = anomalies_after(told("a", "b"), told("b"))
    assert table.gone is not None
    assert table.gone.lines.tolist() == [0, -1]


def test_finding_that_comes_back_has_not_ended() -> None:
    assert subjects_by_age(anomalies_after(told("a"), told(), told("a"))) == [("a", Age.NEW)]
