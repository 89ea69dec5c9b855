"""The rules about how ephemeral ports are set, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.diagnosis import diagnose
from netinspect.finding import Severity, SubjectKind
from netinspect.parts import Rule
from netinspect.rules import RULES
from netinspect.rules.config_ports import RULES as PORT_RULES
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import out, scene, unknown_range
from tests.samples import make_sample, make_window, namespace, process, tcp

IN_RANGE, TINY, PARITY, USELESS = PORT_RULES
DEFAULT = "32768\t60999"


def test_healthy_default_host_has_no_finding() -> None:
    settings = {
        "net.core.somaxconn": "4096",
        "net.ipv4.tcp_abort_on_overflow": "0",
        "net.ipv4.tcp_syncookies": "1",
        "net.ipv4.tcp_max_tw_buckets": "131072",
        "net.ipv4.tcp_tw_reuse": "2",
    }
    sockets = [
        tcp("LISTEN", "0.0.0.0:22", pids=[1], send_q=128),
        tcp("LISTEN", "[::]:9090", pids=[2], send_q=4096),
        tcp("LISTEN", "127.0.0.1:36371", pids=[2], send_q=4096),
        tcp("ESTABLISHED", "10.0.0.1:22", "10.0.0.9:50123", [1]),
        tcp("ESTABLISHED", "10.0.0.1:40000", "10.0.0.9:443", [2]),
        tcp("TIME_WAIT", "10.0.0.1:40002", "10.0.0.9:443", timer=3, expires=4000),
    ]
    space = namespace(DEFAULT, sysctls=settings, sockstat={"TCP.tw": 1})
    processes = [process(1, "sshd"), process(2, "prometheus")]
    windows = [
        make_window(make_sample(sockets, processes, namespaces=[space], at=2.0 * i))
        for i in range(3)
    ]

    for window in windows:
        seen = [f.code for rule in RULES for f in diagnose(window, rules=[rule]).findings]
        assert seen == []


def test_listener_that_connect_would_take_is_worth_a_word() -> None:
    listener = tcp("LISTEN", "0.0.0.0:40050", pids=[812])

    [finding] = check(IN_RANGE, scene(listener, out(40000), processes=[process(812, "java")]))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.subject.kind is SubjectKind.LISTENER
    assert finding.subject.text == "java[812] 0.0.0.0:40050"
    assert finding.summary == "port 40050 lies in the range 40000-40099 and is not reserved"
    assert (values(finding)["used"], values(finding)["used_share"]) == (1, 0.01)
    assert limits(finding) == {"used": 100, "used_share": 0.1}
    assert finding.runtime == "java"


@pytest.mark.parametrize(
    ("port", "used", "severity"),
    [
        (40050, 9, Severity.INFO),
        (40050, 10, Severity.WARNING),
        (40051, 9, None),
        (40051, 10, Severity.INFO),
    ],
)
def test_it_is_graver_where_many_ports_are_in_use(
    port: int, used: int, severity: Severity | None
) -> None:
    sockets = [tcp("LISTEN", f"0.0.0.0:{port}"), *(out(40000 + i) for i in range(used))]

    found = check(IN_RANGE, scene(*sockets))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_listener_outside_the_range_or_reserved_is_silent() -> None:
    outside, reserved = tcp("LISTEN", "0.0.0.0:39998"), tcp("LISTEN", "0.0.0.0:40050")

    assert not check(IN_RANGE, scene(outside, reserved, reserved="40050"))


def test_both_families_of_one_port_are_one_finding() -> None:
    both = [tcp("LISTEN", "0.0.0.0:40050"), tcp("LISTEN", "[::]:40050")]

    assert len(check(IN_RANGE, scene(*both))) == 1


@pytest.mark.parametrize(
    ("ports", "severity"),
    [
        ("40000\t49999", None),
        ("40000\t49998", Severity.INFO),
        ("40000\t41999", Severity.INFO),
        ("40000\t41998", Severity.WARNING),
    ],
)
def test_short_range_is_told_by_its_size(ports: str, severity: Severity | None) -> None:
    found = check(TINY, scene(ports=ports))

    assert [finding.severity for finding in found] == ([] if severity is None else [severity])


def test_short_range_is_about_the_namespace() -> None:
    [finding] = check(TINY, scene())

    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert finding.summary == "100 local ports for each destination"
    assert (values(finding)["ports"], limits(finding)["ports"]) == (100, 2000)


@pytest.mark.parametrize(
    ("ports", "parity"),
    [("1025\t65535", "odd"), ("15000\t65000", "even"), (DEFAULT, None), ("5000\t5000", None)],
)
def test_ends_of_one_parity_are_worth_a_word(ports: str, parity: str | None) -> None:
    found = check(PARITY, scene(ports=ports))

    assert [values(finding)["parity"] for finding in found] == ([parity] if parity else [])
    assert all(finding.severity is Severity.INFO for finding in found)


def test_reserved_ports_outside_the_range_are_listed() -> None:
    reserved = "8080,9000-9002,40010,7,11,13,15,17"

    [finding] = check(USELESS, scene(reserved=reserved))

    assert finding.severity is Severity.INFO
    assert finding.summary == "9 of 10 reserved ports are outside the range"
    assert values(finding)["outside_ports"] == "7,11,13,15,17,…"


def test_reserved_ports_of_the_range_are_silent() -> None:
    assert not check(USELESS, scene(reserved="40010-40020"))


@pytest.mark.parametrize("rule", PORT_RULES, ids=lambda rule: rule.code)
def test_namespace_without_a_known_range_is_silent(rule: Rule) -> None:
    assert not check(rule, unknown_range(tcp("LISTEN", "0.0.0.0:40050")))
