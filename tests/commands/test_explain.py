"""`netinspect explain`: codes, texts, logs, what narrows them, formats, exit codes."""

from __future__ import annotations

import json
import os
import re
import shlex
import socket
import subprocess
from collections.abc import Iterator
from importlib import resources
from typing import Any

import jsonschema
import pytest

from netinspect.rules import RULES
from tests.commands.cli import COMMAND, run, service
from tests.lab.sockets import wait_until
from tests.tui.pty_terminal import PtyTerminal

ONCE = ("--samples", "1")
TWICE = ("--samples", "2", "--interval", "0.2")
REFUSED = "java.net.ConnectException: Connection refused"


def explain(*words: str, **options: Any) -> str:
    done = run("explain", *words, **options)
    assert done.returncode == 0, done.stderr
    return done.stdout


def document(*words: str, **options: Any) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(explain("--format", "json", *words, **options))
    return parsed


def causes(error: dict[str, Any]) -> dict[str, dict[str, Any]]:
    return {cause["code"]: cause for cause in error["causes"]}


def exe_of(pid: int) -> str:
    return os.readlink(f"/proc/{pid}/exe")


@pytest.fixture
def closed_port() -> Iterator[int]:
    """Have a port on which nobody listens, and that nobody else gets."""
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        yield holder.getsockname()[1]


# codes


def test_every_code_is_listed_with_its_title() -> None:
    lines = explain("--list").splitlines()

    assert {line.split()[0] for line in lines} == {*(rule.code for rule in RULES), "port-in-use"}
    assert all(len(line.split()) > 1 for line in lines)


def test_code_is_explained_with_the_numbers_of_this_host() -> None:
    with service(backlog=3, clients=4) as port:
        text = explain("accept-queue-full", "--port", str(port), *TWICE)

    assert f"127.0.0.1:{port}: 4/3 queued" in text
    assert "How to confirm" in text
    assert "Thresholds (--set accept-queue-full.NAME=VALUE)" in text


def test_code_of_what_is_not_there_is_explained_in_general_with_what_speaks_against_it() -> None:
    with service(backlog=7) as port:
        text = explain("accept-queue-full", "--to", f"127.0.0.1:{port}", *TWICE)

    assert text.startswith("accept-queue-full: ")
    words = " ".join(text.split())
    assert f"127.0.0.1:{port} has 0 of 7 queued and has dropped none so far" in words


def test_case_of_a_code_does_not_matter() -> None:
    text = explain("Accept-Queue-FULL", "--port", "1", *ONCE)

    assert text.startswith("accept-queue-full: ")


def test_mistyped_code_is_wrong_usage_and_the_nearest_is_named() -> None:
    done = run("explain", "acept-queue-full")

    assert (done.returncode, done.stdout) == (2, "")
    assert "did you mean `accept-queue-full`?" in done.stderr


# ports


def test_port_in_use_names_every_holder() -> None:
    with service(clients=2) as port:
        text = explain("port-in-use", "--port", str(port), *ONCE)

    assert f"TCP sockets on port {port} now\n  listener  127.0.0.1:{port}  " in text
    assert text.count("  child  ") == 2
    assert "in the way unless both set SO_REUSEPORT, as the same user" in text


def test_bound_socket_that_ss_does_not_show_is_named(closed_port: int) -> None:
    (holder,) = document("port-in-use", "--port", str(closed_port), *ONCE)["holders"]

    assert (holder["role"], holder["local"]) == ("bound", f"127.0.0.1:{closed_port}")
    assert len(holder["processes"]) == 1


def test_what_is_left_of_a_service_is_named_with_its_time() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        client = socket.create_connection(("127.0.0.1", port))
        server.accept()[0].close()
        client.close()

    holders = document("port-in-use", "--port", str(port), *ONCE)["holders"]

    (left,) = [one for one in holders if one["seconds_left"] is not None]
    assert 0 < left["seconds_left"] <= 60
    assert left["processes"] == []


def test_client_that_squats_on_the_port_is_named() -> None:
    with service() as port, socket.socket() as client:
        client.bind(("127.0.0.1", 0))
        taken = client.getsockname()[1]
        client.connect(("127.0.0.1", port))
        text = explain("port-in-use", "--port", str(taken), *ONCE)

    assert f"  client  127.0.0.1:{taken}  → 127.0.0.1:{port}  " in text
    assert "the port was given to an outgoing connection" in text


def test_listener_that_another_program_inherited_is_named() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        heir = subprocess.Popen(["sleep", "60"], pass_fds=[server.fileno()])
        try:
            wait_until(lambda: exe_of(heir.pid) != exe_of(os.getpid()), "the program")
            text = explain("port-in-use", "--port", str(port), *ONCE)
        finally:
            heir.kill()
            heir.wait()

    assert f"[{heir.pid}]" in text
    assert "inherited: different programs hold it" in text


def test_sockets_of_both_families_are_looked_at() -> None:
    with socket.create_server(("::", 0), family=socket.AF_INET6, dualstack_ipv6=True) as server:
        port = server.getsockname()[1]
        (holder,) = document("port-in-use", "--port", str(port), *ONCE)["holders"]

    assert holder["local"] == f"*:{port}"


