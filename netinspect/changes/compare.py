"""Two Views → Changes: each section asked in turn, what is too small to be told counted."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import NamedTuple

from netinspect.changes.changes import Change, Changes, Section
from netinspect.changes.connections import compare_destinations, compare_ports
from netinspect.changes.counters import compare_counters
from netinspect.changes.descriptors import compare_descriptors
from netinspect.changes.findings import compare_findings
from netinspect.changes.hosts import compare_hosts
from netinspect.changes.listeners import compare_listeners
from netinspect.changes.pair import Pair, View
from netinspect.changes.processes import compare_processes
from netinspect.changes.settings import compare_settings


class _Part(NamedTuple):
    """One kind of Changes and who finds them."""

    name: str
    title: str
    compare: Callable[[Pair], Iterable[Change]]


_PARTS = (
    _Part("host", "Host", compare_hosts),
    _Part("findings", "Findings", compare_findings),
    _Part("listeners", "Listeners", compare_listeners),
    _Part("processes", "Processes", compare_processes),
    _Part("ports", "Connections by local port", compare_ports),
    _Part("destinations", "Connections by destination", compare_destinations),
    _Part("descriptors", "Descriptors", compare_descriptors),
    _Part("settings", "Settings", compare_settings),
    _Part("counters", "Counters", compare_counters),
)


def compare(before: View, after: View, *, everything: bool = False) -> Changes:
    """Compare two moments. everything: what is too small to be notable, too."""
    pair = Pair(before.window, after.window)
    sections = tuple(_build_section(part, pair, everything) for part in _PARTS)
    return Changes(before.side, after.side, pair.elapsed, sections, tuple(pair.notes()))


def _build_section(part: _Part, pair: Pair, everything: bool) -> Section:
    changes = tuple(part.compare(pair))
    told = tuple(change for change in changes if everything or change.notable)
    return Section(part.name, part.title, told, len(changes) - len(told))
