"""Commands measured against each other: the same rounds, the same load, ratios to one of them."""

from __future__ import annotations

import os
import shutil
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

NETINSPECT = (sys.executable, "-m", "netinspect.cli")
ROOT = Path(__file__).resolve().parents[2]
FLOOR = (sys.executable, "-I", "-S", str(Path(__file__).with_name("floor.py")))


@dataclass(frozen=True, slots=True)
class Contender:
    """One command.

    budget: at most so many times the reference. once: too slow for rounds. exits: codes that do not
    mean failure.
    """

    command: tuple[str, ...]
    name: str = ""
    budget: float | None = None
    once: bool = False
    exits: tuple[int, ...] = (0,)

    @property
    def title(self) -> str:
        """Name it as it is printed."""
        return self.name or " ".join(self.command)


def ours(*words: str, budget: float | None = None) -> Contender:
    """Make a contender of one of our commands."""
    exits = (0, 1, 2) if "check" in words else (0,)
    return Contender((*NETINSPECT, *words), " ".join(["netinspect", *words]), budget, exits=exits)


@dataclass(frozen=True, slots=True)
class Run:
    """What one run of a command took: seconds, seconds, bytes."""

    wall: float
    cpu: float
    peak: int


def hold_contest(contenders: Sequence[Contender], reference: str, rounds: int) -> dict[str, float]:
    """Measure the commands in turns, print one line for each and return their least seconds.

    reference: title of the one that the others are compared with; least time with least time,
    because what else the machine does only ever adds.
    """
    present = [one for one in contenders if _is_there(one)]
    runs: dict[str, list[Run]] = {one.title: [] for one in present}
    for turn in range(rounds + 1):
        for one in present:
            if not one.once:
                runs[one.title].append(measure(one))
            elif turn == rounds:
                runs[one.title] += [measure(one)] * 2
    measured = {title: some[1:] for title, some in runs.items()}  # the first filled the caches
    base = _least(measured[reference])
    print(f"{'':34} {'least s':>8} {'median':>7} {'cpu s':>7} {'MiB':>5}  x {reference}")
    for one in present:
        print(_line(one, measured[one.title], base))
    return {title: _least(some) for title, some in measured.items()}


def measure(one: Contender) -> Run:
    """Run a command to its end, its output thrown away.

    Its peak memory is at least ours: the kernel counts from before exec().
    """
    started = time.monotonic()
    null = subprocess.DEVNULL
    child = subprocess.Popen(one.command, stdout=null, stderr=null, env=environment(), cwd=ROOT)
    _, status, usage = os.wait4(child.pid, 0)
    wall = time.monotonic() - started
    child.returncode = os.waitstatus_to_exitcode(status)
    if child.returncode not in one.exits:
        raise RuntimeError(f"{one.title}: exit code {child.returncode}")
    return Run(wall, usage.ru_utime + usage.ru_stime, usage.ru_maxrss * 1024)


def environment() -> dict[str, str]:
    """Return an environment in which Python keeps what it compiled, as an installed one does."""
    return {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}


def _is_there(one: Contender) -> bool:
    there = shutil.which(one.command[0]) is not None
    if not there:
        print(f"not installed, left out: {one.title}")
    return there


def _least(runs: Sequence[Run]) -> float:
    return min(run.wall for run in runs)


def _line(one: Contender, runs: Sequence[Run], base: float) -> str:
    least, median = _least(runs), statistics.median(run.wall for run in runs)
    cpu = statistics.median(run.cpu for run in runs)
    peak = max(run.peak for run in runs) / 2**20
    text = f"{one.title:34} {least:8.3f} {median:7.3f} {cpu:7.3f} {peak:5.0f}  {least / base:5.2f}"
    if one.budget is not None:
        text += f"  {'within' if least / base <= one.budget else 'OVER'} {one.budget:g}"
    return text
