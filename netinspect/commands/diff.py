"""`netinspect diff`: what is not the same at two moments."""

from __future__ import annotations

import argparse
from contextlib import closing
from dataclasses import replace
from enum import IntEnum
from functools import partial
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_filter_arguments,
    add_live_arguments,
    add_output_argument,
    add_sampling_arguments,
    parse_filter,
)
from netinspect.commands.config_file import add_judgement_arguments, read_judgement
from netinspect.errors import UsageError

if TYPE_CHECKING:
    from netinspect.changes import View
    from netinspect.diagnosis import Judgement
    from netinspect.exporters.changes import ChangesExporter
    from netinspect.model import Window
    from netinspect.query import Query

_NOW = "now"
_STDIN = "-"
_EXITS = """\
exit codes, as those of diff:
  0 the same   1 different   2 could not tell, or wrong usage
"""


class Verdict(IntEnum):
    """Exit codes."""

    SAME = 0
    DIFFERENT = 1
    TROUBLE = 2


class DiffCommand:
    """Compares two files, two moments of a recording, or a file and this host."""

    name = "diff"
    help = "what is not the same: two snapshots, two moments of a recording, a snapshot and now"
    epilog = _EXITS
    usage_code = Verdict.TROUBLE

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "a",
            metavar="A",
            help="a snapshot as JSON, a recording, what `ss -tan -D FILE` wrote, each FILE or"
            " FILE@TIME (14:05, -10m); - = standard input; now = this host",
        )
        parser.add_argument(
            "b", metavar="B", nargs="?", default=_NOW, help="the same (default: %(default)s)"
        )
        add_filter_arguments(parser)
        parser.add_argument(
            "--all", action="store_true", help="also what is too small to be told, such as churn"
        )
        parser.add_argument("--format", choices=("text", "json", "html"), default="text")
        add_output_argument(parser)
        add_live_arguments(parser)
        add_sampling_arguments(parser, samples=3, interval=0.5)
        add_judgement_arguments(parser)
        parser.set_defaults(file=None)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the differences."""
        return _diff(arguments)


def _diff(arguments: argparse.Namespace) -> int:
    specs = arguments.a, arguments.b
    if specs == (_STDIN, _STDIN):
        raise UsageError("both A and B are standard input", "it can be read once")
    query, judgement, exporter = _prepare(arguments)
    before, after = (_look(spec, arguments, query, judgement) for spec in specs)
    _check_pids(query, before, after)
    from netinspect.changes import compare
    from netinspect.commands.output import write_output

    changes = compare(before, after, everything=arguments.all)
    write_output(arguments.output, partial(exporter.write, changes))
    return Verdict.SAME if changes.same else Verdict.DIFFERENT


def _prepare(arguments: argparse.Namespace) -> tuple[Query, Judgement, ChangesExporter]:
    from netinspect.exporters.changes import CHANGES_EXPORTERS

    exporter = next(e for e in CHANGES_EXPORTERS if e.name == arguments.format)
    judgement = read_judgement(arguments, patience=arguments.samples)
    return parse_filter(arguments), judgement, exporter


def _look(spec: str, arguments: argparse.Namespace, query: Query, judgement: Judgement) -> View:
    """Read one of the two moments."""
    from netinspect.changes import View
    from netinspect.humanize import safe_text
    from netinspect.report import build_coverage, concerns

    if spec == _NOW:
        window, note = _look_here(arguments, query, judgement), None
    else:
        window, note = _look_into(spec, query, judgement)
    findings = tuple(finding for finding in window.findings if concerns(finding, window))
    gaps = build_coverage(window.now).gaps
    name = "standard input" if spec == _STDIN else safe_text(spec)
    return View(name, replace(window, findings=findings), (*gaps, note) if note else gaps)


def _look_here(arguments: argparse.Namespace, query: Query, judgement: Judgement) -> Window:
    from netinspect.commands.sampling import looking, take_diagnosed
    from netinspect.query import Query
    from netinspect.report import build_window

    with looking(arguments, lambda: None) as (source, _):
        # Without the filter: that its process is there no more may be the difference.
        window = take_diagnosed(source, Query(), arguments.samples, judgement)
    return build_window(window.now, window.before, query, findings=window.findings)


def _look_into(spec: str, query: Query, judgement: Judgement) -> tuple[Window, str | None]:
    from netinspect.sources.past import PastSource

    with closing(PastSource(spec)) as source:
        return source.window(query, judgement), source.opened.note


def _check_pids(query: Query, before: View, after: View) -> None:
    from netinspect.commands.sampling import check_pids

    sample = before.window.now
    both = {**after.window.now.processes, **sample.processes}
    check_pids(replace(sample, processes=both), query.pids)


COMMAND = DiffCommand()
