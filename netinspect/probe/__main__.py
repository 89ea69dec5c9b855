"""The probe as a program: writes Captures to standard output.

python -I -S -m probe [--interval SECONDS] [--once] [--source auto|netlink|proc]
                      [--viewer-pid PID] [--cpu-share PART] [--only DUMPS] [--without-owners]
                      [--info-limit SOCKETS]

DUMPS says what each dump of sock_diag shall list, see sock_diag.parse_only; others are not taken.
"""

from __future__ import annotations

import os
import signal
import sys

from .capture import MAGIC
from .probe import Probe
from .sock_diag import INFO_LIMIT, parse_only
from .stream import CPU_SHARE, run_stream, write_frame

_SOURCES = ("auto", "netlink", "proc")


class Options:
    """What the command line says."""

    def __init__(self) -> None:
        self.interval = 2.0
        self.once = False
        self.source = "auto"
        self.viewer = None  # type: int | None
        self.cpu_share = CPU_SHARE
        self.only = None  # type: dict[str, bytes] | None
        self.owners = True
        self.info_limit = INFO_LIMIT


def parse_options(arguments: list[str]) -> Options:
    """Read the command line; raises ValueError on what is not an option."""
    options = Options()
    rest = list(arguments)
    while rest:
        name = rest.pop(0)
        if name == "--once":
            options.once = True
        elif name == "--interval" and rest:
            options.interval = float(rest.pop(0))
        elif name == "--source" and rest and rest[0] in _SOURCES:
            options.source = rest.pop(0)
        elif name == "--viewer-pid" and rest:
            options.viewer = int(rest.pop(0))
        elif name == "--cpu-share" and rest:
            options.cpu_share = max(0.001, float(rest.pop(0)))
        elif name == "--only" and rest:
            options.only = parse_only(rest.pop(0))
        elif name == "--info-limit" and rest:
            options.info_limit = int(rest.pop(0))
        elif name == "--without-owners":
            options.owners = False
        else:
            raise ValueError(f"{name}: unknown option, or its value is missing or wrong")
    return options


def main() -> int:
    """Run the probe until its reader goes or says so; return the exit code."""
    for number in (signal.SIGTERM, signal.SIGHUP, signal.SIGINT):
        signal.signal(number, _leave)
    try:
        options = parse_options(sys.argv[1:])
    except ValueError as error:
        sys.stderr.write(f"probe: {error}\n")
        return 2
    probe = Probe(
        source=options.source,
        viewer=options.viewer,
        info_limit=options.info_limit,
        only=options.only,
        owners=options.owners,
    )
    try:
        if options.once:
            os.write(1, MAGIC)
            write_frame(1, probe.take_capture())
        else:
            run_stream(probe, options.interval, 1, 0, options.cpu_share)
    except BrokenPipeError:
        pass  # nobody reads any more
    return 0


def _leave(number: int, frame: object) -> None:
    os._exit(0)  # even from the middle of a write nobody takes


if __name__ == "__main__":
    sys.exit(main())
