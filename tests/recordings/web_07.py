"""The programs of a web server in trouble: what runs on web-07 and what it holds.

Each is a process with the name, the pid and the user it would have; none of them is real, their
sockets and descriptors are.
"""

from __future__ import annotations

import os
import resource
import selectors
import socket
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from tests.lab.sockets import listen

ADDRESS = "10.2.0.4"
DATABASE, SEARCH, SILENT = ("10.2.0.9", 5432), ("10.2.0.9", 9200), ("10.2.9.1", 6379)
LEAKED, ACCEPTED, BACKLOG = 212, 380, 128
CLOSE, KEEP = b"c", b"k"
"""What a client sends first: that the server is to close, or to keep the connection."""

_FULL_LIMIT = 4096
_CONTAINER = "3f2ad81c09b7" + "0" * 52


@dataclass(frozen=True, slots=True)
class Program:
    """A process: who it says it is, and what it does."""

    pid: int
    name: str
    uid: int
    user: str
    command: str
    cgroup: str
    run: Callable[[], None]
    descriptors: int = 1024

    @property
    def exe(self) -> str:
        return self.command.split()[0]


def start(program: Program) -> int:
    """Run a program in a child with its pid; returns that."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
    pid = _fork(program.pid)
    if pid == 0:
        _become(program.name, program.uid, program.descriptors)
        with suppress(KeyboardInterrupt):
            program.run()
        os._exit(0)
    return pid


def _fork(pid: int) -> int:
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
    return os.fork()


def _become(name: str, uid: int, descriptors: int) -> None:
    os.closerange(3, 256)
    resource.setrlimit(resource.RLIMIT_NOFILE, (descriptors, max(descriptors, _FULL_LIMIT)))
    Path("/proc/self/comm").write_text(name)  # children have it too
    os.setgroups([])
    os.setresgid(uid, uid, uid)
    os.setresuid(uid, uid, uid)


class Server:
    """Accepts and keeps what clients want kept."""

    def __init__(self, listeners: Sequence[socket.socket], most: int | None = None) -> None:
        self._selector = selectors.DefaultSelector()
        self._left = most
        self._listeners = listeners  # they are kept when nobody is accepted any more
        for listener in listeners:
            listener.setblocking(False)
            self._selector.register(listener, selectors.EVENT_READ, "listener")

    def work(self, seconds: float) -> None:
        """Serve for a while."""
        left, end = seconds, time.monotonic() + seconds
        while left >= 0:
            for key, _ in self._selector.select(left):
                assert isinstance(key.fileobj, socket.socket)
                if key.data == "listener":
                    self._accept(key.fileobj)
                else:
                    self._serve(key.fileobj)
            left = end - time.monotonic()

    def _accept(self, listener: socket.socket) -> None:
        if self._left == 0:
            self._selector.unregister(listener)
            return
        with suppress(BlockingIOError):
            client, _ = listener.accept()
            client.setblocking(False)
            self._selector.register(client, selectors.EVENT_READ, "client")
            self._left = None if self._left is None else self._left - 1

    def _serve(self, client: socket.socket) -> None:
        with suppress(ConnectionError):
            wish = client.recv(4096)
            if wish and wish != CLOSE:
                client.sendall(wish)
                return
        self._selector.unregister(client)
        client.close()


def dial(server: tuple[str, int], wish: bytes = KEEP) -> socket.socket:
    """Connect, tell the server what to do with it and wait for its answer."""
    client = socket.socket()
    client.settimeout(10)
    client.connect(server)
    client.sendall(wish)
    client.recv(1)
    return client


def _hold(*_: object) -> None:
    """Keep what is open open."""
    while True:
        time.sleep(1)


def _serve(listeners: Sequence[socket.socket], *_: object) -> None:
    """Serve for ever; keep what is open open."""
    server = Server(listeners)
    while True:
        server.work(1)


def _sshd() -> None:
    _serve([listen("0.0.0.0", 22)])


def _udp(address: str, port: int) -> socket.socket:
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind((address, port))
    return sock


def _chronyd() -> None:
    _hold(_udp("127.0.0.1", 323))


def _resolved() -> None:
    _serve([listen("127.0.0.53", 53)], _udp("127.0.0.53", 53))


def _redis() -> None:
    _serve([listen("127.0.0.1", 6379, backlog=511)])


def _nginx() -> None:
    listeners = [listen("0.0.0.0", 443, backlog=511), listen("0.0.0.0", 80, backlog=511)]
    for pid in range(702, 706):
        if _fork(pid) == 0:
            os.setresuid(33, 33, 33)
            _serve(listeners, [dial(("127.0.0.1", 8000)) for _ in range(3)])
    _hold(listeners)


def _java() -> None:
    """Stop accepting at the limit of descriptors: closed connections were never let go of."""
    server = Server([listen("0.0.0.0", 8080, backlog=BACKLOG)], most=ACCEPTED)
    kept = [dial(("127.0.0.1", 6379)) for _ in range(12)]
    kept += [dial(DATABASE) for _ in range(24)]
    kept += [dial(DATABASE, CLOSE) for _ in range(LEAKED)]
    server.work(15)
    files = [os.pipe() for _ in range(32)]
    with suppress(OSError):
        while True:
            files.append((os.open("/usr/bin/env", os.O_RDONLY), -1))
    _hold(kept, files)


def _telegraf() -> None:
    """Make a connection for every point that is sent, and close it first."""
    waiting = []
    for _ in range(3):
        attempt = socket.socket()
        attempt.setblocking(False)
        attempt.connect_ex(SILENT)
        waiting.append(attempt)
    while True:
        with suppress(OSError):
            dial(SEARCH).close()
        time.sleep(0.028)


def _node() -> None:
    """Open two files a second and forget it."""
    server = Server([listen("0.0.0.0", 3000, backlog=511)])
    files = [os.open("/usr/bin/env", os.O_RDONLY) for _ in range(410)]
    cache = [dial(("127.0.0.1", 6379)) for _ in range(6)]
    while cache:
        server.work(0.5)
        files.append(os.open("/usr/bin/env", os.O_RDONLY))


def _gunicorn() -> None:
    listener = listen("127.0.0.1", 8000, backlog=2048)
    for _ in range(3):
        if os.fork() == 0:
            _serve([listener], [dial(DATABASE) for _ in range(4)])
    _hold(listener)


def _unit(name: str) -> str:
    return f"/system.slice/{name}.service"


PROGRAMS = (
    Program(511, "sshd", 0, "root", "/usr/sbin/sshd -D", _unit("ssh"), _sshd),
    Program(598, "chronyd", 112, "_chrony", "/usr/sbin/chronyd -F 1", _unit("chrony"), _chronyd),
    Program(
        *(604, "systemd-resolve", 991, "systemd-resolve", "/usr/lib/systemd/systemd-resolved"),
        *(_unit("systemd-resolved"), _resolved),
    ),
    Program(
        *(655, "redis-server", 110, "redis", "/usr/bin/redis-server 127.0.0.1:6379"),
        *(_unit("redis-server"), _redis, 10_032),
    ),
    Program(
        *(1310, "gunicorn", 1001, "deploy", "/usr/bin/gunicorn -w 3 shop.wsgi"),
        *(f"/system.slice/docker-{_CONTAINER}.scope", _gunicorn),
    ),
    Program(701, "nginx", 0, "root", "/usr/sbin/nginx -g daemon off;", _unit("nginx"), _nginx),
    Program(
        *(812, "java", 998, "tomcat", "/usr/bin/java -Xmx4g -jar /opt/tomcat/bin/bootstrap.jar"),
        *(_unit("tomcat"), _java, _FULL_LIMIT),
    ),
    Program(
        *(902, "telegraf", 997, "telegraf", "/usr/bin/telegraf --config /etc/telegraf.conf"),
        *(_unit("telegraf"), _telegraf, 16_384),
    ),
    Program(
        *(1204, "node", 1001, "deploy", "/usr/bin/node /srv/notify/server.js"),
        *(_unit("notify"), _node),
    ),
)
USERS = {program.uid: program.user for program in PROGRAMS} | {33: "www-data"}
