"""port-in-use, on Samples written by hand."""

from __future__ import annotations

from netinspect.explanations import explain_code, explain_finding
from netinspect.finding import Confidence, Finding, Severity
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import parse_address
from netinspect.model import OwnerReason
from netinspect.rules.port_in_use import find_port_in_use
from tests.rules.checking import values
from tests.rules.port_scenes import scene
from tests.samples import Socket, make_window, process, tcp

JAVA, CURL = process(812, "java"), process(33, "curl")


def ask(port: int, *sockets: Socket, address: str | None = None) -> Finding:
    facts = Facts(make_window(scene(*sockets, processes=[JAVA, CURL])))
    asked = None if address is None else parse_address(address)
    [finding] = find_port_in_use(facts, port, address=asked)
    return finding


def text(finding: Finding) -> str:
    sections = explain_finding(finding).sections
    return "\n".join(block.text for section in sections for block in section.blocks)


def test_listener_is_named_first() -> None:
    child = tcp("ESTABLISHED", "10.0.0.1:8080", "10.0.0.9:50000", [33])

    finding = ask(8080, child, tcp("LISTEN", "0.0.0.0:8080", pids=[812], uid=5))

    assert (finding.severity, finding.confidence) == (Severity.WARNING, Confidence.CERTAIN)
    assert finding.subject.text == "java[812] port 8080"
    assert (finding.summary, finding.runtime) == ("1 listening, 1 accepted", "java")
    assert finding.sockets.tolist() == [2, 1]
    found = values(finding)
    assert (found["listeners"], found["children"], found["clients"]) == (1, 1, 0)
    assert (found["holders"], found["uid"], found["given_out"]) == ("java[812], curl[33]", 5, 0)
    assert "Held by java[812], curl[33]." in text(finding)


def test_leftovers_tell_when_the_port_is_free() -> None:
    left = [
        tcp("TIME_WAIT", "10.0.0.1:8080", f"10.0.0.9:{50000 + i}", timer=3, expires=1000 * i)
        for i in (20, 40)
    ]

    finding = ask(8080, *left)

    assert finding.summary == "2 left over, the last gone in 40s"
    assert finding.confidence is Confidence.INFERRED
    assert (values(finding)["time_wait"], values(finding)["seconds_left"]) == (2, 40)


def test_squatting_client_is_told_with_where_it_goes() -> None:
    finding = ask(40050, tcp("ESTABLISHED", "10.0.0.1:40050", "10.0.0.9:443", [33]))

    assert finding.subject.text == "curl[33] port 40050"
    assert values(finding)["client_remote"] == "10.0.0.9:443"
    assert values(finding)["given_out"] == 1
    assert "one of them to 10.0.0.9:443" in text(finding)


def test_port_that_nobody_has_is_no_warning() -> None:
    finding = ask(8080)

    assert (finding.severity, finding.summary) == (Severity.INFO, "nobody has this port")
    assert finding.subject.text == "port 8080"
    assert "No socket of this network namespace has port 8080 now." in text(finding)


def test_other_addresses_are_not_in_the_way() -> None:
    finding = ask(8080, tcp("LISTEN", "127.0.0.1:8080", pids=[812]), address="127.0.0.2")

    assert finding.severity is Severity.INFO
    assert finding.summary == "only other addresses have this port"
    assert finding.subject.local_addr == "127.0.0.2"


def test_hidden_holders_are_counted() -> None:
    hidden = tcp("LISTEN", "0.0.0.0:8080", owner_reason=OwnerReason.HIDDEN)

    assert values(ask(8080, hidden))["hidden"] == 1


def test_privileged_port_is_told() -> None:
    facts = Facts(make_window(scene(ip_unprivileged_port_start="1024")))

    [low], [high] = find_port_in_use(facts, 80), find_port_in_use(facts, 1024)

    assert "Ports below 1024 may only be bound" in text(low)
    assert values(high)["privileged_below"] is None


def test_each_namespace_is_told_by_itself() -> None:
    facts = Facts(
        make_window(
            scene(tcp("LISTEN", "0.0.0.0:80", netns=7), tcp("LISTEN", "0.0.0.0:80", netns=8))
        )
    )

    found = find_port_in_use(facts, 80)

    assert [finding.subject.netns for finding in found] == [7, 8]
    assert len(find_port_in_use(facts, 80, netns=8)) == 1


def test_explanation_reads_well_without_numbers() -> None:
    seen = explain_code("port-in-use").sections

    assert next(section.heading for section in seen) == "Why it happens"