def test_holder_of_another_address_is_not_in_the_way() -> None:
    with service() as port:
        text = explain("port-in-use", "--to", f"127.0.0.2:{port}", *ONCE)

    assert f"listener  127.0.0.1:{port}" in text
    assert "in the way" not in text.partition("\n\n")[0]


def test_free_port_is_said_to_be_free() -> None:
    with service() as port:
        pass

    assert f"No TCP socket has port {port} now" in explain(
        "port-in-use", "--port", str(port), *ONCE
    )


def test_udp_sockets_on_the_port_are_shown_apart() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as holder:
        holder.bind(("127.0.0.1", 0))
        port = holder.getsockname()[1]
        text = explain("port-in-use", "--port", str(port), *ONCE)

    assert f"UDP sockets on port {port} now\n  datagram  127.0.0.1:{port}" in text


def test_bind_error_names_the_holder() -> None:
    with service() as port:
        words = f"Error: listen EADDRINUSE: address already in use 127.0.0.1:{port}"
        (error,) = document(words, *ONCE)["errors"]

    assert error["causes"][0]["code"] == "port-in-use"
    assert error["causes"][0]["verdict"] == "found"
    assert error["holders"][0]["role"] == "listener"


# texts


def test_refusal_is_found_where_nobody_listens(closed_port: int) -> None:
    (error,) = document(f"{REFUSED} 127.0.0.1:{closed_port}", *ONCE)["errors"]

    cause = causes(error)["connection-refused"]
    assert cause["verdict"] == "found"
    assert cause["for"][0]["summary"] == f"nobody listens on 127.0.0.1:{closed_port}"


def test_refusal_is_not_found_where_somebody_listens_now() -> None:
    with service() as port:
        (error,) = document(REFUSED, "--to", f"localhost:{port}", *ONCE)["errors"]

    cause = causes(error)["connection-refused"]
    assert cause["verdict"] != "found"
    assert f" 127.0.0.1:{port} listens there now" in cause["against"]


def test_what_happens_at_the_peer_is_not_excluded() -> None:
    words = "dial tcp 192.0.2.9:5432: i/o timeout"

    (error,) = document(words, *TWICE)["errors"]

    cause = causes(error)["accept-queue-full"]
    assert cause["verdict"] == "unseen"
    assert "`ss -ltn 'sport = :5432'`" in cause["against"]


def test_error_without_kernel_evidence_is_said_to_be_one() -> None:
    text = explain("java.net.SocketException: Socket is closed")

    assert "no kernel evidence can exist" in text
    assert "Found" not in text
    assert "Possible" not in text


def test_peer_plays_no_part_in_an_error_of_this_host() -> None:
    (error,) = document("accept4: too many open files", "--pid", str(os.getpid()), *ONCE)["errors"]

    found = causes(error)
    assert found["fd-limit-process"]["verdict"] == "excluded"
    assert f"[{os.getpid()}] has " in found["fd-limit-process"]["against"]
    assert "peer" not in (found["accept-queue-full"]["against"] or "")


def test_words_need_no_quotes_and_may_be_several() -> None:
    assert explain("Connection", "reset", "by", "peer", *ONCE).startswith("reset: ")


def test_text_comes_from_standard_input_with_and_without_a_dash() -> None:
    assert explain("-", *ONCE, input=REFUSED).startswith("refused: ")
    assert explain(*ONCE, input=REFUSED).startswith("refused: ")


def test_process_that_has_ended_is_said_to_have_ended() -> None:
    child = subprocess.Popen(["true"])
    child.wait()

    text = explain(f"app[{child.pid}]: x", "Connection refused", *ONCE)

    assert f"there is no process {child.pid} now" not in text  # not a logger's form
    text = explain(f"pid {child.pid}: Connection refused", *ONCE)
    assert f"there is no process {child.pid} now: it has ended, or ran elsewhere" in text


def test_process_that_does_not_exist_is_an_error() -> None:
    done = run("explain", REFUSED, "--pid", "2000000000", *ONCE)

    assert done.returncode == 1
    assert "no process has pid 2000000000" in done.stderr


def test_thresholds_of_the_user_win() -> None:
    with service(backlog=9, clients=2) as port:
        words = (f"dial tcp 127.0.0.1:{port}: i/o timeout", *TWICE)
        least = ("accept-queue-full.warning_queue=1", "accept-queue-full.warning_share=0.1")
        (before,) = document(*words)["errors"]
        (after,) = document(*words, "--set", least[0], "--set", least[1])["errors"]

    assert causes(before)["accept-queue-full"]["verdict"] == "unseen"
    assert causes(after)["accept-queue-full"]["verdict"] == "found"


def test_command_to_read_on_works() -> None:
    with service(backlog=3, clients=4) as port:
        text = explain(f"dial tcp 127.0.0.1:{port}: i/o timeout", *TWICE)
        (line,) = [one for one in text.splitlines() if "explain accept-queue-full" in one]
        words = shlex.split(line.partition(": ")[2])

        assert words[0] == "netinspect"
        assert "4/3 queued" in explain(*words[2:], *TWICE)


