"""The text report: what `netinspect` prints where it cannot open its screen."""

from __future__ import annotations

import argparse

from netinspect.errors import Exit

_SAMPLES = 3
_SECONDS = 0.5


def print_text_report(arguments: argparse.Namespace) -> int:
    """Look three times within a second and print the report.

    arguments: those of `add_target_arguments` and `add_judgement_arguments`.
    """
    from netinspect.commands.config_file import read_judgement
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.commands.sampling import take_diagnosed
    from netinspect.exporters.text_report import EXPORTER
    from netinspect.panes import PANES
    from netinspect.report import PaneRequest, build_report

    arguments.interval = min(arguments.interval, _SECONDS)
    judgement = read_judgement(arguments, patience=_SAMPLES)
    window = take_diagnosed(arguments, _SAMPLES, judgement)
    report = build_report(window, map(PaneRequest.default, PANES))
    write_stdout(EXPORTER.write(report, stdout_paper()))
    return Exit.OK
