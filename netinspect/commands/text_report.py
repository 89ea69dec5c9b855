"""The text report: what `netinspect` prints where it cannot open its screen."""

from __future__ import annotations

import argparse

from netinspect.errors import Exit


def print_text_report(arguments: argparse.Namespace) -> int:
    """Look once and print the report; arguments: those of `add_target_arguments`."""
    from netinspect.commands.output import stdout_paper, write_stdout
    from netinspect.commands.sampling import take_window
    from netinspect.exporters.text_report import EXPORTER
    from netinspect.panes import PANES
    from netinspect.report import PaneRequest, build_report

    report = build_report(take_window(arguments), map(PaneRequest.default, PANES))
    write_stdout(EXPORTER.write(report, stdout_paper()))
    return Exit.OK
