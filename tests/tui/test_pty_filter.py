"""Filters in a real terminal: saved ones of the configuration file, and those typed before."""

from __future__ import annotations

from pathlib import Path

from tests.commands.cli import run
from tests.tui.test_pty import opened


def test_filter_that_was_typed_is_there_in_the_next_run(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text('[filters]\nnobody = "pid 1 and lport 1"\n')
    env = {"XDG_STATE_HOME": str(tmp_path / "state"), "NETINSPECT_CONFIG": str(config)}

    with opened(env=env) as terminal:
        terminal.wait_for("tab next pane")
        terminal.send("/")
        terminal.wait_for("keep filter")
        terminal.send("@nobody")
        terminal.wait_for("only @nobody")
        terminal.send("\r")
        terminal.wait_for("tab next pane")
        terminal.send("q")
        assert terminal.wait_exit() == 0
    with opened("@nobody and state listen", env=env) as terminal:
        terminal.wait_for("only @nobody and state listen")
        terminal.send("/")
        terminal.wait_for("keep filter")
        terminal.send("\x1b[A")
        terminal.wait_for("/ @nobody\n")
        terminal.send("\r")
        terminal.wait_for(lambda: "and state listen" not in terminal.text)

    stored = tmp_path / "state" / "netinspect" / "filters"
    assert stored.read_text() == "@nobody\n"
    assert stored.stat().st_mode & 0o777 == 0o600


def test_mistake_in_the_configuration_file_is_told_once_of_a_file(tmp_path: Path) -> None:
    config, moment = tmp_path / "config.toml", tmp_path / "moment.json"
    config.write_text("[nonsense]\n")
    run("snapshot", "--samples", "1", "-o", str(moment))

    with opened("open", str(moment), env={"NETINSPECT_CONFIG": str(config)}) as terminal:
        terminal.wait_for("recorded")
        terminal.send("q")
        assert terminal.wait_exit() == 0

    assert terminal.output.count(b"no section `nonsense`") == 1
