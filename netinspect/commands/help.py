"""`netinspect help filter`: what does not fit behind --help."""

from __future__ import annotations

import argparse

from netinspect.commands.output import write_stdout
from netinspect.errors import Exit


class HelpCommand:
    """Prints a chapter of the manual."""

    name = "help"
    help = "the manual of filters: netinspect help filter"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("topic", choices=("filter",), help="what to explain")

    def run(self, arguments: argparse.Namespace) -> int:
        """Print it."""
        from netinspect.query.manual import filter_manual

        write_stdout([filter_manual().encode()])
        return Exit.OK


COMMAND = HelpCommand()
