"""The command `diff`: what it compares, its exit codes, and what it refuses."""

from __future__ import annotations

import json
import os
import socket
import stat
from importlib import resources
from pathlib import Path

import jsonschema
import pytest

from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from tests.commands.cli import run, service
from tests.samples import make_sample, process, tcp

QUICK = ("--samples", "1")


@pytest.fixture(scope="module")
def snapshot(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("diff") / "before.json"
    done = run("snapshot", "-o", str(path), *QUICK)
    assert done.returncode == 0, done.stderr
    return path


def test_same_file_twice(snapshot: Path) -> None:
    done = run("diff", str(snapshot), str(snapshot))

    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.splitlines()[-1] == "no difference"


def test_listener_that_is_new_now(snapshot: Path) -> None:
    with service(backlog=9) as port:
        own = ("--pid", str(os.getpid()), "--port", str(port))
        done = run("diff", str(snapshot), *own, *QUICK)
        gone = run("diff", "now", str(snapshot), *own, *QUICK)

    assert f"+ tcp 127.0.0.1:{port}" in done.stdout
    assert f"- tcp 127.0.0.1:{port}" in gone.stdout
    assert (done.returncode, gone.returncode) == (1, 1)


def test_document(snapshot: Path) -> None:
    schema = json.loads(resources.files("netinspect.schemas").joinpath("diff-1.json").read_text())
    with service() as port:
        words = (str(snapshot), "now", f"sport = :{port}", "--format", "json", "--all")
        done = run("diff", *words, *QUICK)

    document = json.loads(done.stdout)
    jsonschema.Draft202012Validator(schema).validate(document)
    assert [one["port"] for one in document["changes"]["listeners"]] == [port]
    assert document["after"]["name"] == "now"


def test_output_file_is_for_its_owner_only(snapshot: Path, tmp_path: Path) -> None:
    target = tmp_path / "diff.txt"

    done = run("diff", str(snapshot), str(snapshot), "-o", str(target))

    assert (done.returncode, done.stdout) == (0, "")
    assert target.read_text().endswith("no difference\n")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600


def test_standard_input(snapshot: Path) -> None:
    with snapshot.open() as file:
        done = run("diff", "-", str(snapshot), stdin=file)

    assert done.returncode == 0, done.stderr
    assert "A  standard input" in done.stdout


def test_dump_of_ss_knows_no_more_than_it_holds(tmp_path: Path) -> None:
    wire = Path(__file__).parent.parent / "wire" / "tcp4.bin"

    done = run("diff", str(wire), str(wire))

    assert done.returncode == 0, done.stderr
    assert "A knows no processes: they and owners are not compared" in done.stdout


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("nothing.json", "now"), "cannot open nothing.json"),
        (("SNAPSHOT", "nothing.json"), "cannot open nothing.json"),
        (("SNAPSHOT@14:0x", "SNAPSHOT"), "`14:0x` is not a time"),
        (("-", "-"), "both A and B are standard input"),
        (("SNAPSHOT", "SNAPSHOT", "stat established"), "filter:"),
        (("SNAPSHOT", "SNAPSHOT", "--pid", "4194303"), "no process has pid 4194303"),
        (("SNAPSHOT", "SNAPSHOT", "--format", "csv"), "invalid choice"),
        (("SNAPSHOT", "SNAPSHOT", "-o", "/nowhere/x"), "cannot write /nowhere/x"),
        ((), "required: A"),
    ],
)
def test_trouble_is_two(words: tuple[str, ...], said: str, snapshot: Path, tmp_path: Path) -> None:
    done = run("diff", *(word.replace("SNAPSHOT", str(snapshot)) for word in words), cwd=tmp_path)

    assert done.returncode == 2
    assert said in done.stderr
    assert done.stdout == ""


def test_two_moments_of_a_recording(tmp_path: Path) -> None:
    path = tmp_path / "run.rec"
    writer = RecordingWriter(str(path))
    for at, backlog in ((0, 128), (60, 128), (120, 4096)):
        listener = tcp("LISTEN", "0.0.0.0:80", pids=[701], send_q=backlog)
        writer.append(Moment(make_sample([listener], [process(701, "nginx")], at=at)))
    writer.close()

    quiet = run("diff", f"{path}@first", f"{path}@-1m")
    changed = run("diff", f"{path}@first", str(path))

    assert (quiet.returncode, changed.returncode) == (0, 1), quiet.stderr + changed.stderr
    assert "~ tcp 0.0.0.0:80                      backlog  128 → 4,096  +3,968" in changed.stdout
    assert "2m later" in changed.stdout


def test_file_that_is_none_of_it(tmp_path: Path) -> None:
    path = tmp_path / "x"
    path.write_bytes(b"\x00\x01nothing of ours")

    done = run("diff", str(path), "now")

    assert done.returncode == 2
    assert "x" in done.stderr


def test_pid_that_has_ended_is_a_difference(tmp_path: Path) -> None:
    """Not that no process has it."""
    path = tmp_path / "with.json"
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        held.listen()
        pid = str(os.getpid())
        assert run("snapshot", "-o", str(path), "--pid", pid, *QUICK).returncode == 0

    done = run("diff", str(path), "now", "--pid", pid, *QUICK)

    assert done.returncode == 1, done.stderr
    assert "- tcp 127.0.0.1:" in done.stdout
