"""Numbers as short text; host strings made harmless."""

from __future__ import annotations

import time
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.humanize import (
    address_text,
    bytes_text,
    coarse_seconds,
    count_text,
    duration_text,
    endpoint_text,
    limit_text,
    moment_text,
    percent_text,
    rate_text,
    safe_text,
    short_count_text,
)


@pytest.mark.parametrize(
    ("raw", "safe"),
    [
        (b"nginx: master process", "nginx: master process"),
        (b"\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        (b"a\nb\tc\r", "a\\x0ab\\x09c\\x0d"),
        (b"caf\xc3\xa9", "café"),
        (b"bad\xff\xfe", "bad\\xff\\xfe"),
        ("\u202eevil", "\\u202eevil"),
        ("zero\u200bwidth", "zero\\u200bwidth"),
        ("\ud800", "\\ud800"),
        ("\U000e0041", "\\U000e0041"),
        ("\x9b31m", "\\x9b31m"),
        ("日本語", "日本語"),
        ("", ""),
    ],
)
def test_unsafe_characters_become_visible_escapes(raw: bytes | str, safe: str) -> None:
    assert safe_text(raw) == safe


@given(st.one_of(st.text(), st.binary()))
def test_safe_text_never_holds_anything_a_terminal_obeys(raw: bytes | str) -> None:
    text = safe_text(raw)

    assert all(unicodedata.category(c) not in {"Cc", "Cf", "Cs", "Co", "Cn"} for c in text)
    text.encode("utf-8")


def test_long_text_is_cut_with_an_ellipsis() -> None:
    text = safe_text("x" * 5000)

    assert len(text) == 4096
    assert text.endswith("…")


@pytest.mark.parametrize(
    ("value", "text"),
    [(None, "–"), (0, "0"), (999, "999"), (1000, "1.0k"), (12_345, "12.3k"), (99_950, "100k")],
)
def test_short_counts_have_five_characters_at_most(value: float | None, text: str) -> None:
    assert short_count_text(value) == text


@given(st.integers(0, 10**17))
def test_short_counts_are_short(value: int) -> None:
    assert len(short_count_text(value)) <= 5


def test_counts_are_grouped() -> None:
    assert count_text(1_204) == "1,204"
    assert count_text(None) == "–"


@pytest.mark.parametrize(
    ("value", "text"), [(0, "0"), (1023, "1023"), (1024, "1.0K"), (10 * 1024**2, "10M")]
)
def test_bytes_are_powers_of_1024(value: int, text: str) -> None:
    assert bytes_text(value) == text


@pytest.mark.parametrize(
    ("share", "text"), [(0, "0%"), (0.0001, "1%"), (0.5, "50%"), (0.9999, "99%"), (1, "100%")]
)
def test_percent_is_full_only_when_full_and_zero_only_when_empty(share: float, text: str) -> None:
    assert percent_text(share) == text


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (0, "0"),
        (0.00035, "350us"),
        (0.0042, "4.2ms"),
        (0.35, "350ms"),
        (4.2, "4.2s"),
        (95, "95s"),
        (41 * 60, "41m"),
        (3 * 3600, "3h"),
        (12 * 86400, "12d"),
        (None, "–"),
    ],
)
def test_durations_have_two_figures_and_one_unit(seconds: float | None, text: str) -> None:
    assert duration_text(seconds) == text


@pytest.mark.parametrize(("rate", "text"), [(0, "0"), (0.24, "0.2"), (12, "12"), (1234, "1.2k")])
def test_small_rates_keep_a_digit(rate: float, text: str) -> None:
    assert rate_text(rate) == text


def test_mapped_addresses_are_printed_as_ipv4() -> None:
    assert address_text(0, 0xFFFF_0A00_0001) == "10.0.0.1"
    assert address_text(0, 1) == "::1"
    assert address_text(0x2001_0DB8 << 32, 1) == "2001:db8::1"


def test_endpoints_look_as_in_ss() -> None:
    assert endpoint_text("10.0.0.1", 80) == "10.0.0.1:80"
    assert endpoint_text("::1", 0) == "[::1]:*"
    assert endpoint_text("*", None) == "*:*"


@pytest.mark.parametrize(
    ("seconds", "coarse"),
    [(0, 0), (9.9, 0), (10, 10), (59, 50), (61, 60), (119, 110), (179, 120), (3599, 3540)],
)
def test_coarse_times_stay_for_a_while(seconds: float, coarse: float) -> None:
    assert coarse_seconds(seconds) == coarse


def test_a_time_is_that_of_the_clocks_here_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    assert moment_text(1_700_000_000) == "2023-11-14 22:13:20 UTC"
    with monkeypatch.context() as elsewhere:
        elsewhere.setenv("TZ", "EST5")
        time.tzset()
        assert moment_text(1_700_000_000) == "2023-11-14 17:13:20 EST"
    time.tzset()


def test_limit_that_is_reached_is_no_time_away() -> None:
    assert limit_text(90) == "limit in 90s"
    assert limit_text(0) == "limit reached"
