"""A Sample of very many sockets, made without the kernel."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from netinspect.model import Family, OwnerReason, OwnerTable, Proto, Sample, SocketTable, TcpState
from tests.samples import NETNS, make_sample, process

_PROCESSES = 64


def make_many(size: int) -> Sample:
    """Make connections of a few processes with many peers, in most states; the same each time."""
    some = np.random.default_rng(1)
    rows = np.arange(size)
    v4 = np.full(size, 0xFFFF << 32, np.uint64)
    sockets = SocketTable.build(
        size,
        key=rows + 1,
        cookie=rows + 1,
        netns=np.full(size, NETNS),
        inode=rows + 1,
        proto=np.full(size, Proto.TCP),
        family=np.full(size, Family.INET),
        state=some.integers(TcpState.ESTABLISHED, TcpState.CLOSING + 1, size),
        local_hi=np.zeros(size, np.uint64),
        remote_hi=np.zeros(size, np.uint64),
        local_lo=v4 | np.uint64(0x0A000001),
        remote_lo=v4 | some.integers(0x0A000000, 0x0A00FFFF, size).astype(np.uint64),
        local_port=some.integers(1024, 65535, size),
        remote_port=some.choice([443, 5432, 8080], size),
        recv_q=some.integers(0, 3, size),
        send_q=some.integers(0, 1 << 17, size),
        uid=some.integers(0, 4, size),
        timer=some.integers(0, 5, size),
        retrans=some.integers(0, 4, size),
        rtt=some.integers(0, 500_000, size),
        last_data_sent=some.integers(0, 600_000, size),
        last_data_recv=some.integers(0, 600_000, size),
        owner_reason=np.full(size, OwnerReason.OWNED),
        owner_start=rows,
        owner_count=np.ones(size),
        pid=rows % _PROCESSES + 1,
    )
    owners = OwnerTable(
        rows.astype(np.uint64) + np.uint64(1),
        (rows % _PROCESSES + 1).astype(np.int32),
        rows.astype(np.int32),
    )
    names = ("java", "nginx", "postgres", "node")
    processes = [process(pid, names[pid % 4], uid=pid % 4) for pid in range(1, _PROCESSES + 1)]
    return replace(make_sample(processes=processes), sockets=sockets, owners=owners)
