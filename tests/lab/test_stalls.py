"""Connections that stand still, made in namespaces: who does not read, answer, or get through."""

from __future__ import annotations

import array
import fcntl
import os
import socket
import termios
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress

import pytest

from netinspect.decode import decode_capture
from netinspect.finding import Confidence, Finding, Severity
from netinspect.probe.probe import Probe
from netinspect.rules import path_stalled, peer_not_reading
from tests.lab.cable import PORT, Cable, Pair
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.sockets import accept_incoming, connect, fill, listen, lose_incoming, wait_until
from tests.rules.checking import check

pytestmark = pytest.mark.root
SOON = {"warning_seconds": 1.0}


@pytest.fixture
def cable() -> Iterator[Cable]:
    with ExitStack() as stack:
        yield Cable(stack)


def values(finding: Finding) -> dict[str, object]:
    return {evidence.name: evidence.value for evidence in finding.evidence}


def is_silent(namespace: Namespace, code: str, **thresholds: float) -> bool:
    with watch(namespace, {code: thresholds}) as watched:
        watched.look(4)
        return not watched.told(code)


def test_server_that_does_not_read_is_told(cable: Cable) -> None:
    client, server = cable.pair()
    client.sendall(bytes(1000))
    assert is_silent(cable.far, "reader-stalled", warning_seconds=300)

    with watch(cable.far, {"reader-stalled": SOON}) as watched:
        finding = watched.wait_for("reader-stalled")

        assert finding.severity is Severity.WARNING
        assert finding.subject.pid == os.getpid()
        assert (finding.subject.local_addr, finding.subject.local_port) == (cable.address, PORT)
        found = values(finding)
        assert (found["stalled"], found["unread"], found["closed_windows"]) == (1, 1000, 0)
        assert "1000" in confirm(cable.far, finding)

        server.recv(1000)
        watched.wait_gone("reader-stalled")


def test_data_that_keeps_coming_unread_is_told_as_well(cable: Cable) -> None:
    client, _ = cable.pair()
    stop = threading.Event()
    sender = threading.Thread(target=_drip, args=(client, stop))
    sender.start()

    try:
        with watch(cable.far, {"reader-stalled": {"warning_seconds": 2.0}}) as watched:
            finding = watched.wait_for("reader-stalled")
    finally:
        stop.set()
        sender.join()

    assert (finding.severity, values(finding)["stalled"]) == (Severity.WARNING, 1)
    assert "oldest" not in values(finding)


def _drip(client: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.05):
        client.send(bytes(10))


def test_closed_window_is_told_at_both_ends(cable: Cable) -> None:
    client, server = cable.pair()
    fill(client)
    assert is_silent(cable.near, "peer-not-reading", warning_seconds=300)

    with watch(cable.near, {"peer-not-reading": SOON}) as watched:
        finding = watched.wait_for("peer-not-reading")

        assert finding.severity is Severity.WARNING
        assert (finding.subject.remote_addr, finding.subject.remote_port) == (cable.address, PORT)
        assert finding.subject.pid == os.getpid()
        found = values(finding)
        assert (found["blocked"], found["connections"], found["unanswered"]) == (1, 1, 0)
        assert found["waiting"] == _unsent(client)
        assert isinstance(found["window"], int)
        assert found["window"] < 1448
        assert "persist" in confirm(cable.near, finding)
        with watch(cable.far, {"reader-stalled": SOON}) as other:
            assert other.wait_for("reader-stalled").severity is Severity.CRITICAL

        _drain(server)
        watched.wait_gone("peer-not-reading")


def _unsent(client: socket.socket) -> int:
    count = array.array("i", [0])
    fcntl.ioctl(client, termios.TIOCOUTQ, count)
    return count[0]


def _drain(server: socket.socket) -> None:
    server.settimeout(1)
    with suppress(TimeoutError):
        while server.recv(1 << 16):
            pass


def test_reader_on_the_same_host_is_the_cause() -> None:
    with make_namespace() as inside, ExitStack() as stack:
        with inside.entered():
            listener = stack.enter_context(listen(port=PORT))
            client = stack.enter_context(connect(listener))
        stack.enter_context(listener.accept()[0])
        fill(client)

        with watch(inside, {"peer-not-reading": SOON, "reader-stalled": SOON}) as watched:
            watched.wait_for("reader-stalled")
            finding = watched.wait_for("peer-not-reading")

    assert [key.code for key in finding.causes] == ["reader-stalled"]


def test_path_that_fails_is_told_and_forgotten_when_it_heals(cable: Cable) -> None:
    client, server = cable.pair()
    _exchange(client, server)
    cable.plug(False)
    client.sendall(bytes(700))
    assert is_silent(cable.near, "path-stalled", warning_seconds=300)

    with watch(cable.near, {"path-stalled": SOON}) as watched:
        watched.wait_for("retransmission-storm")
        finding = watched.wait_for("path-stalled")

        assert finding.severity is Severity.WARNING
        assert (finding.subject.remote_addr, finding.subject.pid) == (cable.address, os.getpid())
        found = values(finding)
        assert (found["stalled"], found["connections"], found["in_flight"]) == (1, 1, 700)
        assert [key.code for key in finding.causes] == ["retransmission-storm"]
        assert "timer:(on" in confirm(cable.near, finding)

        cable.plug(True)
        watched.wait_gone("path-stalled")
        watched.wait_gone("retransmission-storm")


