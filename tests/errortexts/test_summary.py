"""A whole log by class and destination."""

from __future__ import annotations

from netinspect.errortexts.events import EventReader
from netinspect.errortexts.summary import MOST_GROUPS, LogSummary


def summarise(text: str) -> LogSummary:
    summary = LogSummary()
    for told in EventReader().read(text.splitlines(keepends=True)):
        summary.add(told)
    return summary


def test_errors_are_counted_by_class_and_end_with_the_times_of_the_first_and_the_last() -> None:
    log = "".join(f"12:00:{i:02d} connection refused 10.2.0.{i % 2}:80\n" for i in range(5))

    ranked = summarise(log + "12:01:00 connection reset 10.2.0.0:80\n").ranked

    assert [(g.first.error.name, g.first.towards, g.count) for g in ranked] == [
        ("refused", "10.2.0.0:80", 3),
        ("refused", "10.2.0.1:80", 2),
        ("reset", "10.2.0.0:80", 1),
    ]
    assert (ranked[0].first_at, ranked[0].last_at) == ("12:00:00", "12:00:04")


def test_time_is_that_of_the_line_before_where_the_error_has_none() -> None:
    log = "12:00:00 request failed\njava.net.ConnectException: Connection refused\n"

    assert summarise(log).ranked[0].first_at == "12:00:00"


def test_log_of_ever_new_ends_stays_small() -> None:
    ends = MOST_GROUPS + 7
    log = "".join(f"connection refused 10.{i >> 8}.{i & 255}.1:80\n" for i in range(ends))

    summary = summarise(log)

    assert len(summary.groups) == MOST_GROUPS
    assert (summary.errors, summary.others) == (ends, 7)
