"""The whole screen: what it looks like at each size, where its keys lead, what a failure does."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from netinspect.errors import SourceError
from netinspect.humanize import safe_text
from netinspect.tui.app import NetinspectApp
from netinspect.tui.line import Line
from tests.tui.fakes import (
    FakePane,
    FakeSource,
    make_process,
    make_sample,
    on_screen,
    screen_text,
    until,
    wait_for,
)
from tests.tui.goldens import assert_golden

PROCESSES = [make_process(pid, f"proc{pid}", fds=pid * 3) for pid in range(1, 61)]
SAMPLE = make_sample(PROCESSES, sockets=120)


@pytest.mark.parametrize("size", [(80, 24), (120, 36), (60, 15)])
def test_screen_looks_as_drawn(size: tuple[int, int]) -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert_golden(f"processes-{size[0]}x{size[1]}", screen_text(app))

    on_screen(FakeSource(SAMPLE), check, size=size)


def test_frame_is_painted_before_data_arrives() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "waiting for the first sample from web-07")
        assert "q quit" in screen_text(app)

    on_screen(FakeSource(), check, with_data=False)


def test_growing_terminal_becomes_a_dashboard_and_shrinking_tabs() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        assert "[2 Processes]" in screen_text(app)

        await pilot.resize_terminal(130, 40)
        await wait_for(app, "┏━ 2 Processes")

        await pilot.resize_terminal(80, 24)
        await wait_for(app, "[2 Processes]")

    on_screen(FakeSource(SAMPLE), check)


def test_zoom_shows_one_pane_of_the_dashboard_and_esc_leads_back() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("z")
        await wait_for(app, "[2 Processes]")

        await pilot.press("escape")
        await wait_for(app, "┏━ 2 Processes")

    on_screen(FakeSource(SAMPLE), check, size=(130, 40))


def test_drill_shows_the_rows_sockets_and_esc_restores_pane_and_cursor() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("down", "down", "enter")
        await wait_for(app, "1–2 of 2")
        assert "only pid 58  esc back" in screen_text(app)
        assert "[3 Sockets]" in screen_text(app)

        await pilot.press("escape")
        await wait_for(app, "[2 Processes]")
        assert "only pid" not in screen_text(app)
        current = app.deck.current
        assert current is not None
        assert current.table.view.key == 58

    on_screen(FakeSource(SAMPLE), check)


def test_drill_adds_to_the_filter_of_the_command_line() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await wait_for(app, "only port 80 and pid 60")

    on_screen(FakeSource(SAMPLE), check, filter="port 80")


def test_enter_on_a_socket_shows_its_details() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3")
        await wait_for(app, "of 120")
        await pilot.press("down", "enter")
        await wait_for(app, "local_port  40001")

        await pilot.press("escape")
        await wait_for(app, "[3 Sockets]")
        assert "local_port" not in screen_text(app)

    on_screen(FakeSource(SAMPLE), check)


def test_sockets_on_screen_are_watched() -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3", "end")

        await until(lambda: 120 in source.watched)
        assert len(source.watched) < 30

    on_screen(source, check)


def test_pause_keeps_the_picture_while_samples_go_on() -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("p")
        newer = make_sample([make_process(777, "newcomer", fds=999)], at=2.0)
        source.put(newer)
        await until(lambda: app.status.sample is newer)
        assert "PAUSED at 22:13:20" in screen_text(app)
        assert "newcomer" not in screen_text(app)

        await pilot.press("p")
        await wait_for(app, "newcomer")
        assert "PAUSED" not in screen_text(app)

    on_screen(source, check)


def test_sorting_works_while_paused() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("p", "s")

        await wait_for(app, "▴PID")

    on_screen(FakeSource(SAMPLE), check)


def test_refresh_asks_the_source_and_shows_even_when_paused() -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("p", "r")
        assert source.refreshes == 1

        source.put(make_sample([make_process(777, "newcomer", fds=999)], at=2.0))
        await wait_for(app, "newcomer")

    on_screen(source, check)


def test_interval_keys_go_through_the_steps() -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("plus", "plus", "minus", "minus", "minus", "minus", "minus")

        assert source.intervals == [5.0, 10.0, 5.0, 2.0, 1.0, 0.5, 0.5]
        assert "every 0.5 s" in app.query_one("#status", Line).text

    on_screen(source, check)


def test_failing_source_says_why_keeps_the_rows_and_retries() -> None:
    broken, fresh = FakeSource(SAMPLE), FakeSource()

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        broken.put(SourceError("the probe was killed by signal 9", "see dmesg"))
        await wait_for(app, "! the probe was killed by signal 9 · see dmesg · r retry")
        assert "proc60" in screen_text(app)

        await pilot.press("r")
        fresh.put(make_sample([make_process(777, "newcomer", fds=999)], at=9.0))
        await wait_for(app, "newcomer")
        assert "the probe" not in screen_text(app)
        assert broken.closed

    on_screen(broken, check, reopen=lambda: fresh)


def test_source_that_fails_before_any_data_says_why() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "sudo: a password is required")
        assert "r retry" in screen_text(app)

    on_screen(
        FakeSource(SourceError("sudo: a password is required", "run sudo -v first")),
        check,
        with_data=False,
    )


def test_retry_that_fails_too_says_so() -> None:
    def reopen() -> FakeSource:
        raise SourceError("no more processes")

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "first reason")
        await pilot.press("r")

        await wait_for(app, "no more processes")

    on_screen(FakeSource(SourceError("first reason")), check, with_data=False, reopen=reopen)


def test_sample_that_cannot_be_shown_keeps_the_last_report_and_says_why() -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        source.put(RuntimeError("an unheard-of state"))

        await wait_for(app, "RuntimeError: an unheard-of state")
        assert "proc60" in screen_text(app)

    on_screen(source, check)


def test_hostile_names_change_nothing_but_their_own_cell() -> None:
    names = [
        "\x1b]0;owned\x07",
        "[red]x[/b]y",
        "new\nline",
        "\u202egnp.exe",
        "日本語日本語",
        "x" * 4096,
    ]
    processes = [make_process(100 + i, safe_text(name)) for i, name in enumerate(names)]

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        lines = [line for line in screen_text(app).splitlines() if "root  " in line]

        assert len(lines) == len(names)
        assert len({line.rindex("root") + line_excess(line) for line in lines}) == 1
        assert "[red]x[/b]y" in screen_text(app)
        assert "\x1b" not in screen_text(app)

        await pilot.press("i")
        await wait_for(app, "process  ")
        assert "\x1b" not in screen_text(app)

    on_screen(FakeSource(make_sample(processes)), check)


def line_excess(line: str) -> int:
    """Count the cells that wide characters take beyond one."""
    from rich.cells import cell_len

    return cell_len(line) - len(line)


def test_help_lists_every_binding() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        alive = [a.binding for a in app.screen.active_bindings.values() if a.binding.id]

        await pilot.press("question_mark")
        await wait_for(app, "KEYS")

        page = app.screen.query_one("#page Static").render()
        assert all(binding.description in str(page) for binding in alive)
        assert FakePane.help in str(page)

    on_screen(FakeSource(SAMPLE), check)


def test_every_binding_has_an_id_and_a_description() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        alive = app.screen.active_bindings.values()
        ours = [a.binding for a in alive if type(a.node).__module__.startswith("netinspect")]

        assert len(ours) > 20
        assert all(binding.id and binding.description for binding in ours)

    on_screen(FakeSource(SAMPLE), check)


def test_palette_offers_our_commands_only() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        titles = [command.title for command in app.get_system_commands(app.screen)]

        assert "Go to Sockets" in titles
        assert "Sort by fds" in titles
        assert "Interval 10 s" in titles
        assert not any("heme" in title for title in titles)

        await pilot.press("ctrl+p")
        await wait_for(app, "Go to Processes")
        assert "\N{RIGHT-POINTING MAGNIFYING GLASS}" not in screen_text(app)

    on_screen(FakeSource(SAMPLE), check)


def test_help_and_quit_are_named_at_every_width() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        for width in (60, 40, 25):
            await pilot.resize_terminal(width, 15)
            await pilot.pause()
            assert "? help  q quit" in screen_text(app).splitlines()[-1]

    on_screen(FakeSource(SAMPLE), check)


@pytest.mark.parametrize("key", ["q", "ctrl+c", "ctrl+q"])
def test_quit_keys_end_the_app_and_the_source(key: str) -> None:
    source = FakeSource(SAMPLE)

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press(key)

    on_screen(source, check)

    assert source.closed
