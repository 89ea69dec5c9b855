"""The real panes on a recorded host, as they look at each size."""

from __future__ import annotations

import asyncio

import pytest

from netinspect.cells import UNICODE
from netinspect.tui.app import NetinspectApp
from netinspect.tui.settings import Settings
from tests.recordings.replay import ReplaySource
from tests.tui.fakes import screen_text, settle, until
from tests.tui.goldens import assert_golden


@pytest.mark.parametrize(
    ("name", "size", "keys"),
    [
        ("dashboard", (140, 40), ()),
        ("ports", (80, 24), ("4",)),
        ("sockets", (60, 15), ("3", "down")),
        ("descriptors", (160, 24), ("6",)),
        ("ephemeral", (200, 20), ("5",)),
    ],
)
def test_recorded_host_looks_as_drawn(
    name: str, size: tuple[int, int], keys: tuple[str, ...]
) -> None:
    async def run() -> None:
        source = ReplaySource()
        app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=UNICODE))
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.status.shown_at == source.last_at)
            await pilot.press(*keys)
            await until(lambda: all(view.table.view.table for view in app.deck.on_screen))
            await settle(pilot)
            assert_golden(f"web-07-{name}-{size[0]}x{size[1]}", screen_text(app))

    asyncio.run(run())


def test_full_bar_under_the_cursor_does_not_look_empty() -> None:
    async def run() -> None:
        source = ReplaySource()
        app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=UNICODE))
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: app.status.shown_at == source.last_at)
            await pilot.press("2")
            await until(lambda: "CL-WAIT" in screen_text(app))
            await settle(pilot)

            strips = app.screen._compositor.render_strips(app.size)
            row = next(strip for strip in strips if "4,096/4,096" in strip.text[50:])
            bar = next(segment for segment in row if "█" in segment.text)
            rest = next(segment for segment in row if "java" in segment.text)
            assert rest.style is not None
            assert rest.style.reverse
            assert bar.style is not None
            assert not bar.style.reverse

    asyncio.run(run())
