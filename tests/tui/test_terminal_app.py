"""A defect that ends the screen leaves one line, and no variable of the host."""

from __future__ import annotations

import asyncio

import pytest
from textual.pilot import Pilot

from netinspect.tui.terminal_app import describe_crash
from tests.tui.fakes import FakeSource, make_app, make_process, make_sample, until


def test_what_happened_and_where_is_kept_and_nothing_is_printed(
    capfd: pytest.CaptureFixture[str],
) -> None:
    app = make_app(FakeSource(make_sample([make_process(7, "secret-name")])))

    async def run(pilot: Pilot[None]) -> None:
        await until(lambda: app.status.coverage is not None)
        app.call_later(_fail)

    async def main() -> None:
        async with app.run_test() as pilot:
            await run(pilot)
            await until(lambda: app.crash is not None)

    with pytest.raises(KeyError):
        asyncio.run(main())

    assert app.crash is not None
    assert app.crash.startswith("KeyError: 'no such key' (test_terminal_app.py:")
    assert "secret-name" not in "".join(capfd.readouterr())


def test_control_characters_of_the_message_are_made_visible() -> None:
    assert describe_crash(ValueError("\x1b]0;owned\x07")) == r"ValueError: \x1b]0;owned\x07"


def _fail() -> None:
    nothing: dict[str, int] = {}
    nothing["no such key"]
