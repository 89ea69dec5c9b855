"""The command line: what it accepts, refuses, returns, and does not import."""

from __future__ import annotations

import argparse
import os
import re
import signal
import subprocess
import sys
import time
from importlib import import_module
from pathlib import Path

import pytest

import netinspect.commands
from netinspect import __version__
from netinspect.commands import COMMANDS, DEFAULT
from netinspect.commands.arguments import parse_interval
from netinspect.panes import PANES
from tests.commands.cli import COMMAND, run

HEAVY = ("numpy", "rich", "textual", "psutil", "asyncio")
TABLES = ("processes", "sockets", "ports", "ephemeral", "descriptors")


def imported_by(*words: str) -> set[str]:
    """Run a command in an interpreter that tells afterwards what it has imported."""
    code = (
        "import sys; from netinspect.cli import main; code = main(sys.argv[1:]); "
        "print('\\n' + ' '.join(sys.modules), file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, *words], capture_output=True, text=True, check=True, timeout=60
    )
    return {name.partition(".")[0] for name in done.stderr.splitlines()[-1].split()}


def test_version() -> None:
    done = run("--version")

    assert (done.returncode, done.stdout, done.stderr) == (0, f"netinspect {__version__}\n", "")


def test_options_may_stand_between_other_words() -> None:
    listed = run("sockets", "state", "--limit", "3", "listening", "--source", "netlink", "-tn")
    behind = run("sockets", "--limit", "3", "--", "state", "listening", "and", "lport > 0")

    assert (listed.returncode, behind.returncode) == (0, 0), listed.stderr + behind.stderr
    assert all("LISTEN" in line for line in listed.stdout.splitlines()[1:])


def test_help_lists_every_command_exit_codes_and_examples() -> None:
    done = run("--help")

    assert done.returncode == 0
    for name in COMMANDS:
        assert name == DEFAULT or re.search(rf"^  {name} +\w", done.stdout, re.MULTILINE)
    assert "exit codes:" in done.stdout
    assert "examples:" in done.stdout
    assert "--pid" in done.stdout


@pytest.mark.parametrize("name", [name for name in COMMANDS if name != DEFAULT])
def test_each_command_has_its_help(name: str) -> None:
    done = run(name, "--help")

    assert done.returncode == 0
    assert done.stdout.startswith(f"usage: netinspect {name}")


def test_fields_of_every_pane_are_listed() -> None:
    done = run("help", "fields")

    assert done.returncode == 0
    for pane in PANES:
        listed = done.stdout.partition(f"{pane.name.upper()}\n")[2].splitlines()
        assert tuple(line.split()[0] for line in listed[: len(pane.fields)]) == pane.fields


def test_every_command_file_is_registered() -> None:
    folder = Path(netinspect.commands.__file__).parent
    modules = [import_module(f"netinspect.commands.{path.stem}") for path in folder.glob("*.py")]
    found = {module.COMMAND.name for module in modules if hasattr(module, "COMMAND")}

    assert found == set(COMMANDS)


@pytest.mark.parametrize("words", [("--version",), ("--help",), ("sockets", "--help")])
def test_help_and_version_import_nothing_heavy(words: tuple[str, ...]) -> None:
    assert not imported_by(*words) & set(HEAVY)


@pytest.mark.parametrize(
    "words",
    [("snapshot",), ("doctor",), ("check", "--samples", "1"), *((name,) for name in TABLES)],
)
def test_only_the_screen_imports_textual(words: tuple[str, ...]) -> None:
    assert not imported_by(*words) & {"textual", "asyncio", "psutil"}


@pytest.mark.parametrize(
    ("text", "seconds"), [("2", 2.0), ("0.5", 0.5), ("5s", 5.0), ("0.5s", 0.5), ("1m", 60.0)]
)
def test_interval_may_have_a_unit(text: str, seconds: float) -> None:
    assert parse_interval(text) == seconds


@pytest.mark.parametrize("text", ["", "s", "5ms", "2h", "1mm", "-1s", "nan", "infs"])
def test_interval_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(argparse.ArgumentTypeError, match="is not a time"):
        parse_interval(text)


