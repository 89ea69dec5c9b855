"""The table on a screen: keys, order, what is repainted, rows without number."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from textual.geometry import Region
from textual.pilot import Pilot

from netinspect.tui.row_table import RowTable
from tests.tui.fakes import (
    FakePane,
    FakeSource,
    NumberPane,
    make_app,
    make_process,
    make_sample,
    screen_text,
    settle,
    until,
)

PROCESSES = [make_process(pid, f"proc{pid}", fds=pid) for pid in range(1, 61)]


def on_table(
    source: FakeSource,
    check: Callable[[RowTable, Pilot[None]], Awaitable[None]],
    *panes: FakePane,
    size: tuple[int, int] = (80, 24),
) -> None:
    """Run a check once the first data is on screen."""

    async def run() -> None:
        app = make_app(source, *panes)
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.status.coverage is not None)
            await settle(pilot)
            await check(app.query_one(f"#{FakePane.name}-rows", RowTable), pilot)

    asyncio.run(run())


def line_of(table: RowTable, text: str) -> int:
    lines = screen_text(table.app).splitlines()
    return next(y for y, line in enumerate(lines) if text in line)


def test_cursor_stays_on_its_row_across_a_refresh_that_reorders() -> None:
    source = FakeSource(make_sample(PROCESSES))

    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.press("down", "down")
        row = table.view.current()
        assert row is not None
        assert row.key == 58

        source.put(make_sample([*PROCESSES, make_process(99, "new", fds=500)]))
        await until(lambda: "new" in screen_text(table.app))

        row = table.view.current()
        assert row is not None
        assert row.key == 58
        assert table.view.cursor == 3

    on_table(source, check)


def test_keys_of_vi_and_of_pagers_move_the_cursor() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        for key, position in [("j", 1), ("k", 0), ("G", 59), ("g", 0), ("end", 59), ("home", 0)]:
            await pilot.press(key)
            assert table.view.cursor == position
        await pilot.press("pagedown")
        assert table.view.cursor == table.view.height - 1
        await pilot.press("pageup")
        assert table.view.cursor == 0

    on_table(FakeSource(make_sample(PROCESSES)), check)


def test_same_data_again_repaints_nothing() -> None:
    source = FakeSource(make_sample(PROCESSES))

    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        painted = record_repaints(table)
        arrived = table.view.table

        source.put(make_sample(PROCESSES, at=2.0))
        await until(lambda: table.view.table is not arrived)
        await pilot.pause()

        assert painted == []

    on_table(source, check)


def test_one_changed_row_repaints_one_line() -> None:
    source = FakeSource(make_sample(PROCESSES))

    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        painted = record_repaints(table)
        arrived = table.view.table

        changed = [make_process(60, "renamed", fds=60), *PROCESSES[:-1]]
        source.put(make_sample(changed))
        await until(lambda: table.view.table is not arrived)

        assert [(region.y, region.height) for region in painted] == [(1, 1)]

    on_table(source, check)


def record_repaints(table: RowTable) -> list[Region]:
    """Collect the regions the table repaints from now on."""
    regions: list[Region] = []
    paint = table.refresh

    def refresh(*areas: Region, **options: bool) -> RowTable:
        regions.extend(areas)
        return paint(*areas, **options)

    table.refresh = refresh  # type: ignore[method-assign]  # the one place all painting goes through
    return regions


def test_no_rows_say_what_would_be_there() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        assert "No process was found." in screen_text(table.app)
        await pilot.press("down", "end", "enter", "space", "f", "c", "s")
        assert table.view.cursor == 0

    on_table(FakeSource(make_sample([])), check)


def test_a_million_rows_scroll_to_the_end_and_back() -> None:
    pane = NumberPane()

    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.press("end")
        await pilot.pause()
        assert "999999" in screen_text(table.app)
        assert "of 1,000,000" in screen_text(table.app)

        await pilot.press("up", "pageup", "home")
        await pilot.pause()
        assert "n0 " in screen_text(table.app)
        assert pane.made.built < 1000

    on_table(FakeSource(make_sample([])), check, pane)


def test_sort_key_goes_through_the_visible_columns_and_reverses() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.press("s")
        await until(lambda: table.order.field == "pid")
        assert (table.order.descending, line_of(table, "proc1 ")) == (
            False,
            line_of(table, "PID") + 1,
        )

        await pilot.press("S")
        await until(lambda: table.order.descending)
        await pilot.pause()
        assert line_of(table, "proc60 ") == line_of(table, "PID") + 1

    on_table(FakeSource(make_sample(PROCESSES)), check)


def test_click_on_a_title_sorts_and_on_a_row_selects() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.click(table, offset=(4, 0))
        await until(lambda: table.order.field == "pid")

        await pilot.click(table, offset=(4, 5))
        assert table.view.cursor == 4

    on_table(FakeSource(make_sample(PROCESSES)), check)


def test_wheel_scrolls_without_moving_the_cursor() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        table.scroll_relative(y=5, animate=False)
        await pilot.pause()

        assert (table.view.top, table.view.cursor) == (5, 0)

    on_table(FakeSource(make_sample(PROCESSES)), check)


def test_marked_rows_show_it_and_are_copied() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.press("space", "space", "c")
        await pilot.pause()

        assert screen_text(table.app).count(" * ") == 2
        copied = table.app.clipboard.splitlines()
        assert sorted(line.split()[0] for line in copied) == ["pid=59", "pid=60"]

    on_table(FakeSource(make_sample(PROCESSES)), check)


def test_narrow_screen_drops_columns_by_priority() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        titles = screen_text(table.app).splitlines()[line_of(table, "PID")].split()

        assert titles == ["PID", "NAME", "▾FDS"]

    on_table(FakeSource(make_sample(PROCESSES)), check, size=(36, 15))


def test_resize_fits_rows_and_columns_at_once() -> None:
    async def check(table: RowTable, pilot: Pilot[None]) -> None:
        await pilot.resize_terminal(36, 12)
        await pilot.pause()
        assert "USER" not in screen_text(table.app)

        await pilot.resize_terminal(100, 40)
        await pilot.pause()
        assert "USER" in screen_text(table.app)
        assert "proc30" in screen_text(table.app)

    on_table(FakeSource(make_sample(PROCESSES)), check)
