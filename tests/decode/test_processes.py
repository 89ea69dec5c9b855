"""Processes from the files of /proc/PID, hostile ones included."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from netinspect.decode.process_files import parse_cmdline, parse_open_files_limit, parse_stat
from netinspect.decode.processes import parse_processes
from netinspect.errors import ParseError
from netinspect.model import FdKinds, Process

STAT = (
    "812 (nginx) S 1 812 812 0 -1 4194560 1 2 3 4 5 6 7 8 20 0 9 0 770686 100 200 300"
    " 18446744073709551615 0 0 0 0 0 0 0 0 0 0 0 0 17 1 0 0 0 0 0\n"
)
STATUS = (
    "Name:\tnginx\nUmask:\t0022\nState:\tS (sleeping)\nUid:\t1000\t33\t33\t33\nGid:\t0\t0\t0\t0\n"
)
LIMITS = (
    "Limit                     Soft Limit           Hard Limit           Units     \n"
    "Max processes             62000                62000                processes \n"
    "Max open files            1024                 524288               files     \n"
)


def parse_one(**members: Any) -> Process:
    whole = {
        "pid": 812,
        "fds": 12,
        "kinds": [1, 2, 3, 4, 2],
        "netns": 4026531840,
        "stat": STAT,
        "status": STATUS,
        "limits": LIMITS,
        "cgroup": "0::/system.slice/nginx.service\n",
        "cmdline": "nginx:\0-c\0a b\0",
        "exe": "/usr/sbin/nginx",
        "thread_names": None,
        **members,
    }
    [process] = parse_processes(json.dumps([whole]).encode(), {33: "www-data"}).values()
    return process


def stat_of(comm: str) -> str:
    return STAT.replace("(nginx)", f"({comm})")


def test_process_is_read_whole() -> None:
    assert parse_one() == Process(
        pid=812,
        start_time=770686,
        ppid=1,
        comm="nginx",
        name="nginx",
        state="S",
        threads=9,
        uid=33,
        user="www-data",
        cmdline=("nginx:", "-c", "a b"),
        exe="/usr/sbin/nginx",
        cgroup="/system.slice/nginx.service",
        unit="nginx.service",
        container=None,
        fds=12,
        fd_soft=1024,
        fd_hard=524288,
        fd_kinds=FdKinds(1, 2, 3, 4, 2),
        netns=4026531840,
        group=812,
        session=812,
        thread_names=None,
    )


def test_threads_of_a_jvm_are_counted_by_safe_names() -> None:
    names = {"http-nio-8080-e": 200, "\x1b[2J": 1, "caf\xc3\xa9-": 2}

    process = parse_one(thread_names=names)

    assert process.thread_names == {"http-nio-8080-e": 200, "\\x1b[2J": 1, "café-": 2}
    assert hash(process) == hash(parse_one(thread_names=names))


def test_process_that_exits_has_neither_group_nor_session() -> None:
    process = parse_one(stat=STAT.replace("1 812 812", "1 -1 -1"))

    assert (process.group, process.session) == (None, None)


def test_unread_members_are_unknown() -> None:
    names = ("fds", "kinds", "netns", "stat", "status", "limits", "cgroup", "cmdline", "exe")

    process = parse_one(**dict.fromkeys(names))

    unknown = [process.ppid, process.state, process.threads, process.uid, process.user]
    unknown += [process.exe, process.cgroup, process.unit, process.fds, process.fd_soft]
    assert unknown == [None] * 10
    assert (process.cmdline, process.fd_kinds, process.netns) == (None, None, None)
    assert (process.pid, process.comm, process.start_time) == (812, "", -1)


@pytest.mark.parametrize(
    ("comm", "shown"),
    [
        ("a) b", "a) b"),
        (") S 1 1 (", ") S 1 1 ("),
        ("((x))", "((x))"),
        ("two words", "two words"),
        ("new\nline", "new\\x0aline"),
        ("\x1b]0;owned\x07", "\\x1b]0;owned\\x07"),
        ("\xff\xfe", "\\xff\\xfe"),
        ("=cmd()", "=cmd()"),
        ("[red]x[/b]y", "[red]x[/b]y"),
        ("caf\xc3\xa9", "café"),
        ("", ""),
    ],
)
def test_name_may_hold_anything(comm: str, shown: str) -> None:
    process = parse_one(stat=stat_of(comm))

    assert (process.comm, process.name) == (shown, shown)
    assert (process.ppid, process.start_time) == (1, 770686)


@pytest.mark.parametrize(
    ("comm", "exe", "name"),
    [
        ("systemd-journal", "/usr/lib/systemd/systemd-journald", "systemd-journald"),
        ("systemd-journal", "/usr/lib/systemd/systemd-journald (deleted)", "systemd-journald"),
        ("systemd-journal", "/usr/bin/other", "systemd-journal"),
        ("systemd-journal", None, "systemd-journal"),
        ("nginx", "/usr/sbin/nginx-debug", "nginx"),
        ("node", "/usr/bin/node (deleted)", "node"),
    ],
)
def test_cut_off_name_is_completed_from_the_executable(
    comm: str, exe: str | None, name: str
) -> None:
    process = parse_one(stat=stat_of(comm), exe=exe)

    assert (process.comm, process.name, process.exe) == (comm, name, exe)


@pytest.mark.parametrize(
    ("line", "limits"),
    [
        ("Max open files   1024        524288      files", (1024, 524288)),
        ("Max open files   unlimited   unlimited   files", (None, None)),
        ("Max open files   1024        unlimited   files", (1024, None)),
        ("Max file size    1024        1024        bytes", (None, None)),
    ],
)
def test_limit_of_open_files(line: str, limits: tuple[int | None, int | None]) -> None:
    assert parse_open_files_limit(f"Limit   Soft\n{line}\n".encode()) == limits


@pytest.mark.parametrize(
    ("raw", "arguments"),
    [
        (b"", ()),
        (b"\0\0\0", ()),
        (b"a\0", ("a",)),
        (b"a\0\0b\0", ("a", "", "b")),
        (b"title set by the process" + bytes(500), ("title set by the process",)),
        (b"no end", ("no end",)),
        (b"\x1b[2J\0\xff\0", ("\\x1b[2J", "\\xff")),
    ],
)
def test_cmdline_is_cut_at_its_nuls(raw: bytes, arguments: tuple[str, ...]) -> None:
    assert parse_cmdline(raw) == arguments


def test_long_cmdline_is_bounded() -> None:
    assert len(parse_cmdline(b"a\0" * 30_000)) == 4096
    [argument] = parse_cmdline(b"a" * 65536)
    assert len(argument) == 4096
    assert argument.endswith("…")


def test_own_stat_is_what_the_system_says() -> None:
    stat = parse_stat(Path("/proc/self/stat").read_bytes(), "self")

    assert stat.ppid == os.getppid()
    assert stat.comm == Path("/proc/self/comm").read_bytes().rstrip(b"\n")
    assert stat.threads >= 1


@pytest.mark.parametrize("raw", [b"", b"1", b"1 (a)", b"1 (a) S x", STAT.encode()[:40]])
def test_short_stat_is_an_error_that_names_the_process(raw: bytes) -> None:
    with pytest.raises(ParseError, match="process 812: stat"):
        parse_one(stat=raw.decode())


@pytest.mark.parametrize(
    "members",
    [
        {"pid": None},
        {"pid": -1},
        {"pid": 1 << 40},
        {"pid": "1"},
        {"fds": -1},
        {"kinds": [1, 2]},
        {"kinds": "12345"},
        {"kinds": [1, 2, 3, 4, -5]},
        {"stat": 5},
        {"exe": "\u20ac"},
        {"thread_names": [1]},
        {"thread_names": {"a": -1}},
        {"thread_names": {"\u20ac": 1}},
        {"stat": STAT.replace("770686", "7" * 5000)},
    ],
)
def test_bad_member_is_an_error(members: dict[str, Any]) -> None:
    with pytest.raises(ParseError):
        parse_one(**members)


@pytest.mark.parametrize("data", [b"", b"{}", b"[1]", b"[{}]", b"[[", b"\xff"])
def test_other_json_is_an_error(data: bytes) -> None:
    with pytest.raises(ParseError):
        parse_processes(data, {})
