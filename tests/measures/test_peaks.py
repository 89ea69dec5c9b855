"""The highest that pulses saw."""

from __future__ import annotations

from netinspect.measures.facts import Facts
from netinspect.model import Limits, Sample
from tests.samples import Socket, make_pulses, make_sample, make_window, namespace, tcp

OPENS = "Tcp.ActiveOpens"


def listener(queue: int, key: int = 1, port: int = 80) -> Socket:
    return tcp("LISTEN", f"0.0.0.0:{port}", key=key, recv_q=queue, send_q=9)


def facts(now: Sample, before: Sample | None = None) -> Facts:
    return Facts(make_window(now, before))


def test_queue_of_a_listener_is_the_longest_seen() -> None:
    client = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:4", key=3, recv_q=5)
    looks = {1.0: [listener(4), listener(1, 2)], 1.25: [listener(2), listener(0, 2)]}
    now = make_sample([client, listener(0), listener(6, 2)], pulses=make_pulses(looks))

    assert facts(now).peak_queue.tolist() == [5, 4, 6]
    assert now.sockets.recv_q.tolist() == [5, 0, 6]


def test_listener_that_only_pulses_saw_is_nobody_s_peak() -> None:
    now = make_sample([listener(0)], pulses=make_pulses({1.0: [listener(9, 77)]}))

    assert facts(now).peak_queue.tolist() == [0]


def test_without_pulses_or_listeners_the_queue_is_as_it_is() -> None:
    assert facts(make_sample([listener(3)])).peak_queue.tolist() == [3]
    assert (
        facts(make_sample([], pulses=make_pulses({1.0: [listener(9)]}))).peak_queue.tolist() == []
    )


def counting(at: float, count: int | None, **known: object) -> Sample:
    counters = {} if count is None else {OPENS: count}
    return make_sample(at=at, namespaces=[namespace(counters=counters)], **known)  # type: ignore[arg-type]


def peak_rate(now: Sample, before: Sample | None) -> float | None:
    return facts(now, before).peak_rate(now.namespaces[0], OPENS)


def test_rate_is_the_fastest_between_two_looks() -> None:
    pulses = make_pulses(
        {0.5: [], 1.0: [], 1.5: []}, counters=[{OPENS: 10}, {OPENS: 60}, {OPENS: 61}]
    )

    assert peak_rate(counting(2, 70, pulses=pulses), counting(0, 0)) == 100


def test_looks_that_did_not_read_the_counter_are_passed_over() -> None:
    pulses = make_pulses({0.5: [], 1.0: [], 1.5: []}, counters=[None, {}, {OPENS: 60}])

    assert peak_rate(counting(2, 70, pulses=pulses), counting(0, 0)) == 40


def test_looks_too_close_together_make_no_rate() -> None:
    pulses = make_pulses({1.95: []}, counters=[{OPENS: 0}])

    assert peak_rate(counting(2, 100, pulses=pulses), counting(0, 0)) == 0
    assert peak_rate(counting(2, 100, pulses=pulses), None) is None


def test_without_pulses_the_peak_is_the_rate_itself() -> None:
    assert peak_rate(counting(2, 100), counting(0, 0)) == 50


def test_unknown_counter_has_no_peak() -> None:
    assert peak_rate(counting(2, None), counting(0, None)) is None


def test_counter_that_went_back_has_no_peak() -> None:
    assert peak_rate(counting(2, 5), counting(0, 100)) is None


def test_open_files_are_the_most_seen() -> None:
    pulses = make_pulses({1.0: [], 1.25: [], 1.5: []}, file_nr=[900, None, 1100])

    assert facts(make_sample(limits=Limits(file_nr=1000), pulses=pulses)).peak_files == 1100
    assert facts(make_sample(limits=Limits(file_nr=1200), pulses=pulses)).peak_files == 1200
    assert facts(make_sample(limits=Limits(), pulses=pulses)).peak_files == 1100
    assert facts(make_sample(limits=Limits())).peak_files is None
