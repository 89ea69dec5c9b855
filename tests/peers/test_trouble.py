"""A host in trouble, or one that changes under the eye: a true picture or a note, no traceback."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.commands.cli import run, run_json
from tests.lab.netns import make_namespace
from tests.lab.sockets import listen
from tests.peers.children import start
from tests.peers.witnesses import ask_netinspect

pytestmark = pytest.mark.root
FORKS = 500
TABLES = ("processes", "sockets", "ports", "ephemeral", "descriptors", "snapshot", "doctor")

# Each child listens for a moment and goes, ten of them at a time.
FORK_ON = """
import select
print(flush=True)
while not select.select([0], [], [], 0.01)[0]:
    for _ in range(10):
        if os.fork() == 0:
            socket.create_server(("127.0.0.1", 0))
            os._exit(0)
    for _ in range(10):
        os.wait()
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def count_forks() -> int:
    """Count the processes started since boot."""
    stat = Path("/proc/stat").read_text().splitlines()
    return int(next(line.split()[1] for line in stat if line.startswith("processes ")))


def test_storm_of_forks_leaves_a_true_picture(stack: ExitStack) -> None:
    inside = stack.enter_context(make_namespace())
    with inside.entered():
        listener = stack.enter_context(listen())
    inode, holder = os.stat(listener.fileno()).st_ino, (os.getpid(), listener.fileno())
    storm, _ = start(stack, inside, FORK_ON)
    looks, first = 0, count_forks()

    while count_forks() - first < FORKS or looks < 3:
        rows = {row["inode"]: row for row in ask_netinspect(inside, "sockets")}
        looks += 1

        assert [(owner["pid"], owner["fd"]) for owner in rows[inode]["owners"]] == [holder]
        for row in rows.values():
            assert bool(row["owners"]) != bool(row["owner_reason"])
            assert all(owner["process"] for owner in row["owners"])
    assert storm.poll() is None


def test_pid_that_another_process_took_over_has_no_slope() -> None:
    own_pids = ("unshare", "--net", "--pid", "--fork", "--mount-proc", "--kill-child")
    command = [*own_pids, sys.executable, "-m", "tests.peers.reuse_pid"]

    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)

    assert done.returncode == 0, done.stderr
    taken_over, stayed = json.loads(done.stdout)
    assert taken_over["fds"] > 500
    assert (taken_over["fd_slope"], taken_over["time_to_limit"]) == (None, None)
    assert stayed["fd_slope"] == 0


@pytest.mark.parametrize("limit", range(6, 12))
def test_without_descriptors_there_are_rows_or_one_clear_line(limit: int) -> None:
    done = run("sockets", "--format", "csv", prefix=("prlimit", f"--nofile={limit}:{limit}"))

    assert "Traceback" not in done.stderr
    if done.returncode == 0:
        assert len(done.stdout.splitlines()) > 1
    else:
        assert done.stdout == ""
        assert done.stderr.startswith("netinspect: too many open files")


def test_namespace_whose_loopback_is_down_is_seen_as_it_is(stack: ExitStack) -> None:
    inside = stack.enter_context(make_namespace(loopback=False))
    with inside.entered():
        listener = stack.enter_context(listen("0.0.0.0"))
    port = listener.getsockname()[1]

    [row] = ask_netinspect(inside, "ports")
    snapshot = run_json("snapshot", prefix=inside.prefix)

    assert (row["port"], row["pid"]) == (port, os.getpid())
    assert [namespace["inode"] for namespace in snapshot["namespaces"]] == [inside.inode]
    assert snapshot["counters"][0]["Tcp.ActiveOpens"] == 0


@pytest.mark.parametrize("command", TABLES)
def test_namespace_where_nothing_is_has_empty_tables(command: str) -> None:
    with make_namespace(loopback=False) as inside:
        done = run(command, prefix=inside.prefix)

    assert (done.returncode, "Traceback" in done.stderr) == (0, False)
