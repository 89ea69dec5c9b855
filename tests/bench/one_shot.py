"""One look from nothing: interpreter, imports, sockets, owners, output."""

from __future__ import annotations

import sys

from tests.bench.contest import FLOOR, Contender, hold_contest, ours
from tests.bench.load import Load, loaded
from tests.bench.settings import Settings

_PSUTIL_CALL = "import psutil; psutil.net_connections('tcp')"
PSUTIL = Contender((sys.executable, "-c", _PSUTIL_CALL), "psutil, nothing printed")
LSOF = ("lsof", "-nP", "-iTCP")
_BUDGET = 2.5  # x ss -tanp


class OneShot:
    """Ten thousand sockets: a server on a busy day."""

    name = "one-shot"
    help = "one look at 10,000 sockets, start-up included, against ss -tanp"
    sockets = 10_000

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        with loaded(Load.of(settings.sockets)):
            hold_contest(
                [
                    Contender(("ss", "-tanp")),
                    ours("sockets", "--format", "csv", budget=_BUDGET),
                    ours("sockets", "--format", "ndjson", budget=_BUDGET),
                    ours("sockets", budget=_BUDGET),
                    ours("snapshot", "--samples", "1", budget=_BUDGET),
                    ours("processes", budget=_BUDGET),
                    ours("ports", budget=_BUDGET),
                    ours("check", "--samples", "1", budget=_BUDGET),
                    PSUTIL,
                    Contender(LSOF),
                    Contender(FLOOR, "floor: dump and walk"),
                ],
                reference="ss -tanp",
                rounds=settings.rounds,
            )


BENCHMARK = OneShot()
