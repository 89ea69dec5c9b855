"""`netinspect help filter`, `netinspect help fields`: what does not fit behind --help."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from netinspect.commands.output import write_stdout
from netinspect.errors import Exit


class HelpCommand:
    """Prints a chapter of the manual."""

    name = "help"
    help = "what filters and columns can name: netinspect help filter, netinspect help fields"

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("topic", choices=("filter", "fields"), help="what to explain")

    def run(self, arguments: argparse.Namespace) -> int:
        """Print it."""
        if arguments.topic == "fields":
            write_stdout(line.encode() for line in _field_lines())
            return Exit.OK
        from netinspect.commands.config_file import use_saved_filters
        from netinspect.query.manual import filter_manual

        use_saved_filters()
        write_stdout([filter_manual().encode()])
        return Exit.OK


def _field_lines() -> Iterator[str]:
    """List what --columns and --sort know, pane by pane."""
    from netinspect.commands import COMMANDS, load_command
    from netinspect.fields import FIELDS
    from netinspect.panes import PANES

    for pane in PANES:
        yield f"{pane.name.upper()}\n"
        more = getattr(load_command(pane.name), "more", ()) if pane.name in COMMANDS else ()
        names = dict.fromkeys((*pane.fields, *more))
        yield from (f"  {name:<20}{FIELDS[name].help}\n" for name in names)


COMMAND = HelpCommand()
