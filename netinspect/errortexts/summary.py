"""A whole log: how often each class of error, towards which end, and when."""

from __future__ import annotations

from dataclasses import dataclass, field

from netinspect.errortexts.events import Told
from netinspect.errortexts.recognise import Sighting

MOST_GROUPS = 1000


@dataclass(slots=True)
class Group:
    """Errors of one class towards one end. first_at, last_at: as the log writes times."""

    first: Sighting
    count: int = 0
    first_at: str | None = None
    last_at: str | None = None


@dataclass(slots=True)
class LogSummary:
    """What a log holds; its size does not grow with the log's.

    others: errors that came after there were too many groups.
    """

    errors: int = 0
    others: int = 0
    groups: dict[tuple[str, str | None], Group] = field(default_factory=dict)

    def add(self, told: Told) -> None:
        """Take in one event."""
        sighting = told.sighting
        self.errors += 1
        key = sighting.error.name, sighting.towards
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MOST_GROUPS:
                self.others += 1
                return
            group = self.groups[key] = Group(sighting)
        group.count += 1
        group.first_at = group.first_at or told.at
        group.last_at = told.at or group.last_at

    @property
    def ranked(self) -> list[Group]:
        """Return the groups, the most frequent first."""
        return sorted(self.groups.values(), key=lambda group: -group.count)
