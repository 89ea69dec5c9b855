"""What speaks against a cause, and when it excludes it."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from netinspect.absence import describe_absence
from netinspect.absence.counters import COUNTERS
from netinspect.measures.facts import Facts
from netinspect.model import UNKNOWN, Limits, Sample
from netinspect.rules import RULES
from netinspect.scope import End, Scope
from tests.samples import make_sample, make_window, namespace, process, tcp

ANYWHERE = Scope()
HERE = Scope(ends=(End("127.0.0.1", 80),), here=True)
AWAY = Scope(ends=(End("10.0.0.9", 80),), here=False)
UNSURE = Scope(ends=(End("10.0.0.9", 80),))


def facts_of(*samples: Sample) -> Facts:
    *before, now = samples
    return Facts(make_window(now, before[0] if before else None))


def counted(before: Mapping[str, int], now: Mapping[str, int]) -> Facts:
    """Make facts of two Samples with these counters."""
    first = make_sample(namespaces=[namespace(counters=before)])
    return facts_of(first, make_sample(namespaces=[namespace(counters=now)], at=2.0))


def told(code: str, facts: Facts, scope: Scope = ANYWHERE) -> tuple[str, bool] | None:
    absence = describe_absence(code, facts, scope)
    return None if absence is None else (absence.text, absence.excludes)


def test_all_that_is_described_is_a_code() -> None:
    assert set(COUNTERS) <= {rule.code for rule in RULES}


def test_counter_that_never_moved_excludes() -> None:
    never = {"Tcp.EstabResets": 0}

    assert told("reset-by-peer", counted(never, never)) == (
        "EstabResets is 0: it never happened",
        True,
    )


def test_counter_that_stands_still_now_excludes_nothing() -> None:
    once = {"Tcp.EstabResets": 3}

    assert told("reset-by-peer", counted(once, once)) == (
        "EstabResets did not move within 2.0s",
        False,
    )


def test_counter_that_moved_is_told() -> None:
    facts = counted({"Tcp.EstabResets": 3}, {"Tcp.EstabResets": 5})

    assert told("reset-by-peer", facts) == ("EstabResets moved by 2 only within 2.0s", False)


def test_counter_that_is_not_known_says_nothing() -> None:
    assert told("reset-by-peer", counted({}, {})) is None
    only_one = {"Tcp.AttemptFails": 0}
    assert told("connection-refused", counted(only_one, only_one)) is None


def test_nothing_is_excluded_while_processes_are_in_namespaces_that_were_not_read() -> None:
    spaces = [namespace(counters={"Tcp.EstabResets": 0})]
    inside, outside = process(1), process(2, netns=99)
    facts = facts_of(make_sample((), [inside, outside], namespaces=spaces))

    text = "EstabResets is 0: it never happened"
    assert told("reset-by-peer", facts) == (f"{text}, in the network namespaces looked at", False)
    assert told("reset-by-peer", facts, Scope(pid=1)) == (text, True)


def test_processes_that_have_ended_are_in_no_namespace() -> None:
    spaces = [namespace(counters={"Tcp.EstabResets": 0})]
    zombie = process(2, netns=None, state="Z")
    facts = facts_of(make_sample((), [process(1), zombie], namespaces=spaces))

    assert told("reset-by-peer", facts) == ("EstabResets is 0: it never happened", True)


@pytest.mark.parametrize(
    ("code", "command"),
    [
        ("accept-queue-full", "`ss -ltn 'sport = :80'`"),
        ("workers-saturated", "`ss -tn state established 'sport = :80'`"),
        ("reset-unread-data", "`nstat -az TcpExtTCPAbortOnClose`"),
        ("syn-queue-pressure", "`nstat -az TcpExtTCPReqQFullDrop TcpExtTCPReqQFullDoCookies`"),
    ],
)
def test_what_goes_wrong_at_the_peer_is_not_looked_for_here(code: str, command: str) -> None:
    counters = dict.fromkeys(("TcpExt.TCPAbortOnClose", "TcpExt.TCPReqQFullDrop"), 0)
    counters["TcpExt.TCPReqQFullDoCookies"] = 0
    facts = counted(counters, counters)

    assert told(code, facts, AWAY) == (f"it can be seen at the peer only: {command}", False)
    unsure = told(code, facts, UNSURE)
    assert unsure is not None
    assert unsure[0].endswith(f"; if the peer is another host, look there: {command}")
    assert unsure[1] is False


@pytest.mark.parametrize(
    ("queue", "drops", "text", "excludes"),
    [
        (0, 0, "0.0.0.0:80 has 0 of 5 queued and has dropped none so far", True),
        (2, 0, "0.0.0.0:80 has 2 of 5 queued and has dropped none so far", False),
        (0, 7, "0.0.0.0:80 has 0 of 5 queued and has dropped 7 so far", False),
        (0, UNKNOWN, "the fullest accept queue here: 0.0.0.0:80 has 0 of 5 queued", False),
    ],
)
def test_accept_queue_that_is_empty_and_never_dropped_is_excluded(
    queue: int, drops: int, text: str, excludes: bool
) -> None:
    row = tcp("LISTEN", "0.0.0.0:80", recv_q=queue, send_q=5, drops=drops)

    assert told("accept-queue-full", facts_of(make_sample([row])), HERE) == (text, excludes)


def test_accept_queue_is_told_as_far_as_it_is_known() -> None:
    unlimited = tcp("LISTEN", "0.0.0.0:80", recv_q=2, send_q=UNKNOWN)
    hidden = tcp("LISTEN", "0.0.0.0:80", recv_q=UNKNOWN, send_q=UNKNOWN)

    assert told("accept-queue-full", facts_of(make_sample([unlimited])), HERE) == (
        "the fullest accept queue here: 0.0.0.0:80 has 2 queued",
        False,
    )
    assert told("accept-queue-full", facts_of(make_sample([hidden])), HERE) is None


def test_listener_of_another_address_has_not_the_queue_that_was_dialled() -> None:
    sample = make_sample([tcp("LISTEN", "10.0.0.1:80", recv_q=0, send_q=5, drops=0)])

    absence = told("accept-queue-full", facts_of(sample), HERE)

    assert absence == ("nobody listens on port 80 here", True)


@pytest.mark.parametrize(
    ("fds", "excludes"), [(100, True), (511, True), (512, False), (900, False)]
)
def test_descriptors_far_from_the_limit_are_excluded(fds: int, excludes: bool) -> None:
    sample = make_sample((), [process(7, "app", fds=fds, fd_soft=1024), process(8, fds=None)])

    absence = describe_absence("fd-limit-process", facts_of(sample), Scope(pid=7))

    assert absence is not None
    assert absence.excludes is excludes
    assert absence.text.startswith(f"app[7] has {fds} of 1,024 descriptors (")


def test_descriptors_that_are_hidden_exclude_nothing() -> None:
    sample = make_sample((), [process(7, "app", fds=10, fd_soft=1024), process(8, fds=None)])

    assert told("fd-limit-process", facts_of(sample)) == (
        "nearest to its limit, app[7] has 10 of 1,024 descriptors (1%)",
        False,
    )


def test_descriptors_have_nothing_to_do_with_network_namespaces() -> None:
    elsewhere = process(7, "app", fds=10, fd_soft=1024, netns=99)

    assert told("fd-limit-process", facts_of(make_sample((), [elsewhere]))) == (
        "nearest to its limit, app[7] has 10 of 1,024 descriptors (1%)",
        True,
    )


def test_open_files_of_the_host_are_compared_with_their_limit() -> None:
    few, many = (make_sample(limits=Limits(file_nr=n, file_max=100)) for n in (10, 90))

    assert told("fd-limit-system", facts_of(few)) == ("10 of 100 files are open", True)
    assert told("fd-limit-system", facts_of(many)) == ("90 of 100 files are open", False)
    assert told("fd-limit-system", facts_of(make_sample(limits=Limits()))) is None


@pytest.mark.parametrize(("used", "excludes"), [(4, True), (5, False)])
def test_local_ports_are_excluded_below_half(used: int, excludes: bool) -> None:
    rows = [
        tcp("ESTABLISHED", f"10.0.0.1:{40000 + i}", "10.0.0.9:80", pids=[7]) for i in range(used)
    ]
    sample = make_sample(rows, [process(7)], namespaces=[namespace("40000 40009")])

    assert told("ephemeral-exhaustion", facts_of(sample), AWAY) == (
        f"connections to port 80 take {used} of 10 local ports ({used * 10}%)",
        excludes,
    )


def test_connection_tracking_excludes_nothing() -> None:
    space = namespace(sysctls={"net.netfilter.nf_conntrack_count": "5"}, conntrack={"drop": 0})
    sample = make_sample(namespaces=[space], limits=Limits(conntrack_max=1000))

    assert told("conntrack-full", facts_of(sample)) == (
        "5 of 1,000 flows are tracked here, none dropped so far",
        False,
    )


@pytest.mark.parametrize(
    ("code", "state", "none"),
    [
        ("close-wait-leak", "CLOSE_WAIT", "0 sockets in CLOSE_WAIT"),
        ("time-wait-client", "TIME_WAIT", "0 sockets in TIME_WAIT"),
        ("closing-pile-up", "LAST_ACK", "0 sockets in FIN_WAIT1, CLOSING, LAST_ACK"),
    ],
)
def test_state_nobody_is_in_is_excluded(code: str, state: str, none: str) -> None:
    row = tcp(state, "10.0.0.1:40000", "10.0.0.9:80")

    assert told(code, facts_of(make_sample())) == (none, True)
    some = told(code, facts_of(make_sample([row])))
    assert some is not None
    assert some == (none.replace("0 sockets", "1 socket"), False)


def test_attempts_are_never_excluded_as_they_leave_no_trace() -> None:
    waiting = tcp("SYN_SENT", "10.0.0.1:40000", "10.0.0.9:80", retrans=1)

    assert told("connect-timeout", facts_of(make_sample()), AWAY) == (
        "no connection attempt to 10.0.0.9:80 is without an answer at this moment",
        False,
    )
    assert told("connect-timeout", facts_of(make_sample([waiting])), AWAY) == (
        "1 attempt to 10.0.0.9:80 sent a SYN more than once",
        False,
    )


def test_attempts_to_another_address_are_not_told() -> None:
    elsewhere = tcp("SYN_SENT", "10.0.0.1:40000", "10.0.0.8:80", retrans=1)

    assert told("connect-timeout", facts_of(make_sample([elsewhere])), AWAY) == (
        "no connection attempt to 10.0.0.9:80 is without an answer at this moment",
        False,
    )


def test_port_outside_the_range_cannot_have_been_given_to_a_client() -> None:
    sample = make_sample(namespaces=[namespace("40000 40009")])

    assert told("config-listener-in-range", facts_of(sample), HERE) == (
        "port 80 is none of those that clients are given",
        True,
    )
    inside = Scope(ends=(End(None, 40005),))
    assert told("config-listener-in-range", facts_of(sample), inside) is None


def test_code_of_which_nothing_is_known_says_nothing() -> None:
    assert told("self-connect", facts_of(make_sample())) is None
