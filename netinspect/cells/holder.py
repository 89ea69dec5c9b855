"""Who holds a socket, or why nobody does."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.cells.glyphs import Glyphs, Span
from netinspect.cells.width import cut, fit, text_width

if TYPE_CHECKING:
    from netinspect.model import Owner, Value

_WHY_NONE = {
    "TIME_WAIT": "time-wait",
    "SYN_RECV": "handshake",
    "NEW_SYN_RECV": "handshake",
    "ESTABLISHED": "not accepted",
    "CLOSE_WAIT": "not accepted",
    "FIN_WAIT1": "orphan",
    "FIN_WAIT2": "orphan",
    "CLOSING": "orphan",
    "LAST_ACK": "orphan",
}


def holder_spans(values: Sequence[Value], width: int, glyphs: Glyphs) -> tuple[Span, ...]:
    """Draw the holders among `values` in exactly `width` cells.

    values: process, owners, and where the column has them owner_reason and state.
    """
    holders = _holders(values)
    if holders:
        return (Span(fit(_short(holders, width, glyphs), width, glyphs)),)
    return (Span(fit(_reason(values, glyphs), width, glyphs), "muted"),)


def holder_text(values: Sequence[Value], glyphs: Glyphs) -> str:
    """Name every process once: nginx[701],nginx[702]."""
    holders = _holders(values)
    if not holders:
        return _reason(values, glyphs)
    return ",".join(dict.fromkeys(_name(owner, glyphs) + _pid(owner) for owner in holders))


def _short(holders: Sequence[Owner], width: int, glyphs: Glyphs) -> str:
    """Name the first process and count all of them; only the name may be cut."""
    first = holders[0]
    count = len({owner.pid for owner in holders})
    tail = _pid(first) + (f" {glyphs.times}{count}" if count > 1 else "")
    room = width - text_width(tail)
    if room < 1:
        return cut(_name(first, glyphs), width, glyphs)
    return cut(_name(first, glyphs), room, glyphs) + tail


def _name(owner: Owner, glyphs: Glyphs) -> str:
    return owner.process if owner.process is not None else glyphs.unknown


def _pid(owner: Owner) -> str:
    return f"[{owner.pid}]"


def _holders(values: Sequence[Value]) -> tuple[Owner, ...]:
    return next((value for value in values if isinstance(value, tuple)), ())


def _reason(values: Sequence[Value], glyphs: Glyphs) -> str:
    """Say why there is no holder, and what that means for a socket in this state."""
    reason = next((value for value in values[2:3] if isinstance(value, str)), None)
    if reason is None:
        return glyphs.unknown
    state = str(values[3]) if len(values) > 3 else ""
    because = _WHY_NONE.get(state) if reason == "none" else None
    return f"{reason} ({because})" if because else reason
