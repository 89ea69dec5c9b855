"""`netinspect snapshot`: everything of one moment in one file."""

from __future__ import annotations

import argparse
from functools import partial
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_output_argument,
    add_sampling_arguments,
    add_target_arguments,
    parse_filter,
)
from netinspect.commands.config_file import add_judgement_arguments, read_judgement
from netinspect.commands.redaction import add_redaction_arguments, open_redactor
from netinspect.commands.whole_report import (
    FORMATS,
    TO_READ,
    build_whole_report,
    find_exporter,
)
from netinspect.errors import Exit

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.parts import Exporter
    from netinspect.query import Query
    from netinspect.redaction import Redactor


class SnapshotCommand:
    """Writes a Report with every socket, unix ones included."""

    name = "snapshot"
    help = "everything of one moment, to keep or to hand on"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        add_output_argument(parser)
        parser.add_argument(
            "--format",
            choices=FORMATS,
            default="json",
            help="default: %(default)s, which `netinspect open` reads; ndjson and csv: a socket a "
            "line, and nothing else",
        )
        add_redaction_arguments(parser)
        add_sampling_arguments(parser, samples=3, interval=0.5)
        add_judgement_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Write the snapshot."""
        from netinspect.commands.sampling import attached_explanations, looking, take_diagnosed

        to_read = arguments.format in TO_READ
        # What the samples taken now span is too short to be a history.
        with_history = arguments.format == "html" and arguments.file is not None
        with looking(arguments, lambda: _prepare(arguments)) as (source, prepared):
            query, judgement, exporter, redactor = prepared
            window = take_diagnosed(
                *(source, query, arguments.samples, judgement),
                with_unix=not to_read,
                with_history=with_history,
            )
            attached = attached_explanations(source)
        from netinspect.commands.output import write_output

        report = build_whole_report(window, arguments.format, attached, redactor)
        write_output(arguments.output, partial(exporter.write, report))
        return Exit.OK


def _prepare(
    arguments: argparse.Namespace,
) -> tuple[Query, Judgement, Exporter, Redactor | None]:
    exporter = find_exporter(arguments.format)
    judgement = read_judgement(arguments, patience=arguments.samples)
    return parse_filter(arguments), judgement, exporter, open_redactor(arguments)


COMMAND = SnapshotCommand()
