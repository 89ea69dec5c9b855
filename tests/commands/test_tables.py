"""Panes as commands, on this host as it is."""

from __future__ import annotations

import csv
import io
import json
import os
import resource
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from netinspect.panes import PANES
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from tests.commands.cli import run, run_json, service
from tests.recordings.replay import read_samples

TABLES = [pane for pane in PANES if pane.name != "anomalies"]
WITHOUT_RIGHTS = ("setpriv", "--inh-caps=-all", "--bounding-set=-all")


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    with service(backlog=7, clients=2) as port:
        yield port


def test_listener_shows_its_queue_and_its_owner(port: int) -> None:
    document = run_json("ports", "--port", str(port), "--format", "json")

    (row,) = document["rows"]
    assert (row["port"], row["local_addr"], row["proto"]) == (port, "127.0.0.1", "tcp")
    assert (row["queue"], row["backlog"]) == (2, 7)
    assert row["owners"][0]["pid"] == row["pid"] == os.getpid()
    assert row["states"] == {"ESTABLISHED": 2}
    assert row["top_peer"] == "127.0.0.1"


def test_sockets_are_those_of_ss(port: int) -> None:
    rows = run_json("sockets", "--port", str(port), "--format", "json")["rows"]
    command = ["ss", "-tanH", f"( sport = :{port} or dport = :{port} )"]
    output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    listed = [line.split() for line in output.splitlines()]

    ours = sorted(
        (
            row["state"].replace("ESTABLISHED", "ESTAB"),
            str(row["recv_q"]),
            str(row["send_q"]),
            f"{row['local_addr']}:{row['local_port']}",
            f"{row['remote_addr']}:{row['remote_port'] or '*'}",
        )
        for row in rows
    )

    assert ours == sorted(tuple(line[:5]) for line in listed)
    assert len(ours) == 5


def test_connections_nobody_accepted_have_no_owner(port: int) -> None:
    done = run("sockets", "lport", str(port), "--format", "csv")

    rows = [r for r in csv.DictReader(io.StringIO(done.stdout)) if r["state"] == "ESTABLISHED"]
    assert [(row["owner_reason"], row["pid"], row["inode"]) for row in rows] == [
        ("none", "", "0")
    ] * 2


@pytest.mark.parametrize("pane", TABLES, ids=lambda pane: pane.name)
def test_every_format_of_every_pane_parses(pane: object, port: int) -> None:
    name, fields = getattr(pane, "name", ""), getattr(pane, "fields", ())

    document = run_json(name, "--format", "json")
    lines = run(name, "--format", "ndjson").stdout.splitlines()
    rows = list(csv.reader(io.StringIO(run(name, "--format", "csv").stdout)))
    table = run(name).stdout.splitlines()

    assert (document["schema"], document["pane"]) == ("netinspect.table/1", name)
    assert document["rows"]
    assert all(tuple(row) == fields for row in document["rows"])
    assert all(tuple(json.loads(line)) == fields for line in lines)
    assert tuple(rows[0]) == fields
    assert all(len(row) == len(fields) for row in rows)
    assert len(table) > 1


def test_columns_sort_and_limit(port: int) -> None:
    words = ("descriptors", "--columns", "fds,pid", "--sort", "-fds", "--format", "csv")

    rows = list(csv.reader(io.StringIO(run(*words, "--limit", "3").stdout)))

    counts = [int(fds) for fds, _ in rows[1:]]
    assert rows[0] == ["fds", "pid"]
    assert len(counts) == 3
    assert counts == sorted(counts, reverse=True)


def test_sort_is_ascending_and_reverse_turns_it_round() -> None:
    def pids(*words: str) -> list[int]:
        rows = run_json("processes", "--columns", "pid", "--format", "json", *words)["rows"]
        own = (os.getpid(), os.getppid())
        return [row["pid"] for row in rows if row["pid"] in own]

    assert pids("--sort", "pid") == sorted(pids("--sort", "pid"))
    assert pids("--sort", "pid", "--reverse") == pids("--sort", "pid")[::-1]
    assert pids("--sort", "-pid") == pids("--sort", "pid")[::-1]


def test_one_sample_has_no_rates_and_two_have(port: int) -> None:
    words = ("ports", "--port", str(port), "--format", "json")

    (alone,) = run_json(*words)["rows"]
    (both,) = run_json(*words, "--samples", "2", "--interval", "0.1")["rows"]

    assert (alone["new_rate"], alone["drop_rate"]) == (None, None)
    assert (both["new_rate"], both["drop_rate"]) == (0.0, 0.0)


def test_throughput_of_a_process_is_measured() -> None:
    with service() as port, socket.create_connection(("127.0.0.1", port)):
        words = ("processes", "--pid", str(os.getpid()), "--format", "json")
        (row,) = run_json(*words, "--samples", "2", "--interval", "0.1")["rows"]

    assert row["send_rate"] == 0.0
    assert row["recv_rate"] == 0.0


@pytest.mark.parametrize("source", ["netlink", "proc"])
def test_both_kernel_sources_show_the_listener(source: str, port: int) -> None:
    words = ("ports", "--source", source, "--port", str(port), "--format", "json")

    (row,) = run_json(*words)["rows"]

    assert (row["port"], row["pid"], row["queue"]) == (port, os.getpid(), 2)
    assert row["backlog"] == (7 if source == "netlink" else None)


@pytest.mark.parametrize(
    ("source", "lost"),
    [("netlink", ""), ("proc", "no accept queue limits, drops"), ("portable", "no queues, timers")],
)
def test_what_a_poorer_source_loses_is_told(source: str, lost: str) -> None:
    table = run("ports", "--source", source)
    checks = [
        run("check", "--source", source, "--samples", "1", "--format", form).stdout
        for form in ("text", "nagios")
    ]

    for told in (table.stderr, *checks):
        assert lost in told
        assert ("allow sock_diag netlink" in told) == bool(lost)


