"""Every process and who holds which socket, in one walk over /proc.

The section `processes` is a JSON array with one object per process:

    pid     number
    fds     open descriptors, null = unknown
    kinds   [socket, file, pipe, anon, other] descriptors, null where they may not be seen
    netns   inode of its network namespace, null = unknown
    stat status limits cgroup cmdline exe
            the text of the /proc/PID file as it is, exe: where its link points; every character
            stands for one byte (Latin-1), so that any byte survives; null = could not be read.
            cmdline is cut off after 64 KiB.
    thread_names
            threads by name as in thread_names.py, of a JVM only; null = not read

A process that vanishes while it is read is left out. All but stat, fds and kinds may be some
seconds old in a stream. A read that the kernel itself blocks (a frozen filesystem) blocks the walk.
"""

from __future__ import annotations

import errno
import json
import os
import time

from .kernel_files import read_file
from .notes import Notes, more_rights
from .owners import DIRECTORY, read_descriptors
from .thread_names import read_thread_names, tells_pools

SECTION = "processes"

_SLOW_SECONDS = 5.0
_CMDLINE_LIMIT = 1 << 16
_KERNEL_THREAD = 0x00200000  # PF_KTHREAD in the flags of /proc/PID/stat: it has no descriptors
_VANISHED = (errno.ENOENT, errno.ESRCH)


class _Stat:
    """The few values of /proc/PID/stat the walk needs; "1 (a) b) S 0 1 1 0 -1 4194560 …"."""

    __slots__ = ("comm", "kernel_thread", "leader_exited", "start_time", "text")

    def __init__(self, text: bytes) -> None:
        self.text = text
        head, _, tail = text.rpartition(b")")
        values = tail.split()
        self.comm = head.partition(b"(")[2]
        try:
            self.leader_exited = values[0] == b"Z"
            self.kernel_thread = bool(int(values[6]) & _KERNEL_THREAD)
            self.start_time = int(values[19])
        except (IndexError, ValueError):
            raise OSError(errno.EBADMSG, "stat has another form here") from None


class ProcessReader:
    """Reads all processes again and again; remembers for some seconds what changes slowly."""

    def __init__(self, proc: str) -> None:
        self._proc = proc
        self._root = None  # type: int | None
        self._slow = {}  # type: dict[tuple[int, int, bytes], tuple[float, str]]

    def open(self) -> int:
        """Open /proc if it is not open; raises OSError."""
        if self._root is None:
            self._root = os.open(self._proc, DIRECTORY)
        return self._root

    def close(self) -> None:
        """Close /proc."""
        if self._root is not None:
            os.close(self._root)
            self._root = None

    def read(self, notes: Notes) -> tuple[bytes, bytearray]:
        """Return the sections `processes` and `owners`; raises OSError when /proc is closed."""
        walk = _Walk(self.open(), self._slow, notes)
        self._slow = walk.slow
        return ("[" + ",\n".join(walk.objects) + "]").encode("ascii"), walk.owners


