"""What netinspect itself costs, as a share of one core, told so coarsely that it seldom changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from netinspect.model import Cost

_SMOOTHING = 0.3  # weight of the newest interval
_HYSTERESIS = 0.75  # percent points the truth must be away from what is shown


class OwnCost:
    """Averages the CPU time of probe and viewer."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._cpu = cpu
        self._last: tuple[float, float] | None = None  # the start-up before it does not count
        self._percent: float | None = None
        self._shown: int | None = None

    def add(self, cost: Cost) -> None:
        """Take note of one more Sample's cost."""
        now = self._clock(), self._cpu()
        last, self._last = self._last, now
        if last is None or now[0] <= last[0]:
            return
        percent = 100 * (now[1] - last[1] + (cost.cpu or 0.0)) / (now[0] - last[0])
        if self._percent is not None:
            percent = self._percent + _SMOOTHING * (percent - self._percent)
        self._percent = percent
        if self._shown is None or abs(percent - self._shown) > _HYSTERESIS:
            self._shown = round(percent)

    @property
    def text(self) -> str | None:
        """Say it: `<1% cpu`, `3% cpu`; None before there is an average."""
        if self._shown is None:
            return None
        return f"{self._shown}% cpu" if self._shown >= 1 else "<1% cpu"
