"""A load to measure on: sockets held by child processes, in a network namespace of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.lab.netns import make_namespace

_HOLDER = Path(__file__).with_name("holder.py")
_MOST_PAIRS = 9_500  # two descriptors each, below an RLIMIT_NOFILE of 20,000
_USUAL_PROCESSES = 16
_MOST_PROCESSES = 250
_PATIENCE = 60  # seconds


@dataclass(frozen=True, slots=True)
class Load:
    """How many sockets there are to be."""

    sockets: int  # ESTABLISHED ones, both ends of a connection counted
    processes: int
    time_waits: int = 0  # beside them; the kernel forgets these after a minute

    @staticmethod
    def of(sockets: int) -> Load:
        """Spread sockets over sixteen processes, or as many as it takes."""
        return Load(sockets, max(_USUAL_PROCESSES, -(-sockets // (2 * _MOST_PAIRS))))

    def __str__(self) -> str:
        waiting = f" and {self.time_waits:,} TIME_WAIT" if self.time_waits else ""
        return f"{self.sockets:,} sockets{waiting} of {self.processes} processes"


@contextmanager
def loaded(load: Load) -> Iterator[list[int]]:
    """Have a load while the block runs; this thread and what it starts are in its namespace.

    Yields the pids of its processes.
    """
    with ExitStack() as stack:
        namespace = stack.enter_context(make_namespace())
        stack.enter_context(namespace.entered())
        holders = [stack.enter_context(_holder(load, i)) for i in range(load.processes)]
        for holder in holders:
            _wait_ready(holder)
        yield [holder.pid for holder in holders]


@contextmanager
def _holder(load: Load, index: int) -> Iterator[subprocess.Popen[str]]:
    pairs = _share(load.sockets // 2, load, index)
    if pairs > _MOST_PAIRS or load.processes > _MOST_PROCESSES:
        raise ValueError(f"{load}: more than {_MOST_PAIRS:,} connections in one process")
    words = [str(index + 1), str(pairs), str(_share(load.time_waits, load, index))]
    holder = subprocess.Popen(
        [sys.executable, "-I", "-S", str(_HOLDER), *words],
        stdin=subprocess.PIPE,  # its end is the holder's end, however we go
        stdout=subprocess.PIPE,
        text=True,
    )
    try:
        yield holder
    finally:
        holder.kill()
        holder.communicate(timeout=_PATIENCE)


def _share(total: int, load: Load, index: int) -> int:
    return total // load.processes + (index < total % load.processes)


def _wait_ready(holder: subprocess.Popen[str]) -> None:
    assert holder.stdout is not None, "started with a pipe"
    if holder.stdout.readline() != "ready\n":
        raise RuntimeError("a process of the load ended before it was ready")