@pytest.mark.parametrize(
    "text",
    [
        "dial tcp {}: i/o timeout",
        "dial tcp {}: connect: connection refused",
        "dial tcp {}: connect: no route to host",
        "read tcp 127.0.0.1:1->{}: read: connection reset by peer",
        "listen tcp {}: bind: address already in use",
        "getaddrinfo ENOTFOUND localhost",
        "HikariPool-1 - Connection is not available, request timed out after 3ms {}",
    ],
)
@pytest.mark.parametrize("address", ["127.0.0.1", "192.0.2.9"])
def test_commands_can_be_pasted(text: str, address: str) -> None:
    with service(backlog=3, clients=4) as port:
        told = explain(text.format(f"{address}:{port}"), *TWICE)
        lines = [line.partition("read on: ")[2] for line in told.splitlines()]
        for command in [*filter(None, lines), *re.findall(r"`([^`\n]+)`", told)]:
            words = command.replace("netinspect ", f"{shlex.join(COMMAND)} ", 1)
            done = subprocess.run(
                ["sh", "-ec", words], capture_output=True, text=True, check=False, timeout=60
            )
            assert done.returncode == 0, f"{command}: {done.stderr}"


# logs


def test_log_is_summarised_by_class_and_destination() -> None:
    log = "".join(f"12:00:0{i} connection refused 192.0.2.{i % 2}:80\n" for i in range(5))

    text = explain("-", *ONCE, input=log + "all is well\n12:00:09 socket hang up\n")

    assert text.startswith("7 lines, 6 errors of connections\n")
    rows = [line.split() for line in text.splitlines()[2:5]]
    assert rows[0] == ["3", "refused", "192.0.2.0:80", "12:00:00", "…", "12:00:04"]
    assert rows[2] == ["1", "peer-closed", "–", "12:00:09"]


def test_only_the_most_frequent_errors_are_looked_into() -> None:
    log = "".join(f"connection refused 192.0.2.{i}:80\n" for i in range(40))

    found = document("-", *ONCE, input=log)

    assert (len(found["log"]), len(found["errors"])) == (40, 3)
    assert "of other kinds, or towards other ends" in explain("-", *ONCE, input=log)


def test_progress_is_shown_on_a_terminal_only(tmp_path: Any) -> None:
    log = tmp_path / "app.log"
    log.write_text("all is well\n" * 50_000 + "connection reset\n")
    quiet = run("explain", "-", *ONCE, stdin=log.open())
    command = shlex.join([*COMMAND, "explain", "-", *ONCE]) + f" < {log} > {tmp_path}/out"

    terminal = PtyTerminal(["sh", "-c", command], {"TERM": "xterm-256color", "PATH": "/usr/bin"})
    terminal.wait_exit()

    assert b"reading" in terminal.output
    assert quiet.stderr == ""
    assert (tmp_path / "out").read_text().startswith("reset: ")


# what cannot be explained


@pytest.mark.parametrize("text", ["all is well", "zzz", "", "\n\n"])
def test_text_without_an_error_fails_with_one_clear_line(text: str) -> None:
    for done in (run("explain", "-", input=text), run("explain", text)):
        assert (done.returncode, done.stdout) == (1, "")
        assert done.stderr.startswith("netinspect: no")
        assert "Traceback" not in done.stderr


@pytest.mark.parametrize("end", ["", ":", "host", "host:0", "host:70000", "host:x", ":80"])
def test_wrong_end_is_wrong_usage(end: str) -> None:
    done = run("explain", REFUSED, "--to", end, *ONCE)

    assert done.returncode == 2
    assert "HOST:PORT" in done.stderr


def test_hostile_bytes_are_told_harmlessly() -> None:
    raw = b"\xff\xfe\x00\x1b]0;t\x07\x9b31m connection refused \xe2\x80\xae10.0.0.1:80\r\n" * 3
    done = subprocess.run(
        [*COMMAND, "explain", "-", *ONCE], input=raw, capture_output=True, check=False, timeout=60
    )

    assert done.returncode == 0
    assert all(line.decode().isprintable() for line in done.stdout.splitlines())


def test_one_gigantic_line_is_read() -> None:
    line = "x" * 5_000_000 + " connection refused " + "(" * 5_000_000

    assert document("-", *ONCE, input=line)["lines"] == 1


# documents


@pytest.mark.parametrize(
    "words",
    [
        ("accept-queue-full",),
        ("port-in-use", "--port", "22"),
        ("port-in-use",),
        (REFUSED,),
        ("listen tcp 127.0.0.1:22: bind: address already in use",),
        ("java.net.SocketException: Socket is closed",),
    ],
)
def test_document_keeps_to_its_schema(words: tuple[str, ...]) -> None:
    name = "explanation-1.json"
    schema = json.loads(resources.files("netinspect.schemas").joinpath(name).read_text())

    with service(backlog=3, clients=4):
        jsonschema.Draft202012Validator(schema).validate(document(*words, *TWICE))
