"""Many sockets: what grows with them, and how other tools fare."""

from __future__ import annotations

from tests.bench.contest import FLOOR, Contender, hold_contest, ours
from tests.bench.load import Load, loaded
from tests.bench.one_shot import PSUTIL
from tests.bench.settings import Settings

_PSUTIL_SHARE = 1 / 5
_LOOK = ours("check", "--samples", "1", budget=_PSUTIL_SHARE)
_SLOW_PEERS = ("ss -tanp", "lsof -nP -iTCP")


class ManySockets:
    """Two hundred thousand sockets in sixteen processes: a proxy under load."""

    name = "many-sockets"
    help = "the attributed report on 200,000 sockets, against ss and psutil; --slow: ss -tanp too"
    sockets = 200_000

    def run(self, settings: Settings) -> None:
        """Print the figures; `ss -tanp` and lsof only with --slow, and once."""
        contenders = [
            PSUTIL,
            _LOOK,
            ours("ports", budget=_PSUTIL_SHARE),
            ours("sockets", "--format", "csv"),
            ours("snapshot", "--samples", "1"),
            ours(),
            Contender(("ss", "-tan")),
            Contender(FLOOR, "floor: dump and walk"),
            Contender((*FLOOR, "dump"), "floor: dump alone"),
        ]
        if settings.slow:
            contenders += [Contender(tuple(peer.split()), once=True) for peer in _SLOW_PEERS]
        with loaded(Load.of(settings.sockets)):
            seconds = hold_contest(contenders, PSUTIL.title, settings.rounds)
        for peer in (*_SLOW_PEERS, PSUTIL.title):
            if peer in seconds:
                times = seconds[peer] / seconds[_LOOK.title]
                print(f"{_LOOK.title} is {times:.1f} x as fast as {peer}")


BENCHMARK = ManySockets()
