"""The real command line, run as a user runs it."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

COMMAND = (sys.executable, "-m", "netinspect.cli")


def run(*words: str, **options: Any) -> subprocess.CompletedProcess[str]:
    """Run netinspect and return what it printed."""
    return subprocess.run(
        [*options.pop("prefix", ()), *COMMAND, *words],
        capture_output=options.pop("capture_output", True),
        text=True,
        timeout=60,
        check=False,
        **options,
    )


def run_json(*words: str, **options: Any) -> dict[str, Any]:
    """Run netinspect and parse the one document it prints."""
    done = run(*words, **options)
    assert done.returncode == 0, done.stderr
    document: dict[str, Any] = json.loads(done.stdout)
    return document


@contextmanager
def service(backlog: int = 7, clients: int = 0) -> Iterator[int]:
    """Listen on a loopback port of its own, with clients that nobody accepts; yields the port."""
    with socket.create_server(("127.0.0.1", 0), backlog=backlog) as server:
        port: int = server.getsockname()[1]
        connected = [socket.create_connection(("127.0.0.1", port)) for _ in range(clients)]
        yield port
        for client in connected:
            client.close()
