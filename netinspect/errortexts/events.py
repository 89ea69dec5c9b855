"""Lines → what happened: a stack trace, with all its causes, is one event and counts once.

Memory does not grow with the length of the text, nor with that of a line.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from netinspect.errortexts.recognise import Sighting, recognise_line
from netinspect.errortexts.traces import find_root

_MOST_LINES = 400
_LONGEST_LINE = 400
_TIME = re.compile(
    r"\d{4}[-/]\d{2}[-/]\d{2}[T ]\d{2}:\d{2}:\d{2}|[A-Z][a-z]{2} [ \d]\d \d{2}:\d{2}:\d{2}"
    r"|\b\d{1,2}/[A-Z][a-z]{2}/\d{4}:\d{2}:\d{2}:\d{2}|\b\d{2}:\d{2}:\d{2}\b"
)
# What collectors of logs put before each line of a program.
_PREFIX = re.compile(
    r"(?:<\d{1,3}>)?[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d \S{1,64} [\w./@-]{1,64}(?:\[\d{1,7}\])?: ?"
    r"|\d{4}-\d\d-\d\dT\S{8,40} (?:\S{1,64} [\w./@-]{1,64}(?:\[\d{1,7}\])?: |std(?:out|err) [FP] )"
    r"|[\w.-]{1,64} {1,20}\| ",
    re.ASCII,
)
_GOES_ON = re.compile(r"[}\])]|Caused by: |Suppressed: |---> |\.\.\. \d{1,5} (?:more|common)")
_TRACEBACK = "Traceback (most recent call last)"
_CHAINED = ("During handling of the above exception", "The above exception was the direct cause")


@dataclass(frozen=True, slots=True)
class Told:
    """One event: its root cause, and the time beside it, as the text writes times."""

    sighting: Sighting
    at: str | None


class EventReader:
    """Puts lines together to events; lines: how many there were so far."""

    def __init__(self) -> None:
        """Begin before the first line."""
        self.lines = 0
        self._event: list[str] = []
        self._sightings: list[Sighting] = []
        self._began = 0  # number of the event's first line
        self._indent = 0  # of that line
        self._in_traceback = False  # its error line is still to come
        self._chained = False  # the next traceback belongs to this event
        self._whole = True  # the last line has ended

    def read(self, lines: Iterable[str]) -> Iterator[Told]:
        """Yield the events of a text; a line may come in pieces, only the last has its end."""
        for line in lines:
            yield from self._take(line)
        yield from self._end()

    def _take(self, line: str) -> Iterator[Told]:
        self.lines += self._whole
        sighting = recognise_line(line, self.lines)
        body = _strip_prefix(line)
        indent = len(body) - len(body.lstrip(" \t"))
        if self._whole and not (self._goes_on(body[indent:], indent, sighting) and self._event):
            yield from self._end()
            self._began, self._indent = self.lines, indent
        self._whole = line.endswith("\n")
        if len(self._event) < _MOST_LINES:
            self._event.append(line[:_LONGEST_LINE])
            is_code = self._in_traceback and indent > self._indent
            if sighting is not None and not is_code:
                self._sightings.append(sighting)

    def _goes_on(self, body: str, indent: int, sighting: Sighting | None) -> bool:
        """Tell whether a line belongs to the event before it. body: without its indent."""
        if body.startswith(_TRACEBACK):
            goes_on = self._chained or self._is_detail(body)
            self._in_traceback, self._chained = True, False
            return goes_on
        if indent > self._indent or _GOES_ON.match(body) or not body.strip():
            return True
        if self._in_traceback:
            self._in_traceback = False
            return True
        self._chained = body.startswith(_CHAINED)
        if self._chained or sighting is None:
            return self._chained
        same = not self._sightings or self._sightings[-1].error == sighting.error
        return same and self._is_detail(body)

    def _is_detail(self, body: str) -> bool:
        """Tell whether a line without a time comes right after the first line, which has one."""
        return (
            bool(self._event)
            and self._began == self.lines - 1
            and _TIME.search(body[:_LONGEST_LINE]) is None
            and _TIME.search(_strip_prefix(self._event[0])) is not None
        )

    def _end(self) -> Iterator[Told]:
        lines, sightings = self._event, self._sightings
        self._event, self._sightings = [], []
        if sightings:
            times = (found[0] for line in lines if (found := _TIME.search(line)))
            yield Told(find_root(lines, sightings), next(times, None))


def _strip_prefix(line: str) -> str:
    prefix = _PREFIX.match(line)
    return line[prefix.end() :] if prefix else line
