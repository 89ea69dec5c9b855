"""`netinspect doctor`: what can be read here and what not; what a bug report pastes."""

from __future__ import annotations

import argparse
import time

from netinspect.commands.arguments import add_target_arguments, parse_filter
from netinspect.errors import Exit


class DoctorCommand:
    """Looks once and tells what that look could and could not see."""

    name = "doctor"
    help = "what can be read here and what not, with which rights, at what cost"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        add_target_arguments(parser)
        parser.add_argument(
            "--format", choices=("text", "json"), default="text", help="default: %(default)s"
        )

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the diagnosis."""
        from netinspect.commands.sampling import looking

        started = time.perf_counter()
        with looking(arguments, lambda: parse_filter(arguments)) as (source, _):
            sample = source.read()
        from netinspect.commands.diagnosis import build_diagnosis, diagnosis_json, diagnosis_text
        from netinspect.commands.output import write_stdout

        diagnosis = build_diagnosis(sample, time.perf_counter() - started)
        as_json = arguments.format == "json"
        write_stdout([diagnosis_json(diagnosis) if as_json else diagnosis_text(diagnosis)])
        return Exit.OK


COMMAND = DoctorCommand()
