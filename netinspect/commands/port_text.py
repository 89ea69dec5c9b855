"""Who has a port, as text: every socket on it, what it does there, and who holds it."""

from __future__ import annotations

from collections.abc import Iterator

from netinspect.humanize import duration_text
from netinspect.measures.port_holders import PortHolder, Role, find_port_holders, parse_address
from netinspect.measures.subjects import process_text
from netinspect.model import Proto, Window
from netinspect.scope import Scope

_MOST_HOLDERS = 20


def holder_lines(window: Window, scope: Scope, proto: Proto = Proto.TCP) -> Iterator[str]:
    """Write the sockets on the port of a scope, those in the way first."""
    port = scope.port or 0
    known = scope.address is not None and not scope.ends[0].is_name
    address = parse_address(scope.address or "") if known else None
    holders = find_port_holders(window.now, port, address=address, proto=proto)
    yield (
        f"{proto.name} sockets on port {port} now"
        if holders
        else (f"No {proto.name} socket has port {port} now")
    )
    for holder in holders[:_MOST_HOLDERS]:
        yield f"  {holder_text(holder)}"
    if len(holders) > _MOST_HOLDERS:
        yield f"  … {len(holders) - _MOST_HOLDERS:,} more: netinspect sockets --port {port}"


def holder_text(holder: PortHolder) -> str:
    """Write e.g. "listener 127.0.0.1:8080  java[812]  in the way unless …"."""
    owners = ", ".join(process_text(process) for process in holder.processes)
    parts = [holder.role.value, holder.local]
    if holder.remote:
        parts.append(f"→ {holder.remote}")
    if holder.seconds_left is not None:
        parts.append(f"TIME_WAIT, {duration_text(holder.seconds_left)} left")
    else:
        parts.append(owners or "no visible owner")
    if holder.role is Role.CLIENT:
        parts.append("the port was given to an outgoing connection")
    if holder.mixed:
        parts.append("inherited: different programs hold it")
    if holder.inferred:
        parts.append("(role concluded)")
    if holder.hinders:
        parts.append(f"in the way {holder.hindrance.value}")
    return "  ".join(parts)
