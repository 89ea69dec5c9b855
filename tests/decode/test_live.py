"""One real Capture of sockets this test opens: ss tells the same of them."""

from __future__ import annotations

import os
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack

import numpy as np
import pytest

from netinspect.decode import decode_capture
from netinspect.model import Proto, Sample, state_name
from netinspect.probe.probe import take_capture
from tests.decode.golden import endpoint

SS_STATES = {"UNCONN": "CLOSE", "ESTAB": "ESTABLISHED"}


@pytest.fixture
def stack() -> Iterator[ExitStack]:
    with ExitStack() as opened:
        yield opened


def open_sockets(stack: ExitStack) -> set[int]:
    """Open a listener with a connection, accepted and not, and a UDP pair; return their ports."""
    listener = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=9))
    clients = [
        stack.enter_context(socket.create_connection(listener.getsockname())) for _ in range(2)
    ]
    stack.enter_context(listener.accept()[0])
    clients[0].send(b"seven b")
    receiver = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    receiver.bind(("::1", 0))
    sender = stack.enter_context(socket.socket(socket.AF_INET6, socket.SOCK_DGRAM))
    sender.connect(receiver.getsockname())
    return {int(one.getsockname()[1]) for one in (listener, *clients, receiver, sender)}


def read_ss() -> dict[int, tuple[str, ...]]:
    """Return proto, state, both queues, both ends and the pids, by cookie."""
    done = subprocess.run(
        ["ss", "-tuanoepHO"], check=True, capture_output=True, text=True, timeout=60
    )
    rows: dict[int, tuple[str, ...]] = {}
    for line in done.stdout.splitlines():
        proto, state, recv_q, send_q, local, remote, *_ = line.split()
        cookie = re.search(r" sk:([0-9a-f]+)", line)
        assert cookie
        pids = ",".join(sorted(set(re.findall(r"pid=(\d+)", line))))
        shown = SS_STATES.get(state, state.replace("-", "_"))
        rows[int(cookie[1], 16)] = (proto, shown, recv_q, send_q, local, remote, pids)
    return rows


def row_of(sample: Sample, row: int) -> tuple[str, ...]:
    sockets = sample.sockets
    start, count = int(sockets.owner_start[row]), int(sockets.owner_count[row])
    pids = sample.owners.pid[start : start + count].tolist() if start >= 0 else []
    return (
        Proto(sockets.proto[row]).name.lower(),
        state_name(int(sockets.state[row])),
        str(sockets.recv_q[row]),
        str(sockets.send_q[row]),
        endpoint(sockets, row, "local"),
        endpoint(sockets, row, "remote"),
        ",".join(sorted({str(pid) for pid in pids})),
    )


def test_ss_tells_the_same_of_real_sockets(stack: ExitStack) -> None:
    ports = open_sockets(stack)

    sample = decode_capture(b"".join(take_capture("netlink").encode()))
    ss = read_ss()

    mine = np.isin(sample.sockets.local_port, list(ports)) & (sample.sockets.proto != Proto.UNIX)
    rows = np.flatnonzero(mine).tolist()
    assert len(rows) == 7
    for row in rows:
        assert row_of(sample, row) == ss[int(sample.sockets.cookie[row])]


def test_own_process_and_namespace_are_known(stack: ExitStack) -> None:
    sample = decode_capture(b"".join(take_capture("netlink").encode()))

    process = sample.processes[os.getpid()]
    assert process.netns is not None
    namespace = sample.namespace(process.netns)
    assert namespace is not None
    assert namespace.inode == process.netns
    assert namespace.port_range is not None
    assert namespace.counters["Tcp.ActiveOpens"] >= 0
    assert sample.limits.file_nr is not None
    assert sample.self_pids == {os.getpid()}
