"""The command line that starts the probe, and sudo in front of it."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from netinspect.probe.__main__ import parse_options
from netinspect.sources.child import ChildSource
from netinspect.sources.command import probe_command
from netinspect.sources.options import Kind, SourceOptions

ROOT = Path(__file__).parents[2]

# Steps down to a user who needs sudo; the package is imported before, nobody may not enter its
# folder.
AS_NOBODY = """
import os, sys
from netinspect.errors import SourceError
from netinspect.sources import Kind, SourceOptions, open_source
import netinspect.sources.child
os.setgroups([]); os.setgid(65534); os.setuid(65534)
try:
    source = open_source(SourceOptions(kind=Kind.NETLINK, sudo=True))
except SourceError as error:
    sys.exit(f"{error.message} | {error.hint}")
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder nobody may search, to be the whole PATH."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def run_as_nobody(folder: Path, code: str = "") -> subprocess.CompletedProcess[str]:
    env = {**os.environ, "PATH": str(folder)}
    command = [sys.executable, "-c", AS_NOBODY + code]
    return subprocess.run(
        command, env=env, cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )


def fake_sudo(folder: Path, script: str) -> None:
    sudo = folder / "sudo"
    sudo.write_text(f"#!/bin/sh\n{script}\n")
    sudo.chmod(0o755)


def test_a_few_samples_may_cost_what_they_cost() -> None:
    assert probe_command(SourceOptions(live=False))[-2:] == ["--cpu-share", "1"]


def test_what_is_asked_for_is_understood_by_the_probe() -> None:
    options = SourceOptions(only="tcp4:02000000", owners=False, info=True)
    words = probe_command(options)

    asked = parse_options(words[words.index("--interval") :])

    assert (asked.only, asked.owners) == ({"sock_diag.tcp4": b"\2\0\0\0"}, False)
    assert asked.info_limit > 1_000_000_000


@pytest.mark.root
def test_root_needs_no_sudo() -> None:
    assert probe_command(SourceOptions(sudo=True))[0] == sys.executable


def test_probe_is_isolated_from_environment_and_site_packages() -> None:
    command = probe_command(SourceOptions(kind=Kind.NETLINK, interval=0.5))

    assert command[1:4] == ["-I", "-S", "-c"]
    assert command[-6:] == [
        *["--interval", "0.5"],
        *["--source", "netlink"],
        *["--viewer-pid", str(os.getpid())],
    ]


@pytest.mark.root
def test_missing_sudo_is_said(folder: Path) -> None:
    done = run_as_nobody(folder)

    assert done.stderr.strip() == "sudo is not installed | install it, or run netinspect as root"


@pytest.mark.root
def test_refused_password_is_said_in_sudos_words(folder: Path) -> None:
    fake_sudo(folder, "echo 'sudo: 3 incorrect password attempts' >&2; exit 1")

    done = run_as_nobody(folder)

    assert done.stderr.startswith("the probe ended: sudo: 3 incorrect password attempts | ")
    assert "sudo -v" in done.stderr


@pytest.mark.root
def test_probe_under_sudo_is_ready_when_the_source_is_open(folder: Path) -> None:
    fake_sudo(
        folder,
        """case "$*" in "-- "*" -B -I -S -c "*) ;; *) echo "asked for: $*" >&2; exit 9;; esac
printf 'netinspect capture stream 1\\n\\004\\0\\0\\0\\0\\0\\0\\0abcd'
read line""",
    )

    done = run_as_nobody(folder, "print(source.read_frame().decode()); source.close()")

    assert (done.stdout, done.stderr) == ("abcd\n", "")


if (sudo := shutil.which("sudo")) is not None:

    def test_real_sudo_runs_the_probe() -> None:
        command = [str(sudo), "-n", "--", *probe_command(SourceOptions())]
        source = ChildSource(SourceOptions(), command)

        assert source.read_frame()
        source.close()
