"""Rows over time on screen: their history, and those that came and went."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pytest
from textual.pilot import Pilot

from netinspect.cells import ASCII, UNICODE, Glyphs
from netinspect.finding import ProcessKey
from netinspect.model import Sample, TcpState
from netinspect.tui.app import NetinspectApp
from netinspect.tui.settings import Settings
from tests.recordings.replay import ReplaySource, read_samples
from tests.tui.fakes import Check, FakeSource, notices, screen_text, settle, until
from tests.tui.goldens import assert_golden

GONE_PIDS = (655, 702)


def after_a_restart(count: int = 1) -> list[Sample]:
    """Make Samples after those recorded: two processes and two listeners went, one process came."""
    last = read_samples()[-1]
    sockets = last.sockets
    listener = (sockets.local_port == 3000) & (sockets.state == TcpState.LISTEN)
    redis = (sockets.remote_port == 6379) | (sockets.local_port == 6379)
    left = ~np.isin(sockets.pid, GONE_PIDS) & ~listener & ~redis
    processes = {pid: one for pid, one in last.processes.items() if pid not in GONE_PIDS}
    processes[3333] = replace(processes[703], pid=3333, start_time=99_999)
    return [
        replace(
            last,
            taken_at=last.taken_at + 2 * n,
            monotonic=last.monotonic + 2 * n,
            sockets=sockets.take(left),
            processes=processes,
        )
        for n in range(1, count + 1)
    ]


def on_screen(
    keys: Sequence[str],
    check: Check,
    *,
    size: tuple[int, int] = (120, 36),
    then: Sequence[Sample] = (),
    glyphs: Glyphs = UNICODE,
) -> None:
    async def run() -> None:
        source = ReplaySource(then=then)
        app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=glyphs))
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.status.shown_at == source.last_at)
            await pilot.press(*keys)
            await settle(pilot)
            await check(app, pilot)

    asyncio.run(run())


def line_with(app: NetinspectApp, text: str) -> str:
    return next((line for line in screen_text(app).splitlines() if text in line), "")


@pytest.mark.parametrize(
    ("pane", "key", "size"),
    [("processes", "2", (120, 36)), ("ports", "4", (80, 24)), ("ephemeral", "5", (160, 16))],
)
def test_rows_that_came_and_went_look_as_drawn(pane: str, key: str, size: tuple[int, int]) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert_golden(f"restart-{pane}-{size[0]}x{size[1]}", screen_text(app))

    on_screen([key], check, size=size, then=after_a_restart())


def test_rows_that_went_are_in_their_places_for_three_samples_and_dim() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        table = app.deck.on_screen[0].table
        strips = app.screen._compositor.render_strips(app.size)
        row = next(strip for strip in strips if "redis-server" in strip.text)
        words = [segment for segment in row if "redis" in segment.text]
        assert all(segment.style is not None and segment.style.dim for segment in words)
        assert row.text.startswith("- ")
        assert table.position_text().endswith("of 17")

    on_screen(["2"], check, then=after_a_restart(3))


def test_rows_are_forgotten_after_that() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert not line_with(app, "redis-server")
        assert line_with(app, "3333").startswith("  ")

    on_screen(["2"], check, then=after_a_restart(4))


def test_narrow_screens_leave_history_out_first() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        for key in "2456":
            await pilot.press(key)
            (view,) = app.deck.on_screen
            shown = [fitted.column.name for fitted in view.table.fitted]
            left_out = [column for column in view.pane.columns if column.name not in shown]
            assert "history" in [column.name for column in left_out]

    on_screen([], check, size=(80, 24))


def test_history_needs_no_more_than_ascii() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        row = line_with(app, " node ").split("82%")[1]
        assert row.isascii()
        assert row.split()[0] == "-===+++++**"

    on_screen(["6"], check, size=(160, 24), then=after_a_restart(), glyphs=ASCII)


def test_lines_stay_as_they_are_while_nothing_changes() -> None:
    samples = after_a_restart(26)
    source = FakeSource(*samples[:-1])

    async def run() -> None:
        app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=UNICODE))
        async with app.run_test(size=(200, 40)) as pilot:
            await until(lambda: app.status.shown_at == samples[-2].taken_at)
            await pilot.press("6")
            await settle(pilot)
            before = screen_text(app).splitlines()[5:]

            source.put(samples[-1])
            await until(lambda: app.status.shown_at == samples[-1].taken_at)
            await settle(pilot)

            assert "──────" in "".join(before)
            assert screen_text(app).splitlines()[5:] == before

    asyncio.run(run())


def test_explaining_what_went_says_that_it_went() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        table = app.deck.on_screen[0].table
        table.select(ProcessKey(702, read_samples()[-1].processes[702].start_time))
        await pilot.press("e")
        await until(lambda: bool(notices(app)))
        assert [notice.split(":")[0] for notice in notices(app)] == ["this went"]

    on_screen(["2"], check, then=after_a_restart())


def test_past_moments_show_the_history_and_the_rows_that_they_showed_live() -> None:
    samples = [*read_samples()[-3:], *after_a_restart(5)]
    source = FakeSource(samples[0])

    async def lines_at(app: NetinspectApp, pilot: Pilot[None], sample: Sample) -> list[str]:
        await until(lambda: app.status.shown_at == sample.taken_at)
        await settle(pilot)
        return [strip.text for strip in app.deck.on_screen[0].table._lines]

    async def run() -> None:
        app = NetinspectApp(Settings(source=source, reopen=lambda: source, glyphs=UNICODE))
        async with app.run_test(size=(160, 40)) as pilot:
            await until(lambda: app.status.shown_at == samples[0].taken_at)
            await pilot.press("6")
            live = [await lines_at(app, pilot, samples[0])]
            for sample in samples[1:]:
                source.put(sample)
                live.append(await lines_at(app, pilot, sample))

            for sample, lines in zip(samples[-2::-1], live[-2::-1], strict=True):
                await pilot.press("[")
                assert await lines_at(app, pilot, sample) == lines

    asyncio.run(run())
