"""Cells take exactly their width and never cut a number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.cells import (
    ASCII,
    UNICODE,
    Glyphs,
    Span,
    base_style,
    cell_spans,
    fit,
    full_text,
    text_width,
)
from netinspect.cells.state_bar import allot
from netinspect.model import Owner, Row, Series, Value
from netinspect.parts import Column


def draw(
    fields: tuple[str, ...], values: tuple[Value, ...], width: int, glyphs: Glyphs = UNICODE
) -> str:
    spans = cell_spans(Column("T", fields, width), fields, Row(0, values), width, glyphs)
    return "".join(span.text for span in spans)


def styles(fields: tuple[str, ...], values: tuple[Value, ...], width: int) -> list[Span]:
    return list(cell_spans(Column("T", fields, width), fields, Row(0, values), width, UNICODE))


def whole(fields: tuple[str, ...], values: tuple[Value, ...]) -> str:
    return full_text(Column("T", fields, 5), fields, Row(0, values), UNICODE)


def test_numbers_are_grouped_and_right_aligned() -> None:
    assert draw(("sockets",), (12345,), 8) == "  12,345"


def test_number_that_does_not_fit_is_shown_short() -> None:
    assert draw(("sockets",), (123_456,), 6) == "  123k"


def test_number_without_any_room_is_an_ellipsis_and_never_a_part_of_it() -> None:
    assert draw(("sockets",), (123_456,), 3) == "  …"


def test_ids_are_not_grouped() -> None:
    assert draw(("pid",), (4194304,), 8) == " 4194304"


def test_unknown_is_a_dash_and_zero_a_zero_and_both_step_back() -> None:
    assert styles(("sockets",), (None,), 3) == [Span("  –", "muted")]
    assert styles(("sockets",), (0,), 3) == [Span("  0", "muted")]
    assert styles(("uid",), (0,), 3) == [Span("  0", "plain")]
    assert draw(("sockets",), (None,), 3, ASCII) == "  -"


@pytest.mark.parametrize(
    ("field", "value", "text"),
    [
        ("rtt", 350, "350us"),
        ("idle", 4200, "4.2s"),
        ("time_to_limit", 120.0, "2m"),
        ("fd_used", 0.999, "99%"),
        ("send_rate", 2048.0, "2.0K"),
        ("drop_rate", 0.25, "0.2"),
        ("state", "CLOSE_WAIT", "CLOSE_WAIT"),
    ],
)
def test_each_kind_has_its_look(field: str, value: Value, text: str) -> None:
    assert draw((field,), (value,), 12).strip() == text


def test_text_is_cut_with_an_ellipsis() -> None:
    assert draw(("process",), ("gunicorn",), 5) == "guni…"
    assert draw(("process",), ("gunicorn",), 5, ASCII) == "guni~"


def test_wide_characters_take_two_cells() -> None:
    cell = draw(("process",), ("日本語サーバ",), 6)

    assert cell == "日本… "
    assert text_width(cell) == 6


def test_first_known_text_of_a_column_is_shown() -> None:
    assert draw(("unit", "container"), (None, "3f2a"), 5) == "3f2a "


def test_endpoint_keeps_its_port_when_the_address_is_cut() -> None:
    fields = ("remote_addr", "remote_port")

    assert draw(fields, ("10.2.0.9", 9200), 14) == "10.2.0.9:9200 "
    assert draw(fields, ("2001:db8::1234", 443), 14) == "[2001:db8…:443"
    assert draw(fields, ("*", 0), 5) == "*:*  "


def test_unix_socket_shows_its_path_in_place_of_an_address() -> None:
    fields = ("local_addr", "local_port", "path")

    assert draw(fields, (None, None, "/run/x.sock"), 11) == "/run/x.sock"


def test_meter_shows_bar_and_numbers() -> None:
    assert draw(("queue", "backlog"), (3, 128), 14) == "▏░░░     3/128"
    assert draw(("queue", "backlog"), (3, 128), 14, ASCII) == "....     3/128"


def test_meter_without_limit_has_no_bar() -> None:
    assert draw(("queue", "backlog"), (3, None), 14) == "           3/–"


def test_meter_gives_up_limits_before_it_gives_up_the_number() -> None:
    fields = ("fds", "fd_soft", "fd_hard")

    assert draw(fields, (4000, 4096, 524_288), 30).endswith("4,000/4,096/524,288")
    assert draw(fields, (4000, 4096, 524_288), 24).endswith(" 4.0k/4.1k/524k")
    assert draw(fields, (4000, 4096, 524_288), 18).endswith("4,000/4,096")
    assert draw(fields, (4000, 4096, 524_288), 5) == "4,000"


@pytest.mark.parametrize(
    ("used", "style"), [(1, "plain"), (102, "plain"), (103, "warning"), (122, "critical")]
)
def test_meter_warns_by_share(used: int, style: str) -> None:
    bar, *_, number = styles(("queue", "backlog"), (used, 128), 14)

    assert (number.style, bar.style) == (style, style if used > 1 else "muted")


def test_empty_part_of_a_bar_steps_back() -> None:
    assert styles(("fds", "fd_soft"), (512, 1024), 18) == [
        Span("███", "plain"),
        Span("░░░ ", "muted"),
        Span("  512/1,024", "plain"),
    ]


def test_meter_of_nothing_known_is_one_dash() -> None:
    assert styles(("queue", "backlog"), (None, None), 14) == [Span(f"{'–':>14}", "muted")]


def test_accept_queue_of_limit_zero_is_full_with_one_connection() -> None:
    assert styles(("queue", "backlog"), (1, 0), 14)[0] == Span("████", "critical")
    assert styles(("queue", "backlog"), (0, 0), 14)[0] == Span("░░░░ ", "muted")


@pytest.mark.parametrize(
    ("used", "unicode", "ascii"),
    [
        (0, "░░░░░░", "......"),
        (8, "░░░░░░", "......"),
        (12, "▏░░░░░", "......"),
        (512, "███░░░", "###..."),
        (600, "███▌░░", "####.."),
        (1023, "█████▉", "#####."),
        (1024, "██████", "######"),
        (2000, "██████", "######"),
    ],
)
def test_bar_is_full_only_at_the_limit_and_empty_below_half_a_step(
    used: int, unicode: str, ascii: str
) -> None:
    assert draw(("fds", "fd_soft"), (used, 1024), 18).startswith(unicode + " ")
    assert draw(("fds", "fd_soft"), (used, 1024), 18, ASCII).startswith(ascii + " ")


def test_state_bar_is_one_letter_per_socket_while_they_fit() -> None:
    counts = {"CLOSE_WAIT": 2, "ESTABLISHED": 3}

    assert draw(("states",), (counts,), 20) == "EEECC              5"


def test_state_bar_is_in_proportion_beyond_that_and_leaves_no_state_out() -> None:
    counts = {"ESTABLISHED": 8000, "TIME_WAIT": 2000, "CLOSE_WAIT": 1}

    assert draw(("states",), (counts,), 20) == "EEEEEEEEETTC  10,001"


def test_letters_of_a_state_are_one_span() -> None:
    spans = styles(("states",), ({"ESTABLISHED": 2, "TIME_WAIT": 1},), 20)

    assert spans[:2] == [Span("EE", "state.ESTABLISHED"), Span("T", "state.TIME_WAIT")]


def test_unknown_states_are_a_dash() -> None:
    assert draw(("states",), (None,), 10) == "–         "


def test_state_the_kernel_added_later_gets_a_question_mark() -> None:
    assert draw(("states",), ({"STATE_14": 2},), 12) == "??         2"


OWNERS = ("process", "owners", "owner_reason", "state")


def test_first_holder_is_named_and_all_are_counted() -> None:
    holders = (Owner(701, 3, "nginx"), Owner(702, 3, "nginx"), Owner(703, 3, "nginx"))

    assert draw(OWNERS, ("nginx", holders, None, "LISTEN"), 16) == "nginx[701] ×3   "


def test_only_the_name_of_a_holder_is_cut() -> None:
    holders = (Owner(70123, 3, "kube-controller-manager"),)

    assert draw(OWNERS, ("kube", holders, None, "LISTEN"), 14) == "kube-c…[70123]"


def test_same_process_with_two_descriptors_is_one_holder() -> None:
    holders = (Owner(701, 3, "nginx"), Owner(701, 9, "nginx"))

    assert draw(OWNERS, ("nginx", holders, None, "LISTEN"), 16) == "nginx[701]      "


@pytest.mark.parametrize(
    ("reason", "state", "text"),
    [
        ("none", "TIME_WAIT", "none (time-wait)"),
        ("none", "ESTABLISHED", "none (not accepted)"),
        ("none", "FIN_WAIT1", "none (orphan)"),
        ("hidden", "ESTABLISHED", "hidden"),
        ("elsewhere", "LISTEN", "elsewhere"),
    ],
)
def test_missing_owner_says_why(reason: str, state: str, text: str) -> None:
    assert styles(OWNERS, (None, (), reason, state), 20) == [Span(f"{text:<20}", "muted")]


def test_full_text_cuts_nothing() -> None:
    holders = (Owner(701, 3, "nginx"), Owner(702, 3, "nginx"))

    assert whole(OWNERS, ("nginx", holders, None, "LISTEN")) == "nginx[701],nginx[702]"
    assert whole(("states",), ({"TIME_WAIT": 1, "ESTABLISHED": 1204},)) == (
        "ESTABLISHED 1,204 TIME_WAIT 1"
    )
    assert whole(("queue", "backlog"), (129, 128)) == "129/128"
    assert whole(("sockets",), (123_456,)) == "123,456"
    assert whole(("process",), ("a" * 50,)) == "a" * 50


def test_state_styles_have_a_plain_fallback() -> None:
    assert base_style("state.CLOSE_WAIT") == "warning"
    assert base_style("state.STATE_14") == "plain"
    assert base_style("muted") == "muted"


counts = st.dictionaries(
    st.sampled_from(["ESTABLISHED", "TIME_WAIT", "CLOSE_WAIT", "SYN_SENT", "STATE_14"]),
    st.integers(0, 10**7),
)


@given(counts, st.integers(0, 60))
def test_allotted_cells_never_exceed_the_room_or_the_sockets(
    by_state: dict[str, int], cells: int
) -> None:
    given_cells = allot(by_state, cells)

    assert sum(given_cells.values()) == min(cells, sum(by_state.values()))
    assert all(by_state[name] >= n >= 1 for name, n in given_cells.items())


number = st.one_of(st.none(), st.integers(0, 2**63), st.floats(0, 1e12))
cells = st.one_of(
    st.tuples(st.just(("states",)), st.tuples(st.one_of(st.none(), counts))),
    st.tuples(st.just(("fds", "fd_soft", "fd_hard")), st.tuples(number, number, number)),
    st.tuples(st.just(("process",)), st.tuples(st.one_of(st.none(), st.text()))),
    st.tuples(
        st.just(("local_addr", "local_port")),
        st.tuples(st.sampled_from([None, "*", "10.0.0.1", "2001:db8::1"]), st.integers(0, 65535)),
    ),
    st.tuples(
        st.sampled_from([("pid",), ("rtt",), ("send_rate",), ("sockets",)]), st.tuples(number)
    ),
)


@given(cells, st.integers(1, 60), st.sampled_from([UNICODE, ASCII]))
def test_every_cell_takes_exactly_its_width(
    cell: tuple[tuple[str, ...], tuple[Value, ...]], width: int, glyphs: Glyphs
) -> None:
    assert text_width(draw(*cell, width, glyphs)) == width


def test_fit_pads_on_the_side_asked_for() -> None:
    assert fit("ab", 4, UNICODE) == "ab  "
    assert fit("ab", 4, UNICODE, right=True) == "  ab"


def spark(*numbers: int | None, width: int = 8, glyphs: Glyphs = UNICODE) -> str:
    column = Column("HISTORY", ("history",), width)
    spans = cell_spans(column, ("history",), Row(0, (Series(numbers),)), width, glyphs)
    return "".join(span.text for span in spans)


def test_history_is_drawn_from_zero_to_the_rows_own_highest() -> None:
    assert spark(0, 1, 500, 999, 1000) == "   ▁▂▄▆▇"
    assert spark(0, 1, 500, 999, 1000, glyphs=ASCII) == "   _.-+*"


def test_history_that_does_not_change_is_a_line() -> None:
    assert spark(7, 7, 7) == "     ───"
    assert spark(7, 7, glyphs=ASCII) == "      --"
    assert spark(0, 0, 0) == "     ▁▁▁"


def test_history_shows_the_newest_numbers_and_gaps() -> None:
    assert spark(9, 1, None, 2, width=3) == "▄ ▇"
    assert spark(1, None, None, width=4) == " ─  "


def test_history_that_is_not_known_is_no_line_at_zero() -> None:
    column = Column("HISTORY", ("history",), 6)

    (span,) = cell_spans(column, ("history",), Row(0, (None,)), 6, UNICODE)

    assert (span.text, span.style) == ("     –", "muted")


def test_rounding_never_draws_something_as_nothing() -> None:
    for highest in (2, 3, 7, 100, 10**9):
        drawn = [spark(number, highest, width=2)[0] for number in (1, highest - 1)]
        assert "▁" not in drawn
        assert "▇" not in drawn
