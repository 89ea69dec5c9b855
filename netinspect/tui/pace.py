"""How far the probe stretches the interval, told so coarsely that it seldom changes."""

from __future__ import annotations

from typing import TYPE_CHECKING

from netinspect.tui.steady import Steady

if TYPE_CHECKING:
    from netinspect.model import Cost

_SECONDS = (
    *(0.05, 0.1, 0.2, 0.3, 0.5, 0.7, 1, 1.5, 2, 3, 4, 6, 8, 12, 16, 24, 32, 48, 64),
    *(96, 128, 192, 256, 384, 512, 1024),
)
_LONGER = 1.05
_ON_TIME = 5  # Samples that must come at the interval asked for before it is told again


class Pace:
    """Follows the time from one Sample to the next."""

    def __init__(self) -> None:
        self._interval = Steady(_SECONDS)
        self._pass = Steady(_SECONDS)
        self._on_time = 0

    def take(self, cost: Cost, asked: float) -> None:
        """Take note of one more Sample. asked: the interval, seconds."""
        if cost.wall is not None:
            self._pass.take(cost.wall)
        if cost.interval is None or cost.interval <= asked * _LONGER:
            self._on_time += 1
            if self._on_time >= _ON_TIME:
                self._interval.forget()
        else:
            self._on_time = 0
            self._interval.take(cost.interval)

    def forget(self) -> None:
        """Begin anew: another interval is asked for."""
        self._interval.forget()

    @property
    def stretched(self) -> tuple[str, str] | None:
        """Say how often Samples come, at length and in short; None where it is as asked for."""
        if self._interval.step is None:
            return None
        words = f"every ~{self._interval.step:g} s (stretched"
        wall = f": ~{self._pass.step:g} s a pass" if self._pass.step else ""
        return f"{words}{wall})", f"{words})"
