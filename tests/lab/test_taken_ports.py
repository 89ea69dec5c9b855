"""Ports that somebody else has, for real, and the settings that lead there."""

from __future__ import annotations

import errno
import os
import shutil
import socket
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from netinspect.finding import Finding, Severity
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import (
    Address,
    PortHolder,
    Role,
    find_port_holders,
    parse_address,
)
from netinspect.rules.port_in_use import find_port_in_use
from tests.lab.judging import Watch, confirm, watch
from tests.lab.kernel import lists_bound_sockets
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import run_script
from tests.lab.sockets import connect, family_of, listen, pair, wait_until
from tests.samples import make_window

pytestmark = pytest.mark.root
PORT = 8080


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


def set_ports(namespace: Namespace, first: int, last: int, reserved: str = "\n") -> None:
    namespace.set_sysctl("net.ipv4.ip_local_port_range", f"{first} {last}")
    namespace.set_sysctl("net.ipv4.ip_local_reserved_ports", reserved)


def may_listen(namespace: Namespace, address: str, port: int, *, reuse: bool) -> bool:
    """Try to listen on a port, as a service does that is started."""
    with namespace.entered(), closing(socket.socket(family_of(address))) as service:
        service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            service.bind((address, port))
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise
            return False
        return True


def test_service_in_the_range_is_told_until_its_port_is_reserved(inside: Namespace) -> None:
    set_ports(inside, 40000, 40099)
    with inside.entered():
        service, other = listen(port=40050), listen(port=5432)
        odd, outside = listen(port=40051), listen(port=39998)
    code = "config-listener-in-range"
    with watch(inside) as watched:
        finding = watched.wait_for(code)

        assert finding.severity is Severity.INFO
        assert (finding.subject.local_port, finding.subject.pid) == (40050, os.getpid())
        assert len(watched.told(code)) == 1
        assert "40050" in confirm(inside, finding)

        with inside.entered():
            clients = [connect(other) for _ in range(10)]
        watched.wait_for(code, lambda f: f.severity is Severity.WARNING)
        set_ports(inside, 40000, 40099, "40050,40051")
        watched.wait_gone(code)
    for one in (service, other, odd, outside, *clients):
        one.close()


def connect_to_itself(port: int) -> socket.socket:
    """Dial a port nobody listens on until connect() is given that very port."""
    for _ in range(100):
        client = socket.socket()
        try:
            client.connect(("127.0.0.1", port))
        except ConnectionRefusedError:
            client.close()
        else:
            return client
    raise AssertionError("never connected to itself")


def test_client_that_meets_itself_is_told_and_keeps_the_service_down(inside: Namespace) -> None:
    set_ports(inside, 40000, 40003)
    with watch(inside) as watched:
        watched.look(2)
        assert not watched.told("self-connect")

        with inside.entered():
            client = connect_to_itself(40002)
        finding = watched.wait_for("self-connect")

        assert client.getsockname() == client.getpeername() == ("127.0.0.1", 40002)
        assert (finding.severity, finding.subject.pid) == (Severity.CRITICAL, os.getpid())
        assert finding.summary == "127.0.0.1:40002 is connected to itself"
        assert "ESTAB" in confirm(inside, finding)
        assert not may_listen(inside, "127.0.0.1", 40002, reuse=True)

        client.close()
        over = watched.wait_for("self-connect", lambda f: f.severity is Severity.WARNING)
        assert 0 < float(over.value("seconds_left") or 0) <= 60
        assert not may_listen(inside, "127.0.0.1", 40002, reuse=True)
        confirm(inside, over)


def test_client_that_is_given_the_port_of_a_stopped_service_is_told(inside: Namespace) -> None:
    set_ports(inside, 40050, 40051)
    with inside.entered():
        service, other = listen(port=40050), listen(port=5432)
    with watch(inside) as watched:
        watched.look(2)
        service.close()
        watched.look(2)
        assert not watched.told("port-squatted")  # a restart takes as long

        with inside.entered():
            client, server = pair(other)
        assert client.getsockname()[1] == 40050
        finding = watched.wait_for("port-squatted", lambda f: f.value("squatters") == 1)

        assert (finding.severity, finding.subject.pid) == (Severity.CRITICAL, os.getpid())
        assert finding.value("squatter_remote") == "127.0.0.1:5432"
        assert finding.subject.local_port == 40050
        assert "127.0.0.1:5432" in confirm(inside, finding)
        assert not may_listen(inside, "0.0.0.0", 40050, reuse=True)

        client.close()
        server.close()
        waits = watched.wait_for("port-squatted", lambda f: bool(f.value("seconds_left")))
        assert waits.severity is Severity.CRITICAL
        assert not may_listen(inside, "0.0.0.0", 40050, reuse=True)
    other.close()


