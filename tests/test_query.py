"""Filters select sockets."""

from __future__ import annotations

import numpy as np
import pytest

from netinspect.errors import UsageError
from netinspect.fields import FILTER_TERMS
from netinspect.query import build_query, parse_query
from netinspect.query.terms import SPELLED, TERMS
from tests.samples import Socket, make_sample, tcp, udp, unix

SOCKETS: list[Socket] = [
    tcp("LISTEN", "0.0.0.0:80", pids=[701, 702]),
    tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:5432", pids=[701]),
    tcp("ESTABLISHED", "[::1]:41000", "[::1]:80", pids=[812], cookie=2**63 + 7),
    tcp("TIME_WAIT", "10.0.0.1:5432", "10.0.0.9:80", netns=7),
    udp("0.0.0.0:53", pids=[9]),
    unix("/run/x", pids=[701]),
]


def selected(text: str) -> list[int]:
    return np.flatnonzero(parse_query(text).mask(make_sample(SOCKETS))).tolist()


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("", [0, 1, 2, 3, 4, 5]),
        ("pid 701", [0, 1, 5]),
        ("pid 702,812", [0, 2]),
        ("pid 4242", []),
        ("port 80", [0, 1, 2, 3]),
        ("lport 80", [0, 1]),
        ("rport 80", [2, 3]),
        ("port 53,5432", [1, 3, 4]),
        ("src 10.0.0.1", [1, 3]),
        ("dst ::1", [2]),
        ("src ::ffff:10.0.0.1", [1, 3]),
        ("proto udp", [4]),
        ("proto tcp,UNIX", [0, 1, 2, 3, 5]),
        ("netns 7", [3]),
        ("cookie 9223372036854775815", [2]),
        ("lport 80 and proto tcp and dst 10.0.0.9", [1]),
        ("lport 80 proto tcp", [0, 1]),
    ],
)
def test_filter_selects(text: str, rows: list[int]) -> None:
    assert selected(text) == rows


def test_every_spelling_is_a_term_and_its_example_is_read() -> None:
    assert set(FILTER_TERMS) == set(SPELLED)

    for spec in TERMS.values():
        query = parse_query(spec.example)
        assert query.fields == {"state" if spec.name == "exclude" else spec.name}
        assert len(query.mask(make_sample(SOCKETS))) == len(SOCKETS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("pid", "`pid` has no value"),
        ("pdi 5", "no field `pdi`"),
        ("pid x", "`x` is no value for pid"),
        ("dst 10.0.0", "`10.0.0` is no value for dst"),
        ("proto sctp", "`sctp` is no value for proto"),
    ],
)
def test_bad_filter_names_the_bad_word(text: str, message: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse_query(text)

    assert message in caught.value.message


@pytest.mark.parametrize("text", ["port 99999999999999999999", "netns -1", "cookie -5", "lport -1"])
def test_number_out_of_range_is_refused_and_does_not_crash(text: str) -> None:
    with pytest.raises(UsageError):
        parse_query(text)


def test_options_become_a_filter() -> None:
    query = build_query([5, 6], [80])

    assert query.text == "pid 5,6 and port 80"
    assert query.pids == frozenset({5, 6})
    assert build_query([], []).tree is None


def test_pid_named_twice_must_hold_twice() -> None:
    assert parse_query("pid 5,6 and pid 6,7").pids == frozenset({6})
    assert parse_query("port 80").pids is None