def test_peer_that_vanished_is_told_by_its_network(cable: Cable) -> None:
    client, server = cable.pair()
    _exchange(client, server)
    cable.plug(False)
    client.sendall(bytes(700))

    with watch(cable.near) as watched:
        finding = watched.wait_for("retransmission-storm")

        assert finding.subject.text == f"path to {cable.address}"
        found = values(finding)
        assert isinstance(found["tries"], int)
        assert (found["stuck"], found["tries"] >= 3) == (1, True)
        assert cable.address in confirm(cable.near, finding)
        worse = watched.wait_for("retransmission-storm", lambda f: f.severity is Severity.CRITICAL)
        assert int(str(values(worse)["tries"])) >= 6


def _exchange(client: socket.socket, server: socket.socket) -> None:
    client.sendall(b"ask")
    server.recv(3)
    server.sendall(b"answer")
    client.recv(6)


def test_loss_on_the_way_is_told_with_its_share(cable: Cable) -> None:
    client, server = cable.pair()

    with watch(cable.near) as watched, _streaming(client, server):
        watched.look(4)
        assert not watched.told("retransmission-storm")

        lose_incoming(server, 0.06)
        finding = watched.wait_for("retransmission-storm", _has_share)

        share = values(finding)["resent_share"]
        assert isinstance(share, float)
        assert 0.02 <= share <= 0.5
        confirm(cable.near, finding)

        accept_incoming(server)
        watched.wait_gone("retransmission-storm")


def _has_share(finding: Finding) -> bool:
    return values(finding).get("resent_share") is not None


@contextmanager
def _streaming(client: socket.socket, server: socket.socket) -> Iterator[None]:
    """Keep sending; both threads end with the connection."""
    stop = threading.Event()
    client.settimeout(10)
    threads = [
        threading.Thread(target=_send, args=(client, stop)),
        threading.Thread(target=_receive, args=(server,)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stop.set()
        threads[0].join()
        client.close()
        threads[1].join()


def _send(client: socket.socket, stop: threading.Event) -> None:
    while not stop.wait(0.002):
        client.send(bytes(8 << 10))


def _receive(server: socket.socket) -> None:
    while server.recv(1 << 16):
        pass


def test_many_late_answers_of_one_destination_are_a_warning(cable: Cable) -> None:
    pairs = cable.pairs(21)
    for client, server in pairs:
        _exchange(client, server)
    thresholds = {"waiting-for-response": {"info_seconds": 0.5, "warning_seconds": 1.0}}

    with watch(cable.near, thresholds) as watched:
        watched.look(4)
        assert not watched.told("waiting-for-response")

        _ask(pairs[:9])
        nine = watched.wait_for("waiting-for-response", _are_overdue(9))
        assert nine.severity is Severity.INFO

        _ask(pairs[9:10])
        ten = watched.wait_for("waiting-for-response", lambda f: f.severity is Severity.WARNING)
        assert (ten.subject.remote_addr, ten.subject.pid) == (cable.address, os.getpid())
        assert (values(ten)["waiting"], values(ten)["connections"]) == (10, 21)
        assert str(PORT) in confirm(cable.near, ten)

        for _, server in pairs:
            server.sendall(b"late")
        watched.wait_gone("waiting-for-response")


def _ask(pairs: list[Pair]) -> None:
    for client, server in pairs:
        client.sendall(b"ask")
        server.recv(3)


def _are_overdue(count: int) -> Callable[[Finding], bool]:
    return lambda finding: values(finding)["overdue"] == count


def test_without_tcp_info_the_running_timers_tell(cable: Cable) -> None:
    (blocked, _), (cut, server) = cable.pairs(2)
    fill(blocked)
    _exchange(cut, server)
    wait_until(lambda: "timer:(persist" in cable.near.run("ss", "-tnoH"), "a closed window")
    cable.plug(False)
    cut.sendall(bytes(700))

    wait_until(lambda: len(_find_without_tcp_info(cable)) == 2, "both findings")

    path, peer = _find_without_tcp_info(cable)
    assert (path.confidence, peer.confidence) == (Confidence.LIKELY, Confidence.LIKELY)
    assert (values(path)["in_flight"], values(path)["last_answer"]) == (700, None)
    assert (values(peer)["waiting"], values(peer)["window"]) == (_unsent(blocked), None)


def _find_without_tcp_info(cable: Cable) -> list[Finding]:
    with cable.near.entered():
        probe = Probe(info_limit=0)
        sample = decode_capture(b"".join(probe.take_capture().encode()))
        probe.close()
    assert [note.source for note in sample.notes].count("tcp_info") == 1
    rules = path_stalled.RULE, peer_not_reading.RULE
    return [finding for rule in rules for finding in check(rule, sample, warning_seconds=1)]
