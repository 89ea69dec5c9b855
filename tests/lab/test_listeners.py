"""Listeners in the wrong hands: inherited, orphaned, in nobody's, of a replaced program."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from netinspect.finding import Confidence, Finding, Severity, SubjectKind
from tests.lab.judging import confirm, watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program, run_script, tell
from tests.lab.sockets import listen, start_connecting

pytestmark = pytest.mark.root
INHERITED, ORPHANED = "listener-inherited", "listener-orphaned-child"
UNOWNED, DELETED = "listener-unowned", "executable-deleted"
PORT = 8080


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def of(namespace: Namespace) -> Callable[[Finding], bool]:
    """Tell findings of a namespace from those of the host it is on."""
    return lambda finding: finding.subject.netns == namespace.inode


@contextmanager
def ended(*pids: int) -> Iterator[None]:
    """End processes that a script leaves behind."""
    try:
        yield
    finally:
        for pid in pids:
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def dial(inside: Namespace, times: int) -> list[socket.socket]:
    with inside.entered():
        return [start_connecting("127.0.0.1", PORT) for _ in range(times)]


def close_all(*sockets: socket.socket) -> None:
    for one in sockets:
        one.close()


def test_helper_keeps_the_listener_of_its_server(inside: Namespace) -> None:
    script = f"""
        import subprocess
        listener = socket.create_server(("127.0.0.1", {PORT}), backlog=2)
        helper = subprocess.Popen(["sleep", "60"], pass_fds=[listener.fileno()])
        say(helper.pid)
        listener.accept()
        hear()
    """
    with run_script(inside, script) as (server, said), ended(int(said)), watch(inside) as watched:
        clients = dial(inside, 1)

        finding = watched.wait_for(INHERITED)

        assert (finding.severity, finding.subject.pid) == (Severity.WARNING, int(said))
        assert finding.value("strangers") == f"sleep[{said}]"
        assert str(finding.value("servers")).endswith(f"[{server.pid}]")
        assert (finding.value("alone"), finding.runtime) == (False, "python")
        assert "socket:[" in confirm(inside, finding)

        server.kill()
        server.wait()
        clients += dial(inside, 4)
        finding = watched.wait_for(INHERITED, lambda f: f.value("alone") is True and f.level == 3)
        full = watched.wait_for("accept-queue-full", lambda f: bool(f.causes))

        assert finding.summary == f"held by sleep[{said}], which accepts nothing, 3 wait"
        assert full.causes == (finding.key,)
        confirm(inside, finding)

        os.kill(int(said), signal.SIGKILL)
        watched.wait_gone(INHERITED)
        close_all(*clients)


FORKING = f"""
    os.setpgid(0, 0)
    try:
        listener = socket.create_server(("127.0.0.1", {PORT}))
    except OSError as error:
        say(error)
        hear()
        os._exit(0)
    children = []
    for _ in range(CHILDREN):
        children.append(os.fork())
        if not children[-1]:
            import time
            time.sleep(60)
            os._exit(0)
    say(" ".join(map(str, children)))
    hear()
    os._exit(0)
