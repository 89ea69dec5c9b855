"""What is offered while a filter is typed."""

from __future__ import annotations

import asyncio

import pytest

from netinspect.tui.filter_words import FilterWords

NAMES = {"process": ["nginx", "java"], "unit": ["nginx.service"]}


@pytest.mark.parametrize(
    ("typed", "offered"),
    [
        ("sta", "state"),
        ("pid 7 and sta", "pid 7 and state"),
        ("(rt", "(rtt"),
        ("state clo", "state close"),
        ("state established,time", "state established,time-wait"),
        ("exclude = tim", "exclude = time-wait"),
        ("state:est", "state:established"),
        ("process ja", "process java"),
        ("process != ng", "process != nginx"),
        ("unit ng", "unit nginx.service"),
        ("ng", None),
        ("port 8", None),
        ("pid", None),
        ("", None),
        ("pid 7 ", None),
    ],
)
def test_last_word_is_completed(typed: str, offered: str | None) -> None:
    words = FilterWords(lambda field: NAMES.get(field, []))

    assert asyncio.run(words.get_suggestion(typed)) == offered
