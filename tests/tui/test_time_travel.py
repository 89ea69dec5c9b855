"""Back in time and forth: what was shown then is shown again, and never looks like now."""

from __future__ import annotations

import asyncio
import time

import pytest
from textual.pilot import Pilot

from netinspect.cells import UNICODE
from netinspect.tui.app import NetinspectApp
from netinspect.tui.settings import Settings
from tests.recordings.replay import read_samples
from tests.tui.fakes import (
    FakeSource,
    make_process,
    make_sample,
    on_screen,
    screen_text,
    settle,
    until,
    wait_for,
)

SIZE = 140, 40


@pytest.fixture(autouse=True)
def utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """Print the same time everywhere."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()


def panes_text(app: NetinspectApp) -> list[str]:
    """Return what the panes and the strip say, without the lines that tell the time."""
    lines = screen_text(app).splitlines()
    top = app.desk.deck.region
    strip = app.screen.query_one("#strip").region
    return lines[strip.y : strip.bottom] + lines[top.y : top.bottom]


@pytest.mark.parametrize(
    ("size", "keys"), [(SIZE, ()), ((100, 30), ("4",)), ((80, 24), ("3", "S"))]
)
def test_past_moments_are_shown_as_they_were(size: tuple[int, int], keys: tuple[str, ...]) -> None:
    samples = read_samples()
    source = FakeSource()

    async def run() -> None:
        app = NetinspectApp(Settings(source=source, glyphs=UNICODE))
        async with app.run_test(size=size) as pilot:
            shown = []
            for number, sample in enumerate(samples):
                source.put(sample)
                await until(lambda at=sample.taken_at: app.status.shown_at == at)  # type: ignore[misc]
                if not number:
                    await pilot.press(*keys)
                await settle(pilot)
                shown.append(panes_text(app))

            # The line of time, and the one that says that this is the past, need a row each.
            await pilot.resize_terminal(size[0], size[1] + 2)
            places = list(range(len(samples)))
            for place, key in [
                *((place, "[") for place in reversed(places[:-1])),
                *((place, "]") for place in places[1:]),
            ]:
                await pilot.press(key)
                await until(lambda at=samples[place].taken_at: app.status.shown_at == at)  # type: ignore[misc]
                await settle(pilot)
                assert panes_text(app) == shown[place]

    asyncio.run(run())


def test_going_back_says_so_and_the_key_leads_back_to_live() -> None:
    source = FakeSource(*(make_sample([make_process(1, f"at{i}")], at=2.0 * i) for i in range(4)))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "at3")
        await pilot.press("[", "[")
        await wait_for(app, "at1")
        assert "AT 22:13:22, seconds ago" in screen_text(app)

        source.put(make_sample([make_process(1, "at4")], at=8.0))
        await until(lambda: app.status.sample is not None and app.status.sample.taken_at % 10 == 8)
        await settle(pilot)
        assert "at1" in screen_text(app)
        assert "every" not in screen_text(app)

        await pilot.press("p")
        await wait_for(app, "at4")
        assert "ago" not in screen_text(app)

    on_screen(source, check)
