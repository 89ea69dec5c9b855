"""What rules have in common: how a number becomes a severity."""

from __future__ import annotations

from netinspect.finding import Severity

HELD = 3
"""In how many Samples in a row a state must be there before it is told."""

HELD_RATE = 2
"""The same for a rate: each is of two Samples, so that this too takes three."""


def grade(value: float | None, warning: float, critical: float) -> Severity | None:
    """Compare with both thresholds; None below both, or where the value is not known."""
    if value is None or value < min(warning, critical):
        return None
    return Severity.CRITICAL if value >= critical else Severity.WARNING


def worst(*severities: Severity | None) -> Severity | None:
    """Return the gravest of several severities, None where there is none."""
    return max((one for one in severities if one is not None), default=None)
