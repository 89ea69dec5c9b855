"""What rules have in common: how a number becomes a severity."""

from __future__ import annotations

from netinspect.finding import Severity


def grade(value: float | None, warning: float, critical: float) -> Severity | None:
    """Compare with both thresholds; None below both, or where the value is not known."""
    if value is None or value < min(warning, critical):
        return None
    return Severity.CRITICAL if value >= critical else Severity.WARNING


def worst(*severities: Severity | None) -> Severity | None:
    """Return the gravest of several severities, None where there is none."""
    return max((one for one in severities if one is not None), default=None)
