"""Processes that run out of descriptors for real, by load and by sockets they never close."""

from __future__ import annotations

import socket
from collections.abc import Iterator

import pytest

from netinspect.finding import Severity, SubjectKind
from tests.lab.judging import Watch, confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program, hear, run_script, tell
from tests.lab.sockets import start_connecting

pytestmark = pytest.mark.root
PORT = 8080
SERVER = f"""
    resource.setrlimit(resource.RLIMIT_NOFILE, (40, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    listener = socket.create_server(("127.0.0.1", {PORT}), backlog=8)
    kept, failed, cured = [], False, False
    say("ready")
    while True:
        try:
            kept.append(listener.accept()[0])
        except OSError as error:
            if not failed:
                say(error)
            failed = True
            cured = cured or bool(hear())
        if cured:
            for one in kept:
                one.close()
            kept.clear()
"""
SOON = {"close-wait-leak": {"seconds": 0.5, "lasting_seconds": 0.5}}


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def dial(inside: Namespace, times: int) -> list[socket.socket]:
    with inside.entered():
        return [start_connecting("127.0.0.1", PORT) for _ in range(times)]


def hang_up(inside: Namespace, times: int) -> None:
    """Connect and close again, one after the other, so that each gets through."""
    with inside.entered():
        for _ in range(times):
            socket.create_connection(("127.0.0.1", PORT), 20).close()


def close_all(sockets: list[socket.socket]) -> None:
    for one in sockets:
        one.close()


def of(program: Program, watched: Watch, code: str) -> list[Severity | None]:
    return [f.severity for f in watched.told(code, lambda f: f.subject.pid == program.pid)]


def test_accept_that_fails_for_want_of_descriptors_is_the_cause_of_the_full_queue(
    inside: Namespace,
) -> None:
    with run_script(inside, SERVER) as (server, _), watch(inside) as watched:
        clients = dial(inside, 20)
        watched.look(4)
        assert of(server, watched, "fd-limit-process") == []
        clients += dial(inside, 40)
        assert "Too many open files" in hear(server)
        clients += dial(inside, 12)

        cause = watched.wait_for(
            "fd-limit-process",
            lambda f: f.severity is Severity.CRITICAL and f.value("waiting") == 9,
        )
        [finding] = watched.told("accept-queue-full")

        assert finding.causes == (cause.key,)
        assert (finding.severity, finding.value("out_of_fds")) == (Severity.CRITICAL, True)
        assert (finding.level, finding.limit, finding.value("fds")) == (9, 8, 40)
        assert (cause.subject.pid, cause.level, cause.limit) == (server.pid, 40, 40)
        assert cause.value("close_wait") == 0
        assert cause.summary == "40/40 descriptors, 9 wait for accept()"
        assert (cause.value("established"), cause.value("sockets")) == (36, 37)
        assert [f for f in watched.findings if f in (cause, finding)] == [cause, finding]
        assert "socket" in confirm(inside, cause)
        confirm(inside, finding)

        tell(server, "close what is open")
        watched.wait_gone("accept-queue-full")
        watched.wait_gone("fd-limit-process", lambda f: f.subject.pid == server.pid)
        close_all(clients)


def test_leak_of_sockets_is_the_cause_of_the_limit_and_of_the_full_queue(
    inside: Namespace,
) -> None:
    with run_script(inside, SERVER) as (server, _), watch(inside, SOON) as watched:
        hang_up(inside, 9)
        watched.look(6)
        assert of(server, watched, "close-wait-leak") == [Severity.WARNING]
        hang_up(inside, 30)
        assert "Too many open files" in hear(server)
        clients = dial(inside, 9)

        watched.wait_for("accept-queue-full", lambda f: len(f.causes) == 2)
        leak = watched.wait_for(
            "close-wait-leak",
            lambda f: f.severity is Severity.CRITICAL and f.value("held") == 36,
        )
        [limit] = watched.told("fd-limit-process", lambda f: f.subject.pid == server.pid)
        [finding] = watched.told("accept-queue-full")

        assert finding.causes == (limit.key, leak.key)
        assert limit.causes == (leak.key,)
        chain = [f for f in watched.findings if f in (leak, limit, finding)]
        assert chain == [leak, limit, finding]
        assert (leak.subject.kind, leak.subject.pid) == (SubjectKind.PROCESS, server.pid)
        assert (leak.value("held"), leak.limit) == (36, 40)
        assert leak.value("came_in") == leak.value("end_unread") == 36
        assert limit.value("close_wait") == 36
        assert "CLOSE-WAIT" in confirm(inside, limit)
        assert f"pid={server.pid}," in confirm(inside, leak)

        tell(server, "close what is open")
        watched.wait_gone("close-wait-leak")
        watched.wait_gone("fd-limit-process", lambda f: f.subject.pid == server.pid)
        close_all(clients)


def test_few_sockets_not_closed_are_silent(inside: Namespace) -> None:
    many = {"close-wait-leak": {**SOON["close-wait-leak"], "warning_share": 2}}
    with run_script(inside, SERVER) as (server, _), watch(inside, many) as watched:
        hang_up(inside, 9)

        watched.look(6)

        assert of(server, watched, "close-wait-leak") == []


def test_sockets_whose_end_was_just_read_or_is_unread_are_told_apart(inside: Namespace) -> None:
    script = """
        listener = socket.create_server(("127.0.0.1", 8080))
        say("ready")
        kept = [listener.accept()[0] for _ in range(12)]
        hear()
        for one in kept[:6]:
            while one.recv(100):
                pass
        say("read")
        hear()
    """
    with run_script(inside, script) as (server, _), watch(inside, SOON) as watched:
        clients = dial(inside, 12)
        for client in clients[:8]:
            client.send(b"request")
        close_all(clients)
        tell(server)
        assert hear(server) == "read"

        leak = watched.wait_for("close-wait-leak", lambda f: f.value("end_read") == 6)

        assert (leak.value("unread"), leak.value("end_unread")) == (2, 4)


def test_host_with_files_enough_is_silent_and_real_numbers_are_told(inside: Namespace) -> None:
    with watch(inside) as watched:
        watched.look(4)
        assert not watched.told("fd-limit-system")

    with watch(inside, {"fd-limit-system": {"warning_share": 0}}) as watched:
        finding = watched.wait_for("fd-limit-system")

        number, limit = finding.value("open_files"), finding.limit
        assert isinstance(number, int)
        assert limit is not None
        assert 0 < number < limit
        assert f"fs.file-max = {limit}" in confirm(inside, finding)
