"""`netinspect record`: Samples into a file, for as long as it is let."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netinspect.commands.arguments import add_live_arguments, parse_interval, parse_time
from netinspect.commands.config_file import add_judgement_arguments, read_judgement
from netinspect.commands.redaction import add_redaction_arguments, open_redactor
from netinspect.errors import Exit, UsageError

if TYPE_CHECKING:
    from netinspect.recording.keep import Keep

_USUAL_AROUND = 300.0  # seconds
_EXAMPLES = """\
examples:
  netinspect record night.nirec --keep 24h
  netinspect record shop.nirec --interval 1 --for 10m
  netinspect record incidents.nirec --on-anomaly --before 10m --keep 2G
  netinspect open night.nirec@03:15

It ends at Ctrl-C, SIGTERM or SIGHUP with all it took in the file, and exits 0. A file that is a
recording already is gone on with. --keep needs room for as much again while it shortens the file.

exit codes:
  0 done   1 failed   2 wrong usage
"""


class RecordCommand:
    """Appends every Sample, and what was found in it, to a recording."""

    name = "record"
    help = "keep what is seen in a file, to go back to any moment of it"
    epilog = _EXAMPLES

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("file", metavar="FILE", help="the recording, usually *.nirec")
        parser.add_argument(
            "--interval",
            metavar="SECONDS",
            type=parse_interval,
            default=5.0,
            help="time between samples (default: %(default)g); stretches when a pass is dear",
        )
        parser.add_argument(
            "--for", metavar="TIME", dest="length", type=parse_time, help="end after this: 10m, 8h"
        )
        parser.add_argument(
            "--keep",
            metavar="TIME|SIZE",
            help="keep about so much and drop what is older: 24h, 2G, or 24h,2G",
        )
        parser.add_argument(
            "--on-anomaly",
            action="store_true",
            help="keep only what is around findings that are a warning or worse",
        )
        for name, text in (("before", "before such a finding"), ("after", "after the last one")):
            parser.add_argument(
                f"--{name}",
                metavar="TIME",
                type=parse_time,
                help=f"with --on-anomaly: keep so much {text} (default: 5m)",
            )
        add_redaction_arguments(parser)
        add_live_arguments(parser)
        add_judgement_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Record until told to end."""
        keep = _read_keep(arguments.keep)
        for name in ("before", "after"):
            if getattr(arguments, name) is None:
                setattr(arguments, name, _USUAL_AROUND)
            elif not arguments.on_anomaly:
                raise UsageError(f"--{name} means something with --on-anomaly only")
        judgement = read_judgement(arguments)
        redactor = open_redactor(arguments)
        from netinspect.commands.recorder import record

        record(arguments, keep, judgement, redactor)
        return Exit.OK


def _read_keep(text: str | None) -> Keep | None:
    if text is None:
        return None
    from netinspect.recording.keep import parse_keep

    try:
        return parse_keep(text)
    except ValueError as error:
        raise UsageError(f"--keep: {error}", "e.g. 24h, 2G, or 24h,2G") from error


COMMAND = RecordCommand()
