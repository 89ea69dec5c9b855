"""Texts about a host: names, addresses and networks go, numbers and prose stay."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from netinspect.redaction.addresses import Addresses
from netinspect.redaction.keys import Keys
from netinspect.redaction.names import Names
from netinspect.redaction.texts import Texts

SECRET = b"a secret"
ADDRESSES, NAMES, KEYS = Addresses(SECRET), Names(SECRET), Keys(SECRET)


def make_texts(*names: str) -> Texts:
    texts = Texts(ADDRESSES, KEYS, NAMES.process)
    for name in names:
        texts.learn(name, f"<{len(name)}>")
    return texts


def address(text: str) -> str:
    return str(ADDRESSES.text(text))


@pytest.mark.parametrize(
    ("text", "names", "wanted"),
    [
        ("orders[812] held 129/128", ["orders"], "<6>[812] held 129/128"),
        ("held by orders-db[1], orders[2]", ["orders", "orders-db"], "held by <9>[1], <6>[2]"),
        ("reorders the orders", ["orders"], "reorders the <6>"),
        ("runs from /srv/acme/bin, which", ["/srv/acme/bin"], "runs from <13>, which"),
        ("my worker: 3[7] waits", ["my worker: 3"], "<12>[7] waits"),
        ("443[9] has 443 of 443", ["443"], "<3>[9] has 443 of 443"),
        ("10.2.0.4 x[9] 10.2", ["10.2.0.4 x"], "<10>[9] 10.2"),
        ("---[1]", ["---"], "---[1]"),
        ("web-07: 2 critical", ["web-07"], "<6>: 2 critical"),
    ],
)
def test_known_names_go(text: str, names: list[str], wanted: str) -> None:
    assert make_texts(*names).redact(text) == wanted


def test_addresses_and_networks_go_wherever_they_stand() -> None:
    text = (
        "java[812] 10.2.0.4:40000 → [2a01:4f8::9]:443, path to 10.2.9.0/24, "
        "dst/4026531840/10.2.0.4/10.2.0.9:5432 source/7/2a01:4f8::9 *:80 "
        "[::]:80 [::1]:80 at 14:05:30"
    )

    found = make_texts().redact(text)

    assert found == (
        f"java[812] {address('10.2.0.4')}:40000 → [{address('2a01:4f8::9')}]:443, "
        f"path to {address('10.2.9.0/24')}, "
        f"dst/4026531840/{address('10.2.0.4')}/{address('10.2.0.9')}:5432 "
        f"source/7/{address('2a01:4f8::9')} *:80 [::]:80 [::1]:80 at 14:05:30"
    )


def test_process_that_has_ended_is_told_by_its_pid() -> None:
    found = make_texts().redact("port 80, was acme-api[77]; java[3] listened here")

    assert found == f"port 80, was {NAMES.process('acme-api')}[77]; java[3] listened here"


def test_key_that_is_made_of_addresses_goes_and_a_cookie_stays() -> None:
    key = (1 << 63) + 12345678901234567

    found = make_texts().redact(f"listener/{key} listener/4242")

    assert found == f"listener/{KEYS.number(key)} listener/4242"
    assert str(key) not in found
    assert KEYS.number(key) >> 63 == 1


def test_pseudonym_is_not_taken_for_a_name() -> None:
    texts = Texts(ADDRESSES, KEYS, NAMES.process)
    texts.learn("a", "b")
    texts.learn("b", "c")

    assert texts.redact("a b") == "b c"


@given(st.text(max_size=200), st.lists(st.text(min_size=1, max_size=8), max_size=5))
def test_any_text_comes_to_an_end_and_known_names_are_gone(text: str, names: list[str]) -> None:
    texts = Texts(ADDRESSES, KEYS, NAMES.process)
    for name in names:
        texts.learn(name, "\N{BULLET}")

    found = texts.redact(text)

    for name in names:
        if name.isalpha():
            assert not re.search(rf"(?<!\w){name}(?!\w)", found), name
