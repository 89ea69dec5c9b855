"""The page of a whole Report harms nobody, asks for nothing, and can be read by everybody."""

from __future__ import annotations

import re
from base64 import b64encode
from collections.abc import Callable
from hashlib import sha256
from importlib import resources
from itertools import pairwise

import pytest

from netinspect.exporters.html import tables
from netinspect.exporters.html.markup import Markup, escape, tag
from tests.exporters.hostile import ATTACKS, hostile
from tests.exporters.pages import Element, page_of, recorded_page

TAGS = {
    *("html", "head", "meta", "title", "style", "body", "script", "header", "nav", "main"),
    *("footer", "section", "article", "div", "h1", "h2", "h3", "h4", "p", "ul", "li", "dl", "dt"),
    *("dd", "a", "b", "span", "code", "pre", "time", "details", "summary", "table", "thead"),
    *("tbody", "tr", "th", "td", "svg", "rect", "text"),
}
ATTRIBUTES = {
    *("lang", "charset", "http-equiv", "content", "name", "id", "class", "href", "title", "scope"),
    *("aria-label", "aria-hidden", "role", "tabindex", "datetime", "open", "data-v"),
    *("x", "y", "width", "height"),
}


def packaged(name: str) -> str:
    return resources.files("netinspect.exporters.html").joinpath(name).read_text("utf-8")


def test_text_is_escaped_and_markup_is_not() -> None:
    assert escape("<a b='c'>&\n") == "&lt;a b=&#x27;c&#x27;&gt;&amp;\\x0a"
    assert tag("p", "<", tag("b", "x"), title='"', hidden=None, open=True) == (
        '<p title="&quot;" open>&lt;<b>x</b></p>'
    )
    assert escape(Markup("<p>")) == "<p>"


@pytest.mark.parametrize("attack", ATTACKS)
def test_hostile_text_adds_no_element_and_no_attribute(attack: str) -> None:
    harmless = page_of(hostile("x" * len(attack)))

    page = page_of(hostile(attack))

    shape, usual = (
        [(e.tag, *sorted(e.attributes)) for e in one.every()] for one in (page, harmless)
    )
    # Text between backquotes is code, also on the command line of an attacker.
    assert shape == usual or "`" in attack
    assert {e.tag for e in page.every()} <= TAGS
    assert {name for e in page.every() for name in e.attributes} <= ATTRIBUTES
    assert all(character.isprintable() or character == "\n" for character in page.text)


@pytest.mark.parametrize("read", [recorded_page, lambda: page_of(hostile("http://evil.example/"))])
def test_page_asks_for_nothing(read: Callable[[], Element]) -> None:
    page = read()

    anchors = {element.attributes["id"] for element in page.every() if "id" in element.attributes}
    for element in page.every():
        assert not {"src", "srcset", "style", "action"} & set(element.attributes)
        if "href" in element.attributes:
            assert element.attributes["href"].removeprefix("#") in anchors
    assert "@import" not in packaged("page.css")
    assert "url(" not in packaged("page.css")
    assert not re.search(r"fetch|XMLHttp|import|eval|innerHTML|location", packaged("page.js"))


def test_policy_lets_only_the_style_and_the_script_of_the_page_through() -> None:
    page = recorded_page()
    policy = page.all("meta", **{"http-equiv": "Content-Security-Policy"})[0].attributes["content"]

    hashes = {
        kind: f"'sha256-{b64encode(sha256(page.one(kind).text.encode()).digest()).decode()}'"
        for kind in ("style", "script")
    }
    assert policy == (
        f"default-src 'none'; style-src {hashes['style']}; script-src {hashes['script']}; "
        "base-uri 'none'; form-action 'none'"
    )


def test_page_can_be_heard() -> None:
    page = recorded_page()

    assert page.attributes["lang"] == "en"
    levels = [int(e.tag[1]) for e in page.every() if re.fullmatch("h[1-6]", e.tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))
    assert all(head.attributes.get("scope") in ("col", "row") for head in page.all("th"))
    assert all(head.text for head in page.all("th", scope="col"))
    for svg in page.all("svg"):
        assert svg.attributes.get("aria-hidden") == "true" or svg.all("title")
    ids = [element.attributes["id"] for element in page.every() if "id" in element.attributes]
    assert len(ids) == len(set(ids))


def colours(block: str) -> dict[str, str]:
    return dict(re.findall(r"--(\w+): (#\w{6})", block))


def luminance(colour: str) -> float:
    """Weigh a colour as WCAG 2.2 does (relative luminance)."""
    parts = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = [p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return sum(weight * part for weight, part in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_text_can_be_read_in_light_and_dark() -> None:
    style = packaged("page.css")
    light, dark = (colours(block) for block in re.findall(r":root \{(.*?)\}", style, re.DOTALL))

    for theme in (light, dark):
        for ink in ("ink", "muted", "link", "critical", "warning", "info", "good"):
            for paper in ("page", "card", "code"):
                assert contrast(theme[ink], theme[paper]) >= 4.5, (ink, paper)
    for fill in re.findall(r"\.s-[\w., -]+\{ fill: (#\w{6})", style):
        assert contrast("#ffffff", fill) >= 4.5


def test_style_leaves_bars_as_long_as_they_are() -> None:
    assert not re.search(r"svg[^{}]*\{[^}]*\bwidth:", packaged("page.css"))


def test_rows_on_paper_are_as_many_as_the_style_says() -> None:
    (first_hidden,) = re.findall(
        r"tr:nth-child\(n \+ (\d+)\) \{ display: none", packaged("page.css")
    )
    assert int(first_hidden) == tables._MOST_ON_PAPER + 1
