"""Benchmarks: python -m tests.bench [NAME…] [--sockets N] [--rounds N] [--seconds S] [--slow]

They print figures beside those of other tools, or of the least the kernel takes, from the same run:
on a shared machine only the ratios mean something, and `chrt -f 10` before the command keeps others
from its cores. They need root, for a network namespace.
"""

from __future__ import annotations

import argparse

from tests.bench import (
    decode,
    filters,
    many_sockets,
    one_shot,
    recording,
    rules,
    screen,
    start,
    trail,
)
from tests.bench.settings import Benchmark, Settings

BENCHMARKS: tuple[Benchmark, ...] = (
    start.BENCHMARK,
    one_shot.BENCHMARK,
    many_sockets.BENCHMARK,
    screen.SCREEN,
    screen.KEYS,
    rules.BENCHMARK,
    trail.BENCHMARK,
    recording.BENCHMARK,
    decode.BENCHMARK,
    filters.BENCHMARK,
)


def main(words: list[str] | None = None) -> None:
    """Run the benchmarks that are named, or all."""
    arguments = _parse(words)
    for benchmark in BENCHMARKS:
        if not arguments.names or benchmark.name in arguments.names:
            sockets = benchmark.sockets if arguments.sockets is None else arguments.sockets
            print(f"\n{benchmark.name}: {benchmark.help} ({sockets:,} sockets)", flush=True)
            settings = Settings(sockets, arguments.rounds, arguments.seconds, arguments.slow)
            benchmark.run(settings)


def _parse(words: list[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description=__doc__)
    names = [benchmark.name for benchmark in BENCHMARKS]
    parser.add_argument("names", nargs="*", metavar="NAME", choices=[*names, []], help=str(names))
    parser.add_argument("--sockets", type=int, metavar="N", help="size of the load")
    parser.add_argument("--rounds", type=int, metavar="N", default=5, help="default: 5")
    parser.add_argument("--seconds", type=float, metavar="S", default=20.0, help="default: 20")
    parser.add_argument("--slow", action="store_true", help="run what takes half a minute too")
    return parser.parse_args(words)


if __name__ == "__main__":
    main()
