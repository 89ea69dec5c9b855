"""What the numbers in a socket's columns are called."""

from __future__ import annotations

from netinspect.model import UNKNOWN, Family, OwnerReason, Proto, Timer


def proto_name(proto: int) -> str:
    """Name a protocol: tcp, udp, unix."""
    return Proto(proto).name.lower()


def family_name(family: int) -> str:
    """Name an address family: inet, inet6, unix."""
    return Family(family).name.lower()


def timer_name(timer: int) -> str | None:
    """Name a timer: retransmit, keepalive, …, or off; an unknown number survives."""
    if timer == UNKNOWN:
        return None
    try:
        return Timer(timer).name.lower().replace("_", "-")
    except ValueError:
        return f"timer-{timer}"


def owner_reason_name(reason: int) -> str | None:
    """Name the reason why there is no owner; None where there is one."""
    return None if reason == OwnerReason.OWNED else OwnerReason(reason).name.lower()
