"""`netinspect doctor`: what can be read here."""

from __future__ import annotations

import os
import platform

import pytest

from tests.commands.cli import run, run_json, service
from tests.commands.test_tables import WITHOUT_RIGHTS


@pytest.mark.root
def test_doctor_tells_versions_rights_and_cost() -> None:
    with service():
        document = run_json("doctor", "--format", "json")

    abilities = {ability["what"]: ability for ability in document["abilities"]}
    assert document["schema"] == "netinspect.doctor/1"
    assert document["versions"]["python"] == platform.python_version()
    assert all(document["versions"].values())
    assert document["host"]["kernel"] == os.uname().release
    assert document["origin"] == "sock_diag"
    assert document["capabilities"]["CAP_SYS_PTRACE"] is True
    assert abilities["tcp sockets"]["readable"] is True
    assert abilities["accept queue limits"]["readable"] is True
    assert abilities["counters"]["readable"] is True
    assert document["cost"]["viewer"]["wall"] > 0


def test_doctor_reads_well() -> None:
    text = run("doctor").stdout

    assert [line for line in text.splitlines() if not line.startswith(" ")] == [
        "versions",
        f"host {os.uname().nodename}",
        "rights",
        "can be read",
        "not read",
        "cost of this look",
    ]


def test_doctor_without_rights_says_what_is_missing_and_the_remedy() -> None:
    with service():
        text = run("doctor", prefix=WITHOUT_RIGHTS).stdout

    lines = {line.split("  ")[1]: line for line in text.splitlines() if line.startswith("  ")}
    assert " no " in lines["CAP_SYS_PTRACE"]
    assert " no " in lines["socket owners"]
    assert "--sudo" in text


def test_doctor_names_the_source_that_was_asked_for() -> None:
    assert run_json("doctor", "--source", "proc", "--format", "json")["origin"] == "proc_net"
