"""A piece of evidence as text."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from netinspect.finding import Evidence, Unit
from netinspect.humanize import bytes_text, count_text, duration_text, percent_text, rate_text


def _per_second(value: float | None) -> str:
    return f"{rate_text(value)}/s"


_WRITE: Mapping[Unit, Callable[[float | None], str]] = {
    Unit.COUNT: count_text,
    Unit.SECONDS: duration_text,
    Unit.BYTES: bytes_text,
    Unit.SHARE: percent_text,
    Unit.RATE: _per_second,
}


def evidence_text(evidence: Evidence) -> str:
    """Write a number with its unit: 129, 4.2s, 12K, 49%, 41/s."""
    value = evidence.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return "–" if value is None else str(value)
    write = _WRITE.get(evidence.unit)
    return str(value) if write is None else write(value)
