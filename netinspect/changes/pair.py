"""The two moments of a comparison, and how far they can be compared at all."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from netinspect.changes.changes import Side
from netinspect.changes.programs import Program, ProgramKey, pair_programs
from netinspect.changes.services import Service, ServiceKey, find_services
from netinspect.model import Namespace, Proto, Sample, Window

_REDACTION = "redaction"  # the source of the Note that a redacted Sample has
_LESS = "counters are not compared, and no process counts as restarted"


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One moment under a filter. name: as the user called it. gaps: what it does not show."""

    name: str
    window: Window
    gaps: tuple[str, ...] = ()

    @property
    def side(self) -> Side:
        """Return what is told of it."""
        sample = self.window.now
        return Side(self.name, sample.host, sample.taken_at, self.gaps)


class Pair:
    """Both Windows, and which names mean the same in both."""

    def __init__(self, before: Window, after: Window) -> None:
        self.before, self.after = before, after
        self.windows = before, after
        self.samples: tuple[Sample, Sample] = (before.now, after.now)

    @cached_property
    def same_boot(self) -> bool:
        """Tell whether pids, cookies and counters of both go on from each other."""
        before, after = (sample.host.boot_id for sample in self.samples)
        return before is not None and before == after

    @cached_property
    def elapsed(self) -> float:
        """Return the seconds from the first to the second, on the host's own clock if it can be."""
        before, after = self.samples
        if self.same_boot:
            return after.monotonic - before.monotonic
        return after.taken_at - before.taken_at

    @cached_property
    def _inodes(self) -> tuple[frozenset[int], frozenset[int]]:
        before, after = map(_namespaces_of, self.samples)
        return before, after

    @cached_property
    def one_namespace(self) -> bool:
        """Tell whether each side shows one network namespace only: they are compared."""
        return all(len(inodes) <= 1 for inodes in self._inodes)

    @cached_property
    def other_namespace(self) -> bool:
        """Tell whether they are known to show different network namespaces of one host."""
        before, after = self._inodes
        known = before - {0} and after - {0}
        return bool(self.same_boot and known and before.isdisjoint(after))

    def place(self, netns: int) -> int:
        """Return what names a network namespace on both sides; 0 where there is but one."""
        return 0 if self.one_namespace else netns

    def places(self, netns: NDArray[np.uint64]) -> NDArray[np.uint64]:
        """Return the same for a column."""
        return np.zeros_like(netns) if self.one_namespace else netns

    def place_text(self, place: int) -> str:
        """Write where something is, behind its name; "" where there is but one namespace."""
        return f" in netns {place}" if place else ""

    @cached_property
    def services(self) -> tuple[Mapping[ServiceKey, Service], Mapping[ServiceKey, Service]]:
        """What listens at either moment."""
        before, after = (
            find_services(window, self.places(window.now.sockets.netns)) for window in self.windows
        )
        return before, after

    def namespaces(self) -> Iterator[tuple[int, Namespace, Namespace]]:
        """Yield the network namespaces that are known on both sides, with their place."""
        after = {self.place(one.inode): one for one in self.samples[1].namespaces}
        for one in self.samples[0].namespaces:
            other = after.get(self.place(one.inode))
            if other is not None:
                yield self.place(one.inode), one, other

    def shows_services(self, side: int, proto: int) -> bool:
        """Tell whether a side would show what listens: a dump of ss may hold other sockets only."""
        shown = (key.proto == proto for key in self.services[side])
        return bool(self.samples[side].processes) or any(shown)

    @cached_property
    def programs(self) -> Mapping[ProgramKey, Program]:
        """The processes of both by the program they run."""
        return pair_programs(*self.samples, same_boot=self.same_boot)

    @cached_property
    def names_hosts(self) -> bool:
        """Tell whether both say of which host they are: a dump of ss does not."""
        return all(sample.host.boot_id or sample.host.kernel for sample in self.samples)

    def notes(self) -> Iterator[str]:
        """Say what cannot be compared, and why."""
        yield from self._identity_notes()
        if self.other_namespace:
            yield "of different network namespaces: counters are not compared"
        elif any(window.selected_pids is not None for window in self.windows):
            yield "settings, counters and host-wide numbers are those of all, not of the filter"
        for name, sample in zip("AB", self.samples, strict=True):
            if not sample.processes:
                yield f"{name} knows no processes: they and owners are not compared"
            if not sample.namespaces:
                yield f"{name} knows no settings and counters: they are not compared"

    def _identity_notes(self) -> Iterator[str]:
        """Say whether both are of one host and one boot."""
        before, after = (sample.host for sample in self.samples)
        redacted = [any(note.source == _REDACTION for note in s.notes) for s in self.samples]
        if any(redacted) and not all(redacted):
            name = "A" if redacted[0] else "B"
            yield f"only {name} is redacted: names and addresses do not match; {_LESS}"
        elif all(redacted) and before.name != after.name:
            yield f"both are redacted: names and addresses match only under one key; {_LESS}"
        elif before.name != after.name and self.names_hosts:
            same = "of one boot, so of one machine" if self.same_boot else _LESS
            yield f"different hosts, {before.name} and {after.name}: {same}"
        elif not self.same_boot:
            known = before.boot_id and after.boot_id
            reason = "of different boots" if known else "not known to be of one boot"
            yield f"{reason}: {_LESS}"


def _namespaces_of(sample: Sample) -> frozenset[int]:
    sockets = sample.sockets
    inet = np.unique(sockets.netns[sockets.proto != Proto.UNIX]).tolist()
    return frozenset(inet) | {namespace.inode for namespace in sample.namespaces}
