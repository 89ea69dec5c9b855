"""What is not the same at two moments of a namespace of the test's own, by two snapshots of it."""

from __future__ import annotations

import json
import socket
from pathlib import Path
from typing import Any

import pytest

from tests.commands.cli import run
from tests.lab.netns import Namespace, make_namespace
from tests.lab.scripts import Program, hear, run_script, tell
from tests.lab.sockets import wait_until

pytestmark = pytest.mark.root

LEAK = 40
_SERVER = f"""\
server = socket.create_server(("127.0.0.1", 8080), backlog=128)
say("up")
hear()
held = [server.accept()[0] for _ in range({LEAK})]
other = socket.create_server(("127.0.0.1", 9090), backlog=7)
say("leaks")
hear()
"""

Told = list[tuple[str, str, str, dict[str, tuple[Any, Any]]]]
"""Section, what became, of what, and values before and after."""


def test_listener_leak_and_setting_and_nothing_else(tmp_path: Path) -> None:
    with make_namespace() as inside, run_script(inside, _SERVER) as (server, _):
        before = snapshot(inside, tmp_path / "before.json")
        again = snapshot(inside, tmp_path / "again.json")
        leak(inside, server)
        inside.set_sysctl("net.ipv4.tcp_fin_timeout", 7)
        after = snapshot(inside, tmp_path / "after.json")
        name = Path(f"/proc/{server.pid}/comm").read_text().strip()

    assert diff(before, again, server) == []
    forth, back = diff(before, after, server), diff(after, before, server)
    assert [one for one in forth if one[0] != "findings"] == [
        ("listeners", "new", "tcp 127.0.0.1:9090", {"backlog": (None, 7)}),
        (
            "processes",
            "grew",
            f"{name}[{server.pid}]",
            {"sockets": (1, LEAK + 2), "fds": (4, LEAK + 5)},
        ),
        ("ports", "grew", f"port 8080 of {name}", {"CLOSE_WAIT": (0, LEAK)}),
        (
            "settings",
            "changed",
            "net.ipv4.tcp_fin_timeout",
            {"net.ipv4.tcp_fin_timeout": ("60", "7")},
        ),
    ]
    assert back == [mirrored(one) for one in forth]


def snapshot(inside: Namespace, path: Path) -> Path:
    done = run("snapshot", "-o", str(path), prefix=inside.prefix)
    assert done.returncode == 0, done.stderr
    return path


def leak(inside: Namespace, server: Program) -> None:
    """Connect to the server, which accepts, and hang up, of which it takes no notice."""
    with inside.entered():
        clients = [socket.create_connection(("127.0.0.1", 8080)) for _ in range(LEAK)]
    tell(server)
    assert hear(server) == "leaks"
    for client in clients:
        client.close()
    count = ("ss", "-tanH", "state", "close-wait")
    wait_until(lambda: len(inside.run(*count).splitlines()) == LEAK, "all in CLOSE_WAIT")


def diff(before: Path, after: Path, server: Program) -> Told:
    """Compare what concerns the server; other tests open files of the host at the same time."""
    done = run("diff", str(before), str(after), "--pid", str(server.pid), "--format", "json")
    document = json.loads(done.stdout)
    told = [
        (section, change["change"], change["subject"], values_of(change))
        for section, changes in document["changes"].items()
        for change in changes
        if change["subject"] != "open files"
    ]
    assert document["same"] is (done.returncode == 0), done.stderr
    return told


def values_of(change: dict[str, Any]) -> dict[str, tuple[Any, Any]]:
    return {value["name"]: (value["before"], value["after"]) for value in change["values"]}


def mirrored(change: Any) -> Any:
    section, turn, subject, values = change
    other = {"new": "gone", "gone": "new", "grew": "shrank", "graver": "milder"}.get(turn, turn)
    return section, other, subject, {name: (new, old) for name, (old, new) in values.items()}
