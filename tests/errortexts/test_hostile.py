"""Text made to do harm: whatever it holds, it is read in linear time and told harmlessly."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from netinspect.errortexts.classes import CLASSES
from netinspect.errortexts.events import EventReader
from netinspect.errortexts.recognise import recognise_line
from netinspect.humanize import safe_text

_SIZE = 200_000
_PARTS = (
    *("a", "1", "1.", "1.1.1.1:", ":1", "[::", "a-", " a[1", "('a", '"a', " a/a", "pid ", "port "),
    *("read tcp ", "dial tcp ", "bind ", "Connection to ", "timed out (110: ", " a/b 1/1/1/1/1"),
    *(
        '" 503 UF,UF',
        "12:34:5",
        "\x1b[",
        "(a$",
        "reset reason: ",
        "can't connect to ",
        " timed out",
    ),
    *("->", "upstream: ", "listen ", "a://a", "host='a", "Caused by: ", "lookup a", "\\", "\x00"),
)


@pytest.mark.parametrize("part", _PARTS)
@pytest.mark.parametrize("end", ["", " ECONNRESET", " timed out"])
def test_line_that_repeats_itself_is_read_to_its_end(part: str, end: str) -> None:
    list(EventReader().read([part * (_SIZE // len(part)) + end + "\n"]))


@settings(max_examples=300)
@given(
    before=st.text(max_size=80),
    pattern=st.sampled_from([pattern for one in CLASSES for pattern in one.patterns]),
    after=st.text(max_size=80),
    data=st.data(),
)
def test_what_is_told_is_safe_to_print(
    before: str, pattern: str, after: str, data: st.DataObject
) -> None:
    error = data.draw(st.from_regex(pattern, fullmatch=True))

    sighting = recognise_line(f"{before}{error}{after}")

    if sighting is not None:
        assert sighting.text == safe_text(sighting.text)
        towards = sighting.towards or ""
        assert towards == safe_text(towards)
        assert towards.isascii()


@settings(max_examples=300)
@given(st.lists(st.text(max_size=60), max_size=12))
def test_any_lines_can_be_read(lines: list[str]) -> None:
    text = "\n".join(lines).replace("\r", "") + "\nconnection refused"

    assert list(EventReader().read(text.split("\n")))


@pytest.mark.parametrize("line", ["connection refused \x1b]0;title\x07", "connection refused ‮evil"])
def test_control_characters_become_visible(line: str) -> None:
    sighting = recognise_line(line)

    assert sighting is not None
    assert sighting.text.isprintable()
