"""The text files of one process.

Sources: proc_pid_stat(5), proc_pid_status(5), proc_pid_limits(5), proc_pid_cmdline(5).
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import NamedTuple

from netinspect.errors import ParseError
from netinspect.humanize import safe_text

_DELETED = b" (deleted)"
_COMM_SIZE = 15
_LONGEST_LIMITS = 4096
_MOST_ARGUMENTS = 4096
_UID = re.compile(rb"^Uid:\t(\d{1,10})\t(\d{1,10})", re.MULTILINE)
_OPEN_FILES = re.compile(
    rb"^Max open files +(\d{1,19}|unlimited) +(\d{1,19}|unlimited)", re.MULTILINE
)


class Stat(NamedTuple):
    """What /proc/PID/stat tells."""

    comm: bytes
    state: str
    ppid: int
    group: int  # -1 while it exits, as session
    session: int
    threads: int
    start_time: int  # clock ticks after boot


def parse_stat(raw: bytes, origin: str) -> Stat:
    """Parse "12 (a) b) S 1 12 12 0 -1 4194560 …": the name may hold blanks and parentheses."""
    head, _, tail = raw.rpartition(b")")
    fields = tail.split()
    try:
        return Stat(
            comm=head.partition(b"(")[2],
            state=safe_text(fields[0], 8),
            ppid=_number(fields[1]),
            group=_number(fields[2]),
            session=_number(fields[3]),
            threads=_number(fields[17]),
            start_time=_number(fields[19]),
        )
    except (IndexError, ValueError) as error:
        raise ParseError(origin, "stat", safe_text(raw, 80)) from error


def parse_effective_uid(raw: bytes) -> int | None:
    """Parse the line "Uid:\t1000\t1000\t1000\t1000" of status: real, effective, saved, fs."""
    match = _UID.search(raw)
    return int(match[2]) if match else None


def parse_open_files_limit(raw: bytes) -> tuple[int | None, int | None]:
    """Parse "Max open files   1024   524288   files" of limits: soft and hard, None = unlimited."""
    return _parse_open_files_limit(raw[:_LONGEST_LIMITS])


@lru_cache(maxsize=1024)
def _parse_open_files_limit(raw: bytes) -> tuple[int | None, int | None]:
    match = _OPEN_FILES.search(raw)
    if not match:
        return None, None
    soft, hard = (None if word == b"unlimited" else int(word) for word in match.groups())
    return soft, hard


def parse_cmdline(raw: bytes) -> tuple[str, ...]:
    """Cut arguments at their NULs; a kernel thread has none."""
    text = raw.rstrip(b"\0")  # a process that sets its title leaves many
    if not text:
        return ()
    arguments = text.split(b"\0", _MOST_ARGUMENTS)
    return tuple(safe_text(argument) for argument in arguments[:_MOST_ARGUMENTS])


def build_name(comm: bytes, exe: bytes | None) -> str:
    """Complete a comm that the kernel cut off after 15 bytes from the executable's name."""
    if exe is not None and len(comm) == _COMM_SIZE:
        base = exe.removesuffix(_DELETED).rpartition(b"/")[2]
        if base.startswith(comm):
            return safe_text(base)
    return safe_text(comm)


def _number(word: bytes) -> int:
    if len(word) > 19:
        raise ValueError(f"a number of {len(word)} digits")
    return int(word)
