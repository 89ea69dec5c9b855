"""The flags of ss that `netinspect sockets` takes, and what it says to those it does not.

Source: ss(8), and SS_CONN of its misc/ss.c for the states shown without -a and -l.
"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Any

from netinspect.errors import UsageError

_PROTOS = ("tcp", "udp", "unix")
_FAMILIES = {"inet": "ipv4", "inet6": "ipv6"}
_CONNECTED = "state connected and state != bucket"
COLUMNS = (
    *("proto", "state", "recv_q", "send_q", "local_addr", "local_port", "remote_addr"),
    *("remote_port", "process"),
)
MEMORY = (
    *("rmem_alloc", "rcvbuf", "wmem_alloc", "sndbuf", "fwd_alloc", "wmem_queued", "optmem"),
    *("sk_backlog", "drops"),
)
"""What ss prints as skmem:(r…,rb…,t…,tb…,f…,w…,o…,bl…,d…)."""
_MORE = {
    "processes": ("owners",),
    "options": ("timer", "expires", "retrans"),
    "extended": ("uid", "inode", "cookie", "cgroup"),
    "memory": MEMORY,
    "info": ("rtt", "idle", "send_rate", "recv_rate", "drops"),
}
"""What -p, -o, -e, -m and -i add to the columns."""
_FLAGS = (
    (("-t", "--tcp"), "TCP"),
    (("-u", "--udp"), "UDP"),
    (("-x", "--unix"), "unix"),
    (("-4", "--ipv4"), "IPv4"),
    (("-6", "--ipv6"), "IPv6"),
    (("-p", "--processes"), "with all who hold it"),
    (("-o", "--options"), "with its timer"),
    (("-e", "--extended"), "with uid, inode, cookie, cgroup"),
    (("-m", "--memory"), "with the memory of its buffers"),
    (("-i", "--info"), "with what TCP tells of it"),
    (("-s", "--summary"), "how many there are of each kind; the table only with other flags"),
    (("-H", "--no-header"), "no line of titles"),
    (("-n", "--numeric"), "always so: names are not looked up"),
    (("-O", "--oneline"), "always so"),
)
_LISTED = (("-a", "all", "all states"), ("-l", "listen,close", "listening ones"))
_REFUSED: dict[tuple[str, ...], tuple[str, str | None]] = {
    ("-r", "--resolve"): (
        "names of hosts are not looked up",
        "netinspect asks nobody but the kernel",
    ),
    ("-K", "--kill"): ("netinspect ends no connection", "ss -K does, with the same filter"),
    ("-N", "--net"): (
        "only the network namespace it runs in is read",
        "for another one: nsenter --net=/run/netns/NAME netinspect …",
    ),
}


def add_ss_flags(parser: argparse.ArgumentParser) -> None:
    """Declare the flags."""
    flags = parser.add_argument_group(
        "as ss",
        "may be bundled: -tulpn. Without -a, -l and a state in FILTER: what is connected",
    )
    for options, text in _FLAGS:
        flags.add_argument(*options, action="store_true", help=text)
    for name, states, text in _LISTED:
        flags.add_argument(name, dest="states", action="store_const", const=states, help=text)
    for spelled, refusal in _REFUSED.items():
        flags.add_argument(*spelled, action=_Refuse, nargs=0, const=refusal, help=argparse.SUPPRESS)


class _Refuse(argparse.Action):
    """Says why a flag of ss is not taken."""

    def __call__(
        self,
        parser: argparse.ArgumentParser,
        namespace: argparse.Namespace,
        values: str | Sequence[Any] | None,
        option_string: str | None = None,
    ) -> None:
        message, hint = self.const
        raise UsageError(f"{option_string}: {message}", hint)


def columns_of(arguments: argparse.Namespace) -> tuple[str, ...] | None:
    """Return the columns that the flags ask for; None = the usual ones."""
    more = [name for flag, names in _MORE.items() if getattr(arguments, flag) for name in names]
    return tuple(dict.fromkeys((*COLUMNS, *more))) if more else None


def filter_of(arguments: argparse.Namespace, typed: str) -> str:
    """Make the filter that the flags stand for; "" without any. typed: the one beside them."""
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


def asks_for_summary_only(arguments: argparse.Namespace) -> bool:
    """Tell whether -s stands alone, as then ss prints no sockets either."""
    others = [name for names, _ in _FLAGS for name in names if name.startswith("--")]
    given = [name for name in others if getattr(arguments, name[2:].replace("-", "_"))]
    harmless = ("--summary", "--numeric", "--oneline", "--no-header")
    alone = set(given) <= set(harmless) and not arguments.states
    filtered = any(arguments.filter) or arguments.pid or arguments.port
    return bool(arguments.summary and alone and arguments.format == "table" and not filtered)


def _names_state(text: str) -> bool:
    from netinspect.query import parse_query

    return "state" in parse_query(text).fields
