"""A whole log, line by line: how often each class of error, towards which end, and when."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from netinspect.errortexts.recognise import Sighting, recognise_line

MOST_GROUPS = 1000
_TIME = re.compile(
    r"\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}|[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}"
    r"|\b\d{2}:\d{2}:\d{2}\b"
)


@dataclass(slots=True)
class Group:
    """Errors of one class towards one end. first_at, last_at: as the log writes times."""

    first: Sighting
    count: int = 0
    first_at: str | None = None
    last_at: str | None = None


@dataclass(slots=True)
class LogSummary:
    """What a log holds. others: errors that came after there were too many groups."""

    lines: int = 0
    errors: int = 0
    others: int = 0
    groups: dict[tuple[str, str | None], Group] = field(default_factory=dict)

    def add(self, line: str) -> Sighting | None:
        """Take in one line; return what it tells."""
        self.lines += 1
        sighting = recognise_line(line, self.lines)
        if sighting is None:
            return None
        self.errors += 1
        key = sighting.error.name, sighting.endpoint
        group = self.groups.get(key)
        if group is None:
            if len(self.groups) >= MOST_GROUPS:
                self.others += 1
                return sighting
            group = self.groups[key] = Group(sighting)
        group.count += 1
        found = _TIME.search(line)
        if found:
            group.first_at = group.first_at or found[0]
            group.last_at = found[0]
        return sighting

    @property
    def ranked(self) -> list[Group]:
        """Return the groups, the most frequent first."""
        return sorted(self.groups.values(), key=lambda group: -group.count)


def summarise(lines: Iterable[str]) -> LogSummary:
    """Summarise a log; memory does not grow with its length."""
    summary = LogSummary()
    for line in lines:
        summary.add(line)
    return summary
