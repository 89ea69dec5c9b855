"""A time as people write it leads to the nearest moment, or to a line that says what there is."""

from __future__ import annotations

import pytest

from netinspect.errors import UsageError
from netinspect.recording.timeline import NOTHING_FOUND, Overview
from netinspect.recording.when import changes, find_moment, nearest, span_text

NOON = 1_700_049_600.0  # 2023-11-15 12:00:00 UTC


def overview(*offsets: float) -> Overview:
    return Overview.build((NOON + offset, 10, 0, NOTHING_FOUND) for offset in offsets)


EVERY_MINUTE = overview(*(60.0 * i for i in range(30)))


@pytest.mark.parametrize(
    ("text", "index"),
    [
        ("12:05", 5),
        (" 12:05:31 ", 6),
        ("12:05:29", 5),
        ("2023-11-15 12:10", 10),
        ("2023-11-15T12:10:00", 10),
        ("-10m", 19),
        ("-9m40s", 19),
        ("-29m", 0),
        ("first", 0),
        ("last", 29),
    ],
)
def test_time_leads_to_the_nearest_moment(text: str, index: int) -> None:
    assert find_moment(EVERY_MINUTE, text) == index


@pytest.mark.parametrize(
    "text", ["noon", "25:00", "12:60", "-", "10m", "2023-02-30 12:00", "0000-01-01 12:00"]
)
def test_what_is_no_time_is_told_with_the_forms(text: str) -> None:
    with pytest.raises(UsageError) as told:
        find_moment(EVERY_MINUTE, text)

    assert told.value.message == f"`{text}` is not a time"
    assert told.value.hint == "a time is written 14:05, 14:05:30, 2026-11-25 14:05 or -10m"


@pytest.mark.parametrize("text", ["11:58", "12:31", "2023-11-14 12:05", "-31m", "-999999999d"])
def test_time_out_of_range_is_told_with_what_there_is(text: str) -> None:
    with pytest.raises(UsageError) as told:
        find_moment(EVERY_MINUTE, text)

    assert told.value.message == f"nothing is kept of {text}"
    assert told.value.hint == "there is 12:00:00 to 12:29:00"


def test_minute_in_which_the_first_moment_lies_is_in_range() -> None:
    assert find_moment(overview(20.0, 80.0), "12:00") == 0


def test_time_of_day_means_the_latest_one() -> None:
    two_days = overview(-86400.0, -86340.0, 0.0)

    assert find_moment(two_days, "12:00") == 2
    assert find_moment(two_days, "12:01") == 1
    assert span_text(two_days) == "2023-11-14 12:00:00 to 2023-11-15 12:00:00"


def test_second_in_which_the_last_moment_lies_is_in_range() -> None:
    assert find_moment(overview(0.0, 30.4), "12:00:31") == 1


def test_nearest_takes_a_clock_that_was_set_back() -> None:
    assert nearest(overview(0.0, 100.0, 50.0, 60.0), NOON + 58) == 3


def test_no_time_at_all_is_told() -> None:
    with pytest.raises(UsageError, match="no time was given"):
        find_moment(EVERY_MINUTE, " ")


def test_nothing_to_go_to_is_told() -> None:
    with pytest.raises(UsageError, match="no moment"):
        find_moment(overview(), "first")


def test_changes_are_where_findings_appear_or_become_others() -> None:
    told = [(0, -1), (1, 1), (1, 1), (2, 1), (2, 2), (1, 1), (0, -1), (0, -1), (1, 0)]
    rows = ((NOON + i, 10, count, severity) for i, (count, severity) in enumerate(told))

    assert changes(Overview.build(rows)) == [1, 3, 4, 5, 8]


def test_findings_of_the_first_moment_count_as_a_change() -> None:
    assert changes(Overview.build([(NOON, 10, 1, 1)])) == [0]
    assert changes(overview()) == []
