"""Start-up: what is paid before anything is looked at."""

from __future__ import annotations

import sys

from tests.bench.contest import Contender, hold_contest, ours
from tests.bench.settings import Settings


class Start:
    """No load: only the interpreter and imports."""

    name = "start"
    help = "--version and --help against an interpreter that does nothing"
    sockets = 0

    def run(self, settings: Settings) -> None:
        """Print the figures."""
        bare = Contender((sys.executable, "-c", "pass"), "python -c pass")
        numpy = Contender((sys.executable, "-c", "import numpy"), "python -c 'import numpy'")
        contenders = [bare, ours("--version"), ours("--help"), ours("sockets", "--help"), numpy]
        hold_contest(contenders, bare.title, settings.rounds)


BENCHMARK = Start()
