"""The psutil source, forced here: compared with what sock_diag says of sockets these tests open."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import psutil
import pytest

from netinspect.decode import decode_capture
from netinspect.errors import SourceError
from netinspect.holders import held_by
from netinspect.model import (
    COLUMNS,
    UNKNOWN,
    OwnerReason,
    Process,
    Proto,
    Sample,
    SocketTable,
    TcpState,
    state_name,
)
from netinspect.probe.probe import take_capture
from netinspect.sources.portable import PortableSource

IDENTITY = ("proto", "family", "state", "local_port", "remote_port", "pid", "owner_reason")
HALVES = ("local_hi", "local_lo", "remote_hi", "remote_lo")
KNOWN = {*IDENTITY, *HALVES, "key", "owner_start", "owner_count"}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def read_sample() -> Sample:
    return PortableSource(1000).read()


def listen(stack: ExitStack, address: str = "127.0.0.1") -> socket.socket:
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    listener = stack.enter_context(socket.socket(family))
    listener.bind((address, 0))
    listener.listen(8)
    return listener


def connect(stack: ExitStack, listener: socket.socket, address: str) -> socket.socket:
    client = stack.enter_context(socket.create_connection((address, port_of(listener))))
    stack.enter_context(listener.accept()[0])
    return client


def udp(stack: ExitStack, peer: socket.socket | None = None) -> socket.socket:
    opened = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
    opened.bind(("127.0.0.1", 0))
    if peer is not None:
        opened.connect(peer.getsockname())
    return opened


def port_of(opened: socket.socket) -> int:
    return int(opened.getsockname()[1])


def rows_of(sockets: SocketTable, ports: list[int]) -> list[tuple[int, ...]]:
    """Return what identifies the sockets with one of these local ports."""
    rows = np.flatnonzero(np.isin(sockets.local_port, ports) & (sockets.proto != Proto.UNIX))
    columns = [getattr(sockets, name) for name in (*IDENTITY, *HALVES)]
    return sorted(tuple(int(column[row]) for column in columns) for row in rows)


def test_same_sockets_and_holders_as_sock_diag(stack: ExitStack) -> None:
    four, six = listen(stack), listen(stack, "::")
    clients = [connect(stack, four, "127.0.0.1"), connect(stack, six, "::1")]
    clients.append(connect(stack, six, "127.0.0.1"))
    receiver = udp(stack)
    opened = [four, six, *clients, receiver, udp(stack, receiver)]
    ports = [port_of(one) for one in opened]

    portable = read_sample()
    probed = decode_capture(b"".join(take_capture("netlink").encode()))

    rows = rows_of(portable.sockets, ports)
    assert len(rows) == len(opened) + len(clients)
    assert rows == rows_of(probed.sockets, ports)


def test_what_psutil_cannot_tell_is_unknown_and_never_0(stack: ExitStack) -> None:
    listener = listen(stack)
    connect(stack, listener, "127.0.0.1")

    sample = read_sample()

    for name, column in COLUMNS.items():
        if name not in KNOWN:
            assert (getattr(sample.sockets, name) == column.unknown).all(), name
    assert sample.sockets.send_q[0] == sample.sockets.inode[0] == UNKNOWN
    assert sample.namespaces == ()
    assert sample.limits.file_nr is None
    assert all(process.fd_kinds is None for process in sample.processes.values())


def test_notes_say_what_is_missing() -> None:
    notes = [note.message for note in read_sample().notes if note.source == "psutil"]

    for word in ("queues", "timers", "drops", "tcp_info", "counters", "SO_REUSEPORT"):
        assert any(word in note for note in notes), word


def test_time_wait_has_no_owner_and_hides_none(stack: ExitStack) -> None:
    listener = listen(stack)
    with socket.create_connection(listener.getsockname()) as client:
        port = port_of(client)
        server, _ = listener.accept()
    assert server.recv(1) == b""
    server.close()

    sockets = read_sample().sockets

    [row] = np.flatnonzero(sockets.local_port == port)
    assert state_name(int(sockets.state[row])) == "TIME_WAIT"
    assert sockets.owner_reason[row] == OwnerReason.NONE
    assert (sockets.pid[row], sockets.owner_start[row]) == (UNKNOWN, UNKNOWN)


def test_sockets_of_a_process_are_found_through_the_owners(stack: ExitStack) -> None:
    listener = listen(stack)

    sample = read_sample()

    [row] = np.flatnonzero(sample.sockets.local_port == port_of(listener))
    assert held_by(sample.sockets, sample.owners, [os.getpid()])[row]
    assert sample.owners.fd[sample.sockets.owner_start[row]] == listener.fileno()
    assert not held_by(sample.sockets, sample.owners, [1 << 30]).any()


def test_keys_stay_and_differ(stack: ExitStack) -> None:
    siblings = [stack.enter_context(socket.socket()) for _ in range(2)]
    for sibling in siblings:
        sibling.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        sibling.bind(("127.0.0.1", port_of(siblings[0]) if sibling is siblings[1] else 0))
        sibling.listen()
    port = port_of(siblings[0])

    first, second = (read_sample().sockets for _ in range(2))

    keys = [set(sockets.key[sockets.local_port == port].tolist()) for sockets in (first, second)]
    assert len(keys[0]) == 2
    assert keys[0] == keys[1]


def own_process(sample: Sample) -> Process:
    return sample.processes[os.getpid()]


def test_process_is_told_as_psutil_does() -> None:
    process, known = own_process(read_sample()), psutil.Process()

    assert process.name == known.name()
    assert process.cmdline == tuple(known.cmdline())
    assert process.exe == known.exe()
    assert process.uid == os.geteuid()
    assert process.threads == known.num_threads()
    assert (process.fd_soft, process.fd_hard) == known.rlimit(psutil.RLIMIT_NOFILE)
    assert process.fds is not None
    assert process.fds > 0
    assert process.state == "R"


def test_process_keeps_its_start_time_and_has_that_of_the_kernel() -> None:
    source = PortableSource(1000)
    first = own_process(source.read())
    source.refresh()

    assert own_process(source.read()).key == first.key
    probed = decode_capture(b"".join(take_capture("netlink").encode()))
    assert abs(first.start_time - probed.processes[os.getpid()].start_time) <= 1


def test_hostile_names_are_made_safe(stack: ExitStack) -> None:
    code = "import sys; print(flush=True); sys.stdin.read()"
    child = stack.enter_context(
        subprocess.Popen(
            [sys.executable, "-c", code, "\x1b]0;owned\x07\n\u202e"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
    )
    assert child.stdout is not None
    child.stdout.readline()

    cmdline = read_sample().processes[child.pid].cmdline

    assert cmdline is not None
    assert cmdline[-1] == "\\x1b]0;owned\\x07\\x0a\\u202e"


@pytest.mark.root
def test_descriptors_of_others_are_hidden_from_users_and_counted() -> None:
    code = (
        "import os, pwd\n"
        "from netinspect.sources.portable import PortableSource\n"
        "os.setgroups([]); os.setgid(65534); os.setuid(65534)\n"
        "sample = PortableSource(1).read()\n"
        "[note] = [note for note in sample.notes if note.count]\n"
        "hidden = sum(process.fds is None for process in sample.processes.values())\n"
        "print(note.count == hidden > 0, note.remedy)\n"
    )

    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=False, cwd="."
    )

    assert (done.stdout.strip(), done.stderr) == ("True run as root", "")


def test_own_processes_are_looked_into_where_the_system_refuses_the_whole(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    # macOS refuses it to all but root; no system that these tests run on does.
    def refuse(kind: str) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil, "net_connections", refuse)
    listener = listen(stack)
    client = connect(stack, listener, "127.0.0.1")

    sample = read_sample()

    ports = [port_of(listener), port_of(client)]
    assert len(rows_of(sample.sockets, ports)) == 3
    assert any(note.message == "sockets of processes may not be seen" for note in sample.notes)


def test_connection_that_two_processes_hold_is_one_socket(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(kind: str) -> None:
        raise psutil.AccessDenied

    client = connect(stack, listen(stack), "127.0.0.1")
    child = stack.enter_context(
        subprocess.Popen(["cat"], stdin=subprocess.PIPE, pass_fds=[client.fileno()])
    )
    monkeypatch.setattr(psutil, "net_connections", refuse)

    sample = read_sample()

    [row] = np.flatnonzero(sample.sockets.local_port == port_of(client))
    start, count = sample.sockets.owner_start[row], sample.sockets.owner_count[row]
    holders = set(sample.owners.pid[start : start + count].tolist())
    assert holders == {os.getpid(), child.pid}
    assert sample.sockets.pid[row] == min(holders)


def test_refused_tables_are_a_note(monkeypatch: pytest.MonkeyPatch) -> None:
    # What psutil raises where /proc/net is not mounted.
    def fail(kind: str) -> None:
        raise FileNotFoundError(2, "No such file or directory", "/proc/net/tcp")

    monkeypatch.setattr(psutil, "net_connections", fail)

    sample = read_sample()

    assert len(sample.sockets) == 0
    assert [note.errno for note in sample.notes if note.errno] == [2]


def test_bound_socket_of_other_systems_is_not_called_closed(
    stack: ExitStack, monkeypatch: pytest.MonkeyPatch
) -> None:
    listen(stack, "::1")
    listening = psutil.net_connections("tcp6")[0]
    assert listening.laddr
    scoped = listening.laddr._replace(ip="fe80::1%en0")
    row = listening._replace(laddr=scoped, raddr=(), status="CLOSE")
    monkeypatch.setattr(psutil, "net_connections", lambda kind: [row])

    sockets = read_sample().sockets

    assert sockets.state[0] == TcpState.BOUND
    assert (int(sockets.local_hi[0]), int(sockets.local_lo[0])) == (0xFE80 << 48, 1)


def test_sample_says_where_it_comes_from() -> None:
    source = PortableSource(5)

    sample = source.read()

    assert sample.origin == "psutil"
    assert sample.host.name == source.target == os.uname().nodename
    assert sample.host.euid == os.geteuid()
    assert sample.self_pids == {os.getpid()}
    assert sample.cost.interval is not None
    assert sample.cost.interval >= 5
    assert sample.cost.rss is not None
    assert sample.monotonic > 0


def test_refresh_and_a_shorter_interval_make_the_next_sample_due() -> None:
    source = PortableSource(1000)
    first = source.read()

    source.refresh()
    second = source.read()
    source.set_interval(-1000)

    assert source.read().monotonic > second.monotonic > first.monotonic


def test_close_unblocks_a_read() -> None:
    source = PortableSource(1000)
    source.read()
    threading.Timer(0.05, source.close).start()

    with pytest.raises(SourceError, match="closed"):
        source.read()
