"""Names that try to be something else change nothing but their own cell, in any format."""

from __future__ import annotations

import csv
import io
import json
import os
import socket
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.commands.cli import run
from tests.lab.netns import Namespace, make_namespace
from tests.peers.children import LISTEN, start

pytestmark = pytest.mark.root

NAMES = {
    b"\x1b]0;owned\x07": r"\x1b]0;owned\x07",
    b"[red]x[/b]y": "[red]x[/b]y",
    b"two\nlines": r"two\x0alines",
    b"=cmd()": "=cmd()",
    b",\"'\t;": ",\"'\\x09;",
    b"\xff\xfe\xe2\x80\xae<b>": r"\xff\xfe\u202e<b>",
    b") R 1 2 3": ") R 1 2 3",
}
"""What a host may contain, and what is shown of it."""

RENAME = """
while line := sys.stdin.readline():
    open("/proc/self/comm", "wb").write(bytes.fromhex(line))
    print(flush=True)
"""
OWN_CELLS = {"process", "owners", "path", "inode", "cookie"}

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Host:
    """A namespace with one listening process for each name; it can be told to take it."""

    namespace: Namespace
    children: list[subprocess.Popen[str]]

    def rename(self, names: list[bytes]) -> None:
        for child, name in zip(self.children, names, strict=True):
            assert child.stdin is not None
            assert child.stdout is not None
            child.stdin.write(name.hex() + "\n")
            child.stdin.flush()
            child.stdout.readline()

    def print(self, *words: str) -> str:
        done = run(*words, prefix=self.namespace.prefix)
        assert done.returncode == 0, done.stderr
        assert all(line.isprintable() for line in done.stdout.split("\n"))
        return done.stdout


@pytest.fixture(scope="module")
def host() -> Iterator[Host]:
    with ExitStack() as stack, make_namespace() as namespace:
        ports = range(7000, 7000 + len(NAMES))
        children = [start(stack, namespace, LISTEN + RENAME, str(port))[0] for port in ports]
        yield Host(namespace, children)


@pytest.fixture
def hostile(host: Host) -> Host:
    host.rename(list(NAMES))
    return host


def read_csv(text: str) -> Rows:
    return list(csv.DictReader(io.StringIO(text)))


def read_ndjson(text: str) -> Rows:
    return [json.loads(line) for line in text.splitlines()]


def read_json(text: str) -> Rows:
    rows: Rows = json.loads(text)["rows"]
    return rows


def without(rows: Rows, names: set[str]) -> Rows:
    return [{key: value for key, value in row.items() if key not in names} for row in rows]


@pytest.mark.parametrize(
    ("form", "read"), [("csv", read_csv), ("ndjson", read_ndjson), ("json", read_json)]
)
def test_process_name_stays_in_its_cell(host: Host, form: str, read: Callable[[str], Rows]) -> None:
    words = ("sockets", "--sort", "local_port", "--format", form)
    host.rename([b"plain"] * len(NAMES))
    before = read(host.print(*words))
    host.rename(list(NAMES))

    after = read(host.print(*words))

    apostrophe = "'" if form == "csv" else ""
    shown = [apostrophe * (name[0] == "=") + name for name in NAMES.values()]
    assert [row["process"] for row in after] == shown
    assert without(after, OWN_CELLS) == without(before, OWN_CELLS)


@pytest.mark.parametrize("pane", ["sockets", "ports"])
def test_process_name_adds_no_line_to_a_table(hostile: Host, pane: str) -> None:
    lines = hostile.print(pane).splitlines()

    assert len(lines) == 1 + len(NAMES)
    assert all(any(name in line for line in lines) for name in NAMES.values())


def test_process_name_is_text_in_snapshots(hostile: Host) -> None:
    columns = json.loads(hostile.print("snapshot"))["sockets"]["columns"]

    named = dict(zip(columns["local_port"], columns["process"], strict=True))
    assert [named[7000 + i] for i in range(len(NAMES))] == list(NAMES.values())
    assert max(map(len, hostile.print("snapshot", "--format", "text").splitlines())) <= 80


@pytest.mark.parametrize(("form", "read"), [("csv", read_csv), ("json", read_json)])
@pytest.mark.parametrize("before", [b"", b"\0"], ids=["path", "abstract"])
def test_socket_name_stays_in_its_cell(
    host: Host,
    before: bytes,
    form: str,
    read: Callable[[str], Rows],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    plain = [f"plain{i}".encode() for i in range(len(NAMES))]
    hostile = [name.replace(b"/", b"|") for name in NAMES]  # a path has no other way to say it
    inodes = []
    with ExitStack() as stack:
        for name in plain + hostile:
            with host.namespace.entered():
                listener = stack.enter_context(socket.socket(socket.AF_UNIX))
            listener.bind(before + name)
            listener.listen()
            inodes.append(str(os.stat(listener.fileno()).st_ino))
        rows = read(host.print("sockets", "proto", "unix", "--format", form))

    by_inode = {str(row["inode"]): row for row in rows}
    ordinary, odd = (
        [by_inode[inode] for inode in some] for some in (inodes[: len(plain)], inodes[len(plain) :])
    )
    shown = [name.replace("/", "|") for name in NAMES.values()]
    assert [row["path"].removeprefix("'").removeprefix("@") for row in odd] == shown
    assert without(odd, OWN_CELLS) == without(ordinary, OWN_CELLS)
    if form == "csv":
        assert not any(row["path"].startswith(("=", "@")) for row in rows)
