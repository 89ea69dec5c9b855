"""The manual of filters: every field, value and way to write it."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.humanize import safe_text
from netinspect.query.names import SHOWN
from netinspect.query.saved import saved_filters
from netinspect.query.terms import TERMS, Kind, TermSpec

_HEAD = """\
FILTERS

  Every filter of ss means here what it means there, and there are more fields and more words; but
  names of hosts are not looked up, `inet:` and the like are not taken in an address, and
  `autobound` goes by the port alone.
  It stands behind any command, and on screen behind `/`.

    netinspect sockets state established dport = :443
    netinspect sockets 'dst 10.0.0.0/8 and (rtt > 200ms or retrans >= 2)'
    netinspect ports process java* and not user root
    netinspect sockets nginx

  FIELD VALUE        one field: `port 443`, `port:443`, `port=443` and `port = 443` are the same
  a,b                either value
  = != > >= < <=     or eq ne gt ge lt le, as in ss; what is not known (–) is never met
  and or not ( )     or & | !; terms side by side are joined by `and`. `and` and `or` in one row
                     need brackets: ss binds both alike, and most languages do not
  WORD               a word alone is looked for in names of processes, units and containers, in
                     addresses and in names of unix sockets; "quote" it if it is also a field
  java*  /^java/     of names: a pattern for all of it, or a regex to look for; case does not matter
  8000-8100          from … to, of any number
  @NAME              a filter saved as NAME = "…" under [filters] of the configuration file
  unknown(FIELD)     the field is not known
  autobound          the local port is one of the range from which the kernel takes them
  state a state b    either; before anything else, for all of it, as in ss

  Sizes take k M G (of 1024), counts k M G (of 1000); times need us ms s m h or d.
  Addresses: 10.0.0.1, 10.0.0.0/8, ::1, [::1]:80, 10.0.0.1:80, *:80, localhost. Ports: also by name.

FIELDS
"""


def filter_manual() -> str:
    """Write the manual."""
    width = max(len(spec.name) for spec in TERMS.values())
    lines = [_HEAD.rstrip("\n")]
    for spec in TERMS.values():
        lines += _field_lines(spec, width)
    if saved_filters():
        lines += ["", "SAVED"]
        lines += [f"  @{name}  {safe_text(text)}" for name, text in saved_filters().items()]
    return "\n".join(lines) + "\n"


def _field_lines(spec: TermSpec, width: int) -> Iterator[str]:
    also = f" (also {' '.join(spec.aliases)})" if spec.aliases else ""
    yield f"  {spec.name:<{width}}  {spec.help}{also}"
    words = SHOWN["state" if spec.kind is Kind.STATE else spec.name] if _has_words(spec) else ()
    blank = " " * (width + 4)
    if words:
        yield f"{blank}{' '.join(words)}"
    yield f"{blank}e.g. {spec.example}"


def _has_words(spec: TermSpec) -> bool:
    return spec.kind is Kind.NAME or spec.name == "state"
