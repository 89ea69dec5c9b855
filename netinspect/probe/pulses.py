"""Pulses: a little of what a pass reads, several times between two passes.

A connect that is given up within a second and a queue that is full for a moment are gone when the
next pass comes. Reading listeners and counters costs next to nothing; asking for SYN_SENT alone
walks the kernel's whole table of connections. So each of the two parts measures what it costs and
stays away for as long as its share of a core says.
"""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Iterator

from . import sock_diag
from .capture import Capture
from .kernel_files import net_folder, read_file
from .netlink import Netlink

INTERVAL = 0.25
MOST = 40
"""Pulses between two passes; in a longer wait they are further apart."""

LIGHT_SHARE, CONNECTING_SHARE = 0.004, 0.006
"""Of one core, what the two parts take at most on average; the second walks the whole table."""

MOST_BYTES = 1 << 16
"""Of one list of sockets; the rest is left out."""

_NOT_READ = -1


class Pulses:
    """Takes pulses while the probe waits, and hands them to the next Capture.

    What cannot be read is left out: the pass notes why. netlink: None where it is not to be asked.
    """

    def __init__(self, netlink: Netlink | None, proc: str) -> None:
        self._netlink = netlink
        self._proc = proc
        self._parts = ((self._read_light, LIGHT_SHARE), (self._read_connecting, CONNECTING_SHARE))
        self._rest = [0] * len(self._parts)  # pulses that a part has to sit out
        self._interval = INTERVAL
        self._due = 0.0
        self._times = []  # type: list[float]
        self._taken = {}  # type: dict[str, dict[int, bytes | bytearray]]
        self._cpu = 0.0

    def begin(self, seconds: float) -> None:
        """Begin a wait of so many seconds."""
        self._interval = max(INTERVAL, seconds / MOST)
        self._due = time.monotonic() + self._interval

    @property
    def due(self) -> float:
        """Tell when the next pulse is due, in seconds of the monotonic clock."""
        return self._due if len(self._times) < MOST else float("inf")

    def take(self) -> None:
        """Read what may be read now."""
        number = len(self._times)
        self._times.append(time.clock_gettime(time.CLOCK_BOOTTIME))
        self._due = time.monotonic() + self._interval
        for part, (read, share) in enumerate(self._parts):
            if self._rest[part]:
                self._rest[part] -= 1
                continue
            cpu = time.thread_time()
            for name, data in read():
                self._taken.setdefault(name, {})[number] = data
            cpu = time.thread_time() - cpu
            self._rest[part] = int(cpu / share / self._interval)
            self._cpu += cpu

    def hand_over(self, capture: Capture, netns: int) -> None:
        """Put the pulses so far into a Capture and forget them."""
        capture.pulses = self._times
        capture.cpu += self._cpu
        for name, taken in self._taken.items():
            pieces = [len(taken[i]) if i in taken else _NOT_READ for i in range(len(self._times))]
            capture.add("pulse." + name, b"".join(taken.values()), netns, pieces)
        self._times, self._taken, self._cpu = [], {}, 0.0

    def _read_light(self) -> Iterator[tuple[str, bytes | bytearray]]:
        yield from self._read_dumps("listen", sock_diag.LISTEN)
        net = net_folder(self._proc)
        paths = (("net.snmp", net + "/snmp"), ("net.netstat", net + "/netstat"))
        for name, path in (*paths, ("file_nr", self._proc + "/sys/fs/file-nr")):
            try:
                yield name, read_file(path)
            except OSError:
                continue

    def _read_connecting(self) -> Iterator[tuple[str, bytes | bytearray]]:
        return self._read_dumps("connecting", sock_diag.SYN_SENT)

    def _read_dumps(self, name: str, state: int) -> Iterator[tuple[str, bytes | bytearray]]:
        if self._netlink is None:
            return
        for digit, family in (("4", socket.AF_INET), ("6", socket.AF_INET6)):
            try:
                messages, _ = self._netlink.dump(sock_diag.build_state_request(family, state))
            except OSError:
                continue
            yield "sock_diag." + name + digit, _cut(messages)


def _cut(messages: bytearray) -> bytearray:
    """Keep the first messages where there are too many."""
    end = len(messages) if len(messages) <= MOST_BYTES else 0
    while end < len(messages):
        (size,) = struct.unpack_from("=I", messages, end)
        if end + size > MOST_BYTES:
            break
        end += (size + 3) & ~3
    return messages[:end]
