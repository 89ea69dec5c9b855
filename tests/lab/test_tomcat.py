"""Tomcat with too little of one parameter or another, and what clients and netinspect see.

14 clients ask for a page that keeps its thread busy until the test lets it answer.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from netinspect.explanations import explain_finding
from netinspect.model import TcpState
from tests.lab.judging import Watch, confirm, watch
from tests.lab.jvm import compile_java, evidence_of, explain, first_cause, run_program
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program
from tests.lab.sockets import start_connecting, wait_until

pytestmark = pytest.mark.root
HOME = Path("/usr/share/tomcat10")
FULL, BUSY = "accept-queue-full", "workers-saturated"
PORT = 8080
CLIENTS = 14
REQUEST = b"GET /wait HTTP/1.1\r\nHost: app\r\nConnection: close\r\n\r\n"
SERVER = f"""\
<Server port="-1">
  <Service name="Catalina">
    <Connector port="{PORT}" {{parameters}}/>
    <Engine name="Catalina" defaultHost="localhost">
      <Host name="localhost" appBase="webapps" autoDeploy="false"/>
    </Engine>
  </Service>
</Server>
"""
OPTIONS = "-Xmx64m -XX:+UseSerialGC -XX:TieredStopAtLevel=1"


@pytest.fixture(scope="module")
def servlet(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("servlet")
    return compile_java("Wait.java", folder, classpath=f"{HOME}/lib/servlet-api.jar")


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


@contextmanager
def tomcat(
    inside: Namespace, servlet: Path, base: Path, **parameters: int
) -> Iterator[tuple[Program, Path]]:
    """Run a Tomcat with these parameters of its Connector; yields it and the file that lets go."""
    for name in ("conf", "logs", "temp", "webapps/ROOT/WEB-INF"):
        (base / name).mkdir(parents=True)
    shutil.copytree(servlet, base / "webapps/ROOT/WEB-INF/classes")
    words = " ".join(f'{name}="{value}"' for name, value in parameters.items())
    (base / "conf/server.xml").write_text(SERVER.format(parameters=words))
    own = {"CATALINA_HOME": str(HOME), "CATALINA_BASE": str(base), "CATALINA_OPTS": OPTIONS}
    command = [str(HOME / "bin/catalina.sh"), "run"]
    with (
        (base / "out").open("wb") as out,
        run_program(inside, command, env={**os.environ, **own}, stderr=out) as program,
    ):
        # It listens before it accepts.
        wait_until(lambda: b"Server startup in" in (base / "out").read_bytes(), "Tomcat", 25)
        yield program, base / "go"


@contextmanager
def ask(inside: Namespace, taken: int) -> Iterator[list[socket.socket]]:
    """Ask one after the other; those beyond what Tomcat and its queue take get no connection."""
    with ExitStack() as stack:
        clients = []
        for number in range(CLIENTS):
            with inside.entered():
                if number < taken:
                    client = socket.create_connection(("127.0.0.1", PORT), 20)
                    client.sendall(REQUEST)
                else:
                    client = start_connecting("127.0.0.1", PORT)
            clients.append(stack.enter_context(client))
        yield clients


def accepted(watched: Watch) -> int:
    """Count the connections that Tomcat has accepted."""
    assert watched.sample is not None
    sockets = watched.sample.sockets
    established = (sockets.state == TcpState.ESTABLISHED) & (sockets.local_port == PORT)
    return int((established & (sockets.inode > 0)).sum())


def test_full_accept_queue_is_named_and_goes_with_a_longer_one(
    inside: Namespace, servlet: Path, tmp_path: Path
) -> None:
    few = {"maxThreads": 2, "minSpareThreads": 2, "maxConnections": 4}
    with (
        tomcat(inside, servlet, tmp_path / "short", **few, acceptCount=3) as (server, _),
        ask(inside, 8),
        watch(inside) as watched,
    ):
        finding = watched.wait_for(FULL, lambda f: f.level == 4)

        assert (finding.subject.pid, finding.subject.local_port) == (server.pid, PORT)
        assert finding.runtime == "tomcat"
        assert (finding.level, finding.limit) == (4, 3)
        assert accepted(watched) == 4
        assert not watched.told(BUSY)
        assert f":{PORT}" in confirm(inside, finding)
        advice = [b.text for s in explain_finding(finding).sections for b in s.blocks]
        assert any("`acceptCount`" in text for text in advice)
        with inside.entered(), pytest.raises(TimeoutError):
            socket.create_connection(("127.0.0.1", PORT), 1.5)
        words = "java.net.SocketTimeoutException: Connect timed out"
        cause = first_cause(explain(inside, words, "--to", f"127.0.0.1:{PORT}"), FULL)
        assert evidence_of(cause)["queue"] == 4

    with (
        tomcat(inside, servlet, tmp_path / "long", **few, acceptCount=100),
        ask(inside, CLIENTS),
        watch(inside) as watched,
    ):
        watched.look(6)

        assert accepted(watched) == 4
        assert not watched.told(FULL)


def test_busy_threads_are_named_and_not_the_accept_queue(
    inside: Namespace, servlet: Path, tmp_path: Path
) -> None:
    deep = {"minSpareThreads": 2, "maxConnections": 200, "acceptCount": 3}
    with (
        tomcat(inside, servlet, tmp_path / "few", **deep, maxThreads=2) as (server, go),
        ask(inside, CLIENTS) as clients,
        watch(inside) as watched,
    ):
        finding = watched.wait_for(BUSY)

        assert (finding.subject.pid, finding.subject.local_port) == (server.pid, PORT)
        assert finding.runtime == "tomcat"
        assert finding.summary.startswith("12 of 14 connections unread, ")
        assert (finding.value("queue"), finding.value("pool_threads")) == (0, 2)
        assert not watched.told(FULL)
        confirm(inside, finding)
        advice = [b.text for s in explain_finding(finding).sections for b in s.blocks]
        assert any("`maxThreads`" in text for text in advice)
        clients[-1].settimeout(0.5)
        with pytest.raises(TimeoutError):
            clients[-1].recv(100)
        words = "java.net.SocketTimeoutException: Read timed out"
        cause = first_cause(explain(inside, words, "--to", f"127.0.0.1:{PORT}"), BUSY)
        assert evidence_of(cause)["unread"] == 12

        go.touch()
        watched.wait_gone(BUSY)

    with (
        tomcat(inside, servlet, tmp_path / "many", **deep, maxThreads=20),
        ask(inside, CLIENTS),
        watch(inside) as watched,
    ):
        watched.look(6)

        assert accepted(watched) == CLIENTS
        assert not watched.told(BUSY)
        assert not watched.told(FULL)
