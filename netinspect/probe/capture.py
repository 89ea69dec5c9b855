"""The Capture: named sections of raw bytes from one pass over the kernel, and its byte format.

A stream is MAGIC followed by frames. A frame is

    u64 length of the rest | u32 length of the header | header | section bytes, one after the other

little-endian. The header is JSON, with blanks after it:

    schema        "netinspect.capture/1"
    taken_at      seconds since the epoch
    monotonic     seconds, CLOCK_BOOTTIME
    host          {name, kernel, boot_id, euid, capabilities, page_size, clock_ticks}
    self_pids     pids of the probe and its parents up to the viewer
    cost          {cpu, wall, interval, rss}: seconds, seconds, seconds from this pass to the next
                  (null: there is none), bytes
    pulses        [seconds, …], CLOCK_BOOTTIME: when a little was read since the pass before
    sections      [{name, netns, length}]: netns is a namespace's inode, 0 for the whole host;
                  {…, pieces: [length, …]} has what was read at each pulse, -1 where it was not
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
    pulse.sock_diag.listen4 .listen6 .connecting4 .connecting6   TCP LISTEN, TCP SYN_SENT: netlink
                                       messages without attributes asked for, perhaps not of all
    pulse.net.snmp .net.netstat        text of /proc/net files
    pulse.file_nr                      text of /proc/sys/fs/file-nr
"""

from __future__ import annotations

import json
import struct
import time

from .notes import Notes

SCHEMA = "netinspect.capture/1"
MAGIC = b"netinspect capture stream 1\n"
LENGTH = struct.Struct("<Q")

HEADER_LENGTH = struct.Struct("<I")


class Capture:
    """One pass: its sections, its notes and what it cost."""

    def __init__(self) -> None:
        self.taken_at = time.time()
        # goes on while the machine sleeps
        self.monotonic = time.clock_gettime(time.CLOCK_BOOTTIME)
        self.host = {}  # type: dict[str, object]
        self.self_pids = []  # type: list[int]
        self.cpu = 0.0
        self.wall = 0.0
        self.interval = None  # type: float | None
        self.rss = None  # type: int | None
        self.notes = Notes()
        self.pulses = []  # type: list[float]
        self._sections = []  # type: list[tuple[dict[str, object], bytes | bytearray]]

    def add(
        self,
        name: str,
        data: bytes | bytearray,
        netns: int = 0,
        pieces: list[int] | None = None,
    ) -> None:
        """Append a section. pieces: bytes of it that are of each pulse."""
        entry = {"name": name, "netns": netns, "length": len(data)}  # type: dict[str, object]
        if pieces is not None:
            entry["pieces"] = pieces
        self._sections.append((entry, data))

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
            "pulses": self.pulses,
            "sections": [entry for entry, _ in self._sections],
            "notes": self.notes.as_json(),
        }
        text = json.dumps(header).encode("ascii")
        text += b" " * (-(HEADER_LENGTH.size + len(text) + self._size_before_sockets()) % 8)
        return [HEADER_LENGTH.pack(len(text)) + text] + [data for _, data in self._sections]

    def _size_before_sockets(self) -> int:
        """Return how many bytes come before netlink messages, which are read best when aligned."""
        size = 0
        for entry, data in self._sections:
            if str(entry["name"]).startswith("sock_diag."):
                break
            size += len(data)
        return size
