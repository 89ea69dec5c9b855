"""What a pass could not read: the Notes of a Capture."""

from __future__ import annotations

import os


def more_rights() -> str:
    """Return the remedy for what is refused for lack of privilege."""
    if os.geteuid() != 0:
        return "run as root or with --sudo"
    return "root is refused too: give the container CAP_SYS_PTRACE, or ask its security module"


class Notes:
    """Collects Notes; the same one again only raises its count."""

    def __init__(self) -> None:
        self._notes = {}  # type: dict[tuple[str, str, int | None], dict[str, object]]

    def add(
        self,
        source: str,
        message: str,
        *,
        remedy: str | None = None,
        count: int | None = None,
        errno: int | None = None,
    ) -> None:
        """Note that something could not be read; count says how many things that hides."""
        note = self._notes.setdefault(
            (source, message, errno),
            {"source": source, "message": message, "remedy": remedy, "count": None, "errno": errno},
        )
        if count is not None:
            before = note["count"]
            note["count"] = count + (before if isinstance(before, int) else 0)

    def as_json(self) -> list[dict[str, object]]:
        """Return them as the header of a Capture has them."""
        return list(self._notes.values())
