"""Where to look: the connection and the process that a text or the user names."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum

from netinspect.finding import Finding, Subject

_WILDCARDS = ("*", "0.0.0.0", "::")


@dataclass(frozen=True, slots=True)
class End:
    """One end of a connection; None = not said.

    address: as the kernel's are written, or a host name; None also for all addresses.
    """

    address: str | None = None
    port: int | None = None

    @property
    def text(self) -> str:
        """Write it as ADDRESS:PORT."""
        if self.address is None:
            return f"port {self.port}"
        host = f"[{self.address}]" if ":" in self.address else self.address
        return self.address if self.port is None else f"{host}:{self.port}"

    @property
    def is_name(self) -> bool:
        """Tell whether a host is named, not an address."""
        if self.address is None:
            return False
        try:
            ipaddress.ip_address(self.address)
        except ValueError:
            return True
        return False


def build_end(host: str, port: int | None) -> End:
    """Name an end as the kernel does: 127.0.0.1 for localhost, None for all addresses."""
    if host in (*_WILDCARDS, ""):
        return End(None, port)
    if host == "localhost":
        return End("127.0.0.1", port)
    try:
        address = ipaddress.ip_address(host.partition("%")[0])
    except ValueError:
        return End(host, port)
    mapped = getattr(address, "ipv4_mapped", None)
    return End(str(mapped or address), port)


class Fit(IntEnum):
    """How well a finding fits where the error happened."""

    ELSEWHERE = 0  # it is about something else
    POSSIBLE = 1  # nothing speaks against it
    EXACT = 2  # it names the same


@dataclass(frozen=True, slots=True)
class Scope:
    """What is known of the place.

    ends: of the connection, the one that was dialled first. here: whether that one is this host;
    None = not known. peers: what the process is connected to now.
    """

    pid: int | None = None
    ends: tuple[End, ...] = ()
    here: bool | None = None
    peers: tuple[End, ...] = ()

    @property
    def port(self) -> int | None:
        """Return the port that was dialled."""
        return self.ends[0].port if self.ends else None

    @property
    def address(self) -> str | None:
        """Return the address or name that was dialled."""
        return self.ends[0].address if self.ends else None

    def fit(self, finding: Finding) -> Fit:
        """Compare what a finding is about with the place, as far as both say."""
        subject = finding.subject
        sides = list(_sides(subject))
        if self.ends and sides:
            best = max(self._fit_side(end, side) for end in self.ends for side in sides)
            if best is not Fit.EXACT or self._same_process(subject) is not False:
                return best
            # Who is dialled is another process than the one that dials.
            return Fit.EXACT if subject.remote_port is None else Fit.POSSIBLE
        same = self._same_process(subject)
        if same is False and sides and subject.remote_port is None:
            # A listener of another process: what this one is connected to, perhaps.
            fits = (self._fit_side(peer, sides[0]) for peer in self.peers)
            return max(fits, default=Fit.POSSIBLE)
        if same is None:
            return Fit.POSSIBLE
        return Fit.EXACT if same else Fit.ELSEWHERE

    def _same_process(self, subject: Subject) -> bool | None:
        if self.pid is None or subject.pid is None:
            return None
        return subject.pid == self.pid

    def _fit_side(self, end: End, side: End) -> Fit:
        if end.port is not None and side.port is not None and end.port != side.port:
            return Fit.ELSEWHERE
        if end.address is None or end.is_name or side.address is None:
            return Fit.EXACT
        if side.address in _WILDCARDS:  # of a listener: it is what was dialled if that is here
            return Fit.POSSIBLE if self.here is False else Fit.EXACT
        return Fit.EXACT if side.address == end.address else Fit.ELSEWHERE


def _sides(subject: Subject) -> Iterator[End]:
    """Yield the ends that a finding names with their ports."""
    for address, port in (
        (subject.remote_addr, subject.remote_port),
        (subject.local_addr, subject.local_port),
    ):
        if port is not None:
            yield End(address, port)
