"""What a command or the screen says about where Samples shall come from."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Kind(Enum):
    """What the sockets are read from; the values are those of the command line."""

    AUTO = "auto"  # the best there is here
    NETLINK = "netlink"  # sock_diag only
    PROC = "proc"  # the /proc/net tables
    PORTABLE = "portable"  # psutil


@dataclass(frozen=True, slots=True)
class SourceOptions:
    """Which source to open, and how."""

    kind: Kind = Kind.AUTO
    sudo: bool = False  # run the probe, and only the probe, under sudo
    interval: float = 2.0  # seconds between Samples
    file: str | None = None  # what to look into in place of a host: PATH[@TIME], or - for stdin
    live: bool = True  # Samples go on and must stay cheap; False: for a command that takes a few
    only: str | None = None  # what the kernel is to list, see Query.dumps; None = all sockets
    owners: bool = True  # read who holds them
    info: bool = False  # tcp_info of all sockets, however many there are
