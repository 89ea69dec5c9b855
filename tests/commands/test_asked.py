"""What `sockets` has the kernel list, and whether it looks for owners."""

from __future__ import annotations

import argparse

import pytest

from netinspect.commands.sockets import COMMAND
from netinspect.sources import SourceOptions


def options_of(line: str) -> SourceOptions:
    parser = argparse.ArgumentParser()
    COMMAND.configure(parser)
    return COMMAND.source_options(
        parser.parse_args(line.split(), argparse.Namespace(summary_only=False))
    )


@pytest.mark.parametrize(
    "line",
    [
        "",
        "nginx",
        "rtt > 200ms",
        "pid 1 or port 80",
        "state listen and anomaly *",
        "port 80 send_rate > 1k",
        "port 80 --samples 2",
    ],
)
def test_everything_is_read_where_it_may_be_needed(line: str) -> None:
    assert options_of(line).only is None


def test_kernel_lists_what_is_asked_for() -> None:
    assert options_of("state listen proto tcp").only == "listen4:00040000,listen6:00040000"
    assert options_of("proto unix state established").only == "unix:02000000"
    assert str(options_of("pid 1 and lport 80 and proto udp").only).startswith("udp4:ffffffff")


@pytest.mark.parametrize(
    ("line", "looked_for"),
    [
        ("port 80", True),
        ("port 80 --columns state,local_port", False),
        ("--columns state,local_port", False),
        ("--columns state,local_port --sort process", True),
        ("--columns state,local_port --format json", True),
        ("--columns state,user", True),
        ("user root --columns state", True),
        ("port 80 and process nginx --columns state", True),
        ("port 80 and nginx --columns state", True),
        ("port 80 and inode 0 --columns state --format csv", False),
    ],
)
def test_owners_are_looked_for_where_they_are_shown_or_compared(
    line: str, looked_for: bool
) -> None:
    assert options_of(line).owners is looked_for


@pytest.mark.parametrize(
    ("line", "asked_for"),
    [
        ("port 80", False),
        ("--format csv", False),
        ("port 80 and rtt > 200ms", True),
        ("--columns state,idle", True),
        ("--sort=-send_rate", True),
    ],
)
def test_tcp_info_is_asked_for_among_many_sockets_where_it_is_named(
    line: str, asked_for: bool
) -> None:
    assert options_of(line).info is asked_for
