"""Sockets that use up local ports, for the rules about them: a range of 40000-40099 or as told."""

from __future__ import annotations

from collections.abc import Sequence

from netinspect.model import Process, Sample
from tests.samples import Socket, make_sample, namespace, tcp

HERE, THERE = "10.0.0.1", "10.0.0.9:5432"
FRESH, MINUTE_OLD = 59_900, 100


def out(port: int, to: str = THERE, pids: Sequence[int] = (), state: str = "ESTABLISHED") -> Socket:
    """Make an outgoing connection."""
    return tcp(state, f"{HERE}:{port}", to, pids)


def waits(port: int, to: str = THERE, expires: int = FRESH, here: str = HERE) -> Socket:
    """Make a connection in TIME_WAIT."""
    return tcp("TIME_WAIT", f"{here}:{port}", to, timer=3, expires=expires)


def scene(
    *sockets: Socket,
    processes: Sequence[Process] = (),
    ports: str = "40000\t40099",
    reserved: str = "",
    at: float = 0.0,
    counters: dict[str, int] | None = None,
    sockstat: dict[str, int] | None = None,
    **settings: str,
) -> Sample:
    """Make a Sample; settings: of net.ipv4."""
    sysctls = {f"net.ipv4.{name}": value for name, value in settings.items()}
    space = namespace(ports, reserved, counters=counters, sockstat=sockstat, sysctls=sysctls)
    return make_sample(sockets, processes, at=at, namespaces=[space])


def unknown_range(*sockets: Socket) -> Sample:
    """Make a Sample of a namespace whose settings could not be read."""
    return make_sample(sockets, namespaces=[namespace("")])
