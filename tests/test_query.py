"""Filters select sockets."""

from __future__ import annotations

from argparse import Namespace

import numpy as np
import pytest
from numpy.typing import NDArray

from netinspect.commands.arguments import filter_text
from netinspect.errors import UsageError
from netinspect.fields import FILTER_TERMS
from netinspect.finding import Finding, ProcessKey, Severity, Subject, SubjectKind
from netinspect.query import parse_query
from netinspect.query.terms import SPELLED, TERMS, TermSpec
from netinspect.report import build_window
from tests.samples import Socket, make_sample, process, tcp, udp, unix

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
        ("dst inet:10.0.0.1", "`inet:` is not taken in an address"),
        ("src unix:/run/x", "`unix:` is not taken in an address"),
        ("age > 5m", "no field `age`"),
        ("cgroup /no/such", "no cgroup `/no/such`"),
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
    query = parse_query(filter_text(Namespace(filter=[], pid=[5, 6], port=[80])))

    assert query.text == "pid 5,6 and port 80"
    assert query.pids == frozenset({5, 6})
    assert parse_query(filter_text(Namespace(filter=[], pid=[], port=[]))).tree is None


def test_pid_named_twice_must_hold_twice() -> None:
    assert parse_query("pid 5,6 and pid 6,7").pids == frozenset({6})
    assert parse_query("port 80").pids is None


FACTS = [
    tcp("LISTEN", "0.0.0.0:80", pids=[1], recv_q=9, send_q=8, uid=0),
    tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", pids=[1], rtt=300_000, uid=33, timer=0),
    tcp(
        "ESTABLISHED",
        "[fe80::1]:22",
        "[fe80::2]:5",
        pids=[2],
        send_q=1 << 17,
        timer=4,
        retrans=3,
        rcvbuf=1 << 17,
    ),
    tcp("TIME_WAIT", "10.0.0.1:5000", "10.0.0.9:80", timer=3),
    udp("0.0.0.0:53", pids=[3], drops=4),
    unix("/run/nginx.sock", pids=[1]),
]
HOLDERS = [
    process(1, "nginx", unit="nginx.service", fds=2000, threads=1),
    process(2, "java", container="3f1c", uid=33, user="www-data", cmdline=("java", "-Xmx8g")),
    process(3, "dnsmasq", unit=None, fds=None),
]


@pytest.mark.parametrize(
    ("text", "rows"),
    [
        ("nginx", [0, 1, 5]),
        ("NGINX", [0, 1, 5]),
        ("10.0.0", [1, 3]),
        ("10.0.0.9:80", [3]),
        ("fe80", [2]),
        ("3f1c", [2]),
        ('"nginx.ser"', [0, 1, 5]),
        ("/^ja/", [2]),
        ("process ngin", []),
        ("process ngin*", [0, 1, 5]),
        ("process != nginx", [2, 4]),
        ("process nginx,java", [0, 1, 2, 5]),
        ("process /^(nginx|java)$/", [0, 1, 2, 5]),
        ("unit nginx.service", [0, 1, 5]),
        ("unknown(unit)", [2, 3, 4]),
        ("unit != nginx.service", []),
        ("container:3f*", [2]),
        ("cmdline *Xmx8g", [2]),
        ("fds > 1k", [0, 1, 5]),
        ("fds < 1k", [2]),
        ("unknown(fds)", [3, 4]),
        ("user www-data", [1]),
        ("uid 0", [0]),
        ("path /run/*", [5]),
        ("rtt > 200ms", [1]),
        ("rtt <= 200ms", []),
        ("rtt != 1s", [1]),
        ("not rtt > 200ms", [0, 2, 3, 4, 5]),
        ("unknown(rtt)", [0, 2, 3, 4, 5]),
        ("send_q > 64k", [2]),
        ("send_q=128k", [2]),
        ("recv_q>0", [0]),
        ("backlog < 128", [0]),
        ("drops 4", [4]),
        ("rcvbuf > 64k", [2]),
        ("unknown(sndbuf)", [0, 1, 2, 3, 4, 5]),
        ("retrans >= 2", [2]),
        ("timer persist", [2]),
        ("timer != off", [2, 3]),
        ("owners > 0", [0, 1, 2, 4, 5]),
        ("owner_reason none", [3]),
        ("port 5000-6000", [3]),
        ("port != 80", [2, 4]),
        ("port > 40000", [1]),
        ("state big and state connected", [1, 2, 5]),
        ("state ESTAB and not proto unix", [1, 2]),
        ("exclude TimeWait and dst 10.0.0.0/8", [1]),
        ("family 6", [2]),
        ("dst 10.0.0.8/31:80", [3]),
        ("netns 4026531840", [0, 1, 2, 3, 4]),
    ],
)
def test_field_is_compared(text: str, rows: list[int]) -> None:
    mask = parse_query(text).mask(make_sample(FACTS, HOLDERS))

    assert np.flatnonzero(mask).tolist() == rows


@pytest.mark.parametrize("spec", TERMS.values(), ids=lambda spec: spec.name)
def test_unknown_and_every_comparison_exclude_each_other(spec: TermSpec) -> None:
    if spec.name == "exclude":
        return
    sample = make_sample(FACTS, HOLDERS)
    unknown = parse_query(f"unknown({spec.name})").mask(sample)

    field, _, value = spec.example.partition(" ")
    value = value.split()[-1]
    for op in ("=", "!="):
        assert not (parse_query(f"{field} {op} {value}").mask(sample) & unknown).any()


@pytest.mark.parametrize(
    ("text", "rows", "pids"),
    [
        ("anomaly close-*", [1], {1}),
        ("severity critical", [2], {2}),
        ("severity >= warning", [1, 2], {1, 2}),
        ("severity < critical", [1], {1}),
        ("not anomaly *", [0, 3, 4, 5], {1, 3}),
    ],
)
def test_findings_select_what_they_lie_on(text: str, rows: list[int], pids: set[int]) -> None:
    sample = make_sample(FACTS, HOLDERS)
    leak = finding("close-wait-leak", Severity.WARNING, sockets=np.array([2], np.uint64))
    full = finding("fd-limit-process", Severity.CRITICAL, process=ProcessKey(2, 20))

    window = build_window(sample, None, parse_query(text), with_unix=True, findings=(leak, full))

    assert np.flatnonzero(window.selected).tolist() == rows
    assert window.selected_pids == frozenset(pids)


def finding(
    code: str,
    severity: Severity,
    process: ProcessKey | None = None,
    sockets: NDArray[np.uint64] | None = None,
) -> Finding:
    subject = Subject(SubjectKind.PROCESS, code, code, process=process)
    keys = np.zeros(0, np.uint64) if sockets is None else sockets
    return Finding(code, severity, subject, "", (), sockets=keys)


@pytest.mark.parametrize(
    ("text", "pids"),
    [
        ("process nginx", {1}),
        ("threads 1 and not process java", {1, 3}),
        ("dnsmasq", {3}),
        ("10.0.0.9", {1}),
        ("state established and process java", {2}),
        ("lport 53 or lport 22", {2, 3}),
    ],
)
def test_filter_selects_processes(text: str, pids: set[int]) -> None:
    sample = make_sample(FACTS, HOLDERS)

    assert build_window(sample, None, parse_query(text)).selected_pids == frozenset(pids)
