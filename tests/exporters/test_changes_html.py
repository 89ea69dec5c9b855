"""The page of what is not the same at two moments."""

from __future__ import annotations

import pytest

from netinspect.changes import Change, Changes, Difference, Section, Side, Turn
from netinspect.exporters.changes_html import EXPORTER
from netinspect.finding import Unit
from netinspect.model import Host
from netinspect.parts import Paper
from tests.exporters.hostile import ATTACKS
from tests.exporters.pages import Element, read_page
from tests.exporters.test_changes import SECTIONS, changes


def page_of(told: Changes) -> Element:
    return read_page(b"".join(EXPORTER.write(told, Paper())).decode())


def rows_of(page: Element, section: str) -> list[list[str]]:
    table = page.one("section", id=f"changes-{section}").one("tbody")
    return [[cell.text for cell in row.inside] for row in table.all("tr")]


def test_page_tells_what_was_compared() -> None:
    page = page_of(changes(*SECTIONS, gaps=("owners hidden for 3 of 10 sockets",)))

    assert page.one("h1").text == "web-07"
    assert page.one("p", class_="verdict").text.startswith("5 changes; 2 small changes left out")
    assert [term.text for term in page.all("dt")] == ["A: before.json", "B: now"]
    assert [said.text for said in page.all("dd")][1] == "2023-11-14 22:33:20 UTC, 20m later"
    assert page.one("section", id="coverage").one("li").text.startswith("A: owners hidden")
    assert [link.text for link in page.one("nav").all("a")] == ["Findings 2", "Processes 3"]


def test_every_value_stands_beside_what_it_was() -> None:
    page = page_of(changes(*SECTIONS))

    assert rows_of(page, "findings") == [
        ["~ graver", "CRITICAL close-wait-leak java[812]", "severity", "warning", "critical", ""],
        ["seen", "40 CLOSE_WAIT", "400 CLOSE_WAIT", ""],
        ["+ new", "WARNING accept-queue-full *:8080129 of 128 wait", "", "", "", ""],
    ]
    assert rows_of(page, "processes") == [
        ["− gone", "cron[7]cron.service", "sockets", "1", "–", ""],
        ["~ grew", "java[812]", "sockets", "40", "1,400", "+1,360"],
        ["~ shrank", "nginx[9]", "descriptors", "500", "20", "-480"],
    ]


def test_what_comes_looks_grave_where_it_is_an_anomaly() -> None:
    page = page_of(changes(*SECTIONS))
    findings = page.one("section", id="changes-findings")

    assert [cell.text for cell in findings.all("td", class_="critical")] == [
        "~ graver",
        "+ new",
    ]
    assert findings.all("td", class_="good") == []


def test_two_moments_that_are_the_same_are_a_page_as_well() -> None:
    page = page_of(changes())

    assert page.one("p", class_="verdict").text == "no difference"
    assert page.one("main").inside == []


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_adds_no_element(attack: str) -> None:
    def told(text: str) -> Changes:
        side = Side(text, Host(text), 0.0, (text,))
        value = Difference(text, text, text * 2, Unit.TEXT)
        change = Change(Turn.CHANGED, text, (value,), text, {"severity": text})
        return Changes(side, side, 5.0, (Section("x", text, (change,)),), (text,))

    shapes = [
        [(element.tag, *sorted(element.attributes)) for element in page_of(told(text)).every()]
        for text in (attack, "x" * len(attack))
    ]

    assert shapes[0] == shapes[1]
