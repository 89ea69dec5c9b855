"""The rules about single settings and about cut accept queues, on Samples written by hand."""

from __future__ import annotations

import pytest

from netinspect.finding import Confidence, Severity, SubjectKind
from netinspect.model import Sample
from netinspect.parts import Rule
from netinspect.rules.config_backlog_clamped import RULE as CLAMPED
from netinspect.rules.config_switches import RULES
from tests.rules.checking import check, limits, values
from tests.rules.port_scenes import scene
from tests.samples import make_sample, namespace, process, tcp

ABORT, COOKIES, BUCKETS = RULES


def with_setting(name: str, value: str) -> Sample:
    return make_sample(namespaces=[namespace(sysctls={f"net.ipv4.{name}": value})])


@pytest.mark.parametrize(
    ("rule", "setting", "bad", "good"),
    [(ABORT, "tcp_abort_on_overflow", "1", "0"), (COOKIES, "tcp_syncookies", "0", "1")],
    ids=["abort", "cookies"],
)
def test_switch_is_told_in_one_position_only(rule: Rule, setting: str, bad: str, good: str) -> None:
    [finding] = check(rule, with_setting(setting, bad))

    assert (finding.code, finding.severity) == (rule.code, Severity.INFO)
    assert finding.subject.kind is SubjectKind.NAMESPACE
    assert values(finding) == {setting: int(bad)}
    assert not check(rule, with_setting(setting, good))
    assert not check(rule, scene())


@pytest.mark.parametrize(("buckets", "held", "told"), [(9999, 1000, 1), (10000, 1000, 0)])
def test_little_room_for_time_wait_is_told(buckets: int, held: int, told: int) -> None:
    sample = scene(sockstat={"TCP.tw": held}, tcp_max_tw_buckets=str(buckets))

    assert len(check(BUCKETS, sample)) == told


def test_little_room_is_silent_while_hardly_any_is_used() -> None:
    assert not check(BUCKETS, scene(sockstat={"TCP.tw": 409}, tcp_max_tw_buckets="4096"))
    assert not check(BUCKETS, scene(tcp_max_tw_buckets="4096"))

    [finding] = check(BUCKETS, scene(sockstat={"TCP.tw": 410}, tcp_max_tw_buckets="4096"))

    assert finding.summary == "room for 4,096 in TIME_WAIT, 410 used"
    assert (finding.level, finding.limit) == (410, 4096)


def server(
    name: str, queue: int = 0, limit: int = 128, drops: int = 0, somaxconn: str = "128"
) -> Sample:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[7], recv_q=queue, send_q=limit, drops=drops)
    space = namespace(sysctls={"net.core.somaxconn": somaxconn})
    return make_sample([listener], [process(7, name)], namespaces=[space])


def test_queue_shorter_than_the_server_s_default_is_worth_a_word() -> None:
    [finding] = check(CLAMPED, server("nginx"))

    assert (finding.severity, finding.hold) == (Severity.INFO, 3)
    assert finding.confidence is Confidence.INFERRED
    assert finding.subject.text == "nginx[7] 0.0.0.0:80"
    assert finding.summary == "queue of 128, the most that somaxconn allows; its default is 511"
    assert (values(finding)["asked"], values(finding)["somaxconn"]) == (511, 128)
    assert limits(finding) == {"backlog": 128, "queue": 128}


def test_program_that_may_have_asked_for_just_that_is_silent() -> None:
    assert not check(CLAMPED, server("java"))
    assert not check(CLAMPED, server("prometheus", limit=4096, somaxconn="4096"))
    assert not check(CLAMPED, server("nginx", limit=511, somaxconn="511"))


def test_queue_of_another_length_than_somaxconn_is_silent() -> None:
    assert not check(CLAMPED, server("nginx", limit=64, queue=64))


@pytest.mark.parametrize(("queue", "told"), [(63, 0), (64, 1)])
def test_queue_that_fills_is_a_warning_whatever_the_program(queue: int, told: int) -> None:
    found = check(CLAMPED, server("java", queue))

    assert [finding.severity for finding in found] == [Severity.WARNING] * told
    assert all(values(finding)["asked"] is None for finding in found)


def test_drops_just_now_are_pressure_too() -> None:
    before, now = server("java", drops=4), server("java", drops=5)

    [finding] = check(CLAMPED, now, before)

    assert (finding.severity, values(finding)["drops"]) == (Severity.WARNING, 1)


def test_unknown_somaxconn_is_silent() -> None:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[7], recv_q=128, send_q=128)

    assert not check(CLAMPED, make_sample([listener], [process(7, "nginx")]))
