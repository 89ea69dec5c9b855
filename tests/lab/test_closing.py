"""Connections that end badly or not at all: half-closed, without an answer, without keepalive."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from netinspect.finding import Finding, Severity
from tests.lab.cable import Cable, Pair
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace
from tests.lab.sockets import connect, fill, listen, read_state, wait_until

pytestmark = pytest.mark.root
CLOSE_WAIT, FIN_WAIT2 = 8, 5


@pytest.fixture
def cable() -> Iterator[Cable]:
    with ExitStack() as stack:
        yield Cable(stack)


@pytest.fixture
def host() -> Iterator[Namespace]:
    """Name the namespace the tests run in."""
    fd = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    yield Namespace(fd)
    os.close(fd)


def values(finding: Finding) -> dict[str, object]:
    return {evidence.name: evidence.value for evidence in finding.evidence}


def test_half_closed_connections_that_nobody_ends_are_told(cable: Cable) -> None:
    pairs = cable.pairs(10)
    with watch(cable.near, {"fin-wait2-held": {"age_seconds": 1.0}}) as watched:
        _half_close(pairs[:9])
        watched.look(8)
        assert not watched.told("fin-wait2-held")

        _half_close(pairs[9:])
        finding = watched.wait_for("fin-wait2-held")

        assert finding.severity is Severity.WARNING
        assert finding.subject.pid == os.getpid()
        found = values(finding)
        assert (found["held"], found["peers"], found["top_peer"]) == (10, 1, cable.address)
        assert cable.address in confirm(cable.near, finding)

        for _, server in pairs:
            server.close()
        watched.wait_gone("fin-wait2-held")


def test_half_closed_connections_are_silent_while_the_peer_sends(cable: Cable) -> None:
    pairs = cable.pairs(10)
    _half_close(pairs)
    with watch(cable.near, {"fin-wait2-held": {"age_seconds": 1.0}}) as watched:
        for _ in range(8):
            for client, server in pairs:
                server.send(b"more")
                client.recv(4)
            watched.look()
            assert not watched.told("fin-wait2-held")


def _half_close(pairs: list[Pair]) -> None:
    for client, _ in pairs:
        client.shutdown(socket.SHUT_WR)
    for client, server in pairs:
        assert server.recv(1) == b""
        _wait_for_state(client, FIN_WAIT2)


def _wait_for_state(sock: socket.socket, state: int) -> None:
    wait_until(lambda: read_state(sock) == state, f"state {state}")


def test_closes_that_nobody_answers_are_told(cable: Cable) -> None:
    pairs = cable.pairs(20)
    _end_at_the_far_side(pairs[:5])
    cable.plug(False)
    with watch(cable.near) as watched:
        _close(pairs[:19])
        wait_until(lambda: len(_closing(cable)) == 19, "orphans that send again")
        watched.look(4)
        assert not watched.told("closing-pile-up")

        _close(pairs[19:])
        finding = watched.wait_for("closing-pile-up")

        assert finding.severity is Severity.WARNING
        assert finding.subject.netns == cable.near.inode
        found = values(finding)
        assert (found["closing"], found["in_fin_wait"], found["in_last_ack"]) == (20, 15, 5)
        assert (found["peers"], found["top_peer"]) == (1, cable.address)
        assert cable.address in confirm(cable.near, finding)

        cable.plug(True)
        watched.wait_gone("closing-pile-up")


def _end_at_the_far_side(pairs: list[Pair]) -> None:
    for client, server in pairs:
        server.close()
        _wait_for_state(client, CLOSE_WAIT)


def _close(pairs: list[Pair]) -> None:
    for client, _ in pairs:
        client.close()


def _closing(cable: Cable) -> list[str]:
    lines = cable.near.run("ss", "-tanoH").splitlines()
    return [line for line in lines if "timer:(on" in line and not line.endswith((",0)", ",1)"))]


def test_orphans_of_all_namespaces_count_against_the_limit(cable: Cable, host: Namespace) -> None:
    limit = int(Path("/proc/sys/net/ipv4/tcp_max_orphans").read_text())
    before = _count_orphans()
    pairs = cable.pairs(40)
    cable.plug(False)
    _close(pairs)
    share = (before + 30) / limit

    with watch(host, {"orphan-limit": {"warning_share": share}}) as watched:
        finding = watched.wait_for("orphan-limit")

        orphans = values(finding)["orphans"]
        assert isinstance(orphans, int)
        assert orphans >= before + 30
        assert (finding.severity, finding.limit) == (Severity.WARNING, limit)
        assert f"orphan {_count_orphans()}" in confirm(host, finding)

        cable.plug(True)
        watched.wait_gone("orphan-limit")


def _count_orphans() -> int:
    words = Path("/proc/net/sockstat").read_text().split()
    return int(words[words.index("orphan") + 1])


def test_limit_that_another_namespace_keeps_is_no_limit_here(cable: Cable) -> None:
    thresholds = {
        "orphan-limit": {"warning_share": 0.0},
        "tcp-memory-pressure": {"warning_share": 0.0},
    }
    with watch(cable.near, thresholds) as watched:
        watched.look(4)

        assert watched.sample is not None
        assert watched.sample.limits.tcp_max_orphans is None
        assert watched.sample.limits.tcp_mem is None
        assert not watched.told("orphan-limit")
        assert not watched.told("tcp-memory-pressure")


def test_memory_that_unread_data_takes_is_told_with_its_process(host: Namespace) -> None:
    pressure = int(Path("/proc/sys/net/ipv4/tcp_mem").read_text().split()[1])
    before = _count_pages()
    with _blocked_senders(20) as unread:
        share = (before + (_count_pages() - before) / 2) / pressure
        with watch(host, {"tcp-memory-pressure": {"warning_share": share}}) as watched:
            finding = watched.wait_for("tcp-memory-pressure")

        assert (finding.severity, finding.limit) == (Severity.WARNING, pressure)
        found = values(finding)
        assert found["top_process"] == _own_text()
        assert isinstance(found["unread"], int)
        assert found["unread"] >= unread
        assert "mem" in confirm(host, finding)


def _own_text() -> str:
    return f"{Path('/proc/self/comm').read_text().strip()}[{os.getpid()}]"


def _count_pages() -> int:
    words = Path("/proc/net/sockstat").read_text().split("TCP:")[1].split()
    return int(words[words.index("mem") + 1])


@contextmanager
def _blocked_senders(count: int) -> Iterator[int]:
    """Fill connections over loopback that nobody reads; gives how many bytes wait at readers."""
    with ExitStack() as stack:
        listener = stack.enter_context(listen())
        unread = 0
        for _ in range(count):
            client = stack.enter_context(connect(listener))
            server = stack.enter_context(listener.accept()[0])
            fill(client)
            unread += len(server.recv(1 << 24, socket.MSG_PEEK))
        yield unread


def test_idle_connections_without_keepalive_are_told(cable: Cable) -> None:
    pairs = cable.pairs(50)
    thresholds = {"keepalive-missing": {"idle_seconds": 1.0}}
    with watch(cable.near, {"keepalive-missing": {"idle_seconds": 300.0}}) as early:
        early.look(4)
        assert not early.told("keepalive-missing")

    with watch(cable.near, thresholds) as watched:
        finding = watched.wait_for("keepalive-missing")

        assert (finding.severity, finding.subject.pid) == (Severity.WARNING, os.getpid())
        assert (values(finding)["without"], values(finding)["top_peer"]) == (50, cable.address)
        assert cable.address in confirm(cable.near, finding)

        pairs[0][0].setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        fewer = watched.wait_for("keepalive-missing", _is_information)
        assert (values(fewer)["without"], values(fewer)["late"]) == (49, 1)

        for client, _ in pairs:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 600)
        watched.wait_gone("keepalive-missing")


def _is_information(finding: Finding) -> bool:
    return finding.severity is Severity.INFO
