"""The Capture: named sections of raw bytes from one pass over the kernel, and its byte format.

A stream is MAGIC followed by frames. A frame is

    u64 length of the rest | u32 length of the header | header | section bytes, one after the other

little-endian. The header is JSON:

    schema        "netinspect.capture/1"
    taken_at      seconds since the epoch
    monotonic     seconds, CLOCK_BOOTTIME
    host          {name, kernel, boot_id, euid, capabilities, page_size, clock_ticks}
    self_pids     pids of the probe and its parents up to the viewer
    cost          {cpu, wall, interval, rss}: seconds, seconds, seconds until the next pass, bytes
    sections      [{name, netns, length}]: netns is a namespace's inode, 0 for the whole host
    notes         [{source, message, remedy, count, errno}]: what could not be read; null = unknown

Sections that a pass could not read are absent and have a note. Names:

    sock_diag.tcp4 .tcp6 .udp4 .udp6   netlink messages (header included) of every state but LISTEN
    sock_diag.listen4 .listen6         the same for TCP LISTEN, always with INFO and SKMEMINFO
    sock_diag.detail                   the same, with INFO, for sockets asked for one by one
    sock_diag.unix                     netlink messages of unix_diag
    proc_net.tcp .tcp6 .udp .udp6 .unix  text, where sock_diag is refused
    net.snmp .netstat .snmp6 .sockstat .sockstat6 .conntrack   text of /proc/net files
    sysctl                             lines "name = value"
    owners                             (u64 inode, u32 pid, u32 fd) for each socket descriptor
    processes                          JSON, one array of objects, see processes.py
    users                              lines "uid:name"
"""

from __future__ import annotations

import json
import struct
import time

from . import host, kernel_files, namespaces, owners, proc_net, processes, sock_diag, unix_diag
from .netlink import Netlink
from .notes import Notes

SCHEMA = "netinspect.capture/1"
MAGIC = b"netinspect capture stream 1\n"
LENGTH = struct.Struct("<Q")

HEADER_LENGTH = struct.Struct("<I")


class Capture:
    """One pass: its sections, its notes and what it cost."""

    def __init__(self) -> None:
        self.taken_at = time.time()
        self.monotonic = host.boot_seconds()
        self.host = {}  # type: dict[str, object]
        self.self_pids = []  # type: list[int]
        self.cpu = 0.0
        self.wall = 0.0
        self.interval = None  # type: float | None
        self.rss = None  # type: int | None
        self.notes = Notes()
        self._sections = []  # type: list[tuple[str, int, bytes | bytearray]]

    def add(self, name: str, data: bytes | bytearray, netns: int = 0) -> None:
        """Append a section."""
        self._sections.append((name, netns, data))

    def encode(self) -> list[bytes | bytearray]:
        """Return the frame without the length before it, in pieces to be written in order."""
        header = {
            "schema": SCHEMA,
            "taken_at": self.taken_at,
            "monotonic": self.monotonic,
            "host": self.host,
            "self_pids": self.self_pids,
            "cost": {
                "cpu": self.cpu,
                "wall": self.wall,
                "interval": self.interval,
                "rss": self.rss,
            },
            "sections": [
                {"name": name, "netns": netns, "length": len(data)}
                for name, netns, data in self._sections
            ],
            "notes": self.notes.as_json(),
        }
        text = json.dumps(header).encode("ascii")
        return [HEADER_LENGTH.pack(len(text)) + text] + [data for _, _, data in self._sections]


class Probe:
    """Takes Captures; keeps its descriptors open and what changes slowly in between.

    source: "netlink" asks sock_diag, "proc" reads the /proc/net tables, "auto" reads them where
    sock_diag is refused. viewer: pid of the process that shows the Captures, None = this one.
    """

    def __init__(
        self,
        *,
        source: str = "auto",
        viewer: int | None = None,
        proc: str = "/proc",
        netlink: Netlink | None = None,
    ) -> None:
        self._source = source
        self._proc = proc
        self._netlink = netlink or Netlink()
        self._processes = processes.ProcessReader(proc)
        self._host = host.read_host(proc)
        self._self_pids = host.read_self_pids(proc, viewer)
        self._watched = []  # type: list[bytes]
        self._open_early()

    def close(self) -> None:
        """Close all descriptors."""
        self._netlink.close()
        self._processes.close()

    def watch(self, requests: list[bytes]) -> None:
        """Have tcp_info of these sockets in every Capture; see sock_diag.parse_watch."""
        self._watched = requests

    def take_capture(self) -> Capture:
        """Read everything once. Whatever cannot be read becomes a Note; nothing is raised."""
        cpu, wall = time.thread_time(), time.monotonic()
        capture = Capture()
        capture.host, capture.self_pids = self._host, self._self_pids
        netns = namespaces.read_own_netns(self._proc)
        self._add_kernel_files(capture, netns)
        self._add_sockets(capture, netns)
        self._add_processes(capture)
        capture.add("users", host.read_users())
        capture.rss = host.read_rss(self._proc)
        capture.cpu, capture.wall = time.thread_time() - cpu, time.monotonic() - wall
        return capture

    def _open_early(self) -> None:
        # While there are descriptors to be had; a failure shows when the pass tries again.
        for opener in (self._processes.open, self._netlink.open):
            try:
                opener()
            except OSError:
                continue

    def _add_kernel_files(self, capture: Capture, netns: int) -> None:
        for name, text in kernel_files.read_net_files(self._proc, capture.notes):
            capture.add(name, text, netns)
        capture.add("sysctl", kernel_files.read_sysctls(self._proc, capture.notes), netns)

    def _add_sockets(self, capture: Capture, netns: int) -> None:
        with_info = self._count_tcp() < sock_diag.INFO_LIMIT
        for table in sock_diag.tables(with_info):
            self._add_table(capture, netns, table)
        if self._watched and not with_info and self._source != "proc":
            details = sock_diag.read_details(self._netlink, self._watched, capture.notes)
            capture.add("sock_diag.detail", details, netns)
        self._add_table(capture, netns, unix_diag.table())

    def _add_table(self, capture: Capture, netns: int, table: sock_diag.Table) -> None:
        if self._source != "proc":
            dumps = sock_diag.read_table(self._netlink, table, capture.notes)
            if dumps is not None:
                for name, messages in dumps:
                    capture.add(name, messages, netns)
                return
        if self._source != "netlink":
            text = proc_net.read_table(self._proc, table.text, capture.notes)
            if text is not None:
                capture.add("proc_net." + table.text, text, netns)

    def _add_processes(self, capture: Capture) -> None:
        try:
            objects, holders = self._processes.read(capture.notes)
        except OSError as error:
            message = error.strerror or "cannot be read"
            capture.notes.add(processes.SECTION, message, errno=error.errno)
            return
        capture.add(owners.SECTION, holders)
        capture.add(processes.SECTION, objects)

    def _count_tcp(self) -> int:
        folder = kernel_files.net_folder(self._proc)
        counted = Notes()  # said once already where the files are read as sections
        texts = [kernel_files.read_known(f"{folder}/{n}", "", counted) for n in _SOCKSTAT]
        return sum(sock_diag.count_tcp(text) for text in texts if text)


_SOCKSTAT = ("sockstat", "sockstat6")


def take_capture(source: str = "auto") -> Capture:
    """Read everything once, in this process."""
    probe = Probe(source=source)
    try:
        return probe.take_capture()
    finally:
        probe.close()
