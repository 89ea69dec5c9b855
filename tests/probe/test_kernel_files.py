"""Counters and sysctls, from the kernel and from small folders that stand in for /proc."""

from __future__ import annotations

from pathlib import Path

import pytest

from netinspect.probe.kernel_files import read_file, read_net_files, read_sysctls
from netinspect.probe.namespaces import read_own_netns
from netinspect.probe.notes import Notes


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def test_sysctls_are_lines_with_their_dotted_name(tmp_path: Path) -> None:
    write(tmp_path / "sys/net/core/somaxconn", "4096\n")
    write(tmp_path / "sys/fs/file-nr", "1120\t0\t201191\n")

    text = read_sysctls(str(tmp_path), Notes())

    assert text == b"net.core.somaxconn = 4096\nfs.file-nr = 1120\t0\t201191\n"


def test_sysctls_of_this_host_hold_the_ephemeral_range_and_file_limits() -> None:
    names = [line.split(b" = ")[0] for line in read_sysctls("/proc", Notes()).splitlines()]

    assert {b"net.ipv4.ip_local_port_range", b"net.core.somaxconn", b"fs.nr_open"} <= set(names)


def test_absent_sysctl_is_absent_and_no_note(tmp_path: Path) -> None:
    notes = Notes()

    assert read_sysctls(str(tmp_path), notes) == b""
    assert notes.as_json() == []


def test_sysctl_that_cannot_be_read_is_one_note_with_errno_and_count(tmp_path: Path) -> None:
    (tmp_path / "sys/net/core/somaxconn").mkdir(parents=True)
    (tmp_path / "sys/net/core/rmem_max").mkdir()
    notes = Notes()

    read_sysctls(str(tmp_path), notes)

    [note] = notes.as_json()
    assert (note["source"], note["count"], note["errno"]) == ("sysctl", 2, 21)


def test_counters_come_from_the_calling_threads_namespace(tmp_path: Path) -> None:
    write(tmp_path / "thread-self/net/snmp", "thread\n")
    write(tmp_path / "self/net/snmp", "main\n")

    assert dict(read_net_files(str(tmp_path), Notes())) == {"net.snmp": b"thread\n"}


def test_counters_come_from_self_where_there_is_no_thread_self(tmp_path: Path) -> None:
    write(tmp_path / "self/net/sockstat", "sockets: used 1\n")

    assert dict(read_net_files(str(tmp_path), Notes())) == {"net.sockstat": b"sockets: used 1\n"}


def test_counters_of_this_host_are_all_there() -> None:
    sections = dict(read_net_files("/proc", Notes()))

    assert {"net.snmp", "net.netstat", "net.snmp6", "net.sockstat"} <= sections.keys()
    assert b"TcpExt: " in sections["net.netstat"]


@pytest.mark.parametrize("size", [0, 1, 65536, 65537, 300_000])
def test_file_of_any_size_is_read_whole(tmp_path: Path, size: int) -> None:
    (tmp_path / "file").write_bytes(b"x" * size)

    assert len(read_file(str(tmp_path / "file"))) == size


def test_own_namespace_is_the_inode_of_the_link() -> None:
    assert read_own_netns("/proc") == Path("/proc/self/ns/net").stat().st_ino


def test_own_namespace_that_cannot_be_told_is_zero(tmp_path: Path) -> None:
    assert read_own_netns(str(tmp_path)) == 0
