"""What rules about connections tell of the other end."""

from __future__ import annotations

from netinspect.finding import Evidence, Unit
from netinspect.measures.culprits import top_peer
from netinspect.measures.facts import Facts, Rows


def peer_evidence(facts: Facts, rows: Rows) -> tuple[Evidence, Evidence]:
    """Name the remote address most of these sockets have, and say how many have it."""
    address, count = top_peer(facts, rows)
    return (
        Evidence("top_peer", address, Unit.TEXT, "sock_diag idiag_dst"),
        Evidence("top_peer_sockets", count, source="sock_diag idiag_dst"),
    )


def seconds(milliseconds: int) -> float | None:
    """Turn a time of a socket column into seconds; None where it is UNKNOWN."""
    return None if milliseconds < 0 else milliseconds / 1000
