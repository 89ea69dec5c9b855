"""Arguments that several commands share, and what they mean."""

from __future__ import annotations

import argparse
import math
from typing import TYPE_CHECKING

from netinspect.errors import UsageError
from netinspect.sources import Kind, SourceOptions

if TYPE_CHECKING:
    from netinspect.query import Query

_LAST_PORT = 65535
_MOST_SECONDS = 3600.0
_TIMES = {"s": 1.0, "m": 60.0, "h": 3600.0, "d": 86400.0}


def add_target_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to look at and how: the filter, --pid, --port, --from, --sudo, --source."""
    add_filter_arguments(parser)
    add_source_arguments(parser)


def add_filter_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare which sockets: the filter, --pid, --port."""
    parser.add_argument(
        "filter",
        metavar="FILTER",
        nargs="*",
        default=[],
        help="only these sockets, e.g. `state established and dst 10.0.0.0/8`, in the language of"
        " ss and beyond it: see `netinspect help filter`",
    )
    parser.add_argument(
        "--pid",
        metavar="N",
        type=parse_pid,
        action="append",
        default=[],
        help="only this process; may be given again",
    )
    parser.add_argument(
        "--port",
        metavar="N",
        type=parse_port,
        action="append",
        default=[],
        help="only sockets with this local or remote port; may be given again",
    )


def add_source_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare what to read from: --from, --sudo, --source."""
    parser.add_argument(
        "--from",
        dest="file",
        metavar="FILE[@TIME]",
        help="look into a recording, a snapshot as JSON or what `ss -tan -D FILE` wrote, in place"
        " of this host; TIME is e.g. 14:05 or -10m; - = standard input",
    )
    add_live_arguments(parser)


def add_live_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare how to read this host: --sudo, --source."""
    parser.add_argument(
        "--sudo", action="store_true", help="read as root: run the probe, and only that, with sudo"
    )
    parser.add_argument(
        "--source",
        choices=[kind.value for kind in Kind],
        default=Kind.AUTO.value,
        help="where sockets come from (default: %(default)s, the best there is here)",
    )


def add_output_argument(parser: argparse.ArgumentParser) -> None:
    """Declare where to write: -o."""
    parser.add_argument(
        "-o",
        "--output",
        metavar="FILE",
        default="-",
        help="write here, whole or not at all, readable by you only; - = standard output (default)",
    )


def add_sampling_arguments(
    parser: argparse.ArgumentParser, samples: int = 1, interval: float = 2.0
) -> None:
    """Declare how often to look; samples, interval: the defaults."""
    parser.add_argument(
        "--samples",
        metavar="N",
        type=parse_count,
        default=samples,
        help="look N times; rates need 2 (default: %(default)s)",
    )
    parser.add_argument(
        "--interval",
        metavar="SECONDS",
        type=parse_interval,
        default=interval,
        help="time between samples (default: %(default)g)",
    )


def source_options(arguments: argparse.Namespace) -> SourceOptions:
    """Say which source a command that looks once wants. Raises UsageError."""
    if arguments.file is not None and arguments.sudo:
        raise UsageError("--sudo reads this host, and --from a file", "leave --sudo out")
    return SourceOptions(
        kind=Kind(arguments.source),
        sudo=arguments.sudo,
        interval=getattr(arguments, "interval", 2.0),
        live=False,
        file=arguments.file,
    )


def typed_filter(arguments: argparse.Namespace) -> str:
    """Join the words of FILTER; saved ones are known from now on."""
    text = " ".join(arguments.filter)
    if "@" in text:
        from netinspect.commands.config_file import use_saved_filters

        use_saved_filters()
    return text


def filter_text(arguments: argparse.Namespace) -> str:
    """Join FILTER, --pid and --port into one filter."""
    parts = [typed_filter(arguments)]
    if arguments.pid:
        parts.append("pid " + ",".join(map(str, arguments.pid)))
    if arguments.port:
        parts.append("port " + ",".join(map(str, arguments.port)))
    if not any(parts):
        return ""  # without numpy, for which the first frame of the screen should not wait
    written = [part for part in parts if part]
    if len(written) < 2:
        return "".join(written)
    from netinspect.query import join_filters

    return join_filters(*written)


def parse_filter(arguments: argparse.Namespace) -> Query:
    """Parse the filter of a command line. Raises UsageError."""
    from netinspect.query import parse_query

    return parse_query(filter_text(arguments))


def parse_pid(text: str) -> int:
    """Parse a process id."""
    return _parse_integer(text, "a process id", 1, (1 << 31) - 1)


def parse_port(text: str) -> int:
    """Parse a port."""
    return _parse_integer(text, "a port", 0, _LAST_PORT)


def parse_end(text: str) -> tuple[str, int]:
    """Split HOST:PORT; an IPv6 address may have brackets. Raises UsageError."""
    host, _, port = text.rpartition(":")
    if not host or not port.isascii() or not port.isdigit() or not 0 < int(port[:6]) <= _LAST_PORT:
        raise UsageError(f"`{text}` is no HOST:PORT", "e.g. --to 10.2.0.9:5432 or --to [::1]:80")
    return host.strip("[]"), int(port)


def parse_count(text: str) -> int:
    """Parse how many times to do something."""
    return _parse_integer(text, "a count", 1, 1_000_000)


def parse_interval(text: str) -> float:
    """Parse a time in seconds, or with a unit as other times are: 0.5, 5s, 1m."""
    unit = text[-1:] if text[-1:] in _TIMES else ""
    try:
        seconds = float(text.removesuffix(unit)) * _TIMES.get(unit, 1.0)
    except ValueError:
        seconds = math.nan
    if not 0.05 <= seconds <= _MOST_SECONDS:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time from 0.05 to 3600 seconds")
    return seconds


def parse_time(text: str) -> float:
    """Parse a time with its unit into seconds: 90s, 10m, 24h, 7d."""
    number, unit = text[:-1], text[-1:]
    if unit not in _TIMES or not number.isascii() or not number.isdigit() or len(number) > 7:
        raise argparse.ArgumentTypeError(f"`{text}` is not a time such as 90s, 10m, 24h or 7d")
    return int(number) * _TIMES[unit]


def _parse_integer(text: str, what: str, least: int, most: int) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) < 12 else -1
    if not least <= number <= most:
        raise argparse.ArgumentTypeError(f"`{text}` is not {what} ({least} to {most})")
    return number


def parse_names(text: str) -> tuple[str, ...]:
    """Split a list of names at commas."""
    return tuple(name.strip() for name in text.split(",") if name.strip())
