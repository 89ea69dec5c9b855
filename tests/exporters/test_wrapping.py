"""Breaking lines."""

from __future__ import annotations

from netinspect.exporters.wrapping import wrap_text


def test_lines_break_between_words_and_the_others_are_as_far_in() -> None:
    assert wrap_text("one two three", 10, "- ") == ["- one two", "  three"]
    assert wrap_text("one two three", 10, "- ", "") == ["- one two", "three"]


def test_command_stays_on_one_line_whatever_its_length() -> None:
    text = "see `ss -ltn 'sport = :80'` there, and `ip route` too"

    assert wrap_text(text, 20) == ["see", "`ss -ltn 'sport = :80'`", "there, and", "`ip route` too"]


def test_lone_backquote_is_a_character() -> None:
    assert wrap_text("a ` b c", 5) == ["a ` b", "c"]
