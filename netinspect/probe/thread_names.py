"""How many threads of a process have which name: the pools of a JVM tell what they are for.

A name is at most 15 bytes; what pools add to it is a number at the end ("http-nio-8080-e",
"pool-1-thread-12"), which is left off so that one pool is one name.
"""

from __future__ import annotations

import os

from .kernel_files import read_file
from .owners import DIRECTORY

_JVM = b"java"
_MOST_THREADS = 4096
_MOST_NAMES = 256
_DIGITS = b"0123456789"


def tells_pools(comm: bytes, exe: bytes | None) -> bool:
    """Tell whether the names of its threads are worth a read per thread: it is a JVM."""
    return _JVM in (comm, (exe or b"").rpartition(b"/")[2])


def read_thread_names(process: int) -> dict[str, int] | None:
    """Count threads by name, every character one byte; None where they are not to be had.

    process: descriptor of its /proc folder.
    """
    try:
        folder = os.open("task", DIRECTORY, dir_fd=process)
    except OSError:
        return None
    try:
        threads = os.listdir(folder)
        return _count_names(folder, threads) if len(threads) <= _MOST_THREADS else None
    except OSError:
        return None
    finally:
        os.close(folder)


def _count_names(folder: int, threads: list[str]) -> dict[str, int]:
    counts = {}  # type: dict[str, int]
    for thread in threads:
        try:
            comm = read_file(thread + "/comm", dir_fd=folder, limit=1).rstrip(b"\n")
        except OSError:
            continue  # it has ended
        name = (comm.rstrip(_DIGITS) or comm).decode("latin-1")
        counts[name] = counts.get(name, 0) + 1
    commonest = sorted(counts, key=lambda name: (-counts[name], name))[:_MOST_NAMES]
    return {name: counts[name] for name in commonest}
