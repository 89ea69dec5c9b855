"""Which machine this is, with what rights it is read, and what reading it costs."""

from __future__ import annotations

import os

from .kernel_files import read_file


def read_host(proc: str) -> dict[str, object]:
    """Return the header's facts about the host; null where they cannot be told."""
    name = os.uname()
    return {
        "name": name.nodename,
        "kernel": name.release,
        "boot_id": _read_text(proc + "/sys/kernel/random/boot_id"),
        "euid": os.geteuid(),
        "capabilities": _read_capabilities(proc),
        "page_size": os.sysconf("SC_PAGE_SIZE"),
        "clock_ticks": os.sysconf("SC_CLK_TCK"),
    }


def read_self_pids(proc: str, viewer: int | None) -> list[int]:
    """Return our pid and those of our parents up to the viewer; without one only our own."""
    chain = [os.getpid()]
    if viewer is None:
        return chain
    while chain[-1] not in (viewer, 1, 0):
        parent = _read_parent(proc, chain[-1])
        if parent is None:
            break
        chain.append(parent)
    return chain if chain[-1] == viewer else [os.getpid(), viewer]


def read_users(root: str = "") -> bytes:
    """Return lines "uid:name" of /etc/passwd; empty when it cannot be read.

    Asking the name service instead could go out to the network.
    """
    try:
        text = read_file(root + "/etc/passwd")
    except OSError:
        return b""
    users = [line.split(b":") for line in text.splitlines()]
    return b"".join(b"%s:%s\n" % (user[2], user[0]) for user in users if len(user) > 2)


def read_rss(proc: str) -> int | None:
    """Return the resident bytes of this process."""
    text = _read_text(proc + "/self/statm")
    return None if text is None else int(text.split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _read_capabilities(proc: str) -> int | None:
    for line in (_read_text(proc + "/self/status") or "").splitlines():
        if line.startswith("CapEff:"):
            return int(line.split()[1], 16)
    return None


def _read_parent(proc: str, pid: int) -> int | None:
    text = _read_text(f"{proc}/{pid}/stat")
    return None if text is None else int(text.rpartition(")")[2].split()[1])


def _read_text(path: str) -> str | None:
    try:
        return read_file(path).decode("utf-8", "replace").strip()
    except OSError:
        return None
