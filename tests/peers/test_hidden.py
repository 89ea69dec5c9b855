"""Without rights: every socket is still listed, no holder is made up, and the gap has a size."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack
from typing import Any

import pytest

from tests.commands.cli import COMMAND, run, run_json
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import listen, pair
from tests.peers.children import BECOME_NOBODY, LISTEN, NOBODY, WAIT, start
from tests.peers.witnesses import sockets_of_netinspect

pytestmark = pytest.mark.root

# Imports all it may need while it may read the files, then steps down and runs the command line.
AS_NOBODY = f"""
import ctypes, importlib, os, pkgutil, sys, netinspect
for module in pkgutil.walk_packages(netinspect.__path__, "netinspect."):
    if not module.name.endswith("__main__"):
        importlib.import_module(module.name)
{BECOME_NOBODY}
from netinspect.cli import main
sys.exit(main(sys.argv[{len(COMMAND) + 1}:]))
"""
STEP_DOWN = (sys.executable, "-c", AS_NOBODY)
PAIRS = 8


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


@pytest.fixture
def inside(stack: ExitStack) -> Namespace:
    """Hold a listener with connections, one of them in TIME_WAIT."""
    namespace = stack.enter_context(make_namespace())
    with namespace.entered():
        listener = stack.enter_context(listen())
        for _ in range(PAIRS):
            for end in pair(listener):
                stack.enter_context(end)
        for end in pair(listener):
            end.close()
    return namespace


def test_sockets_are_all_there_and_foreign_ones_have_no_holder(inside: Namespace) -> None:
    rows = run_json("sockets", "--format", "json", prefix=(*inside.prefix, *STEP_DOWN))["rows"]

    assert {int(row["cookie"]) for row in rows} == sockets_of_netinspect(inside).keys()
    held = [row for row in rows if row["inode"]]
    assert len(held) == 1 + 2 * PAIRS
    assert {(row["pid"], row["process"], row["owner_reason"]) for row in held} == {
        (None, None, "hidden")
    }
    # Who made a socket is told to everybody; who holds it now is not.
    assert {row["uid"] for row in held} == {0}
    [closed] = [row for row in rows if not row["inode"]]
    assert (closed["state"], closed["owner_reason"], closed["user"]) == ("TIME_WAIT", "none", None)


def test_own_sockets_have_their_holder(inside: Namespace, stack: ExitStack) -> None:
    child, [port, fd, _] = start(stack, inside, BECOME_NOBODY + LISTEN + WAIT, "0")

    words = ("sockets", "--port", str(port), "--format", "json")

    [row] = run_json(*words, prefix=(*inside.prefix, *STEP_DOWN))["rows"]

    assert [(owner["pid"], owner["fd"]) for owner in row["owners"]] == [(child.pid, fd)]
    assert (row["uid"], row["owner_reason"]) == (NOBODY, None)


@pytest.mark.parametrize("words", [("sockets",), ("sockets", "--format", "csv"), ("ports",)])
def test_tables_say_beside_the_data_how_much_is_hidden(
    inside: Namespace, words: tuple[str, ...]
) -> None:
    done = run(*words, prefix=(*inside.prefix, *STEP_DOWN))

    assert done.returncode == 0
    assert f"owners hidden for {1 + 2 * PAIRS} of {2 + 2 * PAIRS} sockets" in done.stderr
    assert "run with --sudo" in done.stderr


def test_reports_say_how_much_is_hidden(inside: Namespace) -> None:
    prefix = (*inside.prefix, *STEP_DOWN)
    said = f"owners hidden for {1 + 2 * PAIRS} of {2 + 2 * PAIRS} sockets: run with --sudo"

    snapshot: dict[str, Any] = run_json("snapshot", prefix=prefix)

    assert snapshot["coverage"]["summary"] == said
    assert snapshot["coverage"]["owners_hidden"] == 1 + 2 * PAIRS
    assert snapshot["host"]["euid"] == NOBODY
    for words in ((), ("snapshot", "--format", "text")):
        assert said in " ".join(run(*words, prefix=prefix).stdout.split())


def test_hidden_descriptors_are_counted_and_not_sorted(inside: Namespace, stack: ExitStack) -> None:
    child, _ = start(stack, inside, WAIT)
    words = ("descriptors", "--pid", str(child.pid), "--format", "json")

    [row] = run_json(*words, prefix=(*inside.prefix, *STEP_DOWN))["rows"]

    assert {row[name] for name in ("fd_socket", "fd_file", "fd_pipe", "fd_anon")} == {None}
    # Before Linux 6.2 the number is hidden as well.
    assert row["fds"] in (None, len(os.listdir(f"/proc/{child.pid}/fd")))