def test_stopped_service_that_nobody_replaced_is_told_until_it_is_back(inside: Namespace) -> None:
    set_ports(inside, 40050, 40051)
    with inside.entered():
        service = listen(port=40050)
        ends = pair(service)
    with watch(inside) as watched:
        watched.look(2)
        service.close()

        finding = watched.wait_for("port-squatted")

        assert (finding.severity, finding.value("squatters")) == (Severity.WARNING, 0)
        confirm(inside, finding)
        with inside.entered():
            service = listen(port=40050)
        watched.wait_gone("port-squatted")
    for one in (service, *ends):
        one.close()


def test_settings_out_of_the_ordinary_are_told_until_they_are_set_back(inside: Namespace) -> None:
    usual = {
        "net.ipv4.ip_local_port_range": "32768 60999",
        "net.ipv4.ip_local_reserved_ports": "\n",
        "net.ipv4.tcp_abort_on_overflow": "0",
        "net.ipv4.tcp_syncookies": "1",
    }
    unusual = dict(zip(usual, ("50001 51999", "8080,50010", "1", "0"), strict=True))
    codes = (
        "range-tiny",
        "range-parity",
        "reserved-useless",
        "abort-on-overflow",
        "syncookies-off",
    )
    for name, value in usual.items():
        inside.set_sysctl(name, value)
    with watch(inside) as watched:
        assert not [f for f in watched.look(4) if f.code.startswith("config-")]

        for name, value in unusual.items():
            inside.set_sysctl(name, value)
        found = {code: watched.wait_for(f"config-{code}") for code in codes}

        assert found["range-tiny"].value("ports") == 1999
        assert found["range-tiny"].severity is Severity.WARNING
        assert found["range-parity"].value("parity") == "odd"
        assert found["reserved-useless"].value("outside_ports") == "8080"
        assert found["abort-on-overflow"].value("tcp_abort_on_overflow") == 1
        assert found["syncookies-off"].value("tcp_syncookies") == 0
        for finding in found.values():
            confirm(inside, finding)

        for name, value in usual.items():
            inside.set_sysctl(name, value)
        for code in codes:
            watched.wait_gone(f"config-{code}")


