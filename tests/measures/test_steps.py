"""What each Sample adds to the Trail: numbers by row, rows that came and went."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from netinspect.measures.history import read_ages, read_history
from netinspect.measures.row_ids import process_ids
from netinspect.measures.steps import take_step
from netinspect.model import FRESH_STEPS, TRAIL_STEPS, Age, Sample, Series, Trail
from tests.samples import Socket, make_sample, make_window, process, tcp

JAVA = process(812, "java", fds=100)
CURL = process(900, "curl", fds=5)


def trail_of(*samples: Sample) -> Trail:
    trail, before = Trail(), None
    for sample in samples:
        trail, before = trail.add(take_step(make_window(sample, before))), sample
    return trail


def server(connections: int, *more: Socket) -> list[Socket]:
    listener = tcp("LISTEN", "0.0.0.0:80", pids=[812], key=1)
    children = [
        tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{41000 + i}", pids=[812], key=100 + i)
        for i in range(connections)
    ]
    return [listener, *children, *more]


def dialled(*ports: int) -> list[Socket]:
    return [
        tcp("ESTABLISHED", f"10.0.0.1:{port}", "10.0.0.5:5432", pids=[812], key=port)
        for port in ports
    ]


def keys(*keys: int) -> np.ndarray[tuple[int], np.dtype[np.uint64]]:
    return np.array(keys, np.uint64)


def numbers(trail: Trail, pane: str, *ids: int) -> list[tuple[int | None, ...]]:
    found = read_history(trail, pane, keys(*ids))
    return [series.numbers if series else () for series in found]


def ages(samples: Sequence[Sample], pane: str, *ids: int) -> list[Age]:
    return read_ages(trail_of(*samples), pane, keys(*ids))


def test_history_has_a_number_for_each_sample() -> None:
    samples = [make_sample(server(n), [JAVA], at=n) for n in (2, 0, 3)]
    java = int(process_ids([JAVA])[0])

    trail = trail_of(*samples)

    assert numbers(trail, "ports", 1) == [(2, 0, 3)]
    assert numbers(trail, "processes", java) == [(3, 1, 4)]
    assert numbers(trail, "descriptors", java) == [(100, 100, 100)]


def test_history_of_a_destination_counts_the_ports_used() -> None:
    samples = [make_sample(dialled(*range(40000, 40000 + n)), [JAVA], at=n) for n in (1, 4)]

    trail = trail_of(*samples)

    (level,) = {len(step.levels["ephemeral"].ids) for step in trail.steps}
    assert level == 1
    assert numbers(trail, "ephemeral", int(trail.steps[0].levels["ephemeral"].ids[0])) == [(1, 4)]


def test_one_sample_is_no_history() -> None:
    assert read_history(trail_of(make_sample(server(1), [JAVA])), "ports", keys(1)) == [None]


def test_samples_without_the_row_are_gaps() -> None:
    samples = [make_sample(sockets, [JAVA]) for sockets in ([], server(2), [])]

    assert numbers(trail_of(*samples), "ports", 1) == [(None, 2, None)]


def test_sockets_that_may_not_be_seen_are_not_known_and_not_zero() -> None:
    hidden = process(7, "other", fds=None, fd_kinds=None)
    sockets = [tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", key=5, owner_reason=3)]
    samples = [make_sample(sockets, [JAVA, hidden]) for _ in range(2)]

    ids = process_ids([JAVA, hidden]).tolist()

    assert numbers(trail_of(*samples), "processes", *ids) == [(0, 0), ()]


def test_trail_forgets_what_is_too_old() -> None:
    trail = trail_of(*(make_sample(server(n), [JAVA]) for n in range(TRAIL_STEPS + 2)))

    (known,) = numbers(trail, "ports", 1)
    assert known == tuple(range(2, TRAIL_STEPS + 2))
    assert [bool(step.came) for step in trail.steps].count(True) == FRESH_STEPS


def test_nothing_of_the_first_sample_is_new() -> None:
    assert ages([make_sample(server(1), [JAVA])], "sockets", 1, 100) == [Age.SETTLED] * 2


def test_row_is_new_for_three_samples() -> None:
    samples = [make_sample(server(n), [JAVA]) for n in (0, 1, 1, 1, 1)]

    found = [ages(samples[:n], "sockets", 100)[0] for n in (2, 3, 4, 5)]

    assert found == [Age.NEW, Age.NEW, Age.NEW, Age.SETTLED]


def test_row_that_comes_back_is_new_again() -> None:
    samples = [make_sample(server(n), [JAVA]) for n in (1, 0, 1)]

    assert ages(samples, "sockets", 100) == [Age.NEW]


def test_process_that_reuses_a_pid_is_new() -> None:
    other = process(812, "java", start_time=99_999)
    samples = [make_sample([], [JAVA]), make_sample([], [other])]

    assert ages(samples, "processes", *process_ids([other]).tolist()) == [Age.NEW]


def test_what_becomes_a_time_wait_neither_went_nor_is_new() -> None:
    alive = tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", pids=[812], key=5)
    waiting = tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:41000", key=6)
    samples = [make_sample([alive], [JAVA]), make_sample([waiting], [JAVA])]

    trail = trail_of(*samples)

    assert read_ages(trail, "sockets", keys(6)) == [Age.SETTLED]
    assert "sockets" not in trail.steps[-1].went


def test_change_is_from_the_first_to_the_last_known_number() -> None:
    assert Series((None, 4, 9, 6, None)).change == 2
    assert Series((None, 4)).change is None
