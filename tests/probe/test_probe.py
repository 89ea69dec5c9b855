"""Whole Captures: their header, and the places where the probe must not fall over."""

from __future__ import annotations

import ast
import ctypes
import os
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from netinspect.probe.probe import Probe, take_capture
from tests.probe.captures import LOADER, PACKAGE, Parsed, parse_capture, parse_frame, run_once

SOCKETS = ("listen4", "listen6", "tcp4", "tcp6", "udp4", "udp6", "unix")
OWN_FILES = sorted((PACKAGE / "probe").glob("*.py"))
ALL_PYTHONS = [
    sys.executable,
    *(
        str(python)
        for python in sorted(Path.home().glob(".pyenv/versions/3.*/bin/python"))
        if int(python.parts[-3].split(".")[1]) >= 8
    ),
]

# Refuses socket(AF_NETLINK, …) with EPERM, as the profile of a container runtime may.
NO_NETLINK = """
import ctypes, struct
code = [(0x20, 0, 0, 0), (0x15, 0, 3, 41), (0x20, 0, 0, 16), (0x15, 0, 1, 16),
        (0x06, 0, 0, 0x00050001), (0x06, 0, 0, 0x7fff0000)]
filters = ctypes.create_string_buffer(b"".join(struct.pack("HBBI", *line) for line in code))
program = struct.pack("HxxxxxxQ", len(code), ctypes.addressof(filters))
libc = ctypes.CDLL(None, use_errno=True)
assert libc.prctl(38, 1, 0, 0, 0) == 0
assert libc.prctl(22, 2, program, 0, 0) == 0
"""


def test_header_says_when_where_and_with_what_rights() -> None:
    header = parse_capture(take_capture()).header

    assert header["schema"] == "netinspect.capture/1"
    assert header["taken_at"] <= time.time()
    assert header["monotonic"] <= time.clock_gettime(time.CLOCK_BOOTTIME)
    assert header["host"] == {
        "name": os.uname().nodename,
        "kernel": os.uname().release,
        "boot_id": Path("/proc/sys/kernel/random/boot_id").read_text().strip(),
        "euid": os.geteuid(),
        "capabilities": _own_capabilities(),
        "page_size": os.sysconf("SC_PAGE_SIZE"),
        "clock_ticks": os.sysconf("SC_CLK_TCK"),
    }


def test_header_says_what_the_pass_cost() -> None:
    cost = parse_capture(take_capture()).header["cost"]

    assert 0 < cost["cpu"] <= cost["wall"] * 1.5
    assert cost["rss"] > 1 << 20
    assert cost["interval"] is None


def test_every_section_of_a_namespace_names_it() -> None:
    capture = parse_capture(take_capture())

    own = Path("/proc/self/ns/net").stat().st_ino
    by_name = {section["name"]: section["netns"] for section in capture.header["sections"]}
    assert {by_name["sock_diag." + name] for name in SOCKETS} == {own}
    assert by_name["net.snmp"] == by_name["sysctl"] == own
    assert by_name["owners"] == by_name["processes"] == by_name["users"] == 0


@pytest.mark.parametrize("pad", range(8))
def test_netlink_messages_are_aligned_in_a_frame(pad: int) -> None:
    capture = take_capture()
    capture.host = {**capture.host, "name": "x" * pad}

    frame = b"".join(capture.encode())

    for name, section in parse_frame(frame).sections.items():
        if name.startswith("sock_diag.") and section:
            assert frame.index(section) % 4 == 0


def test_users_are_lines_of_uid_and_name() -> None:
    assert b"0:root" in parse_capture(take_capture()).sections["users"].splitlines()


def test_own_pids_reach_up_to_the_viewer() -> None:
    shell = ["sh", "-c", '"$@"; exit', "sh"]

    capture = run_once("--viewer-pid", str(os.getpid()), prefix=shell)

    probe, between, viewer = capture.header["self_pids"]
    assert viewer == os.getpid()
    assert len({probe, between, viewer}) == 3


def test_viewer_that_is_no_parent_is_named_all_the_same() -> None:
    [probe, viewer] = run_once("--viewer-pid", "999999999").header["self_pids"]

    assert viewer == 999999999
    assert probe != os.getpid()


@pytest.mark.parametrize("python", ALL_PYTHONS)
def test_probe_runs_on_every_python_there_is(python: str) -> None:
    capture = run_once(python=python)

    assert {"sock_diag." + name for name in SOCKETS} <= capture.sections.keys()


