"""Back in time and forth: what was shown then is shown again, and never looks like now."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from netinspect.cells import ASCII, UNICODE, Glyphs
from netinspect.errors import RecordingError
from netinspect.model import Sample
from netinspect.panes import PANES
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment, MomentList
from netinspect.recording.writer import RecordingWriter
from netinspect.tui.app import NetinspectApp
from netinspect.tui.building import Judged, judge_sample
from netinspect.tui.settings import Settings
from tests.recordings.replay import ReplaySource, read_samples
from tests.samples import make_sample as make_host
from tests.samples import tcp
from tests.tui.fakes import (
    Check,
    FakeSource,
    make_app,
    make_process,
    make_sample,
    notices,
    on_screen,
    screen_text,
    settle,
    until,
    wait_for,
)
from tests.tui.goldens import assert_golden

SIZE = 140, 40


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


@pytest.mark.parametrize("size", [(120, 36), (80, 24), (60, 15)])
def test_past_of_a_live_host_looks_as_drawn(size: tuple[int, int]) -> None:
    source = ReplaySource()

    async def run() -> None:
        app = NetinspectApp(Settings(source=source, glyphs=UNICODE))
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.status.shown_at == source.last_at)
            await settle(pilot)
            await pilot.press("[", "[")
            await until(lambda: app.status.shown_at == read_samples()[-3].taken_at)
            await settle(pilot)
            assert_golden(f"web-07-past-{size[0]}x{size[1]}", screen_text(app))

    asyncio.run(run())


@pytest.mark.parametrize(("size", "glyphs"), [((120, 36), UNICODE), ((80, 24), ASCII)])
def test_recording_looks_as_drawn(size: tuple[int, int], glyphs: Glyphs) -> None:
    moments: list[Moment] = []
    judged: Judged | None = None
    for sample in read_samples():
        before = moments[-1].sample if moments else None
        judged = judge_sample(sample, before, judged, None)
        moments.append(Moment(sample, before, judged.findings))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        look = "ascii-" if glyphs is ASCII else ""
        assert_golden(f"web-07-recorded-{look}{size[0]}x{size[1]}", screen_text(app))

    known = {"glyphs": glyphs, "ascii": glyphs is ASCII, "load_panes": lambda: PANES}
    on_file(check, size=size, timeline=MomentList(moments), at=4, **known)


@pytest.mark.parametrize("key", ["p", "end"])
def test_going_back_says_so_and_the_key_leads_back_to_live(key: str) -> None:
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

        await pilot.press(key)
        await wait_for(app, "at4")
        assert "ago" not in screen_text(app)

    on_screen(source, check)


def test_step_beyond_the_newest_moment_leads_to_live() -> None:
    source = FakeSource(*(make_sample([make_process(1, f"at{i}")], at=2.0 * i) for i in range(4)))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "at3")
        await pilot.press("[", "]")
        await wait_for(app, "seconds ago")

        await pilot.press("]")

        await until(lambda: "ago" not in screen_text(app))
        source.put(make_sample([make_process(1, "at4")], at=8.0))
        await wait_for(app, "at4")

    on_screen(source, check)


def test_paused_picture_is_where_the_steps_begin() -> None:
    source = FakeSource(*(make_sample([make_process(1, f"at{i}")], at=2.0 * i) for i in range(3)))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "at2")
        await pilot.press("p")
        for number in (3, 4):
            source.put(make_sample([make_process(1, f"at{number}")], at=2.0 * number))
        await until(lambda: app.status.sample is not None and app.status.sample.taken_at % 10 == 8)
        await wait_for(app, "PAUSED at 22:13:24")

        await pilot.press("[")
        await wait_for(app, "at1 ")
        await pilot.press("]", "]")
        await wait_for(app, "at3 ")

    on_screen(source, check)


def test_sort_filter_and_details_work_on_a_past_moment() -> None:
    source = FakeSource(
        *(make_sample([make_process(p, f"at{i}-{p}") for p in (1, 2)], at=2.0 * i) for i in (0, 1))
    )

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "at1-1")
        await pilot.press("[", "/")
        await pilot.press(*"pid 2", "enter")
        await wait_for(app, "1–1 of 1")
        assert "at0-2" in screen_text(app)

        await pilot.press("s")
        await wait_for(app, "▴PID")
        await pilot.press("i")
        await wait_for(app, "process  at0-2")

    on_screen(source, check)


# files


class Listed:
    """Moments at hand, in a thread's way of asking for them."""

    def __init__(self, *samples: Sample, broken: int | None = None) -> None:
        self._moments = MomentList([Moment(sample) for sample in samples])
        self._broken = broken
        self.overview = self._moments.overview

    def read(self, index: int) -> Moment:
        if index == self._broken:
            raise RecordingError("night.nirec: damaged at byte 812", "other moments may be sound")
        return self._moments.read(index)


NIGHT = [make_sample([make_process(i + 1, f"at{i}")], at=20.0 * i) for i in range(10)]


