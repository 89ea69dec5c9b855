"""The whole program in a real terminal: what it leaves behind, how it stops, what it writes."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.lab.netns import make_namespace
from tests.tui.pty_terminal import PtyTerminal

COMMAND = (sys.executable, "-m", "netinspect.cli")
ENVIRONMENT = {
    "PATH": os.environ["PATH"],
    "HOME": "/",
    "TERM": "xterm-256color",
    "LC_ALL": "C.UTF-8",
    "PYTHONPATH": str(Path(__file__).parents[2]),
}
LEAVE_SCREEN, SHOW_CURSOR, MOUSE_OFF = b"\x1b[?1049l", b"\x1b[?25h", b"\x1b[?1003l"
LATIN_1 = "en_US.ISO-8859-1"


@contextmanager
def opened(
    *words: str,
    command: tuple[str, ...] = COMMAND,
    size: tuple[int, int] = (80, 24),
    env: Mapping[str, str] = {},
) -> Iterator[PtyTerminal]:
    """Run netinspect in a terminal until the block ends."""
    terminal = PtyTerminal([*command, *words], {**ENVIRONMENT, **env}, *size)
    try:
        yield terminal
    finally:
        terminal.close()


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def probe_of(terminal: PtyTerminal) -> int:
    """Return the pid of the probe, which is the only child."""
    (probe,) = children(terminal.pid)
    return probe


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def wait_data(terminal: PtyTerminal) -> None:
    """Wait for rows; the tabs come before them."""
    terminal.wait_for(lambda: "socket" in terminal.text and "every" in terminal.text)


def check_restored(terminal: PtyTerminal) -> None:
    """See that the terminal is as before the program ran."""
    assert terminal.settings() == terminal.first_settings
    left = terminal.output.rindex(LEAVE_SCREEN)
    assert SHOW_CURSOR in terminal.output[left - 200 :]
    assert terminal.output.rindex(MOUSE_OFF) > terminal.output.rindex(b"\x1b[?1003h")


@pytest.mark.parametrize("key", ["q", "\x03"])
def test_quit_keys_restore_the_terminal_and_end_the_probe(key: str) -> None:
    with opened() as terminal:
        wait_data(terminal)
        probe = probe_of(terminal)

        terminal.send(key)

        assert terminal.wait_exit() == 0
        check_restored(terminal)
        terminal.wait_for(lambda: not is_alive(probe))


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_signals_restore_the_terminal_and_end_the_probe(number: signal.Signals) -> None:
    with opened() as terminal:
        wait_data(terminal)
        probe = probe_of(terminal)

        terminal.signal(number)

        terminal.wait_exit()
        check_restored(terminal)
        terminal.wait_for(lambda: not is_alive(probe))


def test_lost_terminal_ends_everything() -> None:
    with opened() as terminal:
        wait_data(terminal)
        probe = probe_of(terminal)

        terminal.hang_up()

        terminal.wait_exit()
        terminal.wait_for(lambda: not is_alive(probe))


def test_stop_gives_the_terminal_to_the_shell_and_fg_paints_again() -> None:
    with opened(command=("bash", "--norc", "-i"), env={"PS1": "ready> "}) as terminal:
        terminal.wait_for("ready>")
        terminal.send(" ".join(COMMAND) + "\r")
        wait_data(terminal)

        terminal.send("\x1a")
        terminal.wait_for(lambda: terminal.output.rstrip().endswith(b"ready>"))
        assert b"Stopped" in terminal.output
        left = terminal.output.rindex(LEAVE_SCREEN)
        assert SHOW_CURSOR in terminal.output[left - 200 :]

        seen = len(terminal.output)
        terminal.send("fg\r")
        terminal.wait_for(lambda: b"q quit" in terminal.output[seen:])
        assert b"every" in terminal.output[seen:]
        terminal.send("q")
        terminal.wait_for(lambda: terminal.output.rstrip().endswith(b"ready>"))


def test_resize_lays_out_anew() -> None:
    with opened() as terminal:
        wait_data(terminal)

        terminal.resize(130, 40)
        terminal.wait_for("4 Ports ──")

        terminal.resize(60, 15)
        terminal.wait_for(lambda: len(terminal.text.splitlines()) == 15)
        terminal.wait_for(lambda: "q quit" in terminal.text.splitlines()[-1])


@pytest.mark.parametrize("term", ["dumb", ""])
def test_terminal_without_a_screen_is_told_so_in_one_line(term: str) -> None:
    with opened(env={"TERM": term}) as terminal:
        assert terminal.wait_exit() == 1

        assert "netinspect: this terminal cannot show a screen" in terminal.text
        assert "Traceback" not in terminal.text


@pytest.fixture(scope="module")
def locales(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Make a locale whose encoding is Latin-1."""
    folder = tmp_path_factory.mktemp("locales")
    made = ("localedef", "-i", "en_US", "-f", "ISO-8859-1", str(folder / LATIN_1))
    subprocess.run(made, check=True, timeout=60)
    return folder


