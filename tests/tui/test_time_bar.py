"""The line of time: where sockets rose, where anomalies began, where nothing is known."""

from __future__ import annotations

import asyncio

import pytest
from textual import on
from textual.app import App, ComposeResult

from netinspect.cells import ASCII, UNICODE
from netinspect.cells.glyphs import Glyphs
from netinspect.recording.timeline import NOTHING_FOUND, Overview
from netinspect.tui.past import Track
from netinspect.tui.time_bar import TimeBar, measure

NOON = 1_700_049_600.0  # 2023-11-15 12:00:00 UTC


def track(*moments: tuple[float, int, int], first: int = 0) -> Track:
    """Make a track of (seconds after noon, sockets, severity)."""
    rows = ((NOON + at, sockets, int(grave >= 0), grave) for at, sockets, grave in moments)
    return Track(Overview.build(rows), first)


def steady(count: int, *, every: float = 2.0, sockets: int = 100) -> list[tuple[float, int, int]]:
    return [(every * i, sockets, NOTHING_FOUND) for i in range(count)]


class BarApp(App[None]):
    def __init__(self, bar: TimeBar) -> None:
        super().__init__()
        self._bar = bar
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield self._bar

    @on(TimeBar.Chosen)
    def choose(self, event: TimeBar.Chosen) -> None:
        self.chosen.append(event.place)


def drawn(what: Track, place: int, *, width: int = 40, glyphs: Glyphs = UNICODE) -> str:
    """Return the line as it is drawn."""

    async def run() -> str:
        bar = TimeBar(glyphs)
        async with BarApp(bar).run_test(size=(width, 3)) as pilot:
            bar.show_track(what, place)
            await pilot.pause()
            assert len(bar.text) == width
            return bar.text.strip()

    return asyncio.run(run())


def test_steady_number_is_a_line_in_the_middle() -> None:
    assert drawn(track(*steady(30)), 0) == f"12:00:00 ◆{'▅' * 19} 12:00:58"


def test_little_noise_stays_small() -> None:
    noisy = [(2.0 * i, 100 + i % 2, NOTHING_FOUND) for i in range(30)]

    assert set(drawn(track(*noisy), 29)[9:-10]) <= {"▄", "▅"}


def test_rise_is_seen_from_bottom_to_top() -> None:
    rising = [(2.0 * i, 10 * i, NOTHING_FOUND) for i in range(30)]

    bar = drawn(track(*rising), 29)

    assert bar[9] == "▁"
    assert bar[-11] == "█"
    assert list(bar[9:-10]) == sorted(bar[9:-10])


def test_sign_stands_where_an_anomaly_begins_and_where_it_grows() -> None:
    grave = [*steady(20), (40.0, 100, 1), (42.0, 100, 1), (44.0, 100, 2), (58.0, 100, 2)]

    assert drawn(track(*grave), 0).count("▲") == 1
    assert drawn(track(*grave), 0).index("▲") < drawn(track(*grave), 0).index("●")


def test_sign_stands_also_where_another_one_begins_that_is_no_graver() -> None:
    rows = [
        (NOON + 2.0 * i, 100, (0, 1, 1, 2, 1, 1)[i // 5], 2 if i >= 5 else -1) for i in range(30)
    ]

    bar = drawn(Track(Overview.build(rows), 0), 0)

    assert bar.count("●") == 2  # none where one of two ends


def test_ascii_look_has_signs_of_its_own() -> None:
    grave = [*steady(20), (40.0, 100, 2), (58.0, 100, 2)]

    bar = drawn(track(*grave), 0, glyphs=ASCII)

    assert bar.isascii()
    assert bar[9] == "|"
    assert "X" in bar


def test_gap_is_blank_and_a_long_interval_is_none() -> None:
    gap = [*steady(10), (80.0, 100, NOTHING_FOUND), (82.0, 100, NOTHING_FOUND)]

    levels = [column.level for column in measure(track(*gap), 40)]

    assert None in levels[15:35]
    assert None not in levels[:9] + levels[-1:]
    assert None not in [column.level for column in measure(track(*steady(5, every=60.0)), 200)]


def test_days_are_named_where_there_are_several() -> None:
    assert drawn(track((0.0, 1, -1), (86400.0, 1, -1)), 0, width=60).startswith("11-15 12:00 ")


def test_narrow_line_keeps_the_bar_alone() -> None:
    assert drawn(track(*steady(30)), 0, width=30) == f"◆{'▅' * 27}"


def test_clock_that_was_set_back_is_drawn_too() -> None:
    back = [(0.0, 1, -1), (10.0, 1, -1), (4.0, 1, -1), (6.0, 1, -1), (20.0, 1, -1)]

    assert "◆" in drawn(track(*back), 3)


def test_one_moment_is_drawn_too() -> None:
    assert measure(track((0.0, 0, -1)), 5)[0].level is not None


@pytest.mark.parametrize(("x", "place"), [(10, 7), (29, 36), (20, 22)])
def test_click_goes_to_the_moment_under_the_pointer(x: int, place: int) -> None:
    async def run() -> list[int]:
        bar = TimeBar(UNICODE)
        app = BarApp(bar)
        async with app.run_test(size=(40, 3)) as pilot:
            bar.show_track(track(*steady(30), first=7), 9)
            await pilot.pause()
            await pilot.click(bar, offset=(x, 0))
            return app.chosen

    assert asyncio.run(run()) == [place]


def test_places_stay_while_older_moments_are_forgotten() -> None:
    there = track(*steady(30), first=100)

    assert (there.last, there.clamp(3), there.clamp(200)) == (129, 100, 129)
    assert there.find("last") == 129
    assert there.after(110, 20) == 120
    assert there.after(110, -0.5) == 109
    assert there.taken_at(101) == NOON + 2


def test_anomalies_are_found_in_both_directions() -> None:
    grave = track(*steady(5), (10.0, 1, 1), (12.0, 1, 1), (14.0, 1, 2), first=50)

    assert grave.next_change(50, 1) == 55
    assert grave.next_change(55, 1) == 57
    assert grave.next_change(57, 1) is None
    assert grave.next_change(57, -1) == 55
    assert grave.next_change(55, -1) is None
