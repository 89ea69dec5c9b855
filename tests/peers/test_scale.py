"""Ten thousand sockets: every format is whole and has every row."""

from __future__ import annotations

import csv
import io
import json
import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.commands.cli import run, run_json
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import listen, pair
from tests.peers.witnesses import sockets_of_ss

pytestmark = pytest.mark.root
PAIRS = 5_000


@pytest.fixture(scope="module")
def crowd() -> Iterator[tuple[Namespace, set[str]]]:
    """Open the sockets; yields where, and their cookies as ss tells them."""
    with ExitStack() as stack, make_namespace() as namespace:
        with namespace.entered():
            listeners = [stack.enter_context(listen(address)) for address in ("127.0.0.1", "::1")]
            for i in range(PAIRS):
                for end in pair(listeners[i % 2]):
                    stack.enter_context(end)
        yield namespace, {str(cookie) for cookie in sockets_of_ss(namespace)}


def test_csv_has_every_row(crowd: tuple[Namespace, set[str]]) -> None:
    namespace, cookies = crowd

    done = run("sockets", "--format", "csv", prefix=namespace.prefix)

    rows = list(csv.DictReader(io.StringIO(done.stdout)))
    assert (done.returncode, len(rows)) == (0, 2 * PAIRS + 2)
    assert {row["cookie"] for row in rows} == cookies
    assert {row["pid"] for row in rows} == {str(os.getpid())}


def test_json_lines_have_every_row(crowd: tuple[Namespace, set[str]]) -> None:
    namespace, cookies = crowd

    lines = run("sockets", "--format", "ndjson", prefix=namespace.prefix).stdout.splitlines()

    assert {json.loads(line)["cookie"] for line in lines} == cookies
    assert len(lines) == 2 * PAIRS + 2


def test_snapshot_has_every_row(crowd: tuple[Namespace, set[str]], tmp_path: Path) -> None:
    namespace, cookies = crowd
    target = tmp_path / "moment.json"

    done = run("snapshot", "-o", str(target), prefix=namespace.prefix)

    columns = json.loads(target.read_text())["sockets"]["columns"]
    assert (done.returncode, done.stderr) == (0, "")
    assert {len(values) for values in columns.values()} == {2 * PAIRS + 2}
    assert set(columns["cookie"]) == cookies
    assert set(columns["pid"]) == {os.getpid()}


def test_panes_add_up_to_every_row(crowd: tuple[Namespace, set[str]]) -> None:
    namespace, _ = crowd
    words = ("--format", "json")

    ports = run_json("ports", *words, prefix=namespace.prefix)["rows"]
    ephemeral = run_json("ephemeral", *words, prefix=namespace.prefix)["rows"]
    [process] = run_json("processes", "--pid", str(os.getpid()), *words, prefix=namespace.prefix)[
        "rows"
    ]

    assert [row["sockets"] for row in ports] == [PAIRS // 2] * 2
    assert [row["used"] for row in ephemeral] == [PAIRS // 2] * 2
    assert (process["sockets"], process["listen"]) == (2 * PAIRS + 2, 2)
