"""Text of filters: it is read, printed and read again; what means nothing says where."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.errors import FilterError
from netinspect.fields import FILTER_TERMS
from netinspect.query import join_filters, parse_query
from netinspect.query.terms import TERMS

PIECES = (
    *FILTER_TERMS,
    *("and", "or", "not", "&", "||", "!", "(", ")", "(", ")", ",", "=", "!=", ">=", "<", "ge"),
    *("80", ":443", "8000-8100", "64k", "200ms", "5m", "::1", "[::1]:80", "10.0.0.0/8", "*:22"),
    *("established", "time-wait", "all", "tcp", "java*", "/^j.v/", '"a b"', "'x\\'y'", "unknown("),
    *("unknown(rtt)", "autobound", "nginx", "/run/x", "/a", "b/", "\\", "pid:7", "ü", "critical"),
)
TEXTS = st.lists(st.sampled_from(PIECES), max_size=12).flatmap(
    lambda words: st.sampled_from([" ", ""]).map(lambda blank: blank.join(words))
)
SENSIBLE = st.recursive(
    st.sampled_from([spec.example for spec in TERMS.values()] + ["nginx", '"a b"', "autobound"]),
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' and '.join(some)})"),
        st.lists(inner, min_size=2, max_size=3).map(lambda some: f"({' or '.join(some)})"),
        inner.map("not {}".format),
    ),
    max_leaves=8,
)


def error_of(text: str) -> FilterError | None:
    try:
        parse_query(text)
    except FilterError as error:
        return error
    return None


@given(SENSIBLE | TEXTS)
def test_what_is_printed_is_read_as_the_same(text: str) -> None:
    if error_of(text):
        return

    tree = parse_query(text).tree
    printed = "" if tree is None else str(tree)
    assert parse_query(printed).tree == tree


@given(SENSIBLE)
def test_sensible_filters_are_read(text: str) -> None:
    assert parse_query(text).tree is not None


@given(TEXTS | st.text(max_size=60))
def test_any_text_is_read_or_says_where_it_is_wrong(text: str) -> None:
    error = error_of(text)

    if error is not None:
        assert error.message.startswith("filter: ")
        assert error.hint
        assert 0 <= error.at <= len(text)
        line, caret = error.picture
        assert caret.strip("^ ") == ""
        assert len(caret) <= len(line) + 1


@pytest.mark.parametrize(
    "piece",
    [
        "(",
        "not ",
        "!",
        "a ",
        "a or ",
        '"',
        "/a",
        "/\\",
        "state all ",
        "exclude all state all ",
        ",",
    ],
)
def test_long_text_takes_no_recursion_and_ends(piece: str) -> None:
    error = error_of(piece * 20_000)

    assert error is None or error.hint


@pytest.mark.parametrize(
    ("text", "at", "message", "hint"),
    [
        ("port 80 and pid", 12, "`pid` has no value", 'the word itself: "pid"'),
        (
            "port 80 or pid 1 and pid 2",
            17,
            "mixed",
            "(port 80 or pid 1) and pid 2, or port 80 or (",
        ),
        ("port 80 pid 1 or pid 2", 14, "mixed", "(port 80 and pid 1) or pid 2"),
        ("(pid 1", 0, "`(` is not closed", ")"),
        ("pid 1)", 5, "unexpected `)`", "remove it"),
        ("not", 3, "nothing follows `not`", "a field or a word"),
        ("rtt > 200", 6, "`200` has no unit", "us ms s"),
        ("rtt > 200parsec", 6, "no unit `parsec`", "us ms s"),
        ("prot 80", 0, "no field `prot`", "`proto`"),
        ("xyzzy = 5", 0, "no field `xyzzy`", "help filter"),
        ("process 'java", 8, "a quote is not closed", "'"),
        ("state foo", 6, "`foo` is no state", "established"),
        ("state listning", 6, "`listning` is no state", "`listen`"),
        ("dst fe80::1:80", 4, "an address, or an address and a port", "[fe80::1]:80"),
        ("dst example.org", 4, "no address", "not looked up"),
        ("process > java", 10, "no order", "= or !="),
        ("process /(a+)+/", 8, "may take too long", "repeated groups"),
        ("port 9-8", 5, "no range", "lesser"),
        ("unknown(colour)", 8, "no field `colour`", ""),
    ],
)
def test_error_points_at_the_place(text: str, at: int, message: str, hint: str) -> None:
    with pytest.raises(FilterError) as caught:
        parse_query(text)

    assert caught.value.at == at
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


@pytest.mark.parametrize(
    ("parts", "joined"),
    [
        (("", ""), ""),
        (("port 1 or port 2", ""), "port 1 or port 2"),
        (("pid 7", "port 80"), "pid 7 and port 80"),
        (("port 1 or port 2", "pid 7"), "(port 1 or port 2) and pid 7"),
        (("state all port 1 or port 2", "pid 7"), "state all and (port 1 or port 2) and pid 7"),
    ],
)
def test_filters_are_joined_so_that_all_hold(parts: tuple[str, ...], joined: str) -> None:
    assert join_filters(*parts) == joined
    parse_query(joined)
