"""One line of text → a Sighting: which class of error, on which connection, of which process."""

from __future__ import annotations

import re
from dataclasses import dataclass

from netinspect.errortexts.classes import BY_NAME, CLASSES
from netinspect.errortexts.ends import find_ends, find_pid
from netinspect.errortexts.error_class import ErrorClass
from netinspect.errortexts.hints import Hints
from netinspect.errortexts.proxies import read_proxy_line
from netinspect.errortexts.runtimes import find_runtime_of_text
from netinspect.humanize import safe_text
from netinspect.scope import End

_WINDOW, _OVERLAP = 4096, 512  # of a very long line, what is looked at at once
_TEXT_LIMIT = 300
_PATTERNS = tuple(re.compile("|".join(one.patterns), re.ASCII) for one in CLASSES)
_HINTS = Hints(one.patterns for one in CLASSES)
_COLOURS = re.compile(r"\x1b\[[\d;]{0,20}m")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One error as a text tells it. Strings are safe to print; None = the text does not say.

    ends: of the connection, the one that was dialled first. peer: how a proxy calls the far end.
    """

    error: ErrorClass
    line: int  # from 1
    text: str
    ends: tuple[End, ...] = ()
    peer: str | None = None
    pid: int | None = None
    runtime: str | None = None
    udp: bool = False

    @property
    def towards(self) -> str | None:
        """Name what was dialled, as far as the text does."""
        return self.ends[0].text if self.ends else self.peer


def recognise_line(line: str, number: int = 1) -> Sighting | None:
    """Recognise e.g. "dial tcp 10.2.0.9:5432: connect: connection refused"; None = no error."""
    if "\x1b" in line:
        line = _COLOURS.sub("", line)
    for start in range(0, len(line), _WINDOW - _OVERLAP):
        found = _recognise_window(line[start : start + _WINDOW], number)
        if found is not None or start + _WINDOW >= len(line):
            return found
    return None


def _recognise_window(line: str, number: int) -> Sighting | None:
    found = _find_class(line)
    if found is not None:
        return _sighting(found[0], number, line, find_ends(line), at=found[1])
    proxied = read_proxy_line(line)
    if proxied is None:
        return None
    ends = find_ends(proxied.text)
    error = BY_NAME[proxied.error]
    return _sighting(error, number, line, ends, peer=proxied.peer, runtime=proxied.runtime)


def _sighting(
    error: ErrorClass,
    number: int,
    line: str,
    ends: tuple[End, ...],
    *,
    at: int = 0,
    peer: str | None = None,
    runtime: str | None = None,
) -> Sighting:
    return Sighting(
        error,
        number,
        safe_text(_cut(line, at).strip(), _TEXT_LIMIT),
        ends,
        peer,
        find_pid(line),
        runtime or find_runtime_of_text(line),
        " udp" in line or "Datagram" in line,
    )


def _cut(line: str, at: int) -> str:
    """Leave out the beginning of a line where the error would not be seen otherwise."""
    if at + _TEXT_LIMIT // 3 <= _TEXT_LIMIT:
        return line
    return "…" + line[at - _TEXT_LIMIT // 3 :]


def _find_class(line: str) -> tuple[ErrorClass, int] | None:
    """Return the class of a line and where the error is in it."""
    for number in _HINTS.find(line.lower()):
        if match := _PATTERNS[number].search(line):
            return CLASSES[number], match.start()
    return None
