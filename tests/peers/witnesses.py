"""What other programs say of the sockets in a namespace, in the words of netinspect."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, TypeVar

from tests.commands.cli import run_json
from tests.lab.netns import Namespace
from tests.lab.sockets import wait_until

_SS_STATES = {
    "ESTAB": "ESTABLISHED",
    "UNCONN": "CLOSE",
    "FIN-WAIT-1": "FIN_WAIT1",
    "FIN-WAIT-2": "FIN_WAIT2",
}
FAMILIES = {"4": "inet", "6": "inet6"}

Socket = tuple[object, ...]
Holders = frozenset[tuple[int, int]]
"""Every (pid, fd) that holds one socket."""

Answer = TypeVar("Answer")


def ask_netinspect(namespace: Namespace, *words: str) -> list[dict[str, Any]]:
    """Return the rows of a table."""
    document = run_json(*words, "--format", "json", prefix=namespace.prefix)
    rows: list[dict[str, Any]] = document["rows"]
    return rows


def ask_around(witness: Callable[[], Answer], ours: Callable[[], Answer]) -> tuple[Answer, Answer]:
    """Ask the witness before and after us, until nothing changed in between."""
    answers: list[tuple[Answer, Answer]] = []

    def quiet() -> bool:
        before, mine, after = witness(), ours(), witness()
        answers[:] = [(after, mine)]
        return before == after

    wait_until(quiet, "two equal answers of the witness", seconds=60)
    return answers[0]


def sockets_of_ss(namespace: Namespace) -> dict[int, Socket]:
    """Return every TCP and UDP socket of `ss -tuan` by its cookie."""
    return {
        _number(r" sk:([0-9a-f]+)", line, 16): (FAMILIES[family], *_columns(line))
        for family in FAMILIES
        for line in namespace.run("ss", f"-tuanHOe{family}").splitlines()
    }


def sockets_of_netinspect(namespace: Namespace) -> dict[int, Socket]:
    """Return the same of ours; BOUND ones too."""
    names = ("family", "proto", "state", "recv_q", "send_q")
    return {
        int(row["cookie"]): (
            *(row[name] for name in names),
            (row["local_addr"], row["local_port"]),
            (row["remote_addr"], row["remote_port"]),
            row["inode"],
        )
        for row in ask_netinspect(namespace, "sockets")
    }


def holders_of_ss(
    namespace: Namespace, options: str = "-tuanHOep", inode: str = r" ino:(\d+)"
) -> dict[int, Holders]:
    """Return who holds which inode, by `ss -p`; inode: where its line names it."""
    held = {}
    for line in namespace.run("ss", options).splitlines():
        pairs = re.findall(r"pid=(\d+),fd=(\d+)\)", line)
        if pairs:
            held[_number(inode, line)] = frozenset((int(pid), int(fd)) for pid, fd in pairs)
    return held


def holders_of_lsof(namespace: Namespace) -> dict[int, Holders]:
    """Return who holds which inode, by lsof: IPv4 and IPv6 sockets it can identify."""
    held: dict[int, set[tuple[int, int]]] = {}
    pid, fd = 0, ""
    for line in namespace.run("lsof", "-nP", "-iTCP", "-iUDP", "-Fpfd").splitlines():
        if line[0] == "p":
            pid = int(line[1:])
        elif line[0] == "f":
            fd = line[1:]
        elif fd.isdigit():
            held.setdefault(int(line[1:]), set()).add((pid, int(fd)))
    return {inode: frozenset(holders) for inode, holders in held.items()}


def holders_of_netinspect(namespace: Namespace, *words: str) -> dict[int, Holders]:
    """Return the same of ours."""
    return {
        row["inode"]: frozenset((owner["pid"], owner["fd"]) for owner in row["owners"])
        for row in ask_netinspect(namespace, "sockets", *words)
        if row["owners"]
    }


def unix_sockets_of_ss(namespace: Namespace) -> dict[int, Socket]:
    """Return state, queues and name of every unix socket of `ss -xan` by its inode."""
    lines = map(str.split, namespace.run("ss", "-xanHO").splitlines())
    return {
        int(words[5]): (_state(words[1]), int(words[2]), int(words[3]), words[4].replace("*", ""))
        for words in lines
    }


def unix_sockets_of_netinspect(namespace: Namespace) -> dict[int, Socket]:
    """Return the same of ours."""
    return {
        row["inode"]: (row["state"], row["recv_q"], row["send_q"], row["path"] or "")
        for row in ask_netinspect(namespace, "sockets", "proto", "unix")
    }


def counters_of_nstat(namespace: Namespace) -> dict[str, int]:
    """Return every counter since the namespace was made."""
    lines = namespace.run("nstat", "-asz").splitlines()
    return {name: int(value) for name, value, _ in map(str.split, lines[1:])}


def counters_of_netinspect(namespace: Namespace) -> dict[str, int]:
    [counters] = run_json("snapshot", prefix=namespace.prefix)["counters"]
    return {name.replace(".", ""): value for name, value in counters.items() if name != "netns"}


def _columns(line: str) -> Socket:
    proto, state, recv_q, send_q, local, remote = line.split()[:6]
    return (
        proto,
        _state(state),
        int(recv_q),
        int(send_q),
        _endpoint(local),
        _endpoint(remote),
        _number(r" ino:(\d+)", line),
    )


def _state(text: str) -> str:
    return _SS_STATES.get(text, text.replace("-", "_"))


def _endpoint(text: str) -> tuple[str, int]:
    host, _, port = text.rpartition(":")
    return host.strip("[]").removeprefix("::ffff:"), 0 if port == "*" else int(port)


def _number(pattern: str, line: str, base: int = 10) -> int:
    found = re.search(pattern, line)
    return int(found[1], base) if found else 0
