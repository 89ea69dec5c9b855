"""The filter line: live, forgiving while one types, and gone with esc."""

from __future__ import annotations

from textual.pilot import Pilot

from netinspect.tui.app import NetinspectApp
from netinspect.tui.filter_history import MOST, FilterHistory
from tests.tui.fakes import FakeSource, make_process, make_sample, on_screen, screen_text, wait_for

SAMPLE = make_sample([make_process(pid, f"proc{pid}") for pid in range(1, 61)], sockets=120)


def test_filter_takes_effect_while_it_is_typed() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("3", "slash", *"pid")
        await wait_for(app, "`pid` has no value")
        assert "of 120" in screen_text(app)

        await pilot.press("space", *"7")
        await wait_for(app, "1–2 of 2")
        assert "only pid 7" in screen_text(app)
        assert "has no value" not in screen_text(app)

    on_screen(FakeSource(SAMPLE), check)


def test_enter_keeps_the_filter_and_gives_the_keys_back() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pid", "space", *"7", "enter")
        await wait_for(app, "1–1 of 1")
        assert "keep filter" not in screen_text(app)

        await pilot.press("3", "slash", *",8", "tab")
        await wait_for(app, "1–4 of 4")

        await pilot.press("escape")
        await wait_for(app, "of 120")
        assert "only" not in screen_text(app)

    on_screen(FakeSource(SAMPLE), check)


def test_wrong_filter_cannot_be_kept_and_esc_clears_it() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"colour=red", "enter")
        await wait_for(app, "no field `colour`")
        assert "enter keep filter" in screen_text(app)

        await pilot.press("escape")
        await wait_for(app, "1–19 of 60")
        assert "colour" not in screen_text(app)

    on_screen(FakeSource(SAMPLE), check)


def test_filter_of_the_command_line_can_be_edited_and_cleared() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await wait_for(app, "only pid 7  esc no filter")

        await pilot.press("slash", "backspace", *"8", "enter")
        await wait_for(app, "only pid 8")

        await pilot.press("escape")
        await wait_for(app, "of 60")

    on_screen(FakeSource(SAMPLE), check, filter="pid 7")


def test_esc_leaves_a_drill_down_before_it_clears_the_filter() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("enter")
        await wait_for(app, "only pid 7,8 and pid 7")

        await pilot.press("escape")
        await wait_for(app, "only pid 7,8  esc no filter")
        await pilot.press("escape")
        await wait_for(app, "of 60")

    on_screen(FakeSource(SAMPLE), check, filter="pid 7,8")


def test_keys_that_are_text_now_are_not_offered() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"q")
        await wait_for(app, "/ q")

        keys = screen_text(app).splitlines()[-1]
        assert "enter keep filter  esc no filter" in keys
        assert "quit" not in keys

    on_screen(FakeSource(SAMPLE), check)


def test_resize_leaves_the_keys_in_the_filter() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pid")
        await pilot.resize_terminal(140, 40)
        await pilot.press("space", *"7")

        await wait_for(app, "only pid 7")

    on_screen(FakeSource(SAMPLE), check)


def test_error_stands_below_with_a_sign_at_its_place() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pid 7 and rtt > 5")
        await wait_for(app, "has no unit")

        *_, line, below, _ = screen_text(app).splitlines()
        assert line.startswith(" / pid 7 and rtt > 5")
        assert below[line.index("5")] == "^"
        assert "`5` has no unit" in below
        assert "e.g. `rtt > 200ms`" in below

    on_screen(FakeSource(SAMPLE), check, size=(110, 30))


def test_sign_stays_below_its_place_when_the_text_moves() -> None:
    text = "process java* or process nginx* or user root or unit x or rtt > 5"

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *text)
        await wait_for(app, "^ `5` has no unit")
        *_, line, below, _ = screen_text(app).splitlines()
        assert below.index("^") == line.index("> 5") + 2

        await pilot.press("home")
        await wait_for(app, "`5` has no unit ^")

    on_screen(FakeSource(SAMPLE), check)


def test_error_shares_the_line_on_a_small_screen() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"rtt > 5")
        await wait_for(app, "has no unit")

        assert "/ rtt > 5" in screen_text(app).splitlines()[-2]

    on_screen(FakeSource(SAMPLE), check, size=(60, 15))


def test_matches_are_counted_while_one_types() -> None:
    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pid 7")

        await wait_for(app, "2 of 120 sockets")

    on_screen(FakeSource(SAMPLE), check)


def test_filters_that_were_kept_come_back_with_up_and_down() -> None:
    stored: list[list[str]] = []

    async def check(app: NetinspectApp, pilot: Pilot[None]) -> None:
        await pilot.press("slash", *"pid 7", "enter")
        await wait_for(app, "only pid 7")
        assert stored[-1] == ["pid 1", "pid 2", "pid 7"]

        await pilot.press("slash", "up")
        await wait_for(app, "/ pid 2")
        await pilot.press("up", "up")
        await wait_for(app, "/ pid 1")
        await pilot.press("down", "down", "down")
        await wait_for(app, "/ pid 7")
        assert "enter keep filter" in screen_text(app)
        await pilot.press("down")
        await wait_for(app, "only pid 7")

    history = FilterHistory(["pid 1", "pid 2"], stored.append)
    on_screen(FakeSource(SAMPLE), check, history=history)


def test_history_keeps_each_filter_once_and_not_too_many() -> None:
    stored: list[list[str]] = []
    history = FilterHistory(map(str, range(500)), stored.append)

    for text in ("a", "b", "a", "a", ""):
        history.add(text)

    assert len(stored) == 3
    assert stored[-1][-2:] == ["b", "a"]
    assert len(stored[-1]) == MOST