"""


def test_workers_beside_their_master_are_silent(inside: Namespace) -> None:
    script = FORKING.replace("CHILDREN", "2")
    with (
        run_script(inside, script) as (_, said),
        ended(*map(int, said.split())),
        watch(inside) as watched,
    ):
        watched.look(5)

        told = [f.code for f in watched.findings if of(inside)(f)]
        assert not {INHERITED, ORPHANED, UNOWNED, DELETED}.intersection(told)


@pytest.mark.parametrize("children", [2, 1])
def test_children_keep_the_port_of_a_server_that_has_gone(inside: Namespace, children: int) -> None:
    script = FORKING.replace("CHILDREN", str(children))
    with run_script(inside, script) as (server, said), ended(*map(int, said.split())):
        pids = [int(word) for word in said.split()]
        server.kill()
        server.wait()
        with watch(inside) as watched:
            finding = watched.wait_for(ORPHANED)

            sure = Confidence.LIKELY if children > 1 else Confidence.INFERRED
            assert (finding.severity, finding.confidence) == (Severity.INFO, sure)
            assert (finding.value("holders"), finding.subject.pid) == (children, min(pids))
            assert finding.value("leader") == str(server.pid)
            assert "PPid:" in confirm(inside, finding)

            with run_script(inside, script) as (rival, answer):
                assert "Address already in use" in answer
                finding = watched.wait_for(ORPHANED, lambda f: f.severity is Severity.WARNING)
                assert str(finding.value("rivals")).endswith(f"[{rival.pid}]")

            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            watched.wait_gone(ORPHANED)


def test_server_that_made_itself_a_daemon_is_silent(inside: Namespace) -> None:
    script = f"""
        if os.fork():
            hear()
        os.setsid()
        if os.fork():
            os._exit(0)
        listener = socket.create_server(("127.0.0.1", {PORT}))
        say(os.getpid())
        import time
        time.sleep(60)
    """
    with run_script(inside, script) as (first, said), ended(int(said)):
        first.kill()
        first.wait()
        with watch(inside) as watched:
            watched.look(5)

            assert not watched.told(ORPHANED)


@dataclass(frozen=True, slots=True)
class Container(Namespace):
    """A network namespace seen from a pid namespace too, that of a process."""

    pid: int

    @property
    def prefix(self) -> tuple[str, ...]:
        return ("nsenter", f"--target={self.pid}", "--pid", "--mount", "--net", "--")


IN_CONTAINER = ("unshare", "--pid", "--fork", "--mount-proc", "--kill-child", sys.executable)


def container(inside: Namespace, program: Program) -> Container:
    children = Path(f"/proc/{program.pid}/task/{program.pid}/children").read_text()
    return Container(inside.fd, int(children))


def test_listener_on_its_way_between_processes_is_nobodys(inside: Namespace) -> None:
    # All processes can be seen from a pid namespace of their own.
    script = f"""
        listener = socket.create_server(("127.0.0.1", {PORT}))
        left, right = socket.socketpair()
        say("ready")
        hear()
        socket.send_fds(left, [b"-"], [listener.fileno()])
        listener.close()
        hear()
        received = socket.recv_fds(right, 1, 1)
        hear()
    """
    with run_script(inside, script, command=IN_CONTAINER) as (program, _):
        seen = container(inside, program)
        with watch(seen) as watched:
            watched.look(4)
            assert not watched.told(UNOWNED)
            tell(program)

            finding = watched.wait_for(UNOWNED)

            assert (finding.severity, finding.subject.local_port) == (Severity.INFO, PORT)
            assert finding.subject.process is None
            assert f"ino:{finding.value('inode')} " in confirm(seen, finding)

            clients = dial(inside, 2)
            finding = watched.wait_for(UNOWNED, lambda f: f.severity is Severity.WARNING)
            assert finding.summary == "no process holds it, 2 wait"

            tell(program)
            watched.wait_gone(UNOWNED)
            close_all(*clients)


def test_servers_of_another_pid_namespace_are_told_as_one(inside: Namespace) -> None:
    with inside.entered():
        outside = [listen() for _ in range(4)]
    with run_script(inside, "say('ready'); hear()", command=IN_CONTAINER) as (program, _):
        with watch(container(inside, program)) as watched:
            finding = watched.wait_for(UNOWNED)

        assert finding.subject.kind is SubjectKind.NAMESPACE
        assert finding.summary == "4 of 4 listeners have no visible holder"
    close_all(*outside)


def test_listener_is_not_called_nobodys_while_processes_are_hidden(inside: Namespace) -> None:
    with inside.entered():
        listener = listen(port=PORT)
    with watch(inside) as watched:
        watched.look(4)

        assert not watched.told(UNOWNED, of(inside))
    listener.close()


def test_server_whose_file_was_replaced_is_told(inside: Namespace, tmp_path: Path) -> None:
    sleep = shutil.which("sleep")
    assert sleep is not None
    program = tmp_path / "server"
    shutil.copy(sleep, program)
    with inside.entered():
        listener = listen(port=PORT)
    server = subprocess.Popen([program, "60"], pass_fds=[listener.fileno()])
    listener.close()
    try:
        with watch(inside) as watched:
            watched.look(4)
            assert not watched.told(DELETED, of(inside))
            program.unlink()

            finding = watched.wait_for(DELETED, lambda f: f.subject.pid == server.pid)

            assert (finding.severity, finding.value("path")) == (Severity.INFO, str(program))
            assert (finding.value("ports"), finding.value("children")) == (str(PORT), 0)
            assert "(deleted)" in confirm(inside, finding)
            server.kill()
            server.wait()
            watched.wait_gone(DELETED, lambda f: f.subject.pid == server.pid)
    finally:
        server.kill()
        server.wait()
