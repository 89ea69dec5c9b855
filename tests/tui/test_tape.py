"""Recording from the screen: what is written, how it is told, what a failure does."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from netinspect.errors import RecordingError
from netinspect.recording.reader import Recording
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from netinspect.tui.app import NetinspectApp
from netinspect.tui.messages import TapeMoved
from netinspect.tui.status import tape_text
from netinspect.tui.tape import Recorder
from tests.tui.fakes import (
    FakeSource,
    make_process,
    make_sample,
    notices,
    on_screen,
    screen_text,
    until,
    wait_for,
)


def sample(number: int) -> Any:
    return make_sample([make_process(1, f"at{number}")], at=2.0 * number)


class FullDisk:
    """A recorder whose disk is full after some moments."""

    def __init__(self, room: int) -> None:
        self._room = room
        self.size = 0
        self.closed = False
        self.note: str | None = None

    def append(self, moment: Moment) -> None:
        if self.size >= self._room:
            raise RecordingError("cannot write night.nirec: no space", "make room there")
        self.size += 1

    def close(self) -> None:
        self.closed = True


def start(pilot: Pilot[None], name: str) -> Callable[[], Any]:
    """Return what types the name of a file behind the key."""

    async def press() -> None:
        await pilot.press("R", "ctrl+u", *name, "enter")

    return press


def test_key_asks_for_a_name_and_writes_until_it_is_pressed_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    source = FakeSource(sample(0))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await wait_for(app, "record to netinspect-web-07-")
        await pilot.press("ctrl+u", *"night", "enter")
        await wait_for(app, "REC 00:0")

        for number in (1, 2, 3):
            source.put(sample(number))
            await wait_for(app, f"at{number} ")
        await pilot.press("[", "R")
        await until(lambda: app.transport.recording is None)
        await until(lambda: "REC" not in screen_text(app))

    on_screen(source, check, start_recording=RecordingWriter)

    recording = Recording("night")
    assert [recording.read(i).sample.taken_at % 100 for i in range(3)] == [2.0, 4.0, 6.0]
    assert len(recording.overview) == 3
    recording.close()


def test_leaving_closes_the_file() -> None:
    disk = FullDisk(9)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await start(pilot, "night")()
        await wait_for(app, "REC")

    on_screen(FakeSource(sample(0)), check, start_recording=lambda name: disk)

    assert disk.closed


def test_full_disk_is_told_and_the_screen_goes_on() -> None:
    disk = FullDisk(1)
    source = FakeSource(sample(0))

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await start(pilot, "night")()
        await wait_for(app, "REC")
        for number in (1, 2, 3):
            source.put(sample(number))
        await wait_for(app, "at3 ")

        await until(lambda: app.transport.recording is None)
        await until(lambda: "REC" not in screen_text(app))
        assert notices(app)[-1] == (
            "not recorded: cannot write night.nirec: no space · make room there"
        )
        assert disk.closed

    on_screen(source, check, start_recording=lambda name: disk)


def test_what_had_to_be_done_to_the_file_is_told() -> None:
    disk = FullDisk(9)
    disk.note = "torn tail: 12 bytes at the end were cut off"

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await start(pilot, "night")()

        await until(lambda: bool(notices(app)))
        assert notices(app) == [f"recording to night · {disk.note}"]

    on_screen(FakeSource(sample(0)), check, start_recording=lambda name: disk)


def test_file_that_cannot_be_opened_is_told() -> None:
    def refuse(name: str) -> Recorder:
        raise RecordingError(f"cannot open {name}: Permission denied")

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await start(pilot, "night")()

        await until(lambda: bool(notices(app)))
        assert notices(app) == ["not recorded: cannot open night: Permission denied"]
        assert app.transport.recording is None

    on_screen(FakeSource(sample(0)), check, start_recording=refuse)


def test_no_name_is_asked_for_again() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await start(pilot, "")()

        await wait_for(app, "a file needs a name")

    on_screen(FakeSource(sample(0)), check, start_recording=lambda name: FullDisk(1))


def test_screen_that_cannot_record_has_no_key_for_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "R" not in app.screen.active_bindings

    on_screen(FakeSource(sample(0)), check)


@pytest.mark.parametrize(
    ("seconds", "size", "text"),
    [(0, 900, "REC 00:00 900"), (723, 4_300_000, "REC 12:03 4.1M"), (36_000, 0, "REC 10:00:00 0")],
)
def test_time_and_size_are_told(seconds: int, size: int, text: str) -> None:
    assert tape_text(TapeMoved("night", 50.0, size), 50.0 + seconds) == text