@pytest.mark.root
def test_without_rights_owners_are_hidden_and_the_remedy_is_told(port: int) -> None:
    document = run_json("ports", "--port", str(port), "--format", "json", prefix=WITHOUT_RIGHTS)
    table = run("ports", prefix=WITHOUT_RIGHTS)

    (row,) = document["rows"]
    assert (row["pid"], row["owners"], row["owner_reason"]) == (None, [], "hidden")
    assert document["coverage"]["owners_hidden"] >= 1
    assert document["coverage"]["summary"].endswith("run with --sudo")
    assert "run with --sudo" in table.stderr
    assert "run with --sudo" not in table.stdout


def test_siblings_on_one_port_are_rows_of_their_own() -> None:
    with socket.create_server(("127.0.0.1", 0), reuse_port=True) as first:
        address = first.getsockname()
        others = [socket.create_server(address, reuse_port=True) for _ in range(3)]
        rows = run_json("ports", "--port", str(address[1]), "--format", "json")["rows"]
        for other in others:
            other.close()

    assert len(rows) == 4
    assert len({row["inode"] for row in rows}) == 4


def test_ephemeral_ports_are_counted_per_destination() -> None:
    with service(backlog=32, clients=20) as port:
        words = ("ephemeral", "rport", str(port), "--format", "json")
        (row,) = run_json(*words)["rows"]

    assert (row["local_addr"], row["remote_addr"]) == ("127.0.0.1", "127.0.0.1")
    assert (row["used"], row["time_wait"], row["pid"]) == (20, 0, os.getpid())
    assert row["free"] == row["usable"] - 20


def test_descriptors_are_those_of_proc() -> None:
    with service():
        words = ("descriptors", "--pid", str(os.getpid()), "--format", "json")
        (row,) = run_json(*words)["rows"]

    kinds = ("fd_socket", "fd_file", "fd_pipe", "fd_anon", "fd_other")
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert (row["fd_soft"], row["fd_hard"]) == (soft, hard)
    assert sum(row[kind] for kind in kinds) == row["fds"]


def test_hostile_command_line_changes_nothing_but_its_cell() -> None:
    hostile = ["\x1b]0;owned\x07", "[red]x[/b]y", "two\nlines", "=cmd()", "x" * 4096]
    code = "import sys; print(flush=True); sys.stdin.read()"
    with subprocess.Popen(
        [os.fsencode(word) for word in ["=x", "-c", code, *hostile]] + [b"\xff\xfe"],
        executable=sys.executable,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as child:
        assert child.stdout is not None
        child.stdout.readline()
        outputs = {
            format: run("processes", "--pid", str(child.pid), "--format", format).stdout
            for format in ("table", "json", "ndjson", "csv")
        }
        child.communicate()

    for text in outputs.values():
        assert all(line.isprintable() for line in text.split("\n"))
    (row,) = csv.DictReader(io.StringIO(outputs["csv"]))
    assert row["cmdline"].startswith("'=x -c")
    assert "\\x1b]0;owned\\x07" in row["cmdline"]
    assert json.loads(outputs["ndjson"])["cmdline"] == row["cmdline"][1:]
    assert len(outputs["table"].splitlines()) == 2


def test_history_of_a_listener_has_a_number_for_each_sample(port: int) -> None:
    words = ("ports", "--port", str(port), "--interval", "0.1", "--format", "json")

    (row,) = run_json(*words, "--samples", "3")["rows"]
    (first,) = run_json(*words)["rows"]

    assert row["history"] == [2, 2, 2]
    assert first["history"] is None


def test_history_of_a_recording_is_that_of_the_moments_before(tmp_path: Path) -> None:
    file = tmp_path / "web-07.rec"
    writer, before = RecordingWriter(str(file)), None
    for sample in read_samples():
        writer.append(Moment(sample, before))
        before = sample
    writer.close()

    rows = run_json("ports", "port", "443", "--from", str(file), "--format", "json")["rows"]

    assert len(rows[0]["history"]) == 10
    assert rows[0]["history"][-1] == rows[0]["sockets"] == 950


@pytest.mark.parametrize(
    ("flag", "said"),
    [
        ("-tlr", "-r: names of hosts are not looked up"),
        ("-K", "-K: netinspect ends no connection"),
        ("-tN", "-N: only the network namespace it runs in is read"),
    ],
)
def test_flags_of_ss_that_are_not_taken_say_why(flag: str, said: str) -> None:
    done = run("sockets", flag)

    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_flags_of_ss_may_be_bundled(port: int) -> None:
    whole = run("sockets", "-tulpnO", "--port", str(port)).stdout.splitlines()
    bare = run("sockets", "-tulpnOH", "--port", str(port)).stdout.splitlines()
    wide = run("sockets", "-o", "-i", "-m", "-e", "-s", "--port", str(port)).stdout
    csv_lines = run("sockets", "-Hta4", "--port", str(port), "--format", "csv").stdout.splitlines()

    assert (len(whole), bare) == (2, whole[1:])
    assert "OWNERS" in whole[0]
    assert wide.startswith("Total: ")
    assert run("sockets", "-s", "--format", "csv").stdout.startswith("proto,")
    assert "RMEM_ALLOC" in wide
    assert {line.split(",")[0] for line in csv_lines} == {"tcp"}


@pytest.mark.parametrize("command", ["sockets", "ports", "processes", "check --samples 1"])
def test_filter_that_selects_nothing_is_said(command: str) -> None:
    done = run(*command.split(), "process no-such-process-anywhere")

    assert done.returncode == 0
    assert "passes the filter `process no-such-process-anywhere`" in done.stderr
