"""What the classes promise: known codes and thresholds, bounded patterns, hints, good commands."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from importlib import import_module
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.errortexts import ends, events, proxies, recognise, runtimes, traces
from netinspect.errortexts.classes import BY_NAME, CLASSES
from netinspect.errortexts.error_class import ErrorClass
from netinspect.errortexts.hints import find_hint
from netinspect.explanations import fill_line
from netinspect.rules import RULES, port_in_use

_PARSER = import_module("re._parser" if sys.version_info >= (3, 11) else "sre_parse")
_COMMAND = re.compile(r"`([^`]+)`")
_PATTERNS = [pattern for one in CLASSES for pattern in one.patterns]


def patterns_of(value: object) -> Iterator[re.Pattern[str]]:
    """Yield the compiled expressions in a value, however deep."""
    if isinstance(value, re.Pattern):
        yield value
    elif isinstance(value, (tuple, list)):
        for part in value:
            yield from patterns_of(part)


def unbounded_repeats(parsed: Any) -> int:
    """Count what may repeat without an end in a parsed expression."""
    count = 0
    for operator, argument in parsed:
        if "REPEAT" in str(operator):
            count += argument[1] == _PARSER.MAXREPEAT
        for part in argument if isinstance(argument, (tuple, list)) else (argument,):
            for piece in part if isinstance(part, list) else (part,):
                if isinstance(piece, _PARSER.SubPattern):
                    count += unbounded_repeats(piece)
    return count


def test_names_are_unique_and_words_of_one_line() -> None:
    assert len(BY_NAME) == len(CLASSES)
    for one in CLASSES:
        assert re.fullmatch(r"[a-z]+(-[a-z]+)*", one.name)
        assert not one.meaning.endswith(".")


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_codes_and_thresholds_exist(one: ErrorClass) -> None:
    known = {rule.code: {threshold.name for threshold in rule.thresholds} for rule in RULES}

    assert set(one.codes) <= {*known, port_in_use.CODE}
    assert set(one.thresholds) <= set(one.codes)
    for code, thresholds in one.thresholds.items():
        assert set(thresholds) <= known[code]


def test_only_what_the_kernel_can_know_has_codes() -> None:
    for one in CLASSES:
        assert not (one.unseen and one.codes)
        assert one.codes or one.advice


@pytest.mark.parametrize("module", [ends, events, proxies, recognise, runtimes, traces])
def test_no_expression_repeats_without_an_end(module: object) -> None:
    found = [p for value in vars(module).values() for p in patterns_of(value)]

    assert found
    for pattern in found:
        parsed = _PARSER.parse(pattern.pattern, pattern.flags)
        assert unbounded_repeats(parsed) == 0, pattern.pattern


@settings(max_examples=400)
@given(data=st.data())
def test_what_a_pattern_matches_holds_its_hint(data: st.DataObject) -> None:
    pattern = data.draw(st.sampled_from(_PATTERNS))
    text = data.draw(st.from_regex(re.compile(pattern, re.ASCII), fullmatch=True))

    assert find_hint(pattern) in text.lower()


def test_hints_say_something() -> None:
    assert {hint for pattern in _PATTERNS if len(hint := find_hint(pattern)) < 5} == set()


@pytest.mark.parametrize(
    ("pattern", "hint"),
    [
        (r"[Cc]onnect(?:ion)? timed out", " timed out"),
        (r"curl: \(7\)", "curl: (7)"),
        (r"neighbou?r: .{0,40}x", "neighbo"),
        (r"\bECONNREFUSED\b", "econnrefused"),
    ],
)
def test_hint_is_the_longest_text_that_is_always_there(pattern: str, hint: str) -> None:
    assert find_hint(pattern) == hint


@pytest.mark.parametrize("one", CLASSES, ids=lambda one: one.name)
def test_commands_of_advice_run(one: ErrorClass) -> None:
    values = {"host": "localhost", "address": "127.0.0.1", "port": "5432"}
    lines = [fill_line(line, values) for line in one.advice]
    for command in (c for line in lines if line for c in _COMMAND.findall(line)):
        if command.startswith("netinspect "):
            command = f"{sys.executable} -m netinspect.cli {command.removeprefix('netinspect ')}"
        done = subprocess.run(
            ["sh", "-ec", command], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
