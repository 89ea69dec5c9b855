"""Network namespaces of a test's own: made empty, entered by a thread, gone with their last user.

A socket belongs to the namespace it was opened in, so one test holds sockets of several:

    with make_namespace() as inside:
        with inside.entered():
            listener = socket.create_server(("127.0.0.1", 80))
        inside.run("ss", "-tlnH")
"""

from __future__ import annotations

import array
import ctypes
import fcntl
import os
import socket
import struct
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

CLONE_NEWNET = 0x40000000
_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 1
_libc = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True)
class Namespace:
    """One network namespace, kept alive by a descriptor of the process that made it."""

    fd: int

    @property
    def path(self) -> str:
        """Name it for other processes, while the maker lives."""
        return f"/proc/{os.getpid()}/fd/{self.fd}"

    @property
    def inode(self) -> int:
        return os.stat(self.fd).st_ino

    @property
    def prefix(self) -> tuple[str, ...]:
        """Words that make the command after them run in the namespace."""
        return ("nsenter", f"--net={self.path}", "--")

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Move the calling thread, and what it starts, into the namespace for a while."""
        before = _open_current()
        try:
            _call("setns", self.fd, CLONE_NEWNET)
            yield
        finally:
            _call("setns", before, CLONE_NEWNET)
            os.close(before)

    def run(self, *command: str) -> str:
        """Run a command in the namespace and return its output; it must succeed."""
        done = subprocess.run(
            [*self.prefix, *command], capture_output=True, text=True, check=False, timeout=60
        )
        assert done.returncode == 0, f"{command}: {done.stderr}"
        return done.stdout

    def set_sysctl(self, name: str, value: str | int) -> None:
        """Set one of the settings that each namespace has of its own."""
        with self.entered():
            Path("/proc/sys", *name.split(".")).write_text(str(value))

    def set_loopback(self, up: bool) -> None:
        with self.entered():
            _set_loopback(up)


@contextmanager
def make_namespace(*, loopback: bool = True) -> Iterator[Namespace]:
    """Make an empty namespace; it goes when the last socket and process in it has gone."""
    before = _open_current()
    try:
        _call("unshare", CLONE_NEWNET)
        namespace = Namespace(_open_current())
        if loopback:
            _set_loopback(True)
    finally:
        _call("setns", before, CLONE_NEWNET)
        os.close(before)
    try:
        yield namespace
    finally:
        os.close(namespace.fd)


def join(left: Namespace, right: Namespace, network: str = "10.1.1") -> tuple[str, str]:
    """Lay a cable between two namespaces; returns the address of each end."""
    ends = (f"{network}.1", f"{network}.2")
    names = (f"to{right.fd}", f"to{left.fd}")
    left.run("ip", "link", "add", names[0], "type", "veth", "peer", names[1], "netns", right.path)
    for namespace, name, address in zip((left, right), names, ends, strict=True):
        namespace.run("ip", "address", "add", f"{address}/24", "dev", name)
        namespace.run("ip", "link", "set", name, "up")
    return ends


def _set_loopback(up: bool) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        request = array.array("b", struct.pack("16sh22x", b"lo", 0))
        fcntl.ioctl(control, _SIOCGIFFLAGS, request)
        (flags,) = struct.unpack_from("h", request, 16)
        struct.pack_into("h", request, 16, flags | _IFF_UP if up else flags & ~_IFF_UP)
        fcntl.ioctl(control, _SIOCSIFFLAGS, request)


def _open_current() -> int:
    return os.open("/proc/thread-self/ns/net", os.O_RDONLY)


def _call(name: str, *arguments: int) -> None:
    if getattr(_libc, name)(*arguments) != 0:
        number = ctypes.get_errno()
        raise OSError(number, f"{name}: {os.strerror(number)}")
