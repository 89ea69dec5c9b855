"""Single values of a snapshot: strings made safe, figures as they were written, times."""

from __future__ import annotations

from datetime import datetime

from netinspect.decode.json_object import JsonObject
from netinspect.humanize import MAX_TEXT, safe_text
from netinspect.recording.soundness import check_times

# An escape takes up to ten characters; what was cut when it was read is not cut again.
_MOST_TEXT = 10 * MAX_TEXT


def safe(one: JsonObject, name: str) -> str:
    """Return a string that is safe to show; "" where there is none."""
    return safe_text(one.text(name) or "", _MOST_TEXT)


def text_or_none(one: JsonObject, name: str) -> str | None:
    """Return a string that is safe to show."""
    return None if one.value(name) is None else safe(one, name)


def read_figure(one: JsonObject, name: str) -> float | None:
    """Return a finite number; a whole one stays so, to be written again as it was."""
    value = one.scalar(name)
    if isinstance(value, (str, bool)):
        one.fail(name, "a number")
    return value


def read_time(one: JsonObject, name: str) -> float | None:
    """Return seconds since the epoch of a time such as 2026-01-31T12:00:00.000Z."""
    text = one.text(name)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text.replace("Z", "+00:00"))
        if moment.tzinfo is not None:
            seconds = moment.timestamp()
            check_times((seconds,))
            return seconds
    except (ValueError, OverflowError):
        pass
    one.fail(name, "a time such as 2026-01-31T12:00:00.000Z")
