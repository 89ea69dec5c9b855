"""Settings: sysctls of network namespaces, and limits of the host."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from netinspect.changes.changes import Change, Difference, Turn, known_differences
from netinspect.changes.pair import Pair
from netinspect.finding import Scalar, Unit
from netinspect.model import Limits

_MEASURED = ("fs.file-nr", "net.netfilter.nf_conntrack_count")
"""Sysctls that say how much is used: they move by themselves."""

_HOST_WIDE = ("fs.", "kernel.")
"""Each network namespace shows the same."""

_SYSCTL_OF_LIMIT = {
    "file_max": "fs.file-max",
    "nr_open": "fs.nr_open",
    "conntrack_max": "net.netfilter.nf_conntrack_max",
    "tcp_mem": "net.ipv4.tcp_mem",
    "tcp_max_orphans": "net.ipv4.tcp_max_orphans",
}


def compare_settings(pair: Pair) -> Iterator[Change]:
    """Yield the settings that are not what they were, by name."""
    told = set()
    for place, before, after in pair.namespaces():
        names = sorted(before.sysctls.keys() & after.sysctls.keys() - {*_MEASURED})
        values = ((name, before.sysctls[name], after.sysctls[name]) for name in names)
        for value in known_differences(*values, unit=Unit.TEXT):
            where = 0 if value.name.startswith(_HOST_WIDE) else place
            if (where, value.name) not in told:
                told.add((where, value.name))
                yield _change(value, pair.place_text(where), where)
    names_told = {name for _, name in told}
    before_limits, after_limits = (sample.limits for sample in pair.samples)
    for value in known_differences(*_limits(before_limits, after_limits), unit=Unit.TEXT):
        if value.name not in names_told:
            yield _change(value)


def _limits(before: Limits, after: Limits) -> Iterator[tuple[str, Scalar, Scalar]]:
    for name in (field.name for field in fields(Limits)):
        if name in _SYSCTL_OF_LIMIT:
            old, new = (_text(getattr(limits, name)) for limits in (before, after))
            yield _SYSCTL_OF_LIMIT[name], old, new


def _text(value: int | tuple[int, ...] | None) -> str | None:
    """Write a limit as its sysctl is read."""
    if value is None:
        return None
    return " ".join(map(str, value)) if isinstance(value, tuple) else str(value)


def _change(value: Difference, where: str = "", place: int = 0) -> Change:
    about = {"sysctl": value.name, "netns": str(place) if place else None}
    return Change(Turn.CHANGED, value.name + where, (value,), about=about)
