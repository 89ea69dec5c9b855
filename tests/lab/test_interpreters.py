"""The commonest errors of CPython and Node, their causes at work beside them, explained there."""

from __future__ import annotations

import socket
import sys
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

import pytest

from tests.lab.jvm import evidence_of, explain, first_cause, read_until, run_program
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program, run_script
from tests.lab.sockets import listen, start_connecting

pytestmark = pytest.mark.root
LOOPBACK = "127.0.0.1"

PYTHON = """\
import socket, sys, time, traceback
held, told = [], False
while True:
    try:
        held.append({act})
    except Exception:
        if not told:
            traceback.print_exc(file=sys.stdout)
            print("so it is", flush=True)
            told = True
    time.sleep({pause})
"""
NODE = """\
const net = require("net"), fs = require("fs");
let told = false;
function tell(error) {{
    if (!told) {{ console.log(error); console.log("so it is"); }}
    told = true;
}}
setInterval(() => {{ {act} }}, 100);
"""


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


@contextmanager
def python(inside: Namespace, act: str, pause: float = 0.05) -> Iterator[tuple[Program, str]]:
    """Do something again and again; yields the process and its first traceback."""
    code = PYTHON.format(act=act, pause=pause)
    with run_program(inside, [sys.executable, "-c", code]) as program:
        yield program, read_until(program, "so it is")


@contextmanager
def node(inside: Namespace, act: str) -> Iterator[tuple[Program, str]]:
    """The same with Node; act may call tell(error)."""
    code = NODE.format(act=textwrap.dedent(act))
    with run_program(inside, ["node", "-e", code]) as program:
        yield program, read_until(program, "so it is")


def test_python_is_refused_where_nobody_listens(inside: Namespace) -> None:
    with python(inside, "socket.create_connection(('127.0.0.1', 8080))") as (program, trace):
        error = explain(inside, trace, "--pid", str(program.pid))

    assert "ConnectionRefusedError: [Errno 111] Connection refused" in trace
    assert (error["error"], error["runtime"]) == ("refused", "python")
    assert evidence_of(first_cause(error, "connection-refused"))["refused"] > 0


def test_python_times_out_at_a_full_accept_queue(inside: Namespace) -> None:
    with ExitStack() as stack:
        with inside.entered():
            stack.enter_context(listen(LOOPBACK, 8080, backlog=2))
            for _ in range(3):
                stack.enter_context(start_connecting(LOOPBACK, 8080))
        program, trace = stack.enter_context(
            python(inside, "socket.create_connection(('127.0.0.1', 8080), timeout=2.5)")
        )
        error = explain(inside, trace, "--pid", str(program.pid))

    assert trace.splitlines()[-1] == "TimeoutError: timed out"
    assert error["error"] == "connect-timeout"
    assert evidence_of(first_cause(error, "accept-queue-full"))["queue"] == 3


def test_python_times_out_at_a_server_that_does_not_answer(inside: Namespace) -> None:
    server = """
        listener = socket.create_server(("127.0.0.1", 8080))
        say("ready")
        kept = []
        while True:
            kept.append(listener.accept()[0])
            kept[-1].recv(100)
    """
    act = "[c := socket.create_connection(('127.0.0.1', 8080), 3), c.send(b'x'), c.recv(1)]"
    with run_script(inside, server), python(inside, act) as (program, trace):
        error = explain(inside, trace, "--pid", str(program.pid))

    assert trace.splitlines()[-1] == "TimeoutError: timed out"
    assert error["error"] in ("read-timeout", "timeout")
    first_cause(error, "waiting-for-response")


def test_python_cannot_listen_on_a_port_that_is_taken(inside: Namespace) -> None:
    with (
        inside.entered(),
        socket.create_server((LOOPBACK, 8080)),
        python(inside, "socket.create_server(('127.0.0.1', 8080))") as (_, trace),
    ):
        error = explain(inside, trace)

    assert "OSError: [Errno 98] Address already in use" in trace
    assert error["port"] == 8080
    assert evidence_of(first_cause(error, "port-in-use"))["listeners"] == 1


def test_python_has_no_local_port_left(inside: Namespace) -> None:
    inside.set_sysctl("net.ipv4.ip_local_port_range", "40000 40049")
    with inside.entered():
        listener = listen(LOOPBACK, 8080)
    act = "socket.create_connection(('127.0.0.1', 8080))"
    with listener, python(inside, act, pause=0.01) as (program, trace):
        error = explain(inside, trace, "--pid", str(program.pid))

    assert "OSError: [Errno 99] Cannot assign requested address" in trace
    assert error["error"] == "no-local-port"
    assert evidence_of(first_cause(error, "ephemeral-exhaustion"))["used"] == 50


def test_node_is_refused_where_nobody_listens(inside: Namespace) -> None:
    with node(inside, 'net.connect(8080, "127.0.0.1").on("error", tell)') as (_, trace):
        error = explain(inside, trace)

    assert trace.startswith("Error: connect ECONNREFUSED 127.0.0.1:8080\n")
    assert (error["runtime"], error["address"], error["port"]) == ("node", LOOPBACK, 8080)
    finding = first_cause(error, "connection-refused")["for"][0]
    assert finding["summary"] == "nobody listens on 127.0.0.1:8080"


def test_node_cannot_listen_on_a_port_that_is_taken(inside: Namespace) -> None:
    act = 'net.createServer().on("error", tell).listen(8080, "127.0.0.1")'
    with (
        inside.entered(),
        socket.create_server((LOOPBACK, 8080)),
        node(inside, act) as (_, trace),
    ):
        error = explain(inside, trace)

    assert trace.startswith("Error: listen EADDRINUSE: address already in use 127.0.0.1:8080\n")
    assert evidence_of(first_cause(error, "port-in-use"))["listeners"] == 1


def test_node_is_reset_by_a_server_that_closes_with_unread_data(inside: Namespace) -> None:
    server = """
        listener = socket.create_server(("127.0.0.1", 8080))
        say("ready")
        while True:
            one = listener.accept()[0]
            one.recv(1)
            one.close()
    """
    act = """
        const c = net.connect(8080, "127.0.0.1").on("error", tell);
        c.write("many bytes");
    """
    with run_script(inside, server), node(inside, act) as (_, trace):
        error = explain(inside, trace)

    assert trace.startswith("Error: read ECONNRESET\n")
    assert evidence_of(first_cause(error, "reset-unread-data"))["resets"] > 0
