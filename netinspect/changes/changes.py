"""What a comparison of two moments says: Changes, in Sections, each with the values that differ.

Values only: formats write them, nobody measures here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from netinspect.finding import Scalar, Unit
from netinspect.model import Host


class Turn(Enum):
    """What became of something between the two moments."""

    NEW = "new"
    GONE = "gone"
    RESTARTED = "restarted"  # the same program under another pid
    GREW = "grew"
    SHRANK = "shrank"
    GRAVER = "graver"
    MILDER = "milder"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Difference:
    """One value that is not what it was; None = there was none, as of what is new."""

    name: str
    before: Scalar
    after: Scalar
    unit: Unit = Unit.COUNT

    @property
    def numbers(self) -> tuple[float, float] | None:
        """Return both as numbers; what was not there counts as nothing. None for texts."""
        if self.unit is Unit.TEXT:
            return None
        known = [0 if value is None else value for value in (self.before, self.after)]
        before, after = (v if isinstance(v, (int, float)) else None for v in known)
        return None if before is None or after is None else (before, after)

    @property
    def delta(self) -> float | None:
        """Return by how much a number grew, negative where it shrank; None for texts."""
        return None if self.numbers is None else self.numbers[1] - self.numbers[0]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that is not what it was.

    subject: how a person names it. about: what it is, field by field, under the names that filters
    and exports use. text: more of it in one line. notable: False for what moves on any host.
    """

    turn: Turn
    subject: str
    values: tuple[Difference, ...] = ()
    text: str = ""
    about: Mapping[str, Scalar] = field(default_factory=lambda: MappingProxyType({}))
    notable: bool = True


@dataclass(frozen=True, slots=True)
class Section:
    """The Changes of one kind. left_out: how many there are besides, too small to be told."""

    name: str  # in documents
    title: str
    changes: tuple[Change, ...] = ()
    left_out: int = 0


@dataclass(frozen=True, slots=True)
class Side:
    """One of the two moments. name: as the user called it. gaps: what it does not show."""

    name: str
    host: Host
    taken_at: float
    gaps: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Changes:
    """All that differs between two moments.

    elapsed: seconds from the first to the second, negative where it is the earlier one. notes: why
    some of it could not be compared. sections: all of them, in the order to read them.
    """

    before: Side
    after: Side
    elapsed: float
    sections: tuple[Section, ...]
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Tell whether nothing differs that is worth telling."""
        return not any(section.changes for section in self.sections)

    @property
    def left_out(self) -> int:
        """Count what differs and is too small to be told."""
        return sum(section.left_out for section in self.sections)


def known_differences(
    *numbers: tuple[str, Scalar, Scalar], unit: Unit = Unit.COUNT
) -> Iterator[Difference]:
    """Yield those of named values that differ; one that a side does not know does not."""
    for name, before, after in numbers:
        if before is not None and after is not None and before != after:
            yield Difference(name, before, after, unit)


def find_turn(values: Iterable[Difference]) -> Turn:
    """Tell whether numbers grew or shrank, taken together."""
    moved = sum(value.delta or 0 for value in values)
    return Turn.GREW if moved > 0 else Turn.SHRANK if moved < 0 else Turn.CHANGED
