"""`--redact` on the command line."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest

from tests.commands.cli import run, run_json, service
from tests.commands.test_record import PATIENCE, recording_into

KEY = b"0123456789abcdef"


@pytest.fixture
def key(tmp_path: Path) -> str:
    path = tmp_path / "key"
    path.write_bytes(KEY)
    return str(path)


def test_redacted_snapshot_tells_no_name_of_this_host(key: str) -> None:
    with service() as port:
        done = run("snapshot", "--redact-key", key, "--samples", "1", "--port", str(port))

    document = json.loads(done.stdout)
    assert document["host"]["name"].startswith("host-")
    assert f'"{socket.gethostname()}"' not in done.stdout
    assert document["sockets"]["columns"]["local_port"].count(port) == 1
    assert document["sockets"]["columns"]["local_addr"] == ["127.0.0.1"]
    assert any(note["source"] == "redaction" for note in document["coverage"]["notes"])


def test_filter_is_about_what_the_host_shows() -> None:
    with service() as port:
        document = run_json(
            *("snapshot", "--redact", "--samples", "1", f"src 127.0.0.1 and lport {port}")
        )

    assert document["sockets"]["columns"]["local_port"] == [port]


def test_key_makes_two_snapshots_agree_and_no_key_makes_them_differ(key: str) -> None:
    def host(*words: str) -> str:
        document = run_json("snapshot", "--samples", "1", "--port", "9", *words)
        return str(document["host"]["name"])

    assert host("--redact-key", key) == host("--redact", "--redact-key", key)
    assert host("--redact") != host("--redact")


def test_key_that_cannot_be_had_is_said_in_one_line(tmp_path: Path) -> None:
    short = tmp_path / "short"
    short.write_bytes(b"abc")

    absent, few = (
        run("snapshot", "--redact-key", str(path)) for path in (tmp_path / "none", short)
    )

    assert absent.returncode == few.returncode == 1
    assert "cannot read the key" in absent.stderr
    assert "has 3 bytes, it needs 16 or more" in few.stderr
    assert "head -c 32 /dev/urandom" in few.stderr


def test_redacted_recording_tells_the_same_pseudonyms_at_every_moment(
    key: str, tmp_path: Path
) -> None:
    path = tmp_path / "night.nirec"

    with service(clients=2) as port, recording_into(path, "--redact-key", key) as recorder:
        recorder.terminate()
        _, said = recorder.communicate(timeout=PATIENCE)
        assert recorder.returncode == 0, said
    first, last = (
        run_json("sockets", "--from", f"{path}@{at}", "--format", "json", "--port", str(port))
        for at in ("first", "last")
    )

    assert first["host"]["name"] == last["host"]["name"]
    assert first["host"]["name"].startswith("host-")
    assert len(last["rows"]) == 5
    assert {row["local_addr"] for row in last["rows"]} == {"127.0.0.1"}
    assert first["taken_at"] < last["taken_at"]
