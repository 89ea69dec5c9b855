"""Details show every field whole, with its unit."""

from __future__ import annotations

from netinspect.model import Owner, Row
from netinspect.tui.details import copied_text, details_text

FIELDS = ("process", "recv_q", "rtt", "owners", "states", "fd_used", "pid", "unit")
OWNERS = (Owner(812, 7, "java"), Owner(813, None, None))
ROW = Row(1, ("java" * 40, 1234567, 1500, OWNERS, {"ESTABLISHED": 1200}, 0.5, 70812, None))


def test_values_are_whole_and_have_units() -> None:
    text = details_text(FIELDS, ROW)

    assert "java" * 40 in text
    assert "recv_q   1,234,567" in text
    assert "rtt      1,500 us (1.5ms)" in text
    assert "states   1,200 ESTABLISHED" in text
    assert "fd_used  50.0 %" in text
    assert "pid      70812" in text


def test_time_that_is_short_as_it_is_stands_there_once() -> None:
    assert details_text(("since",), Row(1, (10.0,))) == "since  10 s"
    assert details_text(("since",), Row(1, (600.0,))) == "since  600 s (10m)"


def test_every_holder_is_listed() -> None:
    lines = details_text(FIELDS, ROW).splitlines()

    assert "owners   pid 812  fd 7  java" in lines
    assert "         pid 813" in lines


def test_unknown_fields_are_named_not_shown_as_zero() -> None:
    assert details_text(FIELDS, ROW).endswith("not known: unit")


def test_holders_that_may_not_be_seen_are_not_known() -> None:
    fields = ("owners", "owner_reason")

    assert details_text(fields, Row(1, ((), "none"))).startswith("owners        none\n")
    assert details_text(fields, Row(1, ((), "hidden"))).endswith("not known: owners")
    assert copied_text(fields, [Row(1, ((), "hidden"))]) == "owner_reason=hidden"


def test_copied_rows_are_one_line_each() -> None:
    text = copied_text(("pid", "process"), [Row(1, (1, "a b")), Row(2, (2, None))])

    assert text == "pid=1 process='a b'\npid=2"
