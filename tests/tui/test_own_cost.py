"""The own cost is told coarsely and honestly."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.model import Cost
from netinspect.tui.own_cost import OwnCost


class Clocks:
    """Wall and CPU time that pass as told."""

    def __init__(self) -> None:
        self.wall = 0.0
        self.cpu = 0.0

    def run(self, cost: OwnCost, viewer: float, probe: float, times: int = 1) -> Iterator[str]:
        for _ in range(times):
            self.wall += 1.0
            self.cpu += viewer
            cost.add(Cost(cpu=probe))
            yield cost.text or ""


def made() -> tuple[Clocks, OwnCost]:
    clocks = Clocks()
    return clocks, OwnCost(lambda: clocks.wall, lambda: clocks.cpu)


def test_start_up_does_not_count() -> None:
    clocks, cost = made()
    clocks.cpu = 5.0

    assert list(clocks.run(cost, 0.0, 0.0, 2)) == ["", "<1% cpu"]


def test_probe_and_viewer_are_added() -> None:
    clocks, cost = made()

    assert list(clocks.run(cost, 0.02, 0.03, 2))[-1] == "5% cpu"


def test_small_changes_do_not_show() -> None:
    clocks, cost = made()
    list(clocks.run(cost, 0.02, 0.0, 5))

    texts = [*clocks.run(cost, 0.024, 0.0, 3), *clocks.run(cost, 0.016, 0.0, 3)]

    assert set(texts) == {"2% cpu"}


def test_a_lasting_change_shows() -> None:
    clocks, cost = made()
    list(clocks.run(cost, 0.02, 0.0, 5))

    assert list(clocks.run(cost, 0.10, 0.0, 30))[-1] in ("9% cpu", "10% cpu")
