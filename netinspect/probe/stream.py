"""Writes one Capture after the other to standard output, at a pace that stays cheap.

Commands come in on standard input, one a line:

    refresh            take a Capture now
    interval SECONDS   take one every so many seconds from now on
    viewer SECONDS     so much CPU time each Capture costs the one who shows it
    watch SOCKET …     have tcp_info of these sockets in each Capture, in place of those before;
                       a socket is u8 family, u8 protocol, struct inet_diag_sockid in hexadecimal

The stream ends with its input, or when nobody reads it any more.
"""

from __future__ import annotations

import fcntl
import os
import select
import time

from .capture import LENGTH, MAGIC, Capture
from .probe import Probe
from .pulses import Pulses
from .sock_diag import parse_watch

CPU_SHARE = 0.05
"""The part of one core that probe and viewer take on average; the interval stretches for it."""

SHORTEST_INTERVAL = 0.1
LONGEST_INTERVAL = 86_400.0

_F_SETPIPE_SZ = 1031
_PIPE_SIZE = 1 << 20
_LONGEST_LINE = 1 << 20
_MOST_VIEWER_CPU = 60.0


class Commands:
    """What is asked for on standard input."""

    def __init__(self, fd: int, interval: float) -> None:
        self.interval = _within_bounds(interval)
        self.viewer_cpu = 0.0  # seconds for each Capture
        self.watched = []  # type: list[bytes]
        self._fd = fd
        self._rest = b""

    def wait(self, due: float, pulses: Pulses) -> bool:
        """Wait until a Capture is due or asked for; False when the input has ended.

        due: seconds of the monotonic clock. pulses: taken meanwhile.
        """
        interval = self.interval
        while True:
            left = min(due, pulses.due) - time.monotonic()
            if not select.select([self._fd], [], [], max(0.0, left))[0]:
                if time.monotonic() >= due:
                    return True
                pulses.take()
                continue
            received = os.read(self._fd, _LONGEST_LINE)
            if not received:
                return False
            if self._take(received) or self.interval < interval:
                return True

    def _take(self, received: bytes) -> bool:
        """Obey the complete lines; tell whether a Capture is wanted now."""
        *lines, rest = (self._rest + received).split(b"\n")
        self._rest = rest if len(rest) < _LONGEST_LINE else b""
        refresh = False
        for line in lines:
            name, *words = line.split() or [b""]
            refresh = refresh or name == b"refresh"
            self._obey(name, words)
        return refresh

    def _obey(self, name: bytes, words: list[bytes]) -> None:
        try:
            if name == b"interval":
                self.interval = _within_bounds(float(words[0]))
            elif name == b"viewer":
                self.viewer_cpu = min(max(0.0, float(words[0])), _MOST_VIEWER_CPU)
            elif name == b"watch":
                self.watched = parse_watch(words)
        except (ValueError, IndexError):
            pass  # a viewer newer than this probe: what was asked before stays


def _within_bounds(interval: float) -> float:
    return min(max(SHORTEST_INTERVAL, interval), LONGEST_INTERVAL)  # not a number: the shortest


def run_stream(
    probe: Probe, interval: float, output: int, commands_fd: int, cpu_share: float = CPU_SHARE
) -> None:
    """Write Captures until the input ends. Raises BrokenPipeError when the reader is gone."""
    commands = Commands(commands_fd, interval)
    _enlarge_pipe(output)
    _write(output, MAGIC)
    cost_of_writing = 0.0
    while True:
        started = time.monotonic()
        probe.watch(commands.watched)
        capture = probe.take_capture()
        capture.cpu += cost_of_writing
        cpu = capture.cpu + commands.viewer_cpu
        wait = capture.interval = max(commands.interval, cpu / cpu_share)
        before = time.thread_time()
        write_frame(output, capture)
        cost_of_writing = time.thread_time() - before
        del capture  # it may be large, and the wait long
        probe.pulses.begin(wait)
        if not commands.wait(started + wait, probe.pulses):
            return


def write_frame(output: int, capture: Capture) -> None:
    """Write one frame, its length first."""
    pieces = capture.encode()
    _write(output, LENGTH.pack(sum(len(piece) for piece in pieces)))
    for piece in pieces:
        _write(output, piece)


def _write(output: int, data: bytes | bytearray) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(output, view) :]


def _enlarge_pipe(output: int) -> None:
    try:
        fcntl.fcntl(output, _F_SETPIPE_SZ, _PIPE_SIZE)
    except OSError:
        return  # not a pipe, or the user's share of pipe memory is used up: slower, not wrong
