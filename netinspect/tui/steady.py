"""A figure told so coarsely that it seldom changes: a line that stays costs no byte."""

from __future__ import annotations

from collections.abc import Sequence

_CLEARLY = 0.7
"""How far below a step, as a part of it, a value must be before that step is told."""


class Steady:
    """Tells the step above a value: a higher one at once, a lower one when it is clear.

    steps: in ascending order; the last one stands for all above.
    """

    def __init__(self, steps: Sequence[float]) -> None:
        self._steps = steps
        self.step: float | None = None

    def take(self, value: float) -> float:
        """Take note of a newer value and return the step to tell."""
        if self.step is None or value >= self.step:
            self.step = self._above(value)
        else:
            self.step = min(self.step, self._above(value / _CLEARLY))
        return self.step

    def forget(self) -> None:
        """Begin anew."""
        self.step = None

    def _above(self, value: float) -> float:
        return next((step for step in self._steps if value < step), self._steps[-1])
