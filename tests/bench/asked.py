"""What it costs to list the few sockets that a filter asks for, among many, as ss does it."""

from __future__ import annotations

import time
from collections.abc import Sequence

from netinspect.probe.probe import Probe
from netinspect.probe.sock_diag import parse_only
from netinspect.query import parse_query
from tests.bench.contest import Contender, measure, ours
from tests.bench.load import Load, loaded
from tests.bench.settings import Settings

_BUDGET = 3.0
_FILTERS = ("", "state listening", "dport = :5432")
_BARE = ("--columns", "state,local_addr,local_port,remote_addr,remote_port")
_PAIRS = (
    (Contender(("ss", "-tlnH")), ours("sockets", "state listening", *_BARE)),
    (Contender(("ss", "-tlnpH")), ours("sockets", "state listening")),
    (Contender(("ss", "-tnH", "dport = :5432")), ours("sockets", "dport = :5432", *_BARE)),
    (Contender(("ss", "-tnpH", "dport = :5432")), ours("sockets", "dport = :5432")),
)
"""What each shows is alike: without owners, or with them."""


def measure_asked(settings: Settings) -> None:
    """Print what each takes more among many sockets than among none, which leaves out start-up."""
    commands = [one for pair in _PAIRS for one in pair]
    with loaded(Load(0, 1)):
        alone = _least(commands, settings.rounds)
    with loaded(Load.of(settings.sockets)):
        among = _least(commands, settings.rounds)
        passes = {text: _least_pass(text, settings.rounds) for text in _FILTERS}
    print(f"{'':42} {'alone ms':>9} {'among many':>11} {'more':>7}  x ss")
    for peer, own in _PAIRS:
        floor = max(among[peer] - alone[peer], 0.001)
        for one in (peer, own):
            more = max(among[one] - alone[one], 0.0)
            text = f"{one.title.partition(' --columns')[0]:42} {1000 * alone[one]:9.0f}"
            text += f" {1000 * among[one]:11.0f} {1000 * more:7.0f}  {more / floor:5.2f}"
            print(text if one is peer else f"{text}  {_verdict(more / floor)}")
    for text, seconds in passes.items():
        what = f"the probe alone, without owners: {text or 'everything'}"
        print(f"{what:62} {1000 * seconds:7.1f} ms")


def _least_pass(text: str, rounds: int) -> float:
    dumps = parse_query(text).dumps
    probe = Probe(only=None if dumps is None else parse_only(dumps), owners=False)
    walls = []
    for _ in range(rounds + 1):
        started = time.perf_counter()
        probe.take_capture()
        walls.append(time.perf_counter() - started)
    probe.close()
    return min(walls)


def _least(commands: Sequence[Contender], rounds: int) -> dict[Contender, float]:
    runs: dict[Contender, list[float]] = {one: [] for one in commands}
    for _ in range(rounds + 1):
        for one in commands:
            runs[one].append(measure(one).wall)
    return {one: min(walls) for one, walls in runs.items()}


def _verdict(ratio: float) -> str:
    return f"{'within' if ratio <= _BUDGET else 'OVER'} {_BUDGET:g}"
