"""What the screen asks for when it writes a file, and who does it: the screen itself opens none."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

from netinspect.errors import NetinspectError

if TYPE_CHECKING:
    from netinspect.parts import Report


@dataclass(frozen=True, slots=True)
class Wish:
    """What file to write. replace: a file of that name that is there already."""

    form: str
    name: str
    redact: bool = False
    replace: bool = False


class FileExistsAlready(NetinspectError):
    """There is such a file, and nobody said that it may be replaced."""


class Exporting(Protocol):
    """Writes what is on screen to files."""

    formats: tuple[str, ...]  # the default first

    def suggest(self, report: Report, form: str, *, redact: bool) -> str:
        """Return the name that a file would have."""

    def write(self, report: Report, wish: Wish) -> str:
        """Write it whole or not at all and return where it is.

        Raises FileExistsAlready, and NetinspectError with what went wrong. From any thread.
        """
