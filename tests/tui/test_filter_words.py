"""What is offered while a filter is typed."""

from __future__ import annotations

import asyncio

import pytest

from netinspect.query.saved import save_filters
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


def test_saved_filters_are_offered() -> None:
    save_filters({"web": "port 80", "slow": "rtt > 1s"})
    try:
        words = FilterWords(lambda field: ())
        offered = asyncio.run(words.get_suggestion("pid 7 and @s"))
    finally:
        save_filters({})

    assert offered == "pid 7 and @slow"
