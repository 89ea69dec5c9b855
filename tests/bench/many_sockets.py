"""Many sockets: what grows with them, and how other tools fare."""

from __future__ import annotations

from tests.bench.contest import FLOOR, Contender, hold_contest, ours
from tests.bench.load import Load, loaded
from tests.bench.one_shot import LSOF, PSUTIL
from tests.bench.settings import Settings

_PSUTIL_SHARE = 1 / 5


class ManySockets:
    """Two hundred thousand sockets in sixteen processes: a proxy under load."""

    name = "many-sockets"
    help = "the attributed report on 200,000 sockets, against ss and psutil; --slow: ss -tanp too"
    sockets = 200_000

    def run(self, settings: Settings) -> None:
        """Print the figures; `ss -tanp` and lsof only with --slow, and once."""
        contenders = [
            PSUTIL,
            ours("check", "--samples", "1", budget=_PSUTIL_SHARE),
            ours("ports", budget=_PSUTIL_SHARE),
            ours("sockets", "--format", "csv"),
            ours("snapshot", "--samples", "1"),
            ours(),
            Contender(("ss", "-tan")),
            Contender(FLOOR, "floor: dump and walk"),
            Contender((*FLOOR, "dump"), "floor: dump alone"),
        ]
        if settings.slow:
            contenders += [Contender(c, once=True) for c in (("ss", "-tanp"), LSOF)]
        with loaded(Load(settings.sockets)):
            hold_contest(contenders, reference=PSUTIL.title, rounds=settings.rounds)


BENCHMARK = ManySockets()
