"""Explaining on screen: the panel beside the row, attaching, marks, the strip, exports."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from textual.pilot import Pilot
from textual.widgets import Input

from netinspect.commands.screen_export import ScreenExport
from netinspect.explanations import explain_finding
from netinspect.model import Sample
from netinspect.panes import PANES
from netinspect.recording.timeline import Moment, MomentList
from netinspect.tui.app import NetinspectApp
from netinspect.tui.building import judge_sample
from netinspect.tui.explain_panel import ExplainPanel
from netinspect.tui.export_dialog import ExportDialog
from tests.samples import make_sample, process, tcp
from tests.tui.fakes import FakeSource, make_app, screen_text, until

Check = Callable[[NetinspectApp, Pilot[None]], Awaitable[None]]


def sample(queue: int = 129, at: float = 0.0) -> Sample:
    """Make a host with one full listener and one connection that is well."""
    return make_sample(
        [
            tcp("LISTEN", "0.0.0.0:8080", pids=[812], recv_q=queue, send_q=128),
            tcp("ESTABLISHED", "10.0.0.1:443", "10.0.0.9:40000", pids=[701], recv_q=0, send_q=0),
        ],
        [process(701, "nginx"), process(812, "java")],
        at=at,
    )


def on_screen(
    check: Check,
    *,
    size: tuple[int, int] = (80, 24),
    source: FakeSource | None = None,
    **known: Any,
) -> None:
    """Run the app over the sample until a finding is told, then check."""

    async def run() -> None:
        app = make_app(source or FakeSource(sample()), *PANES, **known)
        async with app.run_test(size=size) as pilot:
            await until(lambda: "accept-queue-full" in screen_text(app))
            await check(app, pilot)

    asyncio.run(run())


def panel(app: NetinspectApp) -> ExplainPanel:
    return app.query_one(ExplainPanel)


def test_key_opens_the_explanation_with_this_hosts_numbers_and_attaches_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "129 connections wait for accept()" in screen_text(app))
        await until(lambda: "●≡accept-queue-full" in screen_text(app))
        assert "attached" in str(panel(app).border_subtitle)

    on_screen(check)


def test_second_press_detaches_and_closes() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "≡" in screen_text(app))
        await pilot.press("e")
        await until(lambda: "≡" not in screen_text(app))
        assert not panel(app).display

    on_screen(check)


def test_closing_keeps_it_attached_and_gives_the_keys_back() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "≡" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: not panel(app).display)
        assert "≡" in screen_text(app)
        assert app.deck.current is not None
        assert app.deck.current.table.has_focus

    on_screen(check)


def test_numbers_stay_frozen_while_samples_go_on() -> None:
    source = FakeSource(sample())

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "129 connections wait" in screen_text(app))
        source.put(sample(queue=140, at=2))
        await until(lambda: "140/128 queued" in screen_text(app))
        assert "129 connections wait" in screen_text(app)

    on_screen(check, source=source)


def test_row_of_another_pane_carries_the_mark_and_leads_to_its_finding() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("4")
        await until(lambda: "● 8080" in screen_text(app).replace("●  ", "● "))
        await pilot.press("a")
        await until(lambda: "[1 Anomalies]" in screen_text(app))
        await pilot.press("escape")
        await until(lambda: "[4 Ports]" in screen_text(app))

    on_screen(check)


def test_strip_names_the_finding_above_other_panes_only() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "CRIT accept-queue-full" not in screen_text(app)
        await pilot.press("3")
        await until(lambda: "● CRIT accept-queue-full" in screen_text(app))

    on_screen(check)


def test_strip_leaves_the_rows_of_a_low_screen_to_the_pane() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(lambda: "CRIT" in screen_text(app))

        await pilot.resize_terminal(60, 15)
        await pilot.pause()
        assert screen_text(app).count("CRIT") == 1

    on_screen(check)


def test_only_rows_with_anomalies() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(lambda: "1–2 of 2" in screen_text(app))
        await pilot.press("exclamation_mark")
        await until(lambda: "1–1 of 1" in screen_text(app))
        assert "only rows with anomalies" in screen_text(app)
        await pilot.press("exclamation_mark")
        await until(lambda: "1–2 of 2" in screen_text(app))

    on_screen(check)


def test_plain_row_is_explained_by_its_state_and_not_attached() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(lambda: "1–2 of 2" in screen_text(app))
        await pilot.press("e")
        await until(lambda: "ESTABLISHED: both sides can send" in screen_text(app))
        assert "as of" in str(panel(app).border_subtitle)
        assert "≡" not in screen_text(app)

    on_screen(check, size=(120, 40))


def test_filter_never_hides_an_anomaly() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await until(lambda: "1–1 of 1" in screen_text(app))
        assert "CRIT accept-queue-full" in screen_text(app)

    on_screen(check, filter="pid 701")


async def export_to(app: NetinspectApp, pilot: Pilot[None], path: Path) -> None:
    """Write a file of this name."""
    await pilot.press("x")
    await until(lambda: isinstance(app.screen, ExportDialog))
    app.screen.query_one(Input).value = str(path)
    await pilot.press("enter")
    await until(path.exists)


def test_export_carries_the_attached_explanation(tmp_path: Path) -> None:
    path = tmp_path / "now.json"

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "≡" in screen_text(app))
        await export_to(app, pilot, path)
        (finding,) = json.loads(path.read_text())["findings"]
        assert finding["attached_explanation"]["code"] == "accept-queue-full"
        assert "129 connections wait" in json.dumps(finding["attached_explanation"])

    on_screen(check, export=ScreenExport())


def test_attached_explanation_outlives_its_finding(tmp_path: Path) -> None:
    path = tmp_path / "later.json"
    source = FakeSource(sample())

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("e")
        await until(lambda: "≡" in screen_text(app))
        for number in range(1, 4):
            source.put(sample(queue=0, at=2.0 * number))
        await until(lambda: "0 findings" in screen_text(app))
        await export_to(app, pilot, path)
        document = json.loads(path.read_text())
        assert document["findings"] == []
        assert document["attached_explanations"][0]["code"] == "accept-queue-full"

    on_screen(check, source=source, export=ScreenExport())


def test_explanation_in_a_file_is_shown_as_it_was_attached_and_exported() -> None:
    now = sample()
    findings = judge_sample(now, None, None, None).findings
    then = replace(explain_finding(findings[0]), title="the queue of last night")
    moment = Moment(now, None, findings, {findings[0].key: then})

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "●≡accept-queue-full" in screen_text(app)
        await pilot.press("x")
        await until(lambda: "1 explanation attached" in screen_text(app))
        await pilot.press("escape", "e")
        await until(lambda: "the queue of last night" in screen_text(app))

    async def run() -> None:
        app = make_app(None, *PANES, timeline=MomentList([moment]), export=ScreenExport())
        async with app.run_test(size=(80, 24)) as pilot:
            await until(lambda: "accept-queue-full" in screen_text(app))
            await check(app, pilot)

    asyncio.run(run())
