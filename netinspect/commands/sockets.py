"""`netinspect sockets`: the pane of that name as a table, with the flags of ss."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from dataclasses import replace
from itertools import islice
from typing import TYPE_CHECKING

from netinspect.commands.arguments import filter_text, parse_filter, typed_filter
from netinspect.commands.pane_table import PaneCommand
from netinspect.commands.ss_flags import (
    MEMORY,
    add_ss_flags,
    asks_for_summary_only,
    columns_of,
    filter_of,
)

if TYPE_CHECKING:
    from netinspect.model import Sample
    from netinspect.sources import SourceOptions

_FEW = "proto tcp and state listen"  # where none is shown
_OF_OWNERS = ("pid", "process", "owners", "owner_reason", "user", "unit", "container")


class SocketsCommand(PaneCommand):
    """Prints sockets as the other panes, and as ss where its flags are given."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        super().configure(parser)
        add_ss_flags(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the table."""
        arguments.summary_only = asks_for_summary_only(arguments)
        typed = typed_filter(arguments)
        flags = filter_of(arguments, typed)
        if flags:  # else the filter is parsed while the probe works
            from netinspect.query import join_filters

            arguments.filter = [join_filters(typed, flags)]
        arguments.columns = arguments.columns or columns_of(arguments)
        return super().run(arguments)

    def arrange(
        self, lines: Iterable[bytes], sample: Sample, arguments: argparse.Namespace
    ) -> Iterable[bytes]:
        """Put the summary first, and leave out the titles, where the flags say so."""
        if arguments.summary and arguments.format == "table":
            from netinspect.commands.output import stdout_paper
            from netinspect.commands.ss_summary import summary_lines
            from netinspect.exporters.text_table import encode_line

            paper = stdout_paper()
            yield from (encode_line(line, paper) for line in summary_lines(sample))
            if arguments.summary_only:
                return
        titled = arguments.format in ("table", "csv")
        yield from islice(lines, int(titled and arguments.no_header), None)

    def source_options(self, arguments: argparse.Namespace) -> SourceOptions:
        """Have the kernel leave out what the filter does, where no row comes out otherwise.

        Findings are judged on the whole table, and rates need each socket in both looks.
        """
        options = super().source_options(arguments)
        if arguments.summary_only:
            from netinspect.query import parse_query

            return replace(options, only=parse_query(_FEW).dumps, owners=False)
        if arguments.samples > 1 or not filter_text(arguments):
            return replace(options, owners=_shows_owners(arguments))
        query = parse_filter(arguments)
        if query.needs_findings or query.needs_rates:
            return options
        owners = query.needs_owners or _shows_owners(arguments)
        return replace(options, only=query.dumps, owners=owners)


def _shows_owners(arguments: argparse.Namespace) -> bool:
    """Tell whether owners are in the output; in JSON it says how many could not be seen."""
    if arguments.columns is None or arguments.format == "json":
        return True
    fields = (*arguments.columns, (arguments.sort or "").lstrip("+-"))
    return not set(_OF_OWNERS).isdisjoint(fields)


COMMAND = SocketsCommand(
    "sockets", "sockets: states, queues, timers, owners; as ss shows them", MEMORY
)
