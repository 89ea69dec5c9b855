"""Attempts nobody answered, seen by passes and by pulses."""

from __future__ import annotations

from netinspect.measures.attempts import Attempts, find_attempts
from tests.samples import Socket, make_pulses, make_sample, make_window, tcp


def waiting(port: int, *, retrans: int = 0, expires: int = 400) -> Socket:
    ends = (f"10.0.0.1:{port}", "192.0.2.7:443")
    return tcp("SYN_SENT", *ends, key=1000 + port, timer=1, retrans=retrans, expires=expires)


def find(now: list[Socket], looks: dict[float, list[Socket]]) -> Attempts:
    return find_attempts(make_window(make_sample(now, at=2, pulses=make_pulses(looks))))


def test_attempt_is_there_once_as_it_was_seen_last() -> None:
    listener = tcp("LISTEN", "0.0.0.0:80")
    looks = {1.0: [waiting(1, expires=900)], 1.25: [waiting(1, expires=650)]}

    attempts = find([listener, waiting(1, retrans=1, expires=990)], looks)

    assert len(attempts) == 1
    assert attempts.row.tolist() == [1]
    assert (attempts.retrans.tolist(), attempts.waited.tolist()) == ([1], [1000])
    assert attempts.sockets.expires.tolist() == [990]


def test_attempt_that_only_pulses_saw_has_no_row() -> None:
    looks = {1.0: [waiting(1, expires=900)], 1.25: [waiting(1, expires=650)], 1.5: []}

    attempts = find([], looks)

    assert attempts.row.tolist() == [-1]
    assert (attempts.retrans.tolist(), attempts.waited.tolist()) == ([0], [350])


def test_answered_attempts_are_left_out_whatever_became_of_them() -> None:
    ends = "10.0.0.1:{}", "192.0.2.7:443"
    now = [
        tcp("ESTABLISHED", ends[0].format(1), ends[1], key=1001),
        tcp("TIME_WAIT", ends[0].format(2), ends[1], key=5),
        waiting(3),
    ]

    attempts = find(now, {1.0: [waiting(1), waiting(2), waiting(3), waiting(4)]})

    assert attempts.sockets.local_port.tolist() == [3, 4]
    assert attempts.row.tolist() == [2, -1]


def test_unknown_timer_is_no_wait() -> None:
    attempts = find([waiting(1, retrans=-1, expires=-1)], {})

    assert (attempts.retrans.tolist(), attempts.waited.tolist()) == ([0], [0])


def test_nobody_connecting_is_no_attempt() -> None:
    assert len(find([tcp("LISTEN", "0.0.0.0:80")], {1.0: []})) == 0
    assert len(find([], {})) == 0
