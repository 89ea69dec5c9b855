"""Listeners that came, went, changed hands; and connections per port and destination."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.changes import Turn
from netinspect.model import Sample
from tests.changes.comparing import compared, lines, told
from tests.samples import Socket, make_sample, process, tcp, udp

PROCESSES = [process(701, "nginx"), process(812, "java")]


def host(*sockets: Socket, at: float = 0.0) -> Sample:
    return make_sample(sockets, PROCESSES, at=at)


def many(state: str, count: int, local: str = "10.0.0.1:80", first: int = 4000) -> Sequence[Socket]:
    pids = [] if state == "TIME_WAIT" else [701]
    return [tcp(state, local, f"10.0.0.9:{first + i}", pids) for i in range(count)]


LISTENER = tcp("LISTEN", "0.0.0.0:80", pids=[701], send_q=128)


def test_new_and_gone() -> None:
    before, after = host(), host(LISTENER, at=60)

    (came,) = told(compared(before, after), "listeners")
    (went,) = told(compared(after, before), "listeners")

    assert (came.turn, went.turn) == (Turn.NEW, Turn.GONE)
    assert came.subject == went.subject == "tcp 0.0.0.0:80"
    assert came.text == "nginx[701]"


def test_another_owner_and_another_backlog() -> None:
    before = host(LISTENER)
    after = host(tcp("LISTEN", "0.0.0.0:80", pids=[812], send_q=4096), at=60)

    assert lines(compared(before, after))[0] == (
        "listeners: changed tcp 0.0.0.0:80; process nginx → java; backlog 128 → 4096"
    )


def test_owner_that_is_not_known_on_one_side_is_no_change() -> None:
    hidden = tcp("LISTEN", "0.0.0.0:80", send_q=128, owner_reason=3, inode=9)

    assert told(compared(host(LISTENER), host(hidden, at=60)), "listeners") == []
    assert told(compared(host(hidden), host(LISTENER, at=60)), "listeners") == []


def test_limit_that_is_not_known_is_no_change() -> None:
    unknown = tcp("LISTEN", "0.0.0.0:80", pids=[701])

    assert told(compared(host(LISTENER), host(unknown, at=60)), "listeners") == []


def test_udp_port_that_a_client_was_given_is_too_small_to_be_told() -> None:
    after = host(udp("0.0.0.0:40123", pids=[701]), udp("0.0.0.0:53", pids=[701]), at=60)

    subjects = [change.subject for change in told(compared(host(), after), "listeners")]

    assert subjects == ["udp 0.0.0.0:53"]


def test_dump_without_listeners_does_not_say_that_they_are_gone() -> None:
    dump = make_sample(many("ESTABLISHED", 3), at=60)

    assert told(compared(host(LISTENER), dump), "listeners") == []


def test_filter_on_the_owner_tells_that_it_lost_the_port() -> None:
    after = host(tcp("LISTEN", "0.0.0.0:80", pids=[812], send_q=128), at=60)

    (change,) = told(compared(host(LISTENER), after, "process nginx"), "listeners")

    assert change.turn is Turn.CHANGED


def test_states_of_a_port_before_and_after() -> None:
    before = host(LISTENER, *many("ESTABLISHED", 12))
    after = host(LISTENER, *many("ESTABLISHED", 11), *many("CLOSE_WAIT", 30, first=9000), at=60)

    (change,) = told(compared(before, after), "ports")
    (back,) = told(compared(after, before), "ports")

    assert (change.turn, change.subject) == (Turn.GREW, "port 80 of nginx")
    assert [(v.name, v.delta) for v in change.values] == [("ESTABLISHED", -1), ("CLOSE_WAIT", 30)]
    assert [(v.name, v.delta) for v in back.values] == [("ESTABLISHED", 1), ("CLOSE_WAIT", -30)]


def test_churn_is_no_change() -> None:
    """Other connections, as many of them; some TIME_WAIT more."""
    before = host(LISTENER, *many("ESTABLISHED", 40), *many("TIME_WAIT", 20, first=9000))
    after = host(
        LISTENER,
        *many("ESTABLISHED", 44, first=6000),
        *many("TIME_WAIT", 70, first=12000),
        at=60,
    )

    changes = compared(before, after)

    assert (changes.same, changes.left_out) == (True, 2)  # the port, and the process


def test_connections_of_a_listener_that_went_stay_with_its_port() -> None:
    before = host(LISTENER, *many("ESTABLISHED", 40))
    after = host(*many("ESTABLISHED", 40), at=60)

    changes = compared(before, after)

    assert [change.turn for change in told(changes, "listeners")] == [Turn.GONE]
    assert told(changes, "ports") == told(changes, "destinations") == []


def test_destinations() -> None:
    def dialled(count: int, at: float = 0.0) -> Sample:
        ends = [f"10.0.0.1:{40000 + i}" for i in range(count)]
        return host(*(tcp("SYN_SENT", end, "10.2.0.9:5432", [812]) for end in ends), at=at)

    (change,) = told(compared(dialled(0), dialled(25, 60)), "destinations")

    assert (change.turn, change.subject) == (Turn.GREW, "to 10.2.0.9:5432")
    assert change.about["remote_port"] == 5432


def test_many_destinations_of_few_connections_are_told_together() -> None:
    def crawler(count: int, at: float = 0.0) -> Sample:
        ends = [f"203.0.113.{i % 250}:{1 + i // 250}" for i in range(count)]
        return host(*(tcp("ESTABLISHED", "10.0.0.1:40000", end, [812]) for end in ends), at=at)

    few, many_more = crawler(5), crawler(600, 60)

    (change,) = told(compared(few, many_more), "destinations")

    assert change.subject == "to others, fewer than 10 each"
    assert [(v.name, v.before, v.after) for v in change.values] == [("ESTABLISHED", 5, 600)]


def test_filter_counts_only_what_it_lets_through() -> None:
    before = host(LISTENER, *many("ESTABLISHED", 5))
    after = host(LISTENER, *many("ESTABLISHED", 50), *many("CLOSE_WAIT", 30, first=9000), at=60)

    (change,) = told(compared(before, after, "state close-wait"), "ports")

    assert [v.name for v in change.values] == ["CLOSE_WAIT"]
