"""From what size on a number counts as changed, and that the README says so."""

from __future__ import annotations

from pathlib import Path

import pytest

import netinspect
from netinspect.changes import Difference
from netinspect.changes.notable import (
    LEAST,
    LEAST_TIME_WAIT,
    ROUTINE_RATE,
    SHARE,
    SHARE_TIME_WAIT,
    is_notable,
)
from netinspect.finding import Unit

README = Path(netinspect.__file__).parent.parent / "README.md"


@pytest.mark.parametrize(
    ("before", "after", "notable"),
    [
        (0, 9, False),
        (0, 10, True),
        (None, 10, True),
        (40, 50, True),
        (41, 50, False),
        (1000, 1200, False),
        (1000, 1250, True),
        (7, 7, False),
    ],
)
def test_both_ways_alike(before: int | None, after: int, notable: bool) -> None:
    assert is_notable(Difference("sockets", before, after)) is notable
    assert is_notable(Difference("sockets", after, before)) is notable


def test_texts_are_no_numbers() -> None:
    value = Difference("net.core.somaxconn", "128", "4096", Unit.TEXT)

    assert (value.delta, is_notable(value)) == (None, False)


def test_readme_says_the_sizes() -> None:
    text = " ".join(README.read_text().split())

    assert (SHARE, SHARE_TIME_WAIT, ROUTINE_RATE) == (1 / 5, 1 / 2, 1)
    assert (
        f"by less than {LEAST} or less than a fifth (TIME_WAIT: {LEAST_TIME_WAIT}, a half)" in text
    )
    assert "below one a second" in text
