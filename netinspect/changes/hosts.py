"""The hosts themselves: another one, another kernel, another boot."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.changes.changes import Change, Difference, Turn, known_differences
from netinspect.changes.pair import Pair
from netinspect.finding import Unit

_REBOOTED = "rebooted between the two"


def compare_hosts(pair: Pair) -> Iterator[Change]:
    """Yield what differs of the machines."""
    if not pair.names_hosts:
        return
    before, after = (sample.host for sample in pair.samples)
    facts = (("name", before.name, after.name), ("kernel", before.kernel, after.kernel))
    for value in known_differences(*facts, unit=Unit.TEXT):
        yield Change(Turn.CHANGED, value.name, (value,))
    boots = Difference("boot_id", before.boot_id, after.boot_id, Unit.TEXT)
    known = before.boot_id is not None and after.boot_id is not None
    if before.name == after.name and known and not pair.same_boot:
        yield Change(Turn.RESTARTED, after.name, (boots,), _REBOOTED)
