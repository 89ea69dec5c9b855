"""Changes as text and as a document."""

from __future__ import annotations

import json
from importlib import resources
from typing import Any

import jsonschema
import pytest

from netinspect.changes import Change, Changes, Difference, Section, Side, Turn, compare
from netinspect.exporters.changes import CHANGES_EXPORTERS
from netinspect.finding import Finding, Severity, Unit
from netinspect.humanize import safe_text
from netinspect.measures.subjects import HOST
from netinspect.model import Host, Sample
from netinspect.parts import Paper
from tests.changes.comparing import compared, view
from tests.exporters.reports import HOSTILE, web_server
from tests.samples import make_sample, namespace, process, tcp

PLAIN = Paper(ascii=True)
TAKEN_AT = 1_700_000_000.0
WEB = Host("web-07", "6.1.0", "boot")


def changes(*sections: Section, name: str = "before.json", gaps: tuple[str, ...] = ()) -> Changes:
    before, after = Side(name, WEB, TAKEN_AT, gaps), Side("now", WEB, TAKEN_AT + 1200)
    return Changes(before, after, 1200.0, sections)


SECTIONS = (
    Section(
        "findings",
        "Findings",
        (
            Change(
                Turn.GRAVER,
                "close-wait-leak java[812]",
                (
                    Difference("severity", "warning", "critical", Unit.TEXT),
                    Difference("level", 40.0, 400.0),
                    Difference("summary", "40 CLOSE_WAIT", "400 CLOSE_WAIT", Unit.TEXT),
                ),
                about={"severity": "critical"},
            ),
            Change(
                Turn.NEW,
                "accept-queue-full *:8080",
                (Difference("level", None, 129.0),),
                "129 of 128 wait",
                {"severity": "warning"},
            ),
        ),
    ),
    Section(
        "processes",
        "Processes",
        (
            Change(Turn.GONE, "cron[7]", (Difference("sockets", 1, None),), "cron.service"),
            Change(Turn.GREW, "java[812]", (Difference("sockets", 40, 1400),)),
            Change(Turn.SHRANK, "nginx[9]", (Difference("fds", 500, 20),)),
        ),
        left_out=2,
    ),
    Section("settings", "Settings"),
)


def text_of(told: Changes, paper: Paper = PLAIN) -> str:
    return b"".join(CHANGES_EXPORTERS[0].write(told, paper)).decode()


def document_of(told: Changes) -> dict[str, Any]:
    exporter = next(one for one in CHANGES_EXPORTERS if one.name == "json")
    document: dict[str, Any] = json.loads(b"".join(exporter.write(told, Paper())))
    return document


def test_text() -> None:
    assert (
        text_of(changes(*SECTIONS, gaps=("owners hidden",)))
        == """\
A  before.json  web-07  2023-11-14 22:13:20 UTC
B  now          web-07  2023-11-14 22:33:20 UTC, 20m later
! A: owners hidden

Findings
  ~ CRITICAL close-wait-leak java[812]  graver
                                        severity  warning > critical
      was: 40 CLOSE_WAIT
      now: 400 CLOSE_WAIT
  + WARNING accept-queue-full *:8080  129 of 128 wait

Processes
  - cron[7]  cron.service, sockets 1
  ~ java[812]                           sockets       40 > 1,400  +1,360
  ~ nginx[9]                            descriptors  500 >    20    -480

5 changes; 2 small changes left out: --all shows them
"""
    )


def test_nothing() -> None:
    told = changes(Section("settings", "Settings", left_out=1))

    assert text_of(told).splitlines()[-1] == (
        "no difference; 1 small change left out: --all shows them"
    )


def test_long_names_go_on_lines_of_their_own() -> None:
    lines = text_of(changes(name="/var/tmp/" + "x" * 40)).splitlines()

    assert lines[:2] == ["A  /var/tmp/" + "x" * 40, "   web-07  2023-11-14 22:13:20 UTC"]
    assert max(map(len, lines)) <= 80


def test_colour_says_nothing_that_glyphs_do_not() -> None:
    plain = text_of(changes(*SECTIONS))
    coloured = text_of(changes(*SECTIONS), Paper(80, colour=True, ascii=True))

    assert "\x1b[" in coloured
    for one in ("\x1b[0m", "\x1b[32m", "\x1b[33m", "\x1b[1;31m"):
        coloured = coloured.replace(one, "")
    assert coloured == plain


def test_lines_fit_in_eighty_cells() -> None:
    told = compared(make_sample(), web_server(), everything=True)

    assert max(map(len, text_of(told).splitlines())) <= 80


@pytest.mark.parametrize("everything", [False, True])
def test_document_keeps_to_its_schema(everything: bool) -> None:
    schema = json.loads(resources.files("netinspect.schemas").joinpath("diff-1.json").read_text())
    before, after = view("A", other_host()), view("B", web_server(), findings=[finding()])

    for pair in ((before, after), (after, before), (after, after)):
        told = compare(*pair, everything=everything)
        document = document_of(told)
        jsonschema.Draft202012Validator(schema).validate(document)
        assert document["same"] is told.same is (pair == (after, after))


def finding() -> Finding:
    return Finding("config-x", Severity.INFO, HOST, "1 of 2", (), title="x", level=1)


def other_host() -> Sample:
    """Make one that differs in every section."""
    sysctls = {"net.core.somaxconn": "128"}
    sockets = [tcp("SYN_SENT", f"10.0.0.1:{40000 + i}", "10.2.0.9:80") for i in range(20)]
    old = namespace(sysctls=sysctls, counters={"TcpExt.ListenOverflows": 7})
    return make_sample(sockets, [process(1, "init")], namespaces=[old], at=-60)


def test_hostile_names_stay_what_they_are() -> None:
    subjects = [safe_text(raw) for raw in HOSTILE]
    section = Section("processes", "Processes", tuple(Change(Turn.NEW, s) for s in subjects))

    written = document_of(changes(section))["changes"]["processes"]

    assert [one["subject"] for one in written] == subjects
    text = text_of(changes(section), Paper())
    assert all(line.isprintable() for line in text.splitlines())
