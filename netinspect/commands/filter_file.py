"""The filters that were typed on screen, kept from one run to the next: one a line, newest last."""

from __future__ import annotations

import os
from contextlib import suppress

from netinspect.errors import NetinspectError

_MOST_BYTES = 1 << 18
_LONGEST = 1000


def state_file(name: str) -> str:
    """Return the path of a file that remembers something, which need not exist."""
    home = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")
    return os.path.join(home, "netinspect", name)


def read_filters() -> list[str]:
    """Read what was kept; nothing where that is not to be had."""
    try:
        with open(state_file("filters"), "rb") as file:
            text = file.read(_MOST_BYTES).decode("utf-8", "replace")
    except OSError:
        return []
    return [line for line in text.splitlines() if line.isprintable() and 0 < len(line) <= _LONGEST]


def write_filters(filters: list[str]) -> None:
    """Keep them, for the user alone; where nothing can be written the next run knows less."""
    from netinspect.commands.output import write_file

    path = state_file("filters")
    kept = [one for one in filters if one.isprintable() and len(one) <= _LONGEST]
    with suppress(OSError, NetinspectError):
        os.makedirs(os.path.dirname(path), mode=0o700, exist_ok=True)
        write_file(path, ["".join(f"{one}\n" for one in kept).encode()])
