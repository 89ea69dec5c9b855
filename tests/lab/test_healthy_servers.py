"""Real servers that are well, under load and idle: no rule may warn."""

from __future__ import annotations

import shutil
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.lab.health import look_for_alarms
from tests.lab.judging import watch
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program
from tests.lab.sockets import wait_until
from tests.lab.traffic import again_and_again

pytestmark = pytest.mark.root

NGINX = """
daemon off;
user root;
worker_processes 2;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ worker_connections 1024; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    upstream behind {{ server 127.0.0.1:8001; keepalive 32; }}
    server {{ listen 127.0.0.1:8001; location / {{ return 200 "answer"; }} }}
    server {{
        listen 127.0.0.1:8000;
        location / {{
            proxy_pass http://behind;
            proxy_http_version 1.1;
            proxy_set_header Connection "";
        }}
    }}
}}
"""


@pytest.fixture
def inside() -> Iterator[Namespace]:
    with make_namespace() as namespace:
        yield namespace


@pytest.fixture
def folder() -> Iterator[Path]:
    """Make a folder that every user may enter."""
    path = Path(tempfile.mkdtemp(prefix="netinspect-"))
    path.chmod(0o755)
    yield path
    shutil.rmtree(path)


def find_program(name: str) -> str:
    """Return the path of a server's program; skip where its package is not installed."""
    folders = [*map(str, Path("/usr/lib/postgresql").glob("*/bin")), "/usr/sbin", "/usr/bin"]
    found = shutil.which(name, path=":".join(folders))
    if found is None:
        pytest.skip(f"{name} is not installed: see tests/install-packages")
    return found


@contextmanager
def run(inside: Namespace, *command: str) -> Iterator[Program]:
    """Run a program in the namespace until the block ends."""
    quiet = subprocess.DEVNULL
    program = subprocess.Popen([*inside.prefix, *command], stdout=quiet, stderr=quiet, cwd="/")
    with program:
        try:
            yield program
        finally:
            program.send_signal(signal.SIGINT)  # the fast way to end for each of them


def wait_for_port(inside: Namespace, port: int) -> None:
    """Wait until somebody listens."""
    wait_until(lambda: bool(inside.run("ss", "-tlnH", f"sport = :{port}")), f"port {port}")


def test_nginx_is_well_under_load_and_after_it(inside: Namespace, folder: Path) -> None:
    nginx, wrk = find_program("nginx"), find_program("wrk")
    configuration = folder / "nginx.conf"
    configuration.write_text(NGINX.format(folder=folder))

    with (
        run(inside, nginx, "-p", str(folder), "-c", str(configuration)) as server,
        watch(inside) as watched,
    ):
        wait_for_port(inside, 8000)
        load = ("-t2", "-c200", "-d4s", "http://127.0.0.1:8000/")
        with run(inside, wrk, *load) as program:
            assert not look_for_alarms(watched, inside, server, program, looks=12)
        assert not look_for_alarms(watched, inside, server)


def test_postgresql_with_a_pool_is_well(inside: Namespace, folder: Path) -> None:
    postgres, initdb, ready = map(find_program, ("postgres", "initdb", "pg_isready"))
    data = folder / "data"
    data.mkdir()
    shutil.chown(data, "postgres", "postgres")
    as_postgres = ("setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups", "--")
    options = ("-A", "trust", "-N", "-U", "postgres", "--no-instructions", "--no-locale")
    subprocess.run(
        [*as_postgres, initdb, "-D", str(data), *options], check=True, capture_output=True, cwd="/"
    )
    settings = ("-c", "listen_addresses=127.0.0.1", "-c", "unix_socket_directories=")

    with (
        run(inside, *as_postgres, postgres, "-D", str(data), *settings) as server,
        ExitStack() as stack,
    ):
        wait_until(lambda: _answers(inside, ready), "an answer of PostgreSQL")
        pool = [stack.enter_context(_connect_postgresql(inside)) for _ in range(50)]
        with (
            again_and_again(inside, lambda: _select(pool[:5])),
            watch(inside) as watched,
        ):
            assert not look_for_alarms(watched, inside, server)


def _connect_postgresql(inside: Namespace) -> socket.socket:
    """Connect as the postgres user; trusted, so there is no password."""
    words = b"user\0postgres\0database\0postgres\0\0"
    with inside.entered():
        connection = socket.create_connection(("127.0.0.1", 5432), 10)
    connection.sendall(struct.pack(">II", 8 + len(words), 3 << 16) + words)
    _wait_ready(connection)
    return connection


def _answers(inside: Namespace, ready: str) -> bool:
    command = [*inside.prefix, ready, "-q", "-h", "127.0.0.1"]
    return subprocess.run(command, check=False).returncode == 0


def _select(connections: Sequence[socket.socket]) -> None:
    words = b"SELECT 1\0"
    for connection in connections:
        connection.sendall(b"Q" + struct.pack(">I", 4 + len(words)) + words)
        _wait_ready(connection)


def _wait_ready(connection: socket.socket) -> None:
    data = b""
    while data[-6:-1] != b"Z\0\0\0\x05":
        more = connection.recv(1 << 16)
        assert more, data
        data += more


def test_redis_is_well_under_load_and_with_waiting_consumers(
    inside: Namespace, folder: Path
) -> None:
    redis, benchmark = find_program("redis-server"), find_program("redis-benchmark")
    settings = ("--bind", "127.0.0.1", "--save", "", "--dir", str(folder))

    with run(inside, redis, *settings) as server, watch(inside) as watched, ExitStack() as stack:
        wait_for_port(inside, 6379)
        with inside.entered():
            for _ in range(30):
                consumer = stack.enter_context(socket.create_connection(("127.0.0.1", 6379)))
                consumer.sendall(b"BLPOP jobs 0\r\n")
        load = ("-c", "100", "-n", "200000", "-t", "get,set")
        with run(inside, benchmark, *load) as program:
            assert not look_for_alarms(watched, inside, server, program, looks=12)
        assert not look_for_alarms(watched, inside, server)
