"""Filters with a name: used in others, and what is said about those that mean nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from netinspect.config import parse_config
from netinspect.errors import FilterError, UsageError
from netinspect.query import join_filters, parse_query
from netinspect.query.manual import filter_manual
from netinspect.query.saved import find_mistakes, save_filters
from tests.commands.cli import run

FILTERS = {
    "web": "lport 80 or lport 443",
    "slow": "@web and rtt > 200ms",
    "broken": "rtt > banana",
    "around": "@about",
    "about": "port 80 and @around",
    "empty": " ",
}


@pytest.fixture(autouse=True)
def _saved() -> Iterator[None]:
    save_filters(FILTERS)
    yield
    save_filters({})


@pytest.mark.parametrize(
    ("text", "same"),
    [
        ("@web", "lport 80 or lport 443"),
        ("@web and state listen", "(lport 80 or lport 443) and state listen"),
        ("not @slow", "not ((lport 80 or lport 443) and rtt > 200ms)"),
        ("@slow or pid 7", "((lport 80 or lport 443) and rtt > 200ms) or pid 7"),
    ],
)
def test_name_stands_for_its_filter(text: str, same: str) -> None:
    assert parse_query(text).tree == parse_query(same).tree


def test_filter_is_shown_as_it_was_written() -> None:
    assert parse_query("@web  pid 7").text == "@web pid 7"
    assert join_filters("@web", "pid 7") == "@web and pid 7"


@pytest.mark.parametrize(
    ("text", "message", "place"),
    [
        ("pid 7 and @wbe", "no saved filter `@wbe`", ("pid 7 and @wbe", 10)),
        ("pid 7 and @broken", "@broken: `banana` is no value for rtt", ("rtt > banana", 6)),
        (
            "@around",
            "too many saved filters: @around → @about → @around",
            ("port 80 and @around", 12),
        ),
        ("@empty", "@empty: ", (" ", 1)),
    ],
)
def test_mistake_is_told_with_name_and_place(
    text: str, message: str, place: tuple[str, int]
) -> None:
    with pytest.raises(FilterError) as caught:
        parse_query(text)

    assert message in caught.value.message
    assert (caught.value.text, caught.value.at) == place


def test_filters_that_double_and_deep_ones_end() -> None:
    save_filters({f"n{i}": f"@n{i + 1} and @n{i + 1}" for i in range(9)} | {"n9": "port 80"})
    with pytest.raises(FilterError, match="too many"):
        parse_query("@n0")

    save_filters({f"n{i}": f"{'(' * 45}@n{i + 1}{')' * 45}" for i in range(9)} | {"n9": "port 80"})
    with pytest.raises(FilterError, match="too deep"):
        parse_query("@n0")


@pytest.mark.parametrize("text", ["@/run/x", "@", '"@web"', "@1x", "path @web"])
def test_other_words_with_the_sign_are_no_names(text: str) -> None:
    query = parse_query(text)

    assert query.tree is not None
    assert "lport" not in query.fields


def test_mistakes_of_a_file_are_listed() -> None:
    first = next(find_mistakes())

    assert first == "filters: @broken: `banana` is no value for rtt, column 7"


@pytest.mark.parametrize(
    ("section", "message"),
    [
        ("x", "`filters` is not a table"),
        ({"a b": "port 80"}, "`filters.a b` is no name for a filter"),
        ({"a": 80}, "`filters.a` is not text"),
    ],
)
def test_section_of_another_form_is_refused(section: object, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        parse_config({"filters": section})


def test_manual_lists_them() -> None:
    assert "@web  lport 80 or lport 443" in filter_manual()


def test_configuration_file_names_filters_for_every_command(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('[filters]\nnone = "lport 1 and state listen"\nwrong = "prot 80"\n')
    monkeypatch.setenv("NETINSPECT_CONFIG", str(file))

    found = run("sockets", "-tl", "@none", "--format", "ndjson")
    refused = run("ports", "@wrong")

    assert (found.returncode, found.stdout) == (0, "")
    assert (refused.returncode, refused.stdout) == (2, "")
    assert "filter: @wrong: no field `prot`" in refused.stderr
    assert "  prot 80\n  ^^^^\n" in refused.stderr
    assert "@none  lport 1 and state listen" in run("help", "filter").stdout
