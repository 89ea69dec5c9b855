"""`netinspect snapshot`: whole or not at all, and private."""

from __future__ import annotations

import json
import os
import socket
import stat
from pathlib import Path

from tests.commands.cli import run, run_json, service


def test_snapshot_holds_the_sockets_of_this_moment(tmp_path: Path) -> None:
    name = str(tmp_path / "bus")
    with service() as port, socket.socket(socket.AF_UNIX) as unix:
        unix.bind(name)
        unix.listen()
        document = run_json("snapshot")

    columns = document["sockets"]["columns"]
    assert document["schema"] == "netinspect.snapshot/1"
    assert len({len(values) for values in columns.values()}) == 1
    row = columns["local_port"].index(port)
    assert (columns["state"][row], columns["pid"][row]) == ("LISTEN", os.getpid())
    assert name in columns["path"]
    assert os.getpid() in [process["pid"] for process in document["processes"]]
    assert document["counters"][0]["TcpExt.ListenDrops"] >= 0
    assert document["namespaces"][0]["sysctls"]["net.ipv4.ip_local_port_range"]


def test_file_is_private_and_replaces_the_old_one(tmp_path: Path) -> None:
    target = tmp_path / "moment.json"
    target.write_text("old")
    target.chmod(0o644)

    done = run("snapshot", "-o", str(target))

    assert (done.returncode, done.stdout) == (0, "")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    assert json.loads(target.read_text())["schema"] == "netinspect.snapshot/1"
    assert os.listdir(tmp_path) == ["moment.json"]


def test_link_is_followed_and_stays(tmp_path: Path) -> None:
    (tmp_path / "real.json").write_text("old")
    (tmp_path / "link.json").symlink_to("real.json")

    assert run("snapshot", "-o", str(tmp_path / "link.json")).returncode == 0

    assert (tmp_path / "link.json").is_symlink()
    assert (tmp_path / "real.json").read_text().startswith("{")


def test_device_is_written_to_and_not_replaced() -> None:
    assert run("snapshot", "-o", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)

    done = run("snapshot", "-o", "/dev/full")
    assert (done.returncode, done.stderr) == (
        1,
        "netinspect: cannot write /dev/full: No space left on device\n",
    )


def test_directory_and_missing_directory_are_refused(tmp_path: Path) -> None:
    directory = run("snapshot", "-o", str(tmp_path))
    missing = run("snapshot", "-o", str(tmp_path / "no" / "file"))

    assert directory.returncode == missing.returncode == 1
    assert directory.stderr.startswith(f"netinspect: cannot write {tmp_path}: it is a directory\n")
    assert f"there is no directory {tmp_path}/no" in missing.stderr
    assert os.listdir(tmp_path) == []


def test_empty_name_is_refused() -> None:
    assert run("snapshot", "-o", "").returncode == 1


def test_text_is_the_report() -> None:
    with service() as port:
        done = run("snapshot", "--format", "text")

    assert done.stdout.startswith("netinspect: ")
    assert f" {port}  tcp" in done.stdout
    assert max(map(len, done.stdout.splitlines())) <= 80
