"""Names of unix sockets, made safe and each kept once. Source: unix(7)."""

from __future__ import annotations

from netinspect.humanize import safe_text


class Paths:
    """Collects names and numbers them."""

    def __init__(self) -> None:
        self._index: dict[bytes, int] = {}

    def index(self, name: bytes) -> int:
        """Return the number of a sun_path, NULs included."""
        return self._index.setdefault(name, len(self._index))

    def all(self) -> tuple[str, ...]:
        """Return the names in the order of their numbers."""
        return tuple(_show(name) for name in self._index)


def _show(name: bytes) -> str:
    """An abstract name begins with a NUL, shown as @; a path in the file system ends with one."""
    if name.startswith(b"\0"):
        return "@" + safe_text(name[1:])
    return safe_text(name.removesuffix(b"\0"))
