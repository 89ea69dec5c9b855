"""Makes web-07.capture.xz anew: `python -m tests.recordings.make`, as root, in four minutes.

Everything happens in namespaces of its own, so that nothing of the host that makes it is in it:
network and pids are apart, and what /proc tells of executables and cgroups is replaced.
"""

from __future__ import annotations

import json
import lzma
import os
import resource
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import IO, Any

from netinspect.probe.capture import HEADER_LENGTH, LENGTH, MAGIC
from netinspect.probe.probe import Probe
from netinspect.probe.stream import write_frame
from tests.lab.netns import Namespace, join, make_namespace
from tests.recordings.outside import CLIENTS, be_outside
from tests.recordings.web_07 import ADDRESS, DATABASE, PROGRAMS, USERS, start

FILE = Path(__file__).parent / "web-07.capture.xz"
MOMENTS = (0, 30, 60, 90, 120, 150, 174, 176, 178, 180)
"""Seconds at which a Capture is taken: what lasts has lasted, what is quick is seen."""

_INTERVAL = 2.0
_WARM_UP = 25.0
_OWN = 2210  # the pid that netinspect has there
_SYSCTLS: dict[str, str | int] = {
    "net.ipv4.ip_local_port_range": "32768 36863",
    "net.ipv4.ip_local_reserved_ports": "33060",
    "net.ipv4.ip_unprivileged_port_start": 0,
}


def main() -> None:
    """Make both sides, take the Captures, write the file."""
    with make_namespace() as inside, make_namespace() as outside:
        _lay_network(inside, outside)
        peers = _start_outside(outside)
        command = [sys.executable, "-m", __spec__.name, "inside"]
        alone = ("unshare", "--pid", "--fork", "--kill-child", "--uts", "--mount-proc")
        try:
            with subprocess.Popen(
                [*inside.prefix, *alone, *command], stdout=subprocess.PIPE
            ) as host:
                assert host.stdout is not None
                FILE.write_bytes(lzma.compress(b"".join(_anonymous_frames(host.stdout))))
        finally:
            os.kill(peers, signal.SIGKILL)
            os.waitpid(peers, 0)
    print(f"{FILE.name}: {FILE.stat().st_size:,} bytes")


def _lay_network(inside: Namespace, outside: Namespace) -> None:
    join(inside, outside, "10.3.0")
    for namespace, addresses in ((inside, [ADDRESS]), (outside, [DATABASE[0], *CLIENTS])):
        device = f"to{outside.fd if namespace is inside else inside.fd}"
        for address in addresses:
            namespace.run("ip", "address", "add", f"{address}/16", "dev", device)
    inside.run("ip", "route", "add", "10.2.9.0/24", "via", DATABASE[0])
    outside.run("ip", "route", "add", "blackhole", "10.2.9.0/24")
    for name, value in _SYSCTLS.items():
        inside.set_sysctl(name, value)


def _start_outside(namespace: Namespace) -> int:
    read, write = os.pipe()
    pid = os.fork()
    if pid == 0:
        resource.setrlimit(resource.RLIMIT_NOFILE, (20_000, 20_000))
        with namespace.entered():
            be_outside(lambda: os.write(write, b"!"))
    assert os.read(read, 1) == b"!"
    return pid


def inside() -> None:
    """Be the first process of web-07: start the others, and netinspect's probe."""
    output = os.dup(1)
    socket.sethostname("web-07")
    Path("/proc/self/comm").write_text("systemd")
    for program in PROGRAMS:
        start(program)
        time.sleep(0.3)  # they need each other in this order
    time.sleep(_WARM_UP)
    Path("/proc/sys/kernel/ns_last_pid").write_text(str(_OWN - 1))
    probe = os.fork()
    if probe == 0:
        Path("/proc/self/comm").write_text("netinspect")
        _take_captures(output)
        os._exit(0)
    os.waitpid(probe, 0)


def _take_captures(output: int) -> None:
    probe = Probe()
    os.write(output, MAGIC)
    began = time.monotonic()
    for moment in MOMENTS:
        time.sleep(max(0.0, began + moment - time.monotonic()))
        capture = probe.take_capture()
        capture.interval = _INTERVAL
        write_frame(output, capture)


def _anonymous_frames(stream: IO[bytes]) -> Iterator[bytes]:
    assert stream.readline() == MAGIC
    yield MAGIC
    for _ in MOMENTS:
        (length,) = LENGTH.unpack(stream.read(LENGTH.size))
        frame = _anonymous(stream.read(length))
        yield LENGTH.pack(len(frame)) + frame


def _anonymous(frame: bytes) -> bytes:
    (size,) = HEADER_LENGTH.unpack_from(frame)
    header = json.loads(frame[HEADER_LENGTH.size :][:size])
    host = header["host"]
    host["kernel"] = host["kernel"].split("-")[0]
    host["boot_id"] = "00000000-0000-4000-8000-000000000007"
    at, sections = HEADER_LENGTH.size + size, []
    for section in header["sections"]:
        data = frame[at : at + section["length"]]
        at += section["length"]
        if section["name"] == "processes":
            data = json.dumps([_anonymous_process(p) for p in json.loads(data)]).encode()
        elif section["name"] == "users":
            data = b"".join(b"%d:%s\n" % (uid, name.encode()) for uid, name in USERS.items())
        section["length"] = len(data)
        sections.append(data)
    text = json.dumps(header).encode()
    return HEADER_LENGTH.pack(len(text)) + text + b"".join(sections)


def _anonymous_process(process: dict[str, Any]) -> dict[str, Any]:
    """Give a process the executable, command line and cgroup its name stands for."""
    comm = process["stat"].partition("(")[2].rpartition(")")[0]
    named = {program.name: program for program in PROGRAMS}.get(comm)
    command = named.command if named else f"/usr/bin/{comm}"
    cgroup = named.cgroup if named else "/user.slice/user-0.slice/session-3.scope"
    if process["pid"] == 1:
        command, cgroup = "/usr/lib/systemd/systemd", "/init.scope"
    return process | {
        "exe": command.split()[0],
        "cmdline": command.replace(" ", "\0") + "\0",
        "cgroup": f"0::{cgroup}\n",
    }


if __name__ == "__main__":
    inside() if sys.argv[1:] == ["inside"] else main()
