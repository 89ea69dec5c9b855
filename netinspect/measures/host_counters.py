"""Numbers of the whole host that each network namespace shows."""

from __future__ import annotations

from netinspect.measures.facts import Facts


def host_sockstat(facts: Facts, name: str) -> int | None:
    """Return a number of /proc/net/sockstat that is the host's in every namespace.

    Such are TCP.orphan, TCP.alloc and TCP.mem; None where no namespace could be read.
    """
    known = (namespace.sockstat.get(name) for namespace in facts.now.namespaces)
    return next((value for value in known if value is not None), None)


def total_delta(facts: Facts, counter: str) -> int | None:
    """Add up the growth of a counter over all namespaces; None where it is not known of any."""
    deltas = [facts.delta(namespace, counter) for namespace in facts.now.namespaces]
    known = [delta for delta in deltas if delta is not None]
    return sum(known) if known else None
