"""What netinspect itself costs, as a share of one core, told so coarsely that it seldom changes."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from netinspect.tui.steady import Steady

if TYPE_CHECKING:
    from netinspect.model import Cost

_SMOOTHING = 0.3  # weight of the newest interval
_SETTLING = 1  # Samples that still belong to the start-up, which does not count
_STEPS = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000)  # percent of a core


class OwnCost:
    """Averages the CPU time of probe and viewer."""

    def __init__(
        self,
        clock: Callable[[], float] = time.monotonic,
        cpu: Callable[[], float] = time.process_time,
    ) -> None:
        self._clock = clock
        self._cpu = cpu
        self._settling = _SETTLING
        self._last: tuple[float, float] | None = None
        self._percent: float | None = None
        self._told = Steady(_STEPS)

    def add(self, cost: Cost) -> None:
        """Take note of one more Sample's cost; where the probe tells none, it is not a live one."""
        if cost.cpu is None:
            return
        now = self._clock(), self._cpu()
        if self._settling:
            self._settling -= 1
            return
        last, self._last = self._last, now
        if last is None or now[0] <= last[0]:
            return
        percent = 100 * (now[1] - last[1] + cost.cpu) / (now[0] - last[0])
        if self._percent is not None:
            percent = self._percent + _SMOOTHING * (percent - self._percent)
        self._percent = percent
        self._told.take(percent)

    @property
    def text(self) -> str | None:
        """Say it: `<1% cpu`, `<5% cpu`; None before there is an average."""
        return None if self._told.step is None else f"<{self._told.step}% cpu"