@pytest.fixture
def nginx(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    """Return a Python that a look at its executable takes for nginx."""
    program = tmp_path / "nginx"
    shutil.copy(os.path.realpath(sys.executable), program)
    monkeypatch.setenv("PYTHONHOME", sys.base_prefix)
    return str(program)


def test_queue_cut_to_somaxconn_is_told_and_graver_when_it_fills(
    inside: Namespace, nginx: str
) -> None:
    inside.set_sysctl("net.core.somaxconn", 16)
    script = """
        listener = socket.create_server(("127.0.0.1", 80), backlog=511)
        say("listens")
        hear()
    """
    code = "config-backlog-clamped"
    with run_script(inside, script, command=[nginx]) as (program, _), watch(inside) as watched:
        finding = watched.wait_for(code)

        assert (finding.severity, finding.subject.name) == (Severity.INFO, "nginx")
        assert (finding.value("backlog"), finding.value("asked")) == (16, 511)
        assert finding.runtime == "nginx"
        confirm(inside, finding)

        with inside.entered():
            clients = [socket.create_connection(("127.0.0.1", 80)) for _ in range(8)]
        watched.wait_for(code, lambda f: f.severity is Severity.WARNING)
        for client in clients:
            client.close()
        program.kill()
        watched.wait_gone(code)


PLACES = ("0.0.0.0", "127.0.0.1", "127.0.0.2", "::", "::1")


def holders(watched: Watch, port: int, address: Address | None = None) -> list[PortHolder]:
    watched.look()
    assert watched.sample is not None
    return list(find_port_holders(watched.sample, port, address=address))


def ask(watched: Watch, port: int) -> Finding:
    assert watched.sample is not None
    [finding] = find_port_in_use(Facts(make_window(watched.sample)), port)
    return finding


@pytest.mark.parametrize("has", PLACES)
def test_listener_is_in_the_way_just_where_the_kernel_refuses(inside: Namespace, has: str) -> None:
    with inside.entered():
        listener = listen(has, PORT)
    with watch(inside) as watched:
        for wants in PLACES:
            [holder] = holders(watched, PORT, parse_address(wants))

            assert holder.role is Role.LISTENER
            assert holder.hinders is not may_listen(inside, wants, PORT, reuse=True), wants
        assert [process.pid for process in holder.processes] == [os.getpid()]
        assert f":{PORT}" in confirm(inside, ask(watched, PORT))
    listener.close()


def test_ipv6_only_listener_is_not_in_the_way_of_ipv4(inside: Namespace) -> None:
    with inside.entered():
        listener = socket.create_server(("::", PORT), family=socket.AF_INET6)
    with watch(inside) as watched:
        for wants in PLACES:
            [holder] = holders(watched, PORT, parse_address(wants))

            assert holder.hinders is not may_listen(inside, wants, PORT, reuse=True), wants
    listener.close()


@pytest.mark.parametrize("reuse", [False, True])
def test_what_a_service_leaves_is_told_apart_from_clients(inside: Namespace, reuse: bool) -> None:
    set_ports(inside, 40000, 40999)
    with inside.entered(), socket.socket() as service:
        service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        service.bind(("127.0.0.1", PORT))
        service.listen()
        client, server = pair(service)
        squatted = client.getsockname()[1]
    with watch(inside) as watched:
        [left] = holders(watched, PORT)
        [outgoing] = holders(watched, squatted)

        assert (left.role, left.processes[0].pid) == (Role.LEFTOVER, os.getpid())
        # The service is gone, so that the far end's port is what tells.
        assert outgoing.role is Role.CLIENT
        assert ask(watched, PORT).summary == "1 left over"
        for port in (PORT, squatted):
            assert not may_listen(inside, "127.0.0.1", port, reuse=False)
        # SO_REUSEADDR helps against what has it too: what is left has it from its service.
        assert may_listen(inside, "127.0.0.1", PORT, reuse=True) is reuse
        assert not may_listen(inside, "127.0.0.1", squatted, reuse=True)

        server.close()
        assert client.recv(1) == b""
        client.close()
        wait_until(lambda: holders(watched, PORT)[0].seconds_left is not None, "TIME_WAIT")
        [waits] = holders(watched, PORT)
        assert (waits.role, waits.processes) == (Role.LEFTOVER, ())
        assert 0 < float(ask(watched, PORT).value("seconds_left") or 0) <= 60
        assert may_listen(inside, "127.0.0.1", PORT, reuse=True) is reuse
        confirm(inside, ask(watched, PORT))


@pytest.mark.skipif(not lists_bound_sockets(), reason="needs Linux 6.8")
def test_socket_that_is_only_bound_is_found_where_ss_shows_nothing(inside: Namespace) -> None:
    with inside.entered(), socket.socket() as bound:
        bound.bind(("127.0.0.1", PORT))
        with watch(inside) as watched:
            [holder] = holders(watched, PORT)

            assert (holder.role, holder.processes[0].pid) == (Role.BOUND, os.getpid())
            assert not may_listen(inside, "127.0.0.1", PORT, reuse=True)
            assert ask(watched, PORT).summary == "1 bound only"
            assert f":{PORT}" not in inside.run("ss", "-tanH")


def test_listener_that_a_child_inherited_names_both(inside: Namespace) -> None:
    script = f"""
        listener = socket.create_server(("127.0.0.1", {PORT}))
        listener.set_inheritable(True)
        if os.fork() == 0:
            os.execvp("sleep", ["sleep", "30"])
        say("listens")
        hear()
    """
    with run_script(inside, script) as (program, _), watch(inside) as watched:
        wait_until(lambda: len(holders(watched, PORT)[0].processes) == 2, "the child")
        wait_until(lambda: holders(watched, PORT)[0].mixed, "the child's own program")
        [holder] = holders(watched, PORT)

        names = {process.name for process in holder.processes}
        child = next(process.pid for process in holder.processes if process.name == "sleep")
        assert "sleep" in names
        program.kill()
        program.wait()
        wait_until(lambda: len(holders(watched, PORT)[0].processes) == 1, "the end of the parent")
        assert not may_listen(inside, "127.0.0.1", PORT, reuse=True)
        os.kill(child, 9)
        wait_until(lambda: not holders(watched, PORT), "the end of the child")
        assert may_listen(inside, "127.0.0.1", PORT, reuse=False)
        assert ask(watched, PORT).summary == "nobody has this port"


def test_listeners_that_share_a_port_let_nobody_of_another_user_in(inside: Namespace) -> None:
    with inside.entered():
        siblings = [listen(port=PORT, reuse_port=True) for _ in range(2)]
    joins = f"""
        os.setuid(65534)
        service = socket.socket()
        service.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        try:
            service.bind(("127.0.0.1", {PORT}))
        except OSError as error:
            say(error.strerror)
    """
    with watch(inside) as watched:
        found = holders(watched, PORT)

        assert [holder.shared for holder in found] == [True, True]
        assert ask(watched, PORT).value("uid") == os.getuid()
        with run_script(inside, joins) as (_, said):
            assert said == "Address already in use"
        with inside.entered():
            listen(port=PORT, reuse_port=True).close()
    for one in siblings:
        one.close()
