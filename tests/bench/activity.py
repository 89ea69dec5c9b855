"""A host that goes on: connections come, go and carry data, made without the kernel.

At each step one connection in twenty ends and another comes in its place in the table, and two in
five of the others carry data: a few requests, answered, by the counters a kernel would show of
them. The rest only grow older. Columns are those that sock_diag fills.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from netinspect.decode.owners import build_owners, join_owners
from netinspect.model import Family, Proto, Sample, SocketTable, TcpState, Timer
from tests.samples import NETNS, make_sample, namespace, process

_CHURN = 0.05
_ACTIVE = 0.4
_V4 = 0xFFFF << 32
_NAMES = ("nginx", "java", "postgres", "node", "envoy", "haproxy", "gunicorn", "redis-server")
_PROCESSES = 200
_COUNTERS = 320
_MOVING = 60

Columns = dict[str, NDArray[Any]]


def keep_going(size: int, interval: float = 5.0) -> Iterator[Sample]:
    """Yield Samples of so many sockets, `interval` seconds apart; the same ones each time."""
    chance = np.random.default_rng(7)
    columns = _connect(chance, size, 1)
    counters = {
        f"TcpExt.Counter{i}": int(n) for i, n in enumerate(chance.integers(0, 10**9, _COUNTERS))
    }
    processes = [process(pid, _NAMES[pid % 8], fds=300) for pid in range(1, _PROCESSES + 1)]
    step = 0
    while True:
        sample = make_sample(
            processes=processes,
            at=step * interval,
            namespaces=[namespace(counters=counters)],
        )
        yield _with_sockets(sample, columns)
        step += 1
        columns = _go_on(chance, columns, interval, 1 + size + step * size)
        moving = chance.integers(0, 9000, _MOVING)
        counters = {
            name: value + (int(moving[i]) if i < _MOVING else 0)
            for i, (name, value) in enumerate(counters.items())
        }
        which = int(chance.integers(0, _PROCESSES))
        processes[which] = replace(processes[which], fds=int(chance.integers(200, 400)))


def _connect(chance: np.random.Generator, size: int, first: int) -> Columns:
    """Make new connections: three in five come to a port of this host."""
    comes = chance.random(size) < 0.6
    waits = chance.random(size) < 0.1
    ephemeral = chance.integers(32768, 61000, size)
    service = chance.choice([443, 8080, 5432], size)
    peer = np.where(comes, 0x0A010000, 0x0A020000) + chance.integers(0, 1 << 12, size)
    ids = first + chance.permutation(size) * 3 + chance.integers(0, 3, size)
    sent, received = chance.integers(200, 60_000, size), chance.integers(200, 20_000, size)
    columns: Columns = {
        "key": ids,
        "cookie": ids,
        "inode": np.where(waits, 0, 5_000_000 + ids),
        "state": np.where(waits, TcpState.TIME_WAIT, TcpState.ESTABLISHED),
        "local_lo": np.full(size, _V4 | 0x0A000001),
        "remote_lo": _V4 | peer,
        "local_port": np.where(comes, service, ephemeral),
        "remote_port": np.where(comes, ephemeral, service),
        "uid": np.where(waits, 0, chance.choice([0, 33, 999], size)),
        "timer": np.where(waits, Timer.TIME_WAIT, Timer.OFF),
        "expires": np.where(waits, chance.integers(0, 60_000, size), -1),
        "recv_q": np.zeros(size),
        "send_q": np.zeros(size),
        "rto": chance.integers(201_000, 240_000, size) // 1000 * 1000,
        "snd_mss": np.full(size, 1448),
        "cwnd": np.full(size, 10),
        "rtt": chance.integers(80, 40_000, size),
        "rttvar": chance.integers(20, 9_000, size),
        "min_rtt": chance.integers(50, 80, size),
        "bytes_acked": sent,
        "bytes_sent": sent,
        "bytes_received": received,
        "segs_out": sent // 1448 + 4,
        "segs_in": received // 1448 + 4,
        "data_segs_out": sent // 1448 + 1,
        "data_segs_in": received // 1448 + 1,
        "delivery_rate": chance.integers(100_000, 90_000_000, size),
        "busy_time": chance.integers(1_000, 900_000, size),
        "last_data_sent": chance.integers(0, 5_000, size),
        "last_data_recv": chance.integers(0, 5_000, size),
        "last_ack_recv": chance.integers(0, 5_000, size),
        "snd_wnd": chance.choice([64_256, 65_535, 131_072], size),
        "rcv_wnd": chance.choice([64_240, 65_160], size),
        "rmem_alloc": np.zeros(size),
        "rcvbuf": np.full(size, 131_072),
        "sndbuf": chance.choice([87_040, 332_800], size),
    }
    told = [name for name in columns if name in _TOLD]
    for name in told:
        columns[name] = np.where(waits, -1, columns[name])
    return columns


_TOLD = (
    *("rto", "snd_mss", "cwnd", "rtt", "rttvar", "min_rtt", "bytes_acked", "bytes_sent"),
    *("bytes_received", "segs_out", "segs_in", "data_segs_out", "data_segs_in", "delivery_rate"),
    *("busy_time", "last_data_sent", "last_data_recv", "last_ack_recv", "snd_wnd", "rcv_wnd"),
    *("rmem_alloc", "rcvbuf", "sndbuf"),
)


def _go_on(chance: np.random.Generator, columns: Columns, interval: float, first: int) -> Columns:
    size = len(columns["key"])
    columns = {name: values.copy() for name, values in columns.items()}
    lives = columns["state"] == TcpState.ESTABLISHED
    elapsed = int(interval * 1000) + chance.integers(0, 4, size)  # the dump takes a while
    for name in ("last_data_sent", "last_data_recv", "last_ack_recv"):
        columns[name] += np.where(lives, elapsed, 0)
    columns["expires"] -= np.where(~lives, elapsed, 0)
    _carry_data(chance, columns, np.flatnonzero(lives & (chance.random(size) < _ACTIVE)))
    stay = chance.random(size) >= _CHURN
    new = _connect(chance, size - int(np.count_nonzero(stay)), first)
    # A dump goes through the hash table: who comes lies anywhere among those who stay.
    order = np.argsort(
        np.concatenate([np.flatnonzero(stay), chance.integers(0, size, len(new["key"]))]),
        kind="stable",
    )
    return {
        name: np.concatenate([values[stay], new[name]])[order] for name, values in columns.items()
    }


def _carry_data(chance: np.random.Generator, columns: Columns, rows: NDArray[np.int64]) -> None:
    count = len(rows)
    requests = chance.integers(1, 8, count)
    sent, received = (
        requests * chance.integers(300, 9_000, count),
        requests * chance.integers(200, 900, count),
    )
    segments_out, segments_in = sent // 1448 + requests, received // 1448 + requests
    for name, by in (
        ("bytes_acked", sent),
        ("bytes_sent", sent),
        ("bytes_received", received),
        ("segs_out", segments_out + requests // 2),
        ("segs_in", segments_in + segments_out // 2),
        ("data_segs_out", segments_out),
        ("data_segs_in", segments_in),
        ("busy_time", requests * chance.integers(100, 9_000, count)),
        ("rtt", chance.integers(-900, 900, count)),
        ("rttvar", chance.integers(-200, 200, count)),
    ):
        columns[name][rows] += by
    columns["rtt"][rows] = np.maximum(columns["rtt"][rows], 60)
    columns["delivery_rate"][rows] = chance.integers(100_000, 90_000_000, count)
    last = chance.integers(0, 5_000, count)
    columns["last_data_recv"][rows] = last
    columns["last_data_sent"][rows] = last + chance.integers(0, 3, count)
    columns["last_ack_recv"][rows] = np.maximum(0, last - chance.integers(0, 40, count))
    grown = chance.random(count) < 0.1
    columns["cwnd"][rows[grown]] += 2


def _with_sockets(sample: Sample, columns: Columns) -> Sample:
    size = len(columns["key"])
    same = {"netns": NETNS, "proto": Proto.TCP, "family": Family.INET}
    wide = {name: np.broadcast_to(np.int64(value), size) for name, value in same.items()}
    sockets = SocketTable.build(size, (), **(columns | wide))
    inode = sockets.inode[sockets.inode > 0].astype(np.uint64)
    pid = (inode // np.uint64(97) % np.uint64(_PROCESSES) + np.uint64(1)).astype(np.int32)
    owners = build_owners(inode, pid, (inode % np.uint64(1000)).astype(np.int32))
    return replace(sample, sockets=join_owners(sockets, owners, some_hidden=False), owners=owners)
