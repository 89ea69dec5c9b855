"""What ss wrote into a file on another host is inspected here."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.commands.cli import run, run_json
from tests.peers.scene import Scene
from tests.peers.witnesses import ask_around

pytestmark = pytest.mark.root


@pytest.mark.parametrize(
    "words", [(), ("dst", "[::1]"), ("state", "established", "sport", "gt", "1024")]
)
def test_dump_of_ss_holds_what_ss_printed(
    scene: Scene, tmp_path: Path, words: tuple[str, ...]
) -> None:
    dump = tmp_path / "dump"

    def of_ss() -> list[str]:
        lines = scene.namespace.run("ss", "-tanHOe", *words).splitlines()
        return sorted(line.split(" sk:")[1].split()[0] for line in lines)

    def ours() -> list[str]:
        dump.unlink(missing_ok=True)
        scene.namespace.run("ss", "-ta", "-D", str(dump))
        rows = run_json("sockets", "--from", str(dump), *words, "--format", "json")["rows"]
        return sorted(f"{int(row['cookie']):x}" for row in rows)

    theirs, mine = ask_around(of_ss, ours)

    assert mine == theirs
    assert mine
    assert (
        "no owner is known: a dump of ss names none" in run("sockets", "--from", str(dump)).stderr
    )


@pytest.mark.parametrize(
    ("content", "message"),
    [(None, "No such file"), (b"#!/bin/sh\n" * 9, "nothing that can be opened")],
)
def test_file_that_is_no_dump_is_refused(
    tmp_path: Path, content: bytes | None, message: str
) -> None:
    dump = tmp_path / "dump"
    if content is not None:
        dump.write_bytes(content)

    done = run("sockets", "--from", str(dump))

    assert done.returncode == 1
    assert message in done.stderr
    assert "Traceback" not in done.stderr
