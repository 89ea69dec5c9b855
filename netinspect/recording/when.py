"""Which moment of a Timeline is meant: by a time as people write it, by a step, by an anomaly."""

from __future__ import annotations

import re
import time
from datetime import datetime, timedelta

import numpy as np

from netinspect.errors import UsageError
from netinspect.recording.timeline import Overview

_AGO = re.compile(r"-(?:(\d{1,9})d)?(?:(\d{1,9})h)?(?:(\d{1,9})m)?(?:(\d{1,9})s)?")
_UNITS = (86400, 3600, 60, 1)
_CLOCK = re.compile(r"(?:(\d{4}-\d\d-\d\d)[ T])?(\d\d?:\d\d)(:\d\d)?")
_FORMS = "a time is written 14:05, 14:05:30, 2026-11-25 14:05 or -10m"


def find_moment(overview: Overview, text: str) -> int:
    """Return the index of the moment nearest to a time.

    text: 14:05, 14:05:30, 2026-11-25 14:05 (local time), -10m (before the last moment), first or
    last. Without a date the latest such time is meant. Raises UsageError that says what there is.
    """
    word = text.strip()
    if not len(overview):
        raise UsageError("there is no moment to go to yet")
    if word in ("first", "last"):
        return 0 if word == "first" else len(overview) - 1
    if (ago := _AGO.fullmatch(word)) and any(ago.groups()):
        back = sum(int(part or 0) * unit for part, unit in zip(ago.groups(), _UNITS, strict=True))
        return _within(overview, float(overview.taken_at[-1]) - back, 1.0, word)
    clock = _CLOCK.fullmatch(word)
    if clock is None:
        raise UsageError(f"`{word}` is not a time" if word else "no time was given", _FORMS)
    return _find_clock(overview, word, clock)


def nearest(overview: Overview, at: float) -> int:
    """Return the index of the moment taken nearest to a time. at: seconds since the epoch."""
    return int(np.abs(overview.taken_at - at).argmin())


def changes(overview: Overview) -> list[int]:
    """Return the moments at which findings appeared, or became others in number or gravity."""
    told = np.column_stack((overview.findings, overview.severity))
    before = np.vstack((np.zeros((1, 2), told.dtype), told[:-1])) if len(told) else told
    changed = (told != before).any(axis=1) & (overview.findings > 0)
    return [int(index) for index in changed.nonzero()[0]]


def span_text(overview: Overview) -> str:
    """Say from when to when there are moments: 13:31:02 to 14:01:10, with dates over days."""
    first, last = (time.localtime(float(at)) for at in overview.taken_at[[0, -1]])
    form = "%H:%M:%S" if first[:3] == last[:3] else "%Y-%m-%d %H:%M:%S"
    return f"{time.strftime(form, first)} to {time.strftime(form, last)}"


def _find_clock(overview: Overview, word: str, clock: re.Match[str]) -> int:
    day, minute, second = clock.groups()
    width = 1.0 if second else 60.0
    form = "%Y-%m-%d %H:%M:%S"
    try:
        last = datetime.fromtimestamp(float(overview.taken_at[-1]))
        at = datetime.strptime(f"{day or last.date()} {minute}{second or ':00'}", form)
        if day is None and at >= last + timedelta(seconds=width):
            at -= timedelta(days=1)
        stamp = at.timestamp()
    except (ValueError, OverflowError):  # 25:00; a year that time_t does not hold
        raise UsageError(f"`{word}` is not a time", _FORMS) from None
    return _within(overview, stamp, width, word)


def _within(overview: Overview, at: float, width: float, word: str) -> int:
    """Return the moment nearest to a time that is known no finer than `width` seconds."""
    first, last = float(overview.taken_at[0]), float(overview.taken_at[-1])
    if at + width <= first or at >= last + width:
        raise UsageError(f"nothing is kept of {word}", f"there is {span_text(overview)}")
    return nearest(overview, at)
