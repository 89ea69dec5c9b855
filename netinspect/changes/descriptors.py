"""Descriptors: open files of the host; of each process the kinds beside sockets, and its limits."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from netinspect.changes.changes import Change, Difference, Turn, find_turn, known_differences
from netinspect.changes.notable import is_notable
from netinspect.changes.pair import Pair
from netinspect.finding import Scalar
from netinspect.measures.process_sockets import shown_processes
from netinspect.measures.subjects import process_text
from netinspect.model import Process

_KINDS = ("file", "pipe", "anon", "other")
_LIMITS = ("fd_soft", "fd_hard")


def compare_descriptors(pair: Pair) -> Iterator[Change]:
    """Yield what changed of the host, and of the processes that are there at both moments.

    How many descriptors a process has in all is told with the processes.
    """
    before, after = (sample.limits for sample in pair.samples)
    files = tuple(known_differences(("file_nr", before.file_nr, after.file_nr)))
    if files:
        yield Change(find_turn(files), "open files", files, notable=_moved(files))
    shown = {process.pid for window in pair.windows for process in shown_processes(window)}
    for program in pair.programs.values():
        for old, new in program.kept:
            if {old.pid, new.pid} & shown:
                yield from _compare(old, new)


def _compare(old: Process, new: Process) -> Iterator[Change]:
    kinds = tuple(_kinds(old, new))
    limits = tuple(
        known_differences(*((name, getattr(old, name), getattr(new, name)) for name in _LIMITS))
    )
    values = (*kinds, *limits)
    if values:
        turn = Turn.CHANGED if limits else find_turn(kinds)
        about: Mapping[str, Scalar] = {"pid": new.pid, "process": new.name}
        notable = bool(limits) or _moved(kinds)
        yield Change(turn, process_text(new), values, about=about, notable=notable)


def _kinds(old: Process, new: Process) -> Iterator[Difference]:
    if old.fd_kinds is not None and new.fd_kinds is not None:
        counts = ((k, getattr(old.fd_kinds, k), getattr(new.fd_kinds, k)) for k in _KINDS)
        yield from known_differences(*counts)


def _moved(values: tuple[Difference, ...]) -> bool:
    return any(map(is_notable, values))
