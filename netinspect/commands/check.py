"""`netinspect check`: what is going wrong, for a person, a program or a monitoring system."""

from __future__ import annotations

import argparse
from dataclasses import replace
from enum import IntEnum
from typing import TYPE_CHECKING

from netinspect.commands.arguments import (
    add_sampling_arguments,
    add_target_arguments,
    parse_filter,
)
from netinspect.commands.config_file import add_judgement_arguments, read_judgement

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.finding import Finding
    from netinspect.parts import Exporter
    from netinspect.query import Query

_FORMATS = ("text", "json", "nagios")
_FAIL_ON = ("info", "warning", "critical")
_EXITS = """\
exit codes, as those of monitoring plugins:
  0 nothing found   1 warning   2 critical   3 could not tell, or wrong usage
"""


class Verdict(IntEnum):
    """Exit codes."""

    NOTHING = 0
    WARNING = 1
    CRITICAL = 2
    UNKNOWN = 3


class CheckCommand:
    """Samples a few times and tells what rules find."""

    name = "check"
    help = "what is going wrong right now; for scripts and monitoring"
    epilog = _EXITS
    usage_code = Verdict.UNKNOWN

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        parser.add_argument("--format", choices=_FORMATS, default="text", help="default: text")
        add_sampling_arguments(parser, samples=3, interval=1.0)
        parser.add_argument(
            "--fail-on",
            choices=_FAIL_ON,
            default="warning",
            help="exit 0 for what is less grave (default: %(default)s)",
        )
        parser.add_argument("--explain", action="store_true", help="attach the explanations")
        add_judgement_arguments(parser)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the findings."""
        return _check(arguments)


def _check(arguments: argparse.Namespace) -> int:
    from netinspect.commands.sampling import attached_explanations, looking, take_diagnosed, warn

    with looking(arguments, lambda: _prepare(arguments)) as (source, prepared):
        query, judgement, exporter = prepared
        window = take_diagnosed(source, query, arguments.samples, judgement)
        attached = attached_explanations(source)
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.explanations import explain_finding
    from netinspect.report import build_report, concerns

    findings = tuple(finding for finding in window.findings if concerns(finding, window))
    explained = {f.key: explain_finding(f) for f in findings} if arguments.explain else {}
    report = build_report(replace(window, findings=findings), (), {**explained, **attached})
    write_stdout(exporter.write(report, stdout_paper()))
    if query.tree is not None and not (window.selected.any() or window.selected_pids):
        warn(f"no socket and no process passes the filter `{query.text}`")
    return _verdict(findings, arguments.fail_on)


def _prepare(arguments: argparse.Namespace) -> tuple[Query, Judgement, Exporter]:
    from netinspect.exporters import CHECK_EXPORTERS
    from netinspect.exporters.findings_text import FindingsText
    from netinspect.exporters.nagios import Nagios
    from netinspect.finding import Severity

    exporter = next(e for e in CHECK_EXPORTERS if e.name == arguments.format)
    if isinstance(exporter, Nagios):  # its status is the exit code's
        exporter = Nagios(Severity[arguments.fail_on.upper()])
    elif isinstance(exporter, FindingsText):
        exporter = FindingsText(dated=arguments.file is not None)
    judgement = read_judgement(arguments, patience=arguments.samples)
    return parse_filter(arguments), judgement, exporter


def _verdict(findings: tuple[Finding, ...], fail_on: str) -> int:
    from netinspect.finding import Severity

    worst = max((f.severity for f in findings if f.severity is not None), default=None)
    if worst is None or worst < Severity[fail_on.upper()]:
        return Verdict.NOTHING
    return Verdict.CRITICAL if worst is Severity.CRITICAL else Verdict.WARNING


COMMAND = CheckCommand()
