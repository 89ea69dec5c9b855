"""A pane as a command: what `netinspect processes`, `sockets`, `ports`, … share."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_sampling_arguments,
    add_target_arguments,
    parse_count,
    parse_filter,
    parse_names,
    source_options,
)
from netinspect.commands.names import suggest
from netinspect.errors import Exit, UsageError

if TYPE_CHECKING:
    from netinspect.model import Sample
    from netinspect.parts import Exporter, Pane, Report
    from netinspect.query import Query
    from netinspect.report import PaneRequest
    from netinspect.sources import SourceOptions

_HISTORY = "history"
_OF_INFO = ("rtt", "idle", "send_rate", "recv_rate")
"""Fields that are not read among very many sockets, but where they are named."""
_FORMATS = ("table", "json", "ndjson", "csv")


@dataclass(frozen=True, slots=True)
class PaneCommand:
    """Prints the rows of one pane. more: fields to ask for beside those of the pane."""

    name: str
    help: str
    more: tuple[str, ...] = ()

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        parser.add_argument(
            "--format", choices=_FORMATS, default="table", help="default: %(default)s"
        )
        parser.add_argument(
            "--sort", metavar="FIELD", help="order by this field; -FIELD: greatest first"
        )
        parser.add_argument("--reverse", action="store_true", help="turn the order round")
        parser.add_argument(
            "--columns", metavar="A,B,C", type=parse_names, help="only these fields, in this order"
        )
        parser.add_argument("--limit", metavar="N", type=parse_count, help="only the first N rows")
        add_sampling_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the table."""
        from netinspect.commands.sampling import looking, take_selected, warn

        options = self.source_options(arguments)
        with looking(arguments, lambda: self._prepare(arguments), options) as (source, prepared):
            query, request, exporter = prepared
            wanted = _wants_history(request, arguments)
            window = take_selected(source, query, arguments.samples, with_history=wanted)
        from netinspect.commands.output import stdout_paper, write_stdout
        from netinspect.report import build_report

        report = build_report(window, [request])
        shown = _shortened(report, request.pane, arguments)
        lines = exporter.write(shown, stdout_paper())
        write_stdout(self.arrange(lines, window.now, arguments))
        if query.tree is not None and not len(shown.tables[request.pane.name].order):
            warn(f"nothing passes the filter `{query.text}`")
        if arguments.format != "json":
            for gap in report.coverage.gaps:
                warn(gap)
        return Exit.OK

    def arrange(
        self, lines: Iterable[bytes], sample: Sample, arguments: argparse.Namespace
    ) -> Iterable[bytes]:
        """Return what to print of the lines that a format writes, and beside them."""
        return lines

    def source_options(self, arguments: argparse.Namespace) -> SourceOptions:
        """Say what to read: everything, unless the rows of a pane are known not to need it."""
        named = {*(arguments.columns or ()), (arguments.sort or "").lstrip("+-")}
        if any(arguments.filter):
            named |= parse_filter(arguments).fields
        return replace(source_options(arguments), info=not named.isdisjoint(_OF_INFO))

    def _prepare(self, arguments: argparse.Namespace) -> tuple[Query, PaneRequest, Exporter]:
        from netinspect.exporters import TABLE_EXPORTERS
        from netinspect.panes import PANES

        pane = next(pane for pane in PANES if pane.name == self.name)
        request = _build_request(pane, arguments)
        _check_fields(pane, arguments.columns or (), self.more)
        exporter = next(e for e in TABLE_EXPORTERS if e.name == arguments.format)
        return parse_filter(arguments), request, exporter


def _build_request(pane: Pane, arguments: argparse.Namespace) -> PaneRequest:
    from netinspect.report import PaneRequest

    field, descending = pane.sort, pane.descending
    if arguments.sort:
        field, descending = arguments.sort.lstrip("+-"), arguments.sort.startswith("-")
    _check_fields(pane, [field])
    return PaneRequest(pane, field, descending != arguments.reverse)


def _wants_history(request: PaneRequest, arguments: argparse.Namespace) -> bool:
    """Tell whether anybody sees the history of rows; it is dear where it must be read."""
    written = request.pane.fields if arguments.format != "table" else ()
    return _HISTORY in (*(arguments.columns or written), request.sort)


def _check_fields(pane: Pane, names: Sequence[str], more: tuple[str, ...] = ()) -> None:
    known = (*pane.fields, *more)
    for name in names:
        if name not in known:
            raise UsageError(f"{pane.name}: no field `{name}`", suggest(name, known, "fields"))


def _shortened(report: Report, pane: Pane, arguments: argparse.Namespace) -> Report:
    """Keep the rows and fields asked for."""
    table = report.tables[pane.name]
    kept = replace(table, order=table.order[: arguments.limit], fields=arguments.columns)
    return replace(report, tables={pane.name: kept})
