"""`netinspect check` on a real full accept queue: formats, filters, thresholds, exit codes."""

from __future__ import annotations

import json
from importlib import resources
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.commands.cli import run, service

FULL = {"backlog": 3, "clients": 4}
ONLY = "accept-queue-full"


def check(*words: str, **options: Any) -> tuple[int, str]:
    done = run("check", "--samples", "2", "--interval", "0.1", *words, **options)
    assert "Traceback" not in done.stderr
    return done.returncode, done.stdout


def findings(*words: str, port: int) -> list[dict[str, Any]]:
    _, text = check("--format", "json", "--port", str(port), *words)
    document = json.loads(text)
    return [one for one in document["findings"] if one["code"] == ONLY]


def test_full_queue_is_found_with_its_numbers_and_culprit() -> None:
    with service(**FULL) as port:
        (found,) = findings(port=port)

    evidence = {one["name"]: (one["value"], one["limit"]) for one in found["evidence"]}
    assert found["severity"] == "critical"
    assert (found["subject"]["kind"], found["subject"]["local_port"]) == ("listener", port)
    assert found["subject"]["process"] is not None
    assert evidence["queue"] == (4, 3)
    assert len(found["sockets"]) == 1


def test_queue_with_room_is_not_found() -> None:
    with service(backlog=7, clients=2) as port:
        assert findings(port=port) == []


def test_document_keeps_to_its_schema() -> None:
    schema = json.loads(resources.files("netinspect.schemas").joinpath("report-1.json").read_text())
    with service(**FULL) as port:
        _, text = check("--format", "json", "--explain", "--port", str(port))

    document = json.loads(text)
    jsonschema.Draft202012Validator(schema).validate(document)
    explanation = next(f for f in document["findings"] if f["code"] == ONLY)["attached_explanation"]
    assert str(port) in json.dumps(explanation)


def test_text_names_severity_code_subject_and_explains() -> None:
    with service(**FULL) as port:
        _, text = check("--explain", "--port", str(port))

    assert f"● CRITICAL {ONLY}  " in text
    assert "4/3 queued" in text
    assert "    How to confirm\n        $ ss -lt" in text


def test_monitoring_line_has_status_text_and_performance_data() -> None:
    with service(**FULL) as port:
        code, text = check("--format", "nagios", "--port", str(port))

    status, data = text.splitlines()[0].split(" | ")
    assert code == 2
    assert status.startswith("NETINSPECT CRITICAL - ")
    assert ONLY in status
    assert f"127.0.0.1:{port}'=4;;3;0" in data


def test_status_of_the_monitoring_line_is_that_of_the_exit_code() -> None:
    least = ("--set", f"{ONLY}.warning_queue=1", "--set", f"{ONLY}.warning_share=0.1")
    words = ("--format", "nagios", "--silence", "connect*", "--fail-on", "critical")
    with service(backlog=10, clients=2) as port:
        code, text = check(*words, *least, "--port", str(port))

    assert code == 0
    assert text.startswith("NETINSPECT OK - ")
    assert f"WARNING {ONLY}" in text


@pytest.mark.parametrize(
    ("words", "code"),
    [((), 2), (("--silence", "*"), 0), (("--silence", f"{ONLY}:*"), 0)],
)
def test_exit_code_tells_the_worst(words: tuple[str, ...], code: int) -> None:
    with service(**FULL) as port:
        assert check("--port", str(port), *words)[0] == code


def test_threshold_is_set_on_the_command_line() -> None:
    share = f"{ONLY}.warning_share=0.1"
    least = f"{ONLY}.warning_queue=1"
    with service(backlog=10, clients=2) as port:
        assert findings(port=port) == []
        (found,) = findings("--set", share, "--set", least, port=port)

    assert found["severity"] == "warning"


def test_threshold_is_set_in_the_file_and_mistakes_in_it_are_told(tmp_path: Path) -> None:
    config = tmp_path / "config.toml"
    config.write_text(f"[rules.{ONLY}]\nsilence = true\nwarnin_share = 2\n")
    environment = {"PATH": "/usr/bin:/bin", "NETINSPECT_CONFIG": str(config)}
    with service(**FULL) as port:
        done = run("check", "--samples", "1", "--port", str(port), env=environment)

    assert done.returncode == 0
    assert f"{ONLY}: no threshold `warnin_share`, did you mean `warning_share`?" in done.stderr


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[rules", "not TOML"),
        ("x = " + "[" * 5000, "not TOML: nested too deeply"),
        ("[rules.accept-queue-full]\nwarning_share='x'\n", "is not a number"),
    ],
)
def test_broken_file_is_told(tmp_path: Path, text: str, message: str) -> None:
    config = tmp_path / "config.toml"
    config.write_text(text)
    environment = {"PATH": "/usr/bin:/bin", "NETINSPECT_CONFIG": str(config)}

    done = run("check", "--samples", "1", env=environment)

    assert done.returncode == 3
    assert str(config) in done.stderr
    assert message in done.stderr


@pytest.mark.parametrize(
    "words", [("--samples", "0"), ("--set", "x"), ("--format", "xml"), ("zz=1",)]
)
def test_wrong_usage_could_not_tell(words: tuple[str, ...]) -> None:
    done = run("check", *words)

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("netinspect: ")


def test_place_of_what_is_wrong_in_a_filter_is_shown() -> None:
    done = run("check", "state foo")

    assert done.returncode == 3
    assert done.stderr.splitlines()[1:3] == ["  state foo", "        ^^^"]


@pytest.mark.parametrize("limit", range(6, 9))
def test_without_descriptors_it_could_not_tell(limit: int) -> None:
    done = run("check", "--samples", "1", prefix=("prlimit", f"--nofile={limit}:{limit}"))

    assert (done.returncode, done.stdout) == (3, "")
    assert done.stderr.startswith("netinspect: too many open files")
