"""Time travel and recording in a real terminal, on this host."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.tui.pty_terminal import PtyTerminal
from tests.tui.test_pty import COMMAND, LEAVE_SCREEN, opened, wait_data

ON_FULL_DISK = """
set -e
mount --make-rprivate /
mount -t tmpfs -o size=64k,mode=700 none "$0"
cd "$0"
head -c 61440 /dev/zero > ballast
exec "$@"
"""


def stepped_back(terminal: PtyTerminal) -> bool:
    """Step back until there is something to step back to."""
    terminal.send("[")
    terminal.read()
    return "seconds ago" in terminal.text and "◆" in terminal.text


def ask(terminal: PtyTerminal, key: str) -> None:
    """Press a key that asks for a line."""
    terminal.send(key)
    terminal.wait_for("enter take it")


def clear(terminal: PtyTerminal, text: str) -> None:
    """Empty the line, so that this is no more on screen: keys of editing come late."""
    terminal.send("\x15")
    terminal.wait_for(lambda: text not in terminal.text)


def test_keys_lead_back_and_to_live_and_nonsense_is_told() -> None:
    with opened("--interval", "0.5") as terminal:
        wait_data(terminal)
        terminal.wait_for(lambda: stepped_back(terminal))
        terminal.wait_for(lambda: "every" not in terminal.text.splitlines()[0])

        ask(terminal, "t")
        terminal.send("nonsense\r")
        terminal.wait_for("`nonsense` is not a time")
        clear(terminal, "nonsense")
        terminal.send("-3h\r")
        terminal.wait_for("nothing is kept of -3h")
        clear(terminal, "-3h")
        terminal.send("first\r")
        terminal.wait_for(lambda: "go to" not in terminal.text)

        terminal.send("p")
        terminal.wait_for(lambda: "ago" not in terminal.text and "◆" not in terminal.text)
        wait_data(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == 0


@pytest.mark.root
def test_full_disk_ends_the_recording_and_nothing_else(tmp_path: Path) -> None:
    alone = ("unshare", "--mount", "sh", "-c", ON_FULL_DISK, str(tmp_path), *COMMAND)
    with opened("--interval", "0.5", command=alone) as terminal:
        wait_data(terminal)

        ask(terminal, "R")
        clear(terminal, ".nirec")
        terminal.send("night\r")
        terminal.wait_for("not recorded: cannot write night")
        terminal.wait_for("make room")

        terminal.send("2")
        terminal.wait_for("[2 Processes]")
        terminal.wait_for(lambda: "REC" not in terminal.text)
        wait_data(terminal)
        terminal.send("q")
        assert terminal.wait_exit() == 0
        assert LEAVE_SCREEN in terminal.output


def test_recording_of_the_screen_opens_on_the_screen(tmp_path: Path) -> None:
    path = tmp_path / "night.nirec"
    with opened("--interval", "0.5") as terminal:
        wait_data(terminal)
        ask(terminal, "R")
        clear(terminal, ".nirec")
        terminal.send(f"{path}\r")
        terminal.wait_for(lambda: re.search("REC 00:(0[2-9]|[1-9])", terminal.text) is not None)
        terminal.send("q")
        assert terminal.wait_exit() == 0

    with opened("open", str(path)) as terminal:
        terminal.wait_for("recorded")
        terminal.wait_for("◆")
        terminal.send("[")
        terminal.send("q")
        assert terminal.wait_exit() == 0
