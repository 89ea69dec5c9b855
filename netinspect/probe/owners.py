"""Who holds which socket: the descriptors of a process.

Source: proc_pid_fd(5). A link reads "socket:[12345]", "pipe:[1]", "anon_inode:[eventpoll]",
"/a/file" or "net:[4026531840]".
"""

from __future__ import annotations

import os
import struct

SECTION = "owners"
DIRECTORY = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC

_ROW = struct.Struct("<QII")  # inode, pid, fd


class Descriptors:
    """The descriptors of one process: how many, and of what kind."""

    __slots__ = ("anon", "file", "other", "pipe", "socket", "total")

    def __init__(self) -> None:
        self.total = self.socket = self.file = self.pipe = self.anon = self.other = 0

    def kinds(self) -> list[int]:
        """Return them as the Capture has them."""
        return [self.socket, self.file, self.pipe, self.anon, self.other]


def read_descriptors(
    pid: int, process: int, rows: bytearray, *, leader_exited: bool
) -> Descriptors:
    """Count the descriptors of a process and append each socket's row to `rows`.

    process: descriptor of its /proc folder. Raises OSError when they may not be seen.
    """
    found = _read_folder("fd", pid, process, rows)
    if leader_exited and not found.total:
        # The table of descriptors left with the leader; the other threads still have it.
        for thread in _list_folder("task", process):
            if thread != str(pid) and not found.total:
                found = _read_thread(thread, pid, process, rows)
    return found


def _read_thread(thread: str, pid: int, process: int, rows: bytearray) -> Descriptors:
    try:
        return _read_folder(f"task/{thread}/fd", pid, process, rows)
    except (FileNotFoundError, ProcessLookupError):
        return Descriptors()


def _list_folder(path: str, process: int) -> list[str]:
    folder = os.open(path, DIRECTORY, dir_fd=process)
    try:
        return os.listdir(folder)
    finally:
        os.close(folder)


def _read_folder(path: str, pid: int, process: int, rows: bytearray) -> Descriptors:
    found = Descriptors()
    readlink, pack = os.readlink, _ROW.pack
    folder = os.open(path, DIRECTORY, dir_fd=process)
    try:
        names = os.listdir(folder)
        for name in names:
            try:
                target = readlink(name, dir_fd=folder)
            except FileNotFoundError:
                continue  # closed meanwhile
            if target.startswith("socket:["):
                found.socket += 1
                rows += pack(int(target[8:-1]), pid, int(name))
            else:
                _count(target, found)
    finally:
        os.close(folder)
    found.total = len(names)
    return found


def _count(target: str, found: Descriptors) -> None:
    if target.startswith("/"):
        # Shared memory is files; the rest of /dev is terminals, null and hardware.
        if target.startswith("/dev/") and not target.startswith("/dev/shm/"):
            found.other += 1
        else:
            found.file += 1
    elif target.startswith("pipe:["):
        found.pipe += 1
    elif target.startswith("anon_inode:"):
        found.anon += 1
    else:
        found.other += 1
