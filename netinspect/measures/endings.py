"""How TCP connections of a namespace began and ended between two Samples, as its counters tell.

Sources: Documentation/networking/snmp_counter.rst, "TCP abort"; `tcp_done()`, `tcp_check_req()`.
The counters are of both address families.
"""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.measures.facts import Facts
from netinspect.model import Namespace

_COUNTERS = {
    "active_opens": "Tcp.ActiveOpens",
    "passive_opens": "Tcp.PassiveOpens",
    "attempt_fails": "Tcp.AttemptFails",
    "estab_resets": "Tcp.EstabResets",
    "resets_sent": "Tcp.OutRsts",
    "embryonic": "TcpExt.EmbryonicRsts",
    "unread": "TcpExt.TCPAbortOnClose",
    "lingered": "TcpExt.TCPAbortOnData",
    "timed_out": "TcpExt.TCPAbortOnTimeout",
    "out_of_memory": "TcpExt.TCPAbortOnMemory",
    "time_waits": "TcpExt.TW",
}


@dataclass(frozen=True, slots=True)
class Endings:
    """What happened in one namespace since the Sample before, in connections.

    unread, lingered: reset by our end, at close() with unread data, and by SO_LINGER or by data
    that came after close(). embryonic: reset while the handshake of an incoming one went on.
    established: by how many more there are.
    """

    seconds: float
    active_opens: int
    passive_opens: int
    attempt_fails: int
    estab_resets: int
    resets_sent: int
    embryonic: int
    unread: int
    lingered: int
    timed_out: int
    out_of_memory: int
    time_waits: int
    established: int

    @property
    def refused(self) -> int:
        """Count outgoing attempts that were answered with no, at the least.

        AttemptFails also counts those that nobody answered, and incoming handshakes that the
        client reset, as health checks do.
        """
        return max(0, self.attempt_fails - self.embryonic - self.timed_out)

    @property
    def reset_by_peer(self) -> int:
        """Count established connections that a reset from the other end closed.

        Also has those that waited in the accept queue of a listener that was closed.
        """
        return max(0, self.estab_resets - self.unread - self.lingered - self.timed_out)

    @property
    def stray_resets(self) -> int:
        """Count resets sent in answer to segments of no connection, at the least.

        TIME_WAIT: data that comes for a connection we closed is answered with a reset too.
        """
        ended = max(self.estab_resets, self.unread + self.lingered)
        other = self.out_of_memory + self.timed_out + self.embryonic + self.time_waits
        return max(0, self.resets_sent - ended - other)

    @property
    def closes(self) -> int:
        """Count connections that were established and are no more."""
        opened = self.active_opens + self.passive_opens
        failed = self.attempt_fails - self.embryonic
        return max(0, opened - failed - self.established)

    def rate(self, count: int) -> float:
        """Return a count per second."""
        return count / self.seconds


def read_endings(facts: Facts, namespace: Namespace) -> Endings | None:
    """Compare the counters of two Samples; None where one of them is not known."""
    counts = {name: facts.delta(namespace, counter) for name, counter in _COUNTERS.items()}
    known = {name: count for name, count in counts.items() if count is not None}
    earlier = facts.before.namespace(namespace.inode) if facts.before else None
    if not facts.elapsed or len(known) < len(counts) or earlier is None:
        return None
    now, before = (one.counters.get("Tcp.CurrEstab") for one in (namespace, earlier))
    if now is None or before is None:
        return None
    return Endings(seconds=facts.elapsed, established=now - before, **known)


def share(part: int, whole: int) -> float | None:
    """Return a part of 1, at most 1; None where there is no whole."""
    return min(1.0, part / whole) if whole > 0 else None