@pytest.mark.parametrize("limit", [6, 7])
def test_without_descriptors_there_is_a_capture_with_notes(limit: int) -> None:
    capture = run_once(prefix=["prlimit", f"--nofile={limit}:{limit}"])

    assert 24 in {note["errno"] for note in capture.notes}
    assert sum(note["count"] or 0 for note in capture.notes if note["errno"] == 24) > 0
    assert "sock_diag.tcp4" in capture.sections


def test_eight_descriptors_are_enough_for_everything() -> None:
    capture = run_once(prefix=["prlimit", "--nofile=8:8"])

    assert 24 not in {note["errno"] for note in capture.notes}


def test_descriptors_run_out_after_the_start() -> None:
    code = LOADER.replace(
        "sys.exit",
        "import os, resource; import probe.probe as p; take = p.Probe.take_capture;"
        "p.Probe.take_capture = lambda s: ("
        "resource.setrlimit(resource.RLIMIT_NOFILE, (6, 6)), take(s))[1];"
        "sys.exit",
    )

    capture = run_once(code=code)

    # The two that were opened early still work: sockets are listed, and how many processes exist.
    assert "sock_diag.tcp4" in capture.sections
    [note] = capture.notes_of("processes")
    assert note["errno"] == 24
    assert note["count"] == len(capture.processes)


def test_refused_netlink_is_replaced_by_proc_net() -> None:
    capture = run_once(code=NO_NETLINK + LOADER)

    assert {"proc_net.tcp", "proc_net.udp6", "proc_net.unix"} <= capture.sections.keys()
    assert capture.notes_of("sock_diag.tcp4") == []  # said once, of the first dump of the family
    assert capture.notes_of("sock_diag.listen4")[0]["errno"] == 1


@pytest.mark.root
def test_namespace_whose_loopback_is_down_is_a_capture_like_any_other() -> None:
    capture = run_once(prefix=["unshare", "--net"])

    own = Path("/proc/self/ns/net").stat().st_ino
    netns = {section["netns"] for section in capture.header["sections"]} - {0}
    assert len(netns) == 1
    assert own not in netns
    assert b"net.ipv4.ip_local_port_range" in capture.sections["sysctl"]
    assert capture.sections["sock_diag.tcp4"] == b""


@pytest.mark.root
def test_thread_in_another_namespace_sees_that_one() -> None:
    captures: list[Parsed] = []

    def look() -> None:
        assert ctypes.CDLL(None).unshare(0x40000000) == 0  # CLONE_NEWNET
        captures.append(parse_capture(take_capture()))

    thread = threading.Thread(target=look)
    with socket.create_server(("127.0.0.1", 0)):
        thread.start()
        thread.join()

    [capture] = captures
    assert capture.sections["sock_diag.listen4"] == b""
    assert b"TCP: inuse 0 " in capture.sections["net.sockstat"]


def test_without_proc_there_are_sockets_and_notes() -> None:
    probe = Probe(proc="/nonexistent")

    capture = parse_capture(probe.take_capture())

    assert "sock_diag.tcp4" in capture.sections
    assert capture.notes_of("processes")[0]["errno"] == 2
    probe.close()


def test_second_capture_of_a_probe_needs_no_more_descriptors() -> None:
    probe = Probe()
    before = len(os.listdir("/proc/self/fd"))

    for _ in range(3):
        probe.take_capture()

    assert len(os.listdir("/proc/self/fd")) == before
    probe.close()


def test_closed_probe_leaves_no_descriptors() -> None:
    before = len(os.listdir("/proc/self/fd"))

    take_capture()

    assert len(os.listdir("/proc/self/fd")) == before


@pytest.mark.parametrize("file", OWN_FILES, ids=lambda file: str(file.name))
def test_probe_imports_the_standard_library_and_itself_only(file: Path) -> None:
    imported = set()
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            imported |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 1 or node.module is not None
            imported |= set() if node.level == 1 else {str(node.module).split(".")[0]}

    assert imported <= sys.stdlib_module_names
    assert not imported & {"subprocess", "dataclasses", "urllib", "http", "asyncio"}


def test_probe_needs_no_newer_python_than_3_8() -> None:
    vermin = Path(sys.executable).with_name("vermin")

    done = subprocess.run(
        [vermin, "-t=3.8-", "--no-tips", PACKAGE / "probe"], capture_output=True, check=False
    )

    assert done.returncode == 0, done.stdout.decode()


def test_probe_is_small_enough_to_be_read_before_it_runs_as_root() -> None:
    lines = [line for file in OWN_FILES for line in file.read_text().splitlines() if line.strip()]

    assert len(lines) <= 1300


def _own_capabilities() -> int:
    status = dict(line.split(":", 1) for line in Path("/proc/self/status").read_text().splitlines())
    return int(status["CapEff"], 16)
