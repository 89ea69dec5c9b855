"""`netinspect open`: the screen on a recording, a snapshot or a dump of ss."""

from __future__ import annotations

import argparse

from netinspect.commands.arguments import add_filter_arguments
from netinspect.commands.config_file import add_judgement_arguments
from netinspect.commands.view import add_screen_arguments, view

_EXAMPLES = """\
examples:
  netinspect open night.nirec@-10m
  netinspect open before.json state close-wait
  ssh web-07 netinspect snapshot | netinspect open -

exit codes:
  0 done   1 failed   2 wrong usage   130 interrupted   141 the reader of the output went away
"""


class OpenCommand:
    """Shows what a file holds as it was shown then; takes no look at this host."""

    name = "open"
    help = "look into a recording, a snapshot or a dump of ss, from whatever host"
    epilog = _EXAMPLES

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument(
            "file",
            metavar="FILE[@TIME]",
            help="a recording, a snapshot as JSON or what `ss -tan -D FILE` wrote; TIME is e.g. "
            "14:05 or -10m; - = standard input",
        )
        add_filter_arguments(parser)
        add_judgement_arguments(parser)
        add_screen_arguments(parser)
        parser.set_defaults(sudo=False, source="auto", interval=2.0)

    def run(self, arguments: argparse.Namespace) -> int:
        """Open the screen; where stdout is no terminal, print the text report."""
        return view(arguments)


COMMAND = OpenCommand()
