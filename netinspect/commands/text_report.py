"""The text report: what `netinspect` prints where it cannot open its screen."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from netinspect.commands.arguments import parse_filter
from netinspect.commands.config_file import read_judgement
from netinspect.errors import Exit

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.query import Query

_SAMPLES = 3
_SECONDS = 0.5


def print_text_report(arguments: argparse.Namespace) -> int:
    """Look three times within a second and print the report.

    arguments: those of `add_target_arguments` and `add_judgement_arguments`.
    """
    from netinspect.commands.sampling import attached_explanations, looking, take_diagnosed

    arguments.interval = min(arguments.interval, _SECONDS)
    with looking(arguments, lambda: _prepare(arguments)) as (source, (query, judgement)):
        window = take_diagnosed(source, query, _SAMPLES, judgement)
        attached = attached_explanations(source)
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.exporters.text_report import EXPORTER
    from netinspect.panes import PANES
    from netinspect.report import PaneRequest, build_report

    report = build_report(window, map(PaneRequest.default, PANES), attached)
    write_stdout(EXPORTER.write(report, stdout_paper()))
    return Exit.OK


def _prepare(arguments: argparse.Namespace) -> tuple[Query, Judgement]:
    from netinspect import panes  # noqa: F401 - while the probe works

    return parse_filter(arguments), read_judgement(arguments, patience=_SAMPLES)
