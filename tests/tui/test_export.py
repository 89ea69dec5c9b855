"""Exporting on screen: the dialog, what it writes, what it says when it cannot."""

from __future__ import annotations

import asyncio
import json
import os
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from textual.pilot import Pilot

from netinspect.commands.screen_export import ScreenExport
from netinspect.errors import NetinspectError
from netinspect.exporters.json_values import time_text
from netinspect.panes import PANES
from netinspect.parts import Report
from netinspect.tui.app import NetinspectApp
from netinspect.tui.export_dialog import ExportDialog
from netinspect.tui.exporting import Wish
from tests.samples import TAKEN_AT, make_sample, process, tcp, unix
from tests.tui.fakes import FakeSource, make_app, screen_text, until

Check = Callable[[NetinspectApp, Pilot[None]], Awaitable[None]]


class BrokenExport(ScreenExport):
    """Fails as often as it is told to, once it may."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.may_go_on = threading.Event()
        self.may_go_on.set()

    def write(self, report: Report, wish: Wish) -> str:
        self.may_go_on.wait(10)
        if self.errors:
            raise self.errors.pop(0)
        return super().write(report, wish)


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def on_screen(
    check: Check,
    *,
    size: tuple[int, int] = (80, 24),
    export: ScreenExport | None = None,
    filter: str = "",
) -> None:
    """Open the dialog over a host with one finding, then check."""
    sample = make_sample(
        [
            tcp("LISTEN", "0.0.0.0:8080", pids=[812], recv_q=129, send_q=128),
            tcp("ESTABLISHED", "10.0.0.1:443", "10.0.0.9:40000", pids=[701], recv_q=0, send_q=0),
            unix("/run/acme.sock", pids=[701]),
        ],
        [process(701, "acmed"), process(812, "java")],
    )

    async def run() -> None:
        source = FakeSource(sample)
        app = make_app(source, *PANES, export=export or ScreenExport(), filter=filter)
        async with app.run_test(size=size, notifications=True) as pilot:
            await until(lambda: "accept-queue-full" in screen_text(app))
            await pilot.press("x")
            await until(lambda: "Redact" in screen_text(app))
            await check(app, pilot)

    asyncio.run(run())


def is_open(app: NetinspectApp) -> bool:
    return isinstance(app.screen, ExportDialog)


def text_in_one_line(app: NetinspectApp) -> str:
    """Return what is on screen without frames and line breaks."""
    return " ".join(screen_text(app).replace("│", " ").replace("▌", " ").split())


def the_file() -> Path:
    (path,) = Path().iterdir()
    return path


def test_two_keys_write_all_of_the_moment_for_nobody_else_to_read() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await until(lambda: not is_open(app))
        await until(lambda: "0 explanations attached" in text_in_one_line(app))

        path = the_file()
        assert path.name.startswith("netinspect-web-07-2023111")
        assert path.suffix == ".json"
        assert os.stat(path).st_mode & 0o777 == 0o600
        document = json.loads(path.read_text())
        assert document["sockets"]["columns"]["proto"] == ["tcp", "tcp", "unix"]

    on_screen(check)


@pytest.mark.parametrize(
    ("key", "suffix", "begins"),
    [
        ("h", ".html", "<!doctype html>"),
        ("t", ".txt", "netinspect: web-07"),
        ("c", ".csv", "proto"),
        ("n", ".ndjson", "{"),
    ],
)
def test_format_is_chosen_by_its_letter_and_the_name_follows(
    key: str, suffix: str, begins: str
) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press(key)
        await until(lambda: f"{suffix} Redact" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: not is_open(app))

        assert the_file().suffix == suffix
        assert the_file().read_text().lower().startswith(begins)

    on_screen(check)


def test_attached_explanations_go_with_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("escape", "e")
        await until(lambda: "≡" in text_in_one_line(app))
        await pilot.press("x")
        await until(lambda: "1 explanation attached" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: "written to" in text_in_one_line(app))

        (finding,) = json.loads(the_file().read_text())["findings"]
        assert "129 connections wait" in json.dumps(finding["attached_explanation"])

    on_screen(check)


def test_page_explains_what_is_grave_though_nothing_was_attached() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("h", "enter")
        await until(lambda: "written to" in text_in_one_line(app))

        assert "129 connections wait" in the_file().read_text()

    on_screen(check)


def test_redacted_file_tells_no_name_not_even_in_its_own() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("shift+tab", "y")
        await until(lambda: "netinspect-host-" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: "redacted" in text_in_one_line(app))

        path = the_file()
        assert path.name.startswith("netinspect-host-")
        text = path.read_text()
        assert not any(word in text for word in ("acme", "web-07", "10.0.0.9"))
        assert '"java"' in text

    on_screen(check)


def test_next_time_offers_what_was_chosen_before() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("h", "enter")
        await until(lambda: not is_open(app))
        await pilot.press("x")
        await until(lambda: "[html]" in text_in_one_line(app))

    on_screen(check)


def test_name_that_was_typed_stays_but_for_its_suffix() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "home", "a", "-", "shift+tab", "h")
        await until(lambda: "a-netinspect-web-07-2023111" in text_in_one_line(app))
        await until(lambda: ".html" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: not is_open(app))

        assert the_file().name.startswith("a-netinspect-web-07-")
        assert the_file().suffix == ".html"

    on_screen(check)


def test_file_that_is_there_is_replaced_only_when_that_is_said_twice() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        name = screen_text(app).partition("Name")[2].split()[0]
        Path(name).write_text("mine")
        await pilot.press("enter")
        await until(lambda: "is there already: enter again to replace it" in text_in_one_line(app))
        assert Path(name).read_text() == "mine"

        await pilot.press("tab", "end", "backspace", "n")  # another name, then the same again
        await until(lambda: "is there already" not in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: "enter again" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: not is_open(app))
        assert json.loads(Path(name).read_text())["host"]["name"] == "web-07"

    on_screen(check)


def test_what_goes_wrong_is_said_and_another_name_can_be_tried() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "home", *"none/")
        await pilot.press("enter")
        await until(lambda: "there is no directory" in text_in_one_line(app))
        await pilot.press("home", *["delete"] * 5)
        await until(lambda: "there is no directory" not in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: not is_open(app))
        assert the_file().name.startswith("netinspect-web-07-")

    on_screen(check)


def test_nothing_is_written_without_a_name() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("tab", "ctrl+u", "enter")
        await until(lambda: "the file needs a name" in text_in_one_line(app))
        assert not list(Path().iterdir())

    on_screen(check)


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (NetinspectError("cannot write x: No space left on device"), "No space left on device"),
        (RuntimeError("a format fails"), "RuntimeError: a format fails"),
    ],
)
def test_dialog_stays_whatever_fails(error: Exception, said: str) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await until(lambda: said in text_in_one_line(app))
        assert is_open(app)
        await pilot.press("enter")
        await until(lambda: not is_open(app))
        assert the_file().suffix == ".json"

    on_screen(check, export=BrokenExport(error))


def test_slow_disk_does_not_hold_the_keys_and_what_is_written_late_is_told() -> None:
    export = BrokenExport()
    export.may_go_on.clear()

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter", "enter")
        await until(lambda: "writing …" in text_in_one_line(app))
        await pilot.press("escape")
        await until(lambda: not is_open(app))
        export.may_go_on.set()
        await until(lambda: "written to" in text_in_one_line(app))
        assert the_file().suffix == ".json"

    on_screen(check, export=export)


def test_failure_after_leaving_is_told_as_well() -> None:
    export = BrokenExport(NetinspectError("cannot write x: Input/output error"))
    export.may_go_on.clear()

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter", "escape")
        await until(lambda: not is_open(app))
        export.may_go_on.set()
        await until(lambda: "Input/output error" in text_in_one_line(app))

    on_screen(check, export=export)


def test_past_moment_is_written_as_it_was() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        assert isinstance(app.settings.source, FakeSource)
        app.settings.source.put(make_sample(at=2.0))
        await until(lambda: "0 findings" in text_in_one_line(app))
        await pilot.press("[")
        await until(lambda: "accept-queue-full" in text_in_one_line(app))
        await pilot.press("x")
        await until(lambda: "2 sockets, 0 explanations" in text_in_one_line(app))
        await pilot.press("enter")
        await until(lambda: "written to" in text_in_one_line(app))

        document = json.loads(the_file().read_text())
        assert document["taken_at"] == time_text(TAKEN_AT)
        assert [finding["code"] for finding in document["findings"]] == ["accept-queue-full"]

    on_screen(check)


def test_escape_writes_nothing() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("escape")
        await until(lambda: not is_open(app))
        assert not list(Path().iterdir())

    on_screen(check)


def test_filter_is_said_and_holds() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "1 of 2 sockets" in text_in_one_line(app)
        await pilot.press("enter")
        await until(lambda: not is_open(app))
        columns = json.loads(the_file().read_text())["sockets"]["columns"]
        assert columns["local_port"] == [443]

    on_screen(check, filter="pid 701")


@pytest.mark.parametrize("size", [(60, 15), (80, 24), (200, 50)])
def test_dialog_fits(size: tuple[int, int]) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        text = text_in_one_line(app)
        assert "[json] ndjson csv html text" in text
        assert "enter write esc cancel" in text
        assert "explanations attached" in text
        await pilot.press("shift+tab", "y")
        await until(lambda: "[yes]" in text_in_one_line(app))

    on_screen(check, size=size)


def test_ctrl_c_quits_from_the_dialog() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("ctrl+c")
        await until(lambda: not app.is_running)

    on_screen(check)
