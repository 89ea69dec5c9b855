"""Exceptions of real programs, their causes at work beside them, explained in their namespace."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from tests.lab.jvm import (
    compile_java,
    evidence_of,
    explain,
    first_cause,
    found_causes,
    run_java,
)
from tests.lab.netns import Namespace, join, make_namespace
from tests.lab.scripts import run_script
from tests.lab.sockets import listen, start_connecting
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root
HERE, NOBODY = "10.9.0.1", "10.9.0.2"
LOOPBACK = "127.0.0.1"
_CLOSING_SERVER = """
listener = socket.create_server(("{address}", 8080))
say("ready")
while True:
    listener.accept()[0].close()
"""


@pytest.fixture(scope="module")
def classes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return compile_java("Trouble.java", tmp_path_factory.mktemp("java"))


@pytest.fixture
def inside() -> Iterator[Namespace]:
    """Make a namespace with a cable whose other end nobody holds, and a neighbour there."""
    with make_namespace() as namespace:
        for words in (
            "link add out type veth peer name far",
            f"address add {HERE}/24 dev out",
            "link set out up",
            "link set far up",
            f"neigh add {NOBODY} lladdr 02:00:00:00:00:02 dev out nud permanent",
        ):
            namespace.run("ip", *words.split())
        yield namespace


@pytest.fixture
def full_queue(inside: Namespace) -> Iterator[int]:
    """Listen with an accept queue that is full; yields the port."""
    with ExitStack() as stack, inside.entered():
        listener = stack.enter_context(listen(LOOPBACK, 8080, backlog=2))
        for _ in range(3):
            stack.enter_context(start_connecting(LOOPBACK, 8080))
        yield listener.getsockname()[1]


def test_connect_timed_out_because_the_accept_queue_is_full(
    inside: Namespace, classes: Path, full_queue: int
) -> None:
    with run_java(inside, classes, "connect", LOOPBACK, str(full_queue), "2500") as (jvm, trace):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.SocketTimeoutException: Connect timed out\n")
    assert (error["error"], error["runtime"]) == ("connect-timeout", "java")
    cause = first_cause(error, "accept-queue-full")
    assert evidence_of(cause)["queue"] == 3
    assert cause["for"][0]["subject"]["local_port"] == full_queue
    assert error["causes"][1]["code"] == "connect-timeout"
    assert error["causes"][1]["because_of"] == ["accept-queue-full"]


def test_connect_timed_out_because_nobody_answers(inside: Namespace, classes: Path) -> None:
    with run_java(inside, classes, "connect", NOBODY, "80", "2500") as (jvm, trace):
        error = explain(inside, trace, "--to", f"{NOBODY}:80", "--pid", str(jvm.pid))

    assert trace.startswith("java.net.SocketTimeoutException: Connect timed out\n")
    subject = first_cause(error, "connect-timeout")["for"][0]["subject"]
    assert (subject["remote_addr"], subject["remote_port"]) == (NOBODY, 80)
    assert subject["pid"] in (jvm.pid, None)  # None: seen between two samples only
    queue = next(cause for cause in error["causes"] if cause["code"] == "accept-queue-full")
    assert queue["verdict"] == "unseen"
    assert queue["against"] == "it can be seen at the peer only: `ss -ltn 'sport = :80'`"


def test_connection_timed_out_by_the_kernel(inside: Namespace, classes: Path) -> None:
    inside.set_sysctl("net.ipv4.tcp_syn_retries", 1)
    with run_java(inside, classes, "connect", NOBODY, "80") as (jvm, trace):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.ConnectException: Connection timed out\n")
    cause = first_cause(error, "connect-timeout")
    assert cause["for"][0]["subject"]["remote_addr"] == NOBODY


def test_read_timed_out_because_the_other_side_does_not_answer(
    inside: Namespace, classes: Path
) -> None:
    server = """
        listener = socket.create_server(("127.0.0.1", 8080))
        say("ready")
        kept = []
        while True:
            kept.append(listener.accept()[0])
            kept[-1].recv(100)
    """
    with (
        run_script(inside, server),
        run_java(inside, classes, "read", LOOPBACK, "8080", "3000") as (jvm, trace),
    ):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.SocketTimeoutException: Read timed out\n")
    assert error["error"] == "read-timeout"
    cause = first_cause(error, "waiting-for-response")
    assert evidence_of(cause)["waiting"] == 1
    assert cause["for"][0]["subject"]["remote_port"] == 8080
    assert cause["for"][0]["subject"]["pid"] in (jvm.pid, None)


def test_address_already_in_use_because_another_process_listens(
    inside: Namespace, classes: Path
) -> None:
    server = "listener = socket.create_server(('127.0.0.1', 8080)); say('ready'); hear()"
    with (
        run_script(inside, server) as (holder, _),
        run_java(inside, classes, "listen", LOOPBACK, "8080") as (_, trace),
    ):
        error = explain(inside, trace, "--port", "8080")
        unknown = explain(inside, trace)

    assert trace.startswith("java.net.BindException: Address already in use\n")
    cause = first_cause(error, "port-in-use")
    assert evidence_of(cause)["listeners"] == 1
    assert cause["for"][0]["subject"]["pid"] == holder.pid
    (row,) = error["holders"]
    assert (row["role"], row["local"]) == ("listener", "127.0.0.1:8080")
    assert row["processes"][0]["pid"] == holder.pid
    asked = next(cause for cause in unknown["causes"] if cause["code"] == "port-in-use")
    assert asked["against"] == "the port is not known: add --port N"


def test_address_already_in_use_of_an_outgoing_connection(inside: Namespace, classes: Path) -> None:
    inside.set_sysctl("net.ipv4.ip_local_port_range", "40000 40019")
    with inside.entered():
        listener = listen(LOOPBACK, 8080)
    with (
        listener,
        run_java(inside, classes, "bind-and-hold", LOOPBACK, "8080") as (jvm, trace),
    ):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.BindException: Address already in use\n")
    assert error["error"] == "no-source-port"
    assert error["causes"][0]["code"] in ("ephemeral-bind-pool", "ephemeral-exhaustion")
    assert error["causes"][0]["verdict"] == "found"


def test_cannot_assign_requested_address_because_no_local_port_is_left(
    inside: Namespace, classes: Path
) -> None:
    inside.set_sysctl("net.ipv4.ip_local_port_range", "40000 40099")
    with inside.entered():
        listener = listen(LOOPBACK, 8080, backlog=200)
    with listener, run_java(inside, classes, "hold", LOOPBACK, "8080") as (jvm, trace):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.BindException: Cannot assign requested address\n")
    assert error["error"] == "no-local-port"
    cause = first_cause(error, "ephemeral-exhaustion")
    assert evidence_of(cause)["used"] == 100
    assert cause["for"][0]["subject"]["remote_port"] == 8080


def test_cannot_assign_requested_address_because_it_is_not_here(
    inside: Namespace, classes: Path
) -> None:
    with run_java(inside, classes, "listen", "192.0.2.1", "8080") as (_, trace):
        error = explain(inside, trace)

    assert trace.startswith("java.net.BindException: Cannot assign requested address\n")
    assert error["error"] == "address-not-here"
    assert error["causes"] == []
    assert "ip -br address" in error["advice"][0]


def test_connection_refused_because_nobody_listens(inside: Namespace, classes: Path) -> None:
    with (
        inside.entered(),
        socket.create_server((HERE, 8080)),
        run_java(inside, classes, "connect", LOOPBACK, "8080") as (jvm, trace),
    ):
        asked = explain(inside, trace, "--to", f"{LOOPBACK}:8080", "--pid", str(jvm.pid))
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.ConnectException: Connection refused\n")
    finding = first_cause(asked, "connection-refused")["for"][0]
    assert finding["summary"].startswith("nobody listens on 127.0.0.1:8080, only ")
    assert finding["summary"].endswith(f" {HERE}:8080")
    assert finding["confidence"] == "certain"
    assert evidence_of(first_cause(error, "connection-refused"))["refused"] > 0


def test_refusal_that_the_http_client_does_not_name(inside: Namespace, classes: Path) -> None:
    with run_java(inside, classes, "http", LOOPBACK, "8080") as (_, trace):
        error = explain(inside, trace, "--to", f"{LOOPBACK}:8080")

    assert trace.startswith("java.net.ConnectException\n")
    assert error["error"] == "connect-failed"
    first_cause(error, "connection-refused")


def test_connection_reset_because_the_server_closes_with_unread_data(
    inside: Namespace, classes: Path
) -> None:
    server = """
        import time
        listener = socket.create_server(("127.0.0.1", 8080))
        say("ready")
        while True:
            one = listener.accept()[0]
            one.recv(10)
            one.close()
    """
    with (
        run_script(inside, server),
        run_java(inside, classes, "read", LOOPBACK, "8080", "9000") as (_, trace),
    ):
        error = explain(inside, trace)

    assert trace.startswith("java.net.SocketException: Connection reset\n")
    assert error["error"] == "reset"
    assert evidence_of(first_cause(error, "reset-unread-data"))["resets"] > 0


def test_broken_pipe_because_the_peer_elsewhere_closed_before(
    inside: Namespace, classes: Path
) -> None:
    with make_namespace() as outside:
        _, address = join(inside, outside)
        with (
            run_script(outside, _CLOSING_SERVER.format(address=address)),
            run_java(inside, classes, "write", address, "8080") as (_, trace),
        ):
            error = explain(inside, trace)

    assert trace.startswith("java.net.SocketException: Broken pipe\n")
    assert error["error"] == "broken-pipe"
    assert evidence_of(first_cause(error, "reset-by-peer"))["resets"] > 0


def test_broken_pipe_because_the_peer_on_this_host_closed_before(
    inside: Namespace, classes: Path
) -> None:
    with (
        run_script(inside, _CLOSING_SERVER.format(address=LOOPBACK)),
        run_java(inside, classes, "write", LOOPBACK, "8080") as (_, trace),
    ):
        error = explain(inside, trace)

    # The server's end resets as data comes after its close(): TCPAbortOnData, for most of them.
    assert error["error"] == "broken-pipe"
    assert found_causes(error) & {"reset-linger-zero", "reset-by-peer"}


def test_socket_is_closed_leaves_nothing_to_see(inside: Namespace, classes: Path) -> None:
    with (
        inside.entered(),
        socket.create_server((LOOPBACK, 8080)),
        run_java(inside, classes, "use-after-close", LOOPBACK, "8080") as (jvm, trace),
    ):
        error = explain(inside, trace, "--pid", str(jvm.pid))

    assert trace.startswith("java.net.SocketException: Socket is closed\n")
    assert (error["error"], error["kernel_evidence"]) == ("closed-locally", False)
    assert error["causes"] == []


def test_too_many_open_files_because_the_limit_is_reached(inside: Namespace, classes: Path) -> None:
    with ExitStack() as stack:
        clients: list[socket.socket] = []

        def dial() -> None:
            if len(clients) < 90:
                with suppress(ConnectionRefusedError):  # before it listens
                    client = socket.create_connection((LOOPBACK, 8080), 5)
                    clients.append(stack.enter_context(client))

        stack.enter_context(again_and_again(inside, dial, 0.005))
        jvm, trace = stack.enter_context(
            run_java(inside, classes, "accept", LOOPBACK, "8080", descriptors=80)
        )
        error = explain(inside, trace.removeprefix("listening\n"), "--pid", str(jvm.pid))

    assert trace.startswith("listening\njava.io.IOException: Too many open files\n")
    cause = first_cause(error, "fd-limit-process")
    assert cause["for"][0]["subject"]["pid"] == jvm.pid
    assert evidence_of(cause)["fds"] >= 76
