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

    assert list(clocks.run(cost, 5.0, 0.0, 1)) == [""]
    assert list(clocks.run(cost, 0.0, 0.0, 2)) == ["", "<1% cpu"]


def test_probe_and_viewer_are_added() -> None:
    clocks, cost = made()

    assert list(clocks.run(cost, 0.02, 0.029, 3))[-1] == "<5% cpu"


def test_small_changes_do_not_show() -> None:
    clocks, cost = made()
    list(clocks.run(cost, 0.02, 0.0, 5))

    texts = [text for n in range(40) for text in clocks.run(cost, 0.016 + n % 2 * 0.02, 0.0)]

    assert set(texts) == {"<5% cpu"}


def test_more_shows_at_once_and_less_when_it_is_clear() -> None:
    clocks, cost = made()
    list(clocks.run(cost, 0.02, 0.0, 5))

    assert list(clocks.run(cost, 0.30, 0.0, 1))[-1] == "<20% cpu"
    assert list(clocks.run(cost, 0.30, 0.0, 30))[-1] == "<50% cpu"
    assert list(clocks.run(cost, 0.015, 0.0, 30))[-1] == "<5% cpu"
    assert list(clocks.run(cost, 0.012, 0.0, 30))[-1] == "<2% cpu"