@pytest.mark.parametrize(
    ("words", "message", "hint"),
    [
        (("socket",), "no command `socket`", "did you mean `sockets`?"),
        (("portss", "lport", "5"), "no command `portss`", "did you mean `ports`?"),
        (
            ("--port", "1", "check"),
            "the command `check` stands before all options",
            "netinspect check OPTIONS",
        ),
        (("pid",), "filter: `pid` has no value", "  ^^^"),
        (("sockets", "--fromat", "csv"), "unrecognized arguments: --fromat", "`--format`"),
        (("ports", "--host", "web-07"), "unrecognized arguments: --host", "ssh -t HOST netinspect"),
        (("sockets", "--format", "xml"), "invalid choice: 'xml'", "netinspect sockets --help"),
        (("sockets", "--columns", "staet"), "sockets: no field `staet`", "did you mean `state`?"),
        (("ports", "--sort", "-quue"), "ports: no field `quue`", "did you mean `queue`?"),
        (("ports", "--port", "65536"), "`65536` is not a port (0 to 65535)", ""),
        (("ports", "--port", "-1"), "--port", ""),
        (("ports", "--pid", "0"), "`0` is not a process id", ""),
        (("ports", "--pid", "٣"), "is not a process id", ""),
        (("ports", "--limit", "x"), "`x` is not a count", ""),
        (("ports", "--interval", "nan"), "`nan` is not a time", ""),
        (("ports", "prot", "80"), "filter: no field `prot`", "did you mean `proto`?"),
        (("sockets", "--source", "magic"), "invalid choice: 'magic'", ""),
    ],
)
def test_wrong_usage_says_what_is_wrong(words: tuple[str, ...], message: str, hint: str) -> None:
    done = run(*words)

    assert done.returncode == 2
    assert done.stdout == ""
    assert done.stderr.startswith("netinspect: ")
    assert message in done.stderr
    assert hint in done.stderr
    assert "Traceback" not in done.stderr


def test_pid_that_does_not_exist_is_told() -> None:
    done = run("sockets", "--pid", "4194303")

    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("netinspect: no process has pid 4194303\n")


def test_one_of_several_pids_that_does_not_exist_is_a_warning() -> None:
    done = run("processes", "--pid", "4194303", "--pid", str(os.getpid()), "--format", "csv")

    assert done.returncode == 0
    assert "netinspect: no process has pid 4194303\n" in done.stderr
    assert done.stdout.splitlines()[1].startswith(f"{os.getpid()},")


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("descriptors",), ("snapshot",)])
def test_reader_that_goes_away_is_no_error(words: tuple[str, ...]) -> None:
    reader, writer = os.pipe()
    os.close(reader)
    try:
        done = run(*words, capture_output=False, stdout=writer, stderr=subprocess.PIPE)
    finally:
        os.close(writer)

    assert (done.returncode, done.stderr) == (141, "")


@pytest.mark.parametrize("words", [("--help",), ("--version",), ("descriptors",), ("doctor",)])
def test_full_disk_is_told(words: tuple[str, ...]) -> None:
    with open("/dev/full", "w") as full:
        done = run(*words, capture_output=False, stdout=full, stderr=subprocess.PIPE)

    assert done.returncode == 1
    assert done.stderr.splitlines()[0] == (
        "netinspect: cannot write to standard output: No space left on device"
    )
    assert "Traceback" not in done.stderr


def test_closed_standard_output_is_told() -> None:
    done = run("ports", prefix=("sh", "-c", 'exec "$@" >&-', "sh"))

    assert (done.returncode, done.stderr) == (1, "netinspect: standard output is closed\n")


def test_interrupt_is_quiet() -> None:
    words = [*COMMAND, "ports", "--samples", "2", "--interval", "60"]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as child:
        _wait_until_it_sleeps(child.pid)
        child.send_signal(signal.SIGINT)
        out, err = child.communicate(timeout=30)

    assert (child.returncode, out, err) == (130, b"", b"")


def _wait_until_it_sleeps(pid: int) -> None:
    """Wait until the process has numpy loaded and sleeps: it took a Sample and waits for more."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        maps = Path(f"/proc/{pid}/maps").read_text()
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
        if "_multiarray_umath" in maps and state == "S":
            return
        time.sleep(0.01)
    raise AssertionError("the command never slept")
