"""Findings that are made only when somebody asks, as they are about one port or address."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from netinspect.absence import Absence, likely_spaces, qualify, sees_all
from netinspect.finding import Confidence, Evidence, Finding, Severity, Unit
from netinspect.humanize import endpoint_text
from netinspect.measures.answering import find_answerers
from netinspect.measures.facts import Facts, Rows
from netinspect.measures.port_holders import parse_address
from netinspect.measures.subjects import listener_subject, port_subject
from netinspect.model import Proto
from netinspect.rules import connection_refused, port_in_use
from netinspect.scope import Scope

_MOST_NAMED = 3


def find_on_port(facts: Facts, scope: Scope, *, proto: Proto = Proto.TCP) -> tuple[Finding, ...]:
    """Tell who has the port of a scope: one finding at least. The scope must have a port."""
    assert scope.port is not None
    known = scope.address is not None and not scope.ends[0].is_name
    address = parse_address(scope.address or "") if known else None
    spaces = likely_spaces(facts, scope)
    netns = spaces[0].inode if len(spaces) == 1 else None
    return port_in_use.find_port_in_use(
        facts, scope.port, address=address, proto=proto, netns=netns
    )


def find_no_listener(facts: Facts, scope: Scope) -> tuple[tuple[Finding, ...], Absence | None]:
    """Tell whether nobody listens where the scope dialled, or who does.

    The finding, or what speaks against it; neither where it was not this host that was dialled.
    """
    if scope.port is None or scope.here is False:
        return (), None
    address = parse_address(scope.address) if scope.here and scope.address else None
    spaces = [namespace.inode for namespace in likely_spaces(facts, scope)]
    answerers = find_answerers(facts, address, scope.port, spaces)
    if len(answerers.taking):
        text = f"{_names(facts, answerers.taking)} listens there now"
        return (), qualify(Absence(text, bool(scope.here)), facts, scope)
    if not scope.here:
        unsure = f"; whether {scope.address} is this host is not known" if scope.address else ""
        return (), Absence(f"nobody listens on port {scope.port} here{unsure}")
    return (_build(facts, scope, answerers.others),), None


def _build(facts: Facts, scope: Scope, others: Rows) -> Finding:
    port, address = scope.port or 0, scope.address or ""
    elsewhere = _names(facts, others)
    end = endpoint_text(address, port)
    spaces = likely_spaces(facts, scope)
    netns = spaces[0].inode if len(spaces) == 1 else 0
    return Finding(
        connection_refused.CODE,
        Severity.WARNING,
        port_subject(netns, port),
        f"nobody listens on {end}" + (f", only {elsewhere}" if elsewhere else ""),
        (
            Evidence("listeners", 0, source="sock_diag LISTEN"),
            Evidence("listens_elsewhere", elsewhere or None, Unit.TEXT, "sock_diag LISTEN"),
        ),
        disproof=f"`ss -ltn 'sport = :{port}'` shows a listener that takes {address}",
        confidence=Confidence.CERTAIN if sees_all(facts, scope) else Confidence.LIKELY,
        sockets=facts.keys(others),
        title=connection_refused.RULE.title,
    )


def _names(facts: Facts, rows: Rows) -> str:
    return ", ".join(_listeners(facts, rows[:_MOST_NAMED]))


def _listeners(facts: Facts, rows: Rows) -> Iterator[str]:
    for row in np.asarray(rows).tolist():
        yield listener_subject(facts, row).text
