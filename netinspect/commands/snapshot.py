"""`netinspect snapshot`: everything of one moment in one file."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_sampling_arguments,
    add_target_arguments,
    parse_filter,
)
from netinspect.commands.config_file import add_judgement_arguments, read_judgement
from netinspect.errors import Exit

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.parts import Exporter
    from netinspect.query import Query


class SnapshotCommand:
    """Writes a Report with every socket, unix ones included."""

    name = "snapshot"
    help = "everything of one moment, to keep or to hand on"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        parser.add_argument(
            "-o",
            "--output",
            metavar="FILE",
            default="-",
            help="write here, whole or not at all, readable by you only; - = standard output "
            "(default)",
        )
        parser.add_argument(
            "--format", choices=("json", "text"), default="json", help="default: %(default)s"
        )
        add_sampling_arguments(parser, samples=3, interval=0.5)
        add_judgement_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Write the snapshot."""
        from netinspect.commands.sampling import looking, take_diagnosed

        as_text = arguments.format == "text"
        with looking(arguments, lambda: _prepare(arguments)) as (source, prepared):
            query, judgement, exporter = prepared
            window = take_diagnosed(
                source, query, arguments.samples, judgement, with_unix=not as_text
            )
        from netinspect.commands.output import stdout_paper, write_file, write_stdout
        from netinspect.panes import PANES
        from netinspect.parts import Paper
        from netinspect.report import PaneRequest, build_report

        report = build_report(window, [PaneRequest.default(p) for p in PANES if as_text])
        if arguments.output == "-":
            write_stdout(exporter.write(report, stdout_paper()))
        else:
            write_file(arguments.output, exporter.write(report, Paper()))
        return Exit.OK


def _prepare(arguments: argparse.Namespace) -> tuple[Query, Judgement, Exporter]:
    from netinspect.exporters import REPORT_EXPORTERS

    exporter = next(e for e in REPORT_EXPORTERS if e.name == arguments.format)
    judgement = read_judgement(arguments, patience=arguments.samples)
    return parse_filter(arguments), judgement, exporter


COMMAND = SnapshotCommand()
