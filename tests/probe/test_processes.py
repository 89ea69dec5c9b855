"""The processes: their texts as they are, those that vanish, and those that may not be seen."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from netinspect.probe.notes import Notes
from netinspect.probe.probe import Probe, take_capture
from netinspect.probe.processes import ProcessReader
from tests.lab.kernel import counts_descriptors
from tests.probe.captures import Parsed, parse_capture, run_once

STAT = "{pid} ({comm}) {state} 1 1 1 0 -1 4194560 1 1 0 0 0 0 0 0 20 0 1 0 {start} 0 0"
HOSTILE = b"\x1b]0;owned\x07\xff\xfe[red]\n) R 1"
NOBODY = 65534


def make_process(proc: Path, pid: int, comm: str = "name", start: int = 5) -> Path:
    """Make a folder as /proc/PID is, of a process with one socket and one file."""
    folder = proc / str(pid)
    (folder / "fd").mkdir(parents=True)
    (folder / "stat").write_text(STAT.format(pid=pid, comm=comm, state="S", start=start))
    (folder / "status").write_text(f"Name:\t{comm}\n")
    (folder / "cmdline").write_bytes(b"/bin/name\0--flag\0")
    (folder / "fd" / "3").symlink_to("socket:[777]")
    (folder / "fd" / "4").symlink_to("/var/log/a")
    return folder


def read(reader: ProcessReader, notes: Notes | None = None) -> dict[int, dict[str, Any]]:
    objects, _ = reader.read(notes or Notes())
    return {process["pid"]: process for process in json.loads(objects)}


@pytest.fixture
def proc(tmp_path: Path) -> Path:
    make_process(tmp_path, 1)
    return tmp_path


@pytest.fixture
def reader(proc: Path) -> Iterator[ProcessReader]:
    opened = ProcessReader(str(proc))
    yield opened
    opened.close()


def test_process_has_its_texts_descriptors_and_namespace(reader: ProcessReader) -> None:
    process = read(reader)[1]

    assert process["stat"].startswith("1 (name) S 1")
    assert process["cmdline"] == "/bin/name\0--flag\0"
    assert (process["fds"], process["kinds"]) == (2, [1, 1, 0, 0, 0])
    assert (process["exe"], process["limits"], process["netns"]) == (None, None, None)


def test_socket_rows_name_inode_pid_and_descriptor(reader: ProcessReader) -> None:
    _, owners = reader.read(Notes())

    assert owners == b"\x09\x03" + bytes(6) + b"\x01\0\0\0" + b"\x03\0\0\0"


def test_every_byte_of_a_name_survives(proc: Path, reader: ProcessReader) -> None:
    stat = STAT.encode().replace(b"{comm}", HOSTILE).replace(b"{state}", b"S")
    (proc / "1/stat").write_bytes(stat.replace(b"{pid}", b"1").replace(b"{start}", b"5"))
    (proc / "1/cmdline").write_bytes(HOSTILE)

    process = read(reader)[1]

    assert HOSTILE in process["stat"].encode("latin-1")
    assert process["cmdline"].encode("latin-1") == HOSTILE


def test_long_command_line_is_cut_off(proc: Path, reader: ProcessReader) -> None:
    (proc / "1/cmdline").write_bytes(b"x" * 200_000)

    assert len(read(reader)[1]["cmdline"]) == 65536


def test_process_that_vanishes_meanwhile_is_left_out(proc: Path, reader: ProcessReader) -> None:
    vanished = make_process(proc, 2)
    (vanished / "status").unlink()
    notes = Notes()

    assert read(reader, notes).keys() == {1}
    assert notes.as_json() == []


def test_stat_of_another_form_is_a_note_and_the_process_stays(
    proc: Path, reader: ProcessReader
) -> None:
    (make_process(proc, 2) / "stat").write_text("2 (short) S 1\n")
    notes = Notes()

    processes = read(reader, notes)

    assert processes[2] == {"pid": 2, **dict.fromkeys(processes[1].keys() - {"pid"})}
    [note] = notes.as_json()
    assert (note["count"], note["errno"]) == (1, 74)


def test_slow_texts_are_kept_while_the_process_is_the_same(
    proc: Path, reader: ProcessReader
) -> None:
    read(reader)
    (proc / "1/cmdline").write_bytes(b"changed")

    assert read(reader)[1]["cmdline"] == "/bin/name\0--flag\0"


@pytest.mark.parametrize("change", [{"start": 6}, {"comm": "execd"}], ids=["pid reused", "exec"])
def test_slow_texts_are_read_again_for_another_process(
    proc: Path, reader: ProcessReader, change: dict[str, Any]
) -> None:
    read(reader)
    (proc / "1/cmdline").write_bytes(b"changed")
    values = {"pid": 1, "comm": "name", "state": "S", "start": 5, **change}
    (proc / "1/stat").write_text(STAT.format(**values))

    assert read(reader)[1]["cmdline"] == "changed"


def test_threads_of_a_jvm_are_counted_by_name(proc: Path, reader: ProcessReader) -> None:
    jvm = make_process(proc, 2, comm="java")
    for number, name in enumerate(["java", "http-nio-8080-e", "http-nio-8080-e", "pool-1-12", "7"]):
        (jvm / "task" / str(number)).mkdir(parents=True)
        (jvm / "task" / str(number) / "comm").write_text(f"{name}\n")
    (jvm / "task" / "9").mkdir()  # has ended since it was listed

    processes = read(reader)

    assert processes[2]["thread_names"] == {"http-nio-8080-e": 2, "7": 1, "java": 1, "pool-1-": 1}
    assert processes[1]["thread_names"] is None


def test_jvm_is_recognised_by_its_executable_too(proc: Path, reader: ProcessReader) -> None:
    jvm = make_process(proc, 2, comm="main")
    (jvm / "exe").symlink_to("/usr/lib/jvm/bin/java")
    (jvm / "task/2").mkdir(parents=True)
    (jvm / "task/2/comm").write_bytes(b"\xff\n")

    assert read(reader)[2]["thread_names"] == {"\xff": 1}


def test_process_that_calls_itself_java_tells_its_threads() -> None:
    child = subprocess.Popen(
        ["sh", "-c", "printf java >/proc/$$/comm; echo; read end"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with child:
        assert child.stdin is not None
        assert child.stdout is not None
        child.stdout.readline()

        found = parse_capture(take_capture()).processes[child.pid]

        assert found["thread_names"] == {"java": 1}
        child.stdin.close()


def test_hidden_process_one_is_noted_as_hidepid(proc: Path, reader: ProcessReader) -> None:
    (proc / "1").rename(proc / "7")
    notes = Notes()

    read(reader, notes)

    assert "hidepid" in str(notes.as_json()[0]["message"])


def test_own_process_agrees_with_proc() -> None:
    found = parse_capture(take_capture()).processes[os.getpid()]

    assert found["cmdline"].encode("latin-1") == Path("/proc/self/cmdline").read_bytes()
    assert found["exe"] == os.readlink("/proc/self/exe")
    assert found["limits"] == Path("/proc/self/limits").read_text()
    assert found["netns"] == Path("/proc/self/ns/net").stat().st_ino


@pytest.mark.root
def test_without_privilege_foreign_descriptors_are_counted_in_a_note(tmp_path: Path) -> None:
    capture = run_as_nobody()

    foreign = capture.processes[os.getpid()]
    [note] = capture.notes_of("owners")
    assert (foreign["kinds"], foreign["exe"], foreign["netns"]) == (None, None, None)
    assert bool(foreign["fds"]) == counts_descriptors()
    assert foreign["status"].startswith("Name:")
    assert (note["errno"], note["remedy"]) == (13, "run as root or with --sudo")
    hidden = [p for p in capture.processes.values() if p["kinds"] is None]
    assert note["count"] == len(hidden)


@pytest.mark.root
def test_without_privilege_sockets_are_listed_all_the_same() -> None:
    capture = run_as_nobody()

    assert "sock_diag.tcp4" in capture.sections
    assert capture.header["host"]["euid"] == NOBODY
    assert capture.header["host"]["capabilities"] == 0


def run_as_nobody(*prefix: str) -> Parsed:
    # The probe's folder may be one that nobody may not enter: it starts as root and steps down.
    step_down = (
        "import os, sys; sys.path.append(sys.argv.pop(1)); from probe.__main__ import main;"
        f"os.setgroups([]); os.setgid({NOBODY}); os.setuid({NOBODY}); sys.exit(main())"
    )
    return run_once(code=step_down, prefix=prefix)


@pytest.mark.root
@pytest.mark.parametrize(
    ("mode", "source"), [("1", "may not be read"), ("2", "hidepid"), ("ptraceable", "hidepid")]
)
def test_hidepid_mount_is_noted(mode: str, source: str) -> None:
    mount = f'mount -t proc -o hidepid={mode} proc /proc && exec "$@"'

    capture = run_as_nobody("unshare", "--mount", "sh", "-c", mount, "sh")

    messages = [note["message"] for note in capture.notes_of("processes")]
    assert any(source in message for message in messages)
    own = capture.header["self_pids"][0]
    assert capture.processes[own]["cmdline"] is not None


def test_burst_of_forks_during_the_walk_leaves_a_true_picture() -> None:
    stop = threading.Event()
    forked = threading.Event()

    def fork_on() -> None:
        for _ in range(5):
            subprocess.run(
                ["sh", "-c", "i=0; while [ $i -lt 100 ]; do /bin/true & i=$((i+1)); done; wait"]
            )
            forked.set()
            if stop.is_set():
                return

    storm = threading.Thread(target=fork_on)
    storm.start()
    probe = Probe()
    try:
        while storm.is_alive():
            capture = parse_capture(probe.take_capture())

            unread = [p for p in capture.processes.values() if p["status"] is None]
            assert os.getpid() in capture.processes
            assert unread == []
            assert {pid for _, pid, _ in capture.owners} <= capture.processes.keys()
    finally:
        stop.set()
        storm.join()
        probe.close()
