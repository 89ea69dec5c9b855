"""Hosts made at random: a moment is the same as itself, and B to A mirrors A to B."""

from __future__ import annotations

import random
from collections import Counter
from typing import Any

import pytest

from netinspect.changes import Change, Changes, Turn
from netinspect.model import FdKinds, Host, Limits, OwnerReason, Process, Sample
from tests.changes.comparing import compared
from tests.samples import Socket, make_sample, namespace, process, tcp, udp

MIRRORED = {
    Turn.NEW: Turn.GONE,
    Turn.GONE: Turn.NEW,
    Turn.GREW: Turn.SHRANK,
    Turn.SHRANK: Turn.GREW,
}
NAMES = ("nginx", "java", "node", "cron")
STATES = ("ESTABLISHED", "CLOSE_WAIT", "TIME_WAIT", "SYN_SENT", "FIN_WAIT2")


def random_host(dice: random.Random) -> Sample:
    at = float(dice.randrange(0, 600))
    processes = [random_process(dice, pid, at) for pid in dice.sample(range(2, 30), 12)]
    sockets = [random_socket(dice, processes) for _ in range(dice.randrange(120))]
    counters = {"TcpExt.ListenOverflows": dice.randrange(3), "Tcp.OutRsts": dice.randrange(900)}
    known = dice.choice(({}, {"net.core.somaxconn": str(dice.randrange(3))}))
    return make_sample(
        sockets,
        processes,
        at=at,
        namespaces=[namespace(sysctls=known, counters=counters)],
        host=Host("web-07", "6.1.0", dice.choice(("a", "b", None)), dice.choice((0, 1000))),
        limits=Limits(file_nr=dice.choice((None, 1000, 5000))),
    )


def random_process(dice: random.Random, pid: int, at: float) -> Process:
    kinds = dice.choice((None, FdKinds(1, dice.randrange(40), 0, 0, 0)))
    start = dice.choice((500, 900, int((100 + at) * 100) - 1))
    number = dice.randrange(60)
    return process(pid, dice.choice(NAMES), start_time=start, fds=number, fd_kinds=kinds)


def random_socket(dice: random.Random, processes: list[Process]) -> Socket:
    pids = [dice.choice(processes).pid] if dice.random() < 0.7 else []
    reason = dice.choice((OwnerReason.NONE, OwnerReason.HIDDEN))
    hidden: dict[str, Any] = {} if pids else {"owner_reason": reason}
    port = dice.choice((80, 443, 8080))
    kind = dice.random()
    if kind < 0.2:
        backlog = dice.choice((-1, 128, 4096))
        return tcp("LISTEN", f"0.0.0.0:{port}", pids=pids, send_q=backlog, **hidden)
    if kind < 0.3:
        return udp(f"0.0.0.0:{dice.choice((53, 40000))}", pids=pids, **hidden)
    end = f"10.0.0.{dice.randrange(3)}:{dice.choice((5432, 50000))}"
    return tcp(dice.choice(STATES), f"10.0.0.1:{port}", end, pids=pids, **hidden)


def summary(changes: Changes, *, mirror: bool = False) -> Counter[str]:
    """Count the changes as text, without who they are named after: that is the second moment's."""
    return Counter(
        f"{section.name} {_turn(change, mirror)} {_values(change, mirror)} {change.notable}"
        for section in changes.sections
        for change in section.changes
    )


def _turn(change: Change, mirror: bool) -> Turn:
    return MIRRORED.get(change.turn, change.turn) if mirror else change.turn


def _values(change: Change, mirror: bool) -> list[tuple[object, ...]]:
    ends = [(v.name, v.before, v.after) for v in change.values]
    return [(name, b, a) if mirror else (name, a, b) for name, a, b in ends]


@pytest.mark.parametrize("seed", range(150))
def test_there_and_back(seed: int) -> None:
    dice = random.Random(seed)
    before, after = random_host(dice), random_host(dice)

    forth = compared(before, after, everything=True)
    back = compared(after, before, everything=True)

    assert summary(forth) == summary(back, mirror=True)
    assert compared(before, before, everything=True).same
