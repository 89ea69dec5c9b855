"""Processes: new, gone, restarted, and those that hold more or fewer sockets and descriptors."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from netinspect.changes.changes import Change, Difference, Turn, find_turn, known_differences
from netinspect.changes.notable import is_notable
from netinspect.changes.pair import Pair
from netinspect.changes.programs import Program
from netinspect.finding import Scalar, Unit
from netinspect.measures.process_sockets import count_process_sockets, shown_processes
from netinspect.measures.subjects import process_text
from netinspect.model import Process, Window

_MOST_PIDS = 5
_SERVICE = ".service"


def compare_processes(pair: Pair) -> Iterator[Change]:
    """Yield what changed of the processes that pass the filter at one of the moments."""
    sockets = tuple(_Sockets(window) for window in pair.windows)
    for program in pair.programs.values():
        yield from _ProgramChanges(program, sockets[0], sockets[1]).tell()


class _Sockets:
    """How many of the selected sockets each process holds; None = not known."""

    def __init__(self, window: Window) -> None:
        counts = count_process_sockets(window)
        self.by_pid: dict[int, int | None] = {
            process.pid: None if counts.hidden(process) else counts.sockets(i)
            for i, process in enumerate(shown_processes(window))
        }

    def count(self, processes: Sequence[Process]) -> int | None:
        """Add up what processes hold, what the filter leaves out as nothing."""
        counts = [self.by_pid.get(process.pid, 0) for process in processes]
        known = [count for count in counts if count is not None]
        return sum(known) if len(known) == len(counts) else None

    def shows(self, processes: Sequence[Process]) -> bool:
        return any(process.pid in self.by_pid for process in processes)


class _ProgramChanges:
    """What changed of the processes of one program."""

    def __init__(self, program: Program, before: _Sockets, after: _Sockets) -> None:
        self._program = program
        self._sockets = before, after

    def tell(self) -> Iterator[Change]:
        program = self._program
        for before, after in program.kept:
            yield from self._grown(before, after)
        if not self._shows(program.gone, program.new):
            return
        if program.kept:
            yield from self._number()
        elif program.gone and program.new:
            yield self._restarted()
        elif program.new:
            yield self._appeared(program.new, Turn.NEW)
        elif program.gone:
            yield self._appeared(program.gone, Turn.GONE)

    def _shows(self, before: Sequence[Process], after: Sequence[Process]) -> bool:
        return self._sockets[0].shows(before) or self._sockets[1].shows(after)

    def _grown(self, before: Process, after: Process) -> Iterator[Change]:
        if not self._shows([before], [after]):
            return
        held = self._sockets[0].count([before]), self._sockets[1].count([after])
        values = tuple(known_differences(("sockets", *held), ("fds", before.fds, after.fds)))
        if values:
            turn = find_turn(values)
            notable = any(map(is_notable, values))
            about = _about([after])
            yield Change(turn, process_text(after), values, about=about, notable=notable)

    def _number(self) -> Iterator[Change]:
        """Tell of a program of which some processes remain: workers come and go."""
        program = self._program
        before, after = len(program.before), len(program.after)
        if not program.gone and not program.new:
            return
        replaced = min(len(program.gone), len(program.new))
        text = f"{replaced:,} replaced" if replaced else ""
        values = tuple(known_differences(("processes", before, after)))
        turn = find_turn(values) if values else Turn.RESTARTED
        notable = any(map(is_notable, values))
        yield Change(turn, _text(program.after), values, text, _about(program.after), notable)

    def _restarted(self) -> Change:
        gone, new = self._program.gone, self._program.new
        held = self._sockets[0].count(gone), self._sockets[1].count(new)
        pids = Difference("pid", _pids(gone), _pids(new), Unit.TEXT)
        numbers = (("processes", len(gone), len(new)), ("sockets", *held))
        values = (pids, *known_differences(*numbers))
        notable = self._counts(0, gone) or self._counts(1, new)
        return Change(Turn.RESTARTED, _text(new), values, about=_about(new), notable=notable)

    def _appeared(self, processes: list[Process], turn: Turn) -> Change:
        side = 1 if turn is Turn.NEW else 0
        numbers: dict[str, int | None] = {"sockets": self._sockets[side].count(processes)}
        if len(processes) == 1:
            numbers["fds"] = processes[0].fds
        values = tuple(
            Difference(name, None, number) if side else Difference(name, number, None)
            for name, number in numbers.items()
            if number is not None
        )
        about = _about(processes)
        notable = self._counts(side, processes)
        return Change(turn, _text(processes), values, _origin(processes[0]), about, notable)

    def _counts(self, side: int, processes: Sequence[Process]) -> bool:
        """Tell whether processes matter: they hold sockets; if that is hidden, they are a service.

        Shells, cron jobs and the like come and go on any host.
        """
        held = self._sockets[side].count(processes)
        if held is not None:
            return held > 0
        first = processes[0]
        return bool(first.container or (first.unit or "").endswith(_SERVICE))


def _text(processes: Sequence[Process]) -> str:
    if len(processes) == 1:
        return process_text(processes[0])
    return f"{processes[0].name} ({len(processes):,} processes)"


def _pids(processes: Sequence[Process]) -> str:
    pids = sorted(process.pid for process in processes)
    rest = len(pids) - _MOST_PIDS
    return ", ".join(map(str, pids[:_MOST_PIDS])) + (f" and {rest:,} more" if rest > 0 else "")


def _origin(process: Process) -> str:
    """Say what a process is part of."""
    container = f"container {process.container}" if process.container else ""
    return ", ".join(word for word in (process.unit, container) if word)


def _about(processes: Sequence[Process]) -> Mapping[str, Scalar]:
    first = processes[0]
    return {
        "pid": first.pid if len(processes) == 1 else None,
        "process": first.name,
        "user": first.user,
        "unit": first.unit,
        "container": first.container,
    }