class _Walk:
    """One pass over all processes."""

    def __init__(
        self, root: int, before: dict[tuple[int, int, bytes], tuple[float, str]], notes: Notes
    ) -> None:
        self.objects = []  # type: list[str]
        self.owners = bytearray()
        self.slow = {}  # type: dict[tuple[int, int, bytes], tuple[float, str]]
        self._before = before
        self._notes = notes
        self._now = time.monotonic()
        pids = [name for name in os.listdir(root) if name.isdigit()]
        if "1" not in pids:
            notes.add(
                SECTION, "processes of other users do not show (hidepid)", remedy=more_rights()
            )
        for name in pids:
            self._add(int(name), root)

    def _add(self, pid: int, root: int) -> None:
        try:
            process = os.open(str(pid), DIRECTORY, dir_fd=root)
        except OSError as error:
            self._fail(pid, error)
            return
        try:
            self.objects.append(self._read(pid, process))
        except OSError as error:
            self._fail(pid, error)
        finally:
            os.close(process)

    def _fail(self, pid: int, error: OSError) -> None:
        """Leave out a process that vanished; one that may not be read is there by its pid only."""
        if error.errno in _VANISHED:
            return
        message, remedy = f"processes cannot be read: {error.strerror}", None
        if isinstance(error, PermissionError):
            message, remedy = "processes may not be read", more_rights()
        self._notes.add(SECTION, message, remedy=remedy, count=1, errno=error.errno)
        self.objects.append(f'{{"pid":{pid},"fds":null,"kinds":null,"stat":null,{_UNREAD}}}')

    def _read(self, pid: int, process: int) -> str:
        stat = _Stat(read_file("stat", dir_fd=process, limit=1))
        slow = self._read_slow(pid, stat, process)
        fds, kinds = self._read_fds(pid, stat, process)
        return (
            f'{{"pid":{pid},"fds":{json.dumps(fds)},"kinds":{json.dumps(kinds)},'
            f'"stat":{_quote(stat.text)},{slow}}}'
        )

    def _read_fds(self, pid: int, stat: _Stat, process: int) -> tuple[int | None, list[int] | None]:
        if stat.kernel_thread:
            return 0, [0, 0, 0, 0, 0]
        rows = len(self.owners)
        try:
            found = read_descriptors(pid, process, self.owners, leader_exited=stat.leader_exited)
        except OSError as error:
            del self.owners[rows:]
            # The links of a process that has vanished are refused too: this raises then. The size
            # is the number of descriptors, to everybody, since Linux 6.2; before it is 0.
            fds = os.stat("fd", dir_fd=process).st_size or None
            self._note_hidden(error)
            return fds, None
        return found.total, found.kinds()

    def _note_hidden(self, error: OSError) -> None:
        if isinstance(error, PermissionError):
            message, remedy = "descriptors of processes may not be seen", more_rights()
        else:
            message, remedy = f"descriptors cannot be read: {error.strerror}", None
        self._notes.add("owners", message, remedy=remedy, count=1, errno=error.errno)

    def _read_slow(self, pid: int, stat: _Stat, process: int) -> str:
        """Return the members that change slowly, as JSON text without braces."""
        key = (pid, stat.start_time, stat.comm)
        known = self._before.get(key)
        if known is None or self._now - known[0] > _SLOW_SECONDS:
            known = (self._now, _read_slow_members(stat.comm, process))
        self.slow[key] = known
        return known[1]


def _read_slow_members(comm: bytes, process: int) -> str:
    # Every process has a status: when it cannot be found the process has vanished.
    status = read_file("status", dir_fd=process, limit=1)
    exe = _read_exe(process)
    names = read_thread_names(process) if tells_pools(comm, exe) else None
    return (
        f'"netns":{_read_netns(process)},"status":{_quote(status)},'
        f'"limits":{_read_member("limits", process)},"cgroup":{_read_member("cgroup", process)},'
        f'"cmdline":{_read_member("cmdline", process)},'
        f'"exe":{"null" if exe is None else _quote(exe)},"thread_names":{json.dumps(names)}'
    )


_UNREAD = (
    '"netns":null,"status":null,"limits":null,"cgroup":null,"cmdline":null,"exe":null,'
    '"thread_names":null'
)


def _read_member(name: str, process: int) -> str:
    try:
        return _quote(read_file(name, dir_fd=process, limit=_CMDLINE_LIMIT)[:_CMDLINE_LIMIT])
    except OSError:
        return "null"


def _read_exe(process: int) -> bytes | None:
    try:
        return os.readlink(b"exe", dir_fd=process)
    except OSError:
        return None  # a kernel thread has none


def _read_netns(process: int) -> str:
    try:
        return str(os.stat("ns/net", dir_fd=process).st_ino)
    except OSError:
        return "null"


def _quote(raw: bytes) -> str:
    return json.dumps(raw.decode("latin-1"))
