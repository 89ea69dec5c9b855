"""The processes of both moments, by the program they run.

A process is the same by pid and start time. Across boots and hosts, and where it was replaced, it
is known again by its program: name, command line, unit and container.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import NamedTuple

from netinspect.model import UNKNOWN, Process, Sample

_TICKS = 100  # per second, where the host does not say


class ProgramKey(NamedTuple):
    """What stays the same over restarts."""

    name: str
    cmdline: tuple[str, ...] | None
    unit: str | None
    container: str | None


@dataclass(frozen=True, slots=True)
class Program:
    """The processes of one program: those of both moments, those of the first, of the second."""

    kept: list[tuple[Process, Process]] = field(default_factory=list)
    gone: list[Process] = field(default_factory=list)
    new: list[Process] = field(default_factory=list)

    @property
    def before(self) -> list[Process]:
        """Return the processes of the first moment."""
        return [process for process, _ in self.kept] + self.gone

    @property
    def after(self) -> list[Process]:
        """Return the processes of the second moment."""
        return [process for _, process in self.kept] + self.new


def pair_programs(
    before: Sample, after: Sample, *, same_boot: bool
) -> Mapping[ProgramKey, Program]:
    """Pair the processes of both moments. What may have been hidden at one of them is left out."""
    old, new = _user_processes(before), _user_processes(after)
    kept = _same_processes(old, new) if same_boot else set()
    programs: dict[ProgramKey, Program] = {}
    later = new if before.monotonic <= after.monotonic else old
    for pid in sorted(kept):  # by what it runs now, where it has called exec()
        programs.setdefault(_key(later[pid]), Program()).kept.append((old[pid], new[pid]))
    for process in _seen_only(old, kept, before, after, same_boot=same_boot):
        programs.setdefault(_key(process), Program()).gone.append(process)
    for process in _seen_only(new, kept, after, before, same_boot=same_boot):
        programs.setdefault(_key(process), Program()).new.append(process)
    if not same_boot:
        _pair_by_age(programs.values())
    return programs


def _user_processes(sample: Sample) -> Mapping[int, Process]:
    """Return the processes that neither belong to the kernel nor to this program."""
    return {
        pid: process
        for pid, process in sample.processes.items()
        if not process.is_kernel_thread and pid not in sample.self_pids
    }


def _same_processes(before: Mapping[int, Process], after: Mapping[int, Process]) -> set[int]:
    """Return the pids that one process has at both moments; a start not known fits any."""
    same = set()
    for pid in before.keys() & after.keys():
        starts = {before[pid].start_time, after[pid].start_time}
        if len(starts - {UNKNOWN}) <= 1:
            same.add(pid)
    return same


def _seen_only(
    processes: Mapping[int, Process],
    kept: set[int],
    here: Sample,
    there: Sample,
    *,
    same_boot: bool,
) -> Iterator[Process]:
    """Yield the processes of one moment that the other would show if it had them."""
    sees_others = _sees_others(there)
    ticks = here.host.clock_ticks or _TICKS
    for pid, process in processes.items():
        if pid in kept or not there.processes or process.start_time == UNKNOWN:
            continue
        existed = same_boot and (process.start_time + 1) / ticks < there.monotonic
        if existed and there.monotonic < here.monotonic:
            continue  # it was there and did not show
        later = same_boot and not existed
        if later or sees_others or process.uid == there.host.euid:
            yield process


def _sees_others(sample: Sample) -> bool:
    """Tell whether processes of other users show: with hidepid they do not."""
    euid = sample.host.euid
    if not euid:
        return True
    return any(process.uid not in (None, euid) for process in sample.processes.values())


def _pair_by_age(programs: Iterable[Program]) -> None:
    """Take the processes of one program for the same, the oldest first: no pid tells."""
    for program in programs:
        program.gone.sort(key=_age)
        program.new.sort(key=_age)
        both = list(zip(program.gone, program.new, strict=False))
        program.kept.extend(both)
        del program.gone[: len(both)], program.new[: len(both)]


def _age(process: Process) -> tuple[int, int]:
    return process.start_time, process.pid


def _key(process: Process) -> ProgramKey:
    return ProgramKey(process.name, _program_line(process), process.unit, process.container)


def _program_line(process: Process) -> tuple[str, ...] | None:
    """Return the command line; of one that a server wrote itself, "sshd: ann [priv]", its head."""
    line = process.cmdline
    if line and ": " in line[0] and not any(line[1:]):
        return (line[0].partition(": ")[0],)
    return line
