"""The far end of web-07's connections: databases that answer, clients that come and go."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable
from contextlib import suppress

from tests.lab.sockets import listen
from tests.recordings.web_07 import (
    ACCEPTED,
    ADDRESS,
    BACKLOG,
    CLOSE,
    DATABASE,
    KEEP,
    SEARCH,
    Server,
)

CLIENTS = tuple(f"10.2.1.{n}" for n in range(1, 61))
_LONG = 3600.0
_ATTEMPTS = 20  # newcomers a second at the full port
_PATIENCE = 3.0  # seconds after which they give up


def be_outside(say_ready: Callable[[], object]) -> None:
    """Serve and dial until killed."""
    server = Server([listen(*DATABASE, backlog=512), listen(*SEARCH, backlog=512)])
    threading.Thread(target=server.work, args=(_LONG,), daemon=True).start()
    say_ready()
    kept = [
        _dial(port, n, KEEP)
        for port, count in ((443, 340), (8080, ACCEPTED + BACKLOG + 1), (22, 3), (3000, 18))
        for n in range(count)
    ]
    _come_and_go(kept)


def _come_and_go(*_: object) -> None:
    attempts: list[tuple[float, socket.socket]] = []
    turn = 0
    while True:
        turn += 1
        _see_off(_dial(443, turn, CLOSE))
        attempts += [(time.monotonic(), _attempt(turn + n)) for n in range(_ATTEMPTS // 10)]
        while attempts and time.monotonic() - attempts[0][0] > _PATIENCE:
            attempts.pop(0)[1].close()
        time.sleep(0.1)


def _dial(port: int, n: int, wish: bytes) -> socket.socket:
    end = time.monotonic() + 30
    while True:
        client = socket.socket()
        client.bind((CLIENTS[n % len(CLIENTS)], 0))
        client.settimeout(5)
        with suppress(OSError):
            client.connect((ADDRESS, port))
            client.sendall(wish)
            return client
        assert time.monotonic() < end, f"nobody listens on port {port}"
        time.sleep(0.1)


def _see_off(client: socket.socket) -> None:
    """Let the server close first: the wait after it is the server's."""
    with client:
        client.recv(1)


def _attempt(n: int) -> socket.socket:
    client = socket.socket()
    client.bind((CLIENTS[n % len(CLIENTS)], 0))
    client.setblocking(False)
    client.connect_ex((ADDRESS, 8080))
    return client