@pytest.mark.parametrize(
    "env",
    [
        {"LC_ALL": "POSIX"},
        {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"},
        {"LC_ALL": LATIN_1},
        {"TERM": "linux"},
    ],
)
def test_terminal_that_does_not_know_unicode_gets_ascii(env: dict[str, str], locales: Path) -> None:
    with opened(size=(130, 40), env={**env, "LOCPATH": str(locales)}) as terminal:
        wait_data(terminal)
        terminal.send("2?")
        terminal.wait_for("KEYS")
        terminal.send("q/")
        terminal.wait_for("keep filter")

        assert terminal.output.isascii()
        assert b"\\u2" not in terminal.output


def test_killed_probe_is_told_and_a_key_starts_another() -> None:
    with opened() as terminal:
        wait_data(terminal)
        first = probe_of(terminal)

        os.kill(first, signal.SIGKILL)
        terminal.wait_for("! the probe ended: killed by SIGKILL")

        terminal.send("r")
        terminal.wait_for(lambda: "SIGKILL" not in terminal.text)
        wait_data(terminal)
        assert probe_of(terminal) != first


@pytest.mark.root
@pytest.mark.parametrize("pane", "12345")  # 6 tells the host's open files, which others change
def test_nothing_is_written_while_nothing_changes(pane: str) -> None:
    alone = ("unshare", "--pid", "--fork", "--kill-child", "--mount-proc")
    with (
        make_namespace() as empty,
        empty.entered(),
        opened("--interval", "1", command=(*alone, *COMMAND)) as terminal,
    ):
        wait_data(terminal)
        terminal.send(pane)
        terminal.wait_for(f"[{pane}")
        (viewer,) = children(terminal.pid)

        wait_quiet(terminal, viewer, samples=3)


def wait_quiet(terminal: PtyTerminal, viewer: int, *, samples: int) -> None:
    """Wait for some samples in a row that come without a byte; what came before may settle."""
    deadline = time.monotonic() + 60
    seen, arrivals, last = read_bytes(viewer), 0, b""
    while arrivals < 2 * samples:  # a sample that is read in two parts counts twice
        assert time.monotonic() < deadline, f"after {arrivals} samples: {last!r}"
        if written := terminal.read():
            last, arrivals = written, 0
        before, seen = seen, read_bytes(viewer)
        arrivals += seen != before


def read_bytes(pid: int) -> int:
    """Return how much a process has read: the samples."""
    return int(Path(f"/proc/{pid}/io").read_text().split()[1])


HOSTILE = """
import socket, time
open("/proc/self/comm", "wb").write(b"\\x1b]0;owned\\x07")
server = socket.create_server(("127.0.0.1", 0))
print("ready", flush=True)
time.sleep(60)
"""


def test_hostile_names_never_reach_the_terminal() -> None:
    with subprocess.Popen([sys.executable, "-c", HOSTILE], stdout=subprocess.PIPE) as hostile:
        try:
            assert hostile.stdout is not None
            assert hostile.stdout.readline() == b"ready\n"
            with opened("--pid", str(hostile.pid)) as terminal:
                wait_data(terminal)
                for key, shown in (
                    ("2", "\\x1b]0;owned"),
                    ("i", "\\x1b]0;owned\\x07"),
                    ("q4", "\\x1b]"),
                ):
                    terminal.send(key)
                    terminal.wait_for(shown)

                assert b"\x1b]0;owned" not in terminal.output
                # Textual itself sets the shape of the mouse pointer: OSC 22.
                assert b"\x07" not in re.sub(rb"\x1b\]22;[a-z]*\x07", b"", terminal.output)
        finally:
            hostile.kill()


@pytest.mark.root
def test_full_disk_is_said_in_the_export_dialog_and_another_name_helps(tmp_path: Path) -> None:
    full, free = tmp_path / "full", tmp_path / "free.json"
    full.mkdir()
    script = (
        'mount -t tmpfs -o size=8k none "$0" && cd "$0" && head -c 8192 /dev/zero > filler;'
        f" exec {sys.executable} -m netinspect.cli"
    )

    with opened(command=("unshare", "--mount", "sh", "-c", script, str(full))) as terminal:
        wait_data(terminal)
        terminal.wait_for("findings")
        terminal.send("x")
        terminal.wait_for("Redact")
        terminal.send("\r")
        terminal.wait_for("No space left on device")
        terminal.send("\t\x15")
        terminal.wait_for(lambda: "netinspect-" not in terminal.text)
        terminal.send(str(free))
        terminal.wait_for("free.json")
        terminal.send("\r")
        terminal.wait_for("written to")
        terminal.send("q")
        assert terminal.wait_exit() == 0

    assert json.loads(free.read_text())["schema"] == "netinspect.snapshot/1"
    assert list(full.iterdir()) == []  # the file system was the program's alone
