"""Who holds a socket: on real processes that share, inherit and abandon descriptors."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from netinspect.probe.probe import take_capture
from tests.probe.captures import parse_capture, wait_until

WAIT = "import sys; sys.stdin.read()"

# The main thread leaves while another goes on: the leader becomes a zombie with a live process.
LEADER_EXITS = """
import ctypes, os, socket, sys, threading
def stay():
    sys.stdin.read()
    os._exit(0)
listener = socket.create_server(("127.0.0.1", 0))
print(os.stat(listener.fileno()).st_ino, flush=True)
threading.Thread(target=stay).start()
ctypes.CDLL(None).syscall(60, 0)  # exit(2) of this thread alone, x86-64
"""


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def start(stack: ExitStack, code: str, pass_fds: tuple[int, ...] = ()) -> subprocess.Popen[bytes]:
    """Run Python code until its standard input closes, at the end of the test."""
    process = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        pass_fds=pass_fds,
    )
    stack.enter_context(process)
    return process


def inode_of(opened: socket.socket) -> int:
    return os.stat(opened.fileno()).st_ino


def test_every_worker_that_inherited_a_listener_holds_it(stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    fd, inode = listener.fileno(), inode_of(listener)
    workers = [start(stack, WAIT, (fd,)) for _ in range(4)]

    capture = parse_capture(take_capture())

    holders = {(pid, number) for found, pid, number in capture.owners if found == inode}
    assert holders == {(os.getpid(), fd), *((worker.pid, fd) for worker in workers)}


def test_every_descriptor_of_one_socket_is_listed(stack: ExitStack) -> None:
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0)))
    second = os.dup(listener.fileno())
    stack.callback(os.close, second)

    capture = parse_capture(take_capture())

    numbers = {fd for inode, _, fd in capture.owners if inode == inode_of(listener)}
    assert numbers == {listener.fileno(), second}


@pytest.mark.root
def test_sockets_of_a_process_whose_leader_has_exited_are_found(stack: ExitStack) -> None:
    process = start(stack, LEADER_EXITS)
    assert process.stdout is not None
    inode = int(process.stdout.readline())
    stat = Path(f"/proc/{process.pid}/stat")
    wait_until(lambda: ") Z " in stat.read_text(), "the leader's exit")

    capture = parse_capture(take_capture())

    assert process.pid in {pid for found, pid, _ in capture.owners if found == inode}
    assert capture.processes[process.pid]["fds"] > 0


def test_zombie_holds_nothing(stack: ExitStack) -> None:
    process = start(stack, "")
    stat = Path(f"/proc/{process.pid}/stat")
    wait_until(lambda: ") Z " in stat.read_text(), "the exit")

    capture = parse_capture(take_capture())

    assert capture.processes[process.pid]["fds"] in (0, None)
    assert process.pid not in {pid for _, pid, _ in capture.owners}


def test_descriptors_are_counted_by_kind(stack: ExitStack) -> None:
    code = """
import os, select, socket, sys
keep = [socket.socket() for _ in range(3)], os.pipe(), select.epoll(), open("/etc/passwd")
null = os.open("/dev/null", os.O_RDONLY)
os.close(2)
print(len(os.listdir("/proc/self/fd")) - 1, flush=True)
sys.stdin.read()
"""
    process = start(stack, code)
    assert process.stdout is not None
    total = int(process.stdout.readline())

    found = parse_capture(take_capture()).processes[process.pid]

    # Standard input and output are pipes too.
    assert found["kinds"] == [3, 1, 4, 1, 1]
    assert found["fds"] == total == sum(found["kinds"])


def test_shared_memory_and_deleted_files_are_files() -> None:
    before = parse_capture(take_capture()).processes[os.getpid()]["kinds"]
    with tempfile.TemporaryFile(), tempfile.TemporaryFile(dir="/dev/shm"):
        after = parse_capture(take_capture()).processes[os.getpid()]["kinds"]

    assert [b - a for a, b in zip(before, after, strict=True)] == [0, 2, 0, 0, 0]
