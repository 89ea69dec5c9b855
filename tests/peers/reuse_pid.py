"""Give a process id to another process between two samples, and print what netinspect says of it.

Runs as the first process of a pid namespace, where it may choose the next pid. Prints one row of
the process that took the id over, and one of a process that stayed.
"""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from pathlib import Path

from tests.commands.cli import COMMAND

PID = 5000
HOLD = "import os, sys; kept = [os.dup(0) for _ in range({})]; print(flush=True); sys.stdin.read()"


def hold(descriptors: int) -> subprocess.Popen[bytes]:
    """Start a process that holds so many descriptors more than it needs."""
    child = subprocess.Popen(
        [sys.executable, "-I", "-S", "-c", HOLD.format(descriptors)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert child.stdout is not None
    child.stdout.readline()
    return child


def hold_as(pid: int, descriptors: int) -> subprocess.Popen[bytes]:
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(pid - 1))
    child = hold(descriptors)
    assert child.pid == pid
    return child


def wait_until_it_sleeps(pid: int) -> None:
    """Wait until netinspect has taken its first sample."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        loaded = "_multiarray_umath" in Path(f"/proc/{pid}/maps").read_text()
        if loaded and ") S " in Path(f"/proc/{pid}/stat").read_text():
            return
        time.sleep(0.005)
    raise AssertionError("netinspect never slept")


def main() -> None:
    stays, first = hold(0), hold_as(PID, 0)
    words = ("descriptors", "--samples", "2", "--interval", "2", "--format", "json")
    watching = subprocess.Popen([*COMMAND, *words], stdout=subprocess.PIPE)
    wait_until_it_sleeps(watching.pid)
    watching.send_signal(signal.SIGSTOP)
    first.communicate()
    second = hold_as(PID, 500)
    watching.send_signal(signal.SIGCONT)
    rows = {row["pid"]: row for row in json.loads(watching.communicate()[0])["rows"]}
    print(json.dumps([rows[PID], rows[stays.pid]]))
    for child in (second, stays):
        child.communicate()


if __name__ == "__main__":
    main()
