"""`netinspect sockets`: the pane of that name as a table, with the flags of ss.

Source: ss(8), and SS_CONN of its misc/ss.c for the states shown without -a and -l.
"""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import TYPE_CHECKING

from netinspect.commands.arguments import filter_text, parse_filter, typed_filter
from netinspect.commands.pane_table import PaneCommand

if TYPE_CHECKING:
    from netinspect.sources import SourceOptions

_PROTOS = ("tcp", "udp", "unix")
_FAMILIES = {"inet": "ipv4", "inet6": "ipv6"}
_CONNECTED = "state connected and state != bucket"
_COLUMNS = (
    *("proto", "state", "recv_q", "send_q", "local_addr", "local_port", "remote_addr"),
    *("remote_port", "process"),
)
_MORE = {
    "processes": ("owners",),
    "options": ("timer", "expires", "retrans"),
    "extended": ("uid", "inode", "cookie", "cgroup"),
    "info": ("rtt", "idle", "send_rate", "recv_rate", "drops"),
}
"""What -p, -o, -e and -i add to the columns."""
_OF_OWNERS = ("pid", "process", "owners", "owner_reason", "user", "unit", "container")


class SocketsCommand(PaneCommand):
    """Prints sockets as the other panes, and as ss where its flags are given."""

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""
        super().configure(parser)
        flags = parser.add_argument_group(
            "as ss",
            "may be bundled: -tulpn. Without -a, -l and a state in FILTER: what is connected",
        )
        for names, text in (
            (("-t", "--tcp"), "TCP"),
            (("-u", "--udp"), "UDP"),
            (("-x", "--unix"), "unix"),
            (("-4", "--ipv4"), "IPv4"),
            (("-6", "--ipv6"), "IPv6"),
            (("-p", "--processes"), "with all who hold it"),
            (("-o", "--options"), "with its timer"),
            (("-e", "--extended"), "with uid, inode, cookie, cgroup"),
            (("-i", "--info"), "with what TCP tells of it"),
            (("-n", "--numeric"), "always so: names are not looked up"),
        ):
            flags.add_argument(*names, action="store_true", help=text)
        for name, states, text in (
            ("-a", "all", "all states"),
            ("-l", "listen,close", "listening ones"),
        ):
            flags.add_argument(name, dest="states", action="store_const", const=states, help=text)

    def run(self, arguments: argparse.Namespace) -> int:
        """Print the table."""
        from netinspect.query import join_filters

        typed = typed_filter(arguments)
        arguments.filter = [join_filters(typed, _build_filter(arguments, typed))]
        more = [name for flag, names in _MORE.items() if getattr(arguments, flag) for name in names]
        if more and arguments.columns is None:
            arguments.columns = (*_COLUMNS, *more)
        return super().run(arguments)

    def source_options(self, arguments: argparse.Namespace) -> SourceOptions:
        """Have the kernel leave out what the filter does, where no row comes out otherwise.

        Findings are judged on the whole table, and rates need each socket in both looks.
        """
        options = super().source_options(arguments)
        if arguments.samples > 1 or not filter_text(arguments):
            return replace(options, owners=_shows_owners(arguments))
        query = parse_filter(arguments)
        if query.needs_findings or query.needs_rates:
            return options
        owners = query.needs_owners or _shows_owners(arguments)
        return replace(options, only=query.dumps, owners=owners)


def _shows_owners(arguments: argparse.Namespace) -> bool:
    """Tell whether owners are in the output; in JSON it says how many could not be seen."""
    if arguments.columns is None or arguments.format == "json":
        return True
    fields = (*arguments.columns, (arguments.sort or "").lstrip("+-"))
    return not set(_OF_OWNERS).isdisjoint(fields)


def _build_filter(arguments: argparse.Namespace, typed: str) -> str:
    """Make the filter that the flags of ss stand for; "" without any."""
    protos = [proto for proto in _PROTOS if getattr(arguments, proto)]
    families = [family for family, name in _FAMILIES.items() if getattr(arguments, name)]
    if not (protos or families or arguments.states):
        return ""
    inet = [proto for proto in _PROTOS if proto != "unix"]
    terms = ["proto " + ",".join(protos or (inet if families else _PROTOS))]
    if families:
        terms.append("family " + ",".join([*families, *(["unix"] if arguments.unix else [])]))
    if not _names_state(typed):
        terms.append(f"state {arguments.states}" if arguments.states else _CONNECTED)
    return " and ".join(terms)


def _names_state(text: str) -> bool:
    from netinspect.query import parse_query

    return "state" in parse_query(text).fields


COMMAND = SocketsCommand("sockets", "sockets: states, queues, timers, owners; as ss shows them")
