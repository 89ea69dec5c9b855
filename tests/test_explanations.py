"""Markdown and numbers → explanations: what is filled in, dropped, and put first."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

import netinspect.rules
from netinspect.explanations import (
    HEADINGS,
    explain_code,
    fill_line,
    fill_parts,
    load_template,
    parse_template,
)
from netinspect.finding import BlockKind, Evidence, Unit
from netinspect.measures.runtimes import RUNTIMES
from netinspect.parts import Rule
from netinspect.rules import RULES

FOLDER = Path(netinspect.rules.__file__).parent
ON_DEMAND = {"port_in_use"}
"""Explained when asked for; no rule looks for them by itself."""


def test_every_rule_has_its_file_and_every_file_its_rule() -> None:
    files = {path.stem for path in FOLDER.glob("*.md")}

    assert files == {rule.code.replace("-", "_") for rule in RULES} | ON_DEMAND


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_files_have_the_headings_in_their_order(rule: Rule) -> None:
    title, parts = load_template(rule.code)
    found = list(dict.fromkeys(part.heading for part in parts))

    assert title
    assert found == [heading for heading in HEADINGS if heading in found]
    for needed in ("What is seen", "Why it happens", "How to confirm", "What to do", "Sources"):
        assert needed in found
    assert {part.runtime for part in parts} - {None} <= set(RUNTIMES)


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_without_numbers_nothing_is_left_open(rule: Rule) -> None:
    explanation = explain_code(rule.code)
    texts = [block.text for section in explanation.sections for block in section.blocks]

    assert [section.heading for section in explanation.sections]
    assert not [text for text in texts if re.search(r"\{[?!]?[a-z_]+\}|\bNone\b", text)]


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.code)
def test_thresholds_are_named_and_described(rule: Rule) -> None:
    names = [threshold.name for threshold in rule.thresholds]

    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", name) for name in names)
    assert all(t.help and not t.help.endswith(".") for t in rule.thresholds)


def test_numbers_are_written_with_their_unit() -> None:
    values = {
        "count": Evidence("count", 1204),
        "age": Evidence("age", 2460.0, Unit.SECONDS),
        "share": Evidence("share", 0.49, Unit.SHARE),
        "rate": Evidence("rate", 41.0, Unit.RATE),
        "size": Evidence("size", 12288, Unit.BYTES),
        "name": "java",
    }

    line = fill_line("{count} {age} {share} {rate} {size} {name}", values)

    assert line == "1,204 41m 49% 41/s 12K java"


def test_line_with_an_unknown_value_is_dropped() -> None:
    assert fill_line("{queue} of {limit}", {"queue": 3, "limit": None}) is None
    assert fill_line("{queue} of {limit}", {"queue": 3}) is None
    assert fill_line("{queue}", {"queue": Evidence("queue", None)}) is None


def test_zero_is_a_value() -> None:
    assert fill_line("{queue} wait", {"queue": Evidence("queue", 0)}) == "0 wait"


@pytest.mark.parametrize(
    ("line", "value", "filled"),
    [
        ("{?drops}some", 3, "some"),
        ("{?drops}some", 0, None),
        ("{?drops}some", None, None),
        ("{!drops}none", 0, "none"),
        ("{!drops}none", 3, None),
        ("{!drops}none", None, None),
        ("- {?drops}some", 3, "- some"),
    ],
)
def test_conditions(line: str, value: int | None, filled: str | None) -> None:
    assert fill_line(line, {"drops": value}) == filled


def test_commands_take_plain_numbers_and_quoted_names() -> None:
    values = {"port": "8080", "unit": "a b; rm", "count": Evidence("count", 1204)}

    line = fill_line("x {port} {unit} {count}", values, shell=True)

    assert line == "x 8080 'a b; rm' 1204"


def test_part_for_the_runtime_comes_first_and_others_are_left_out() -> None:
    _, parts = parse_template(
        "# T\n## What to do\n- general\n### nginx\n- for nginx\n### java\n- for java\n"
        "### tomcat\n- for tomcat\n"
    )

    (section,) = fill_parts(parts, "tomcat", {})

    assert [block.text for block in section.blocks] == [
        "tomcat: for tomcat",
        "java: for java",
        "general",
    ]


def test_kinds_of_blocks() -> None:
    _, parts = parse_template("# T\n## How to confirm\nread\n- item\n```sh\nss -tan\n```\n")

    (section,) = fill_parts(parts, None, {})

    assert [block.kind for block in section.blocks] == [
        BlockKind.TEXT,
        BlockKind.ITEM,
        BlockKind.COMMAND,
    ]