def on_file(check: Check, *, size: tuple[int, int] = (80, 24), **settings: Any) -> None:
    """Run a check on the screen over a file."""

    async def run() -> None:
        settings.setdefault("timeline", Listed(*NIGHT))
        settings.setdefault("name", "night.nirec")
        app = make_app(None, **settings)
        async with app.run_test(size=size) as pilot:
            await until(lambda: app.status.coverage is not None)
            await settle(pilot)
            await check(app, pilot)

    asyncio.run(run())


def test_file_opens_at_its_last_moment_and_says_that_it_is_one() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "at9" in screen_text(app)
        top = screen_text(app).splitlines()[0]
        assert "recorded 22:16:20 · 2023-11-14 · night.nirec" in top
        assert "every" not in top
        assert "STALE" not in screen_text(app)

    on_file(check, size=(120, 24))


def test_file_opens_at_the_moment_asked_for_and_says_what_is_wrong_with_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "at4" in screen_text(app)
        assert "torn tail: 12 bytes" in screen_text(app)

    on_file(check, at=4, note="torn tail: 12 bytes at the end were left out")


def test_hostile_name_of_a_file_is_shown_harmless() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "\\x1b]0;owned" in screen_text(app)
        assert "\x1b" not in screen_text(app)

    on_file(check, size=(120, 24), name="\x1b]0;owned", note="\x1b[2J")


def test_file_of_one_moment_has_no_line_of_time_and_no_keys_for_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("[", "]", "(", "t", "p", "R")
        await settle(pilot)

        assert not app.screen.query_one("#time").display
        assert not app.screen.query_one("#prompt").display
        assert "at0" in screen_text(app)

    on_file(check, timeline=Listed(NIGHT[0]))


def is_at(app: NetinspectApp, name: str) -> bool:
    """Tell whether this moment of the night is on screen, and no other one is on its way."""
    return app.transport.place == int(name[2:]) and f"{name} " in screen_text(app)


def told_words(app: NetinspectApp) -> list[str]:
    """Return the notices that pop up; a test draws none."""
    return [notification.message for notification in app._notifications]


@pytest.mark.parametrize("key", ["plus", "minus"])
def test_keys_for_the_interval_say_that_there_is_none(key: str) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press(key)

        assert told_words(app) == ["this is recorded: there is no interval to choose"]

    on_file(check)


def test_file_that_grows_is_looked_into_again(tmp_path: Path) -> None:
    path = str(tmp_path / "night.nirec")
    writer = RecordingWriter(path)
    for sample in NIGHT[:5]:
        writer.append(Moment(sample))
    recording = Recording(path)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("r")
        await until(lambda: told_words(app) == ["nothing new is recorded"])

        writer.append(Moment(NIGHT[5]))
        await pilot.press("r")
        await until(lambda: told_words(app)[1:] == ["1 moment more"])
        await pilot.press("]")
        await wait_for(app, "at5 ")

    on_file(check, timeline=recording)
    writer.close()
    recording.close()


@pytest.mark.parametrize(
    ("keys", "shown"),
    [
        ("[", "at8"),
        ("[[]", "at8"),
        ("{", "at6"),
        ("{{}", "at6"),
        ("{{{{{", "at0"),
        ("{{{{{}", "at3"),
        ("[[[p", "at9"),
        ("[[[]]]]]", "at9"),
    ],
)
def test_keys_lead_through_a_file(keys: str, shown: str) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

        await until(lambda: is_at(app, shown))

    on_file(check)


@pytest.mark.parametrize(
    ("keys", "shown"), [("(", "at7"), ("((", "at3"), ("(()", "at7"), ("(((", "at3"), ("[)", "at8")]
)
def test_keys_lead_to_where_anomalies_change(keys: str, shown: str) -> None:
    full = make_host([tcp("LISTEN", "0.0.0.0:80", pids=[1], recv_q=129, send_q=128)])
    findings = judge_sample(full, None, None, None).findings
    told = {3: findings, 4: findings, 7: findings, 8: findings}
    moments = [Moment(sample, None, told.get(i, ())) for i, sample in enumerate(NIGHT)]

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)

        await until(lambda: is_at(app, shown))
        if keys in ("(((", "[)"):
            assert notices(app)[-1].startswith("no anomaly begins or changes")

    assert findings
    on_file(check, timeline=MomentList(moments))


def test_time_is_asked_for_until_it_is_one_there_is() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("t", *"noon", "enter")
        await wait_for(app, "`noon` is not a time")

        await pilot.press(*("backspace",) * 4, *"12:00", "enter")
        await wait_for(app, "nothing is kept of 12:00 · there is 22:13:20 to 22:16:20")

        await pilot.press(*("backspace",) * 5, *"22:14", "enter")
        await wait_for(app, "at2 ")
        assert app.focused is app.deck.views[0].table

        await pilot.press("t", *"last", "escape")
        await settle(pilot)
        assert "at2 " in screen_text(app)

    on_file(check, size=(140, 24))


def test_moment_that_is_damaged_is_told_and_the_others_are_shown() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("[")
        await wait_for(app, "! night.nirec: damaged at byte 812")
        assert "at9 " in screen_text(app)

        await pilot.press("[")
        await wait_for(app, "at7 ")
        assert "damaged" not in screen_text(app)

    on_file(check, timeline=Listed(*NIGHT, broken=8))
