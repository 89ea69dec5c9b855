"""Listeners and what came in through them, for Samples written by hand."""

from __future__ import annotations

from tests.samples import Socket, tcp


def listener(*pids: int, queue: int = 0, port: int = 80) -> Socket:
    return tcp("LISTEN", f"0.0.0.0:{port}", pids=pids, recv_q=queue, send_q=128)


def accepted(pid: int, number: int = 1) -> Socket:
    return tcp("ESTABLISHED", "10.0.0.1:80", f"10.0.0.9:{number}", pids=[pid])
