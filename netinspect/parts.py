"""The five kinds of part one can add: Source, Command, Rule, Pane, Exporter.

A part is one file in the folder of its kind and one line in that folder's tuple.
Read this file first: everything else plugs into it.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from netinspect.fields import FIELDS, Kind
from netinspect.finding import Explanation, Finding, FindingKey
from netinspect.marks import NO_MARKS, Marks
from netinspect.model import Coverage, Host, Row, RowKey, Sample, Series, Value, Window

if TYPE_CHECKING:
    from netinspect.measures.facts import Facts  # all that rules ask; tables do without


class Source(Protocol):
    """Where Samples come from: a live probe, a file, another host."""

    @property
    def target(self) -> str:
        """Name what is looked at: a host name, a file."""

    def read(self) -> Sample:
        """Wait for the next Sample and return it.

        Raises SourceError when there will be no more, with the reason and a remedy.
        Called from one thread; the other methods may be called from any.
        """

    def refresh(self) -> None:
        """Ask for a Sample now instead of at the next tick."""

    def set_interval(self, seconds: float) -> None:
        """Change the time between Samples."""

    def watch(self, cookies: Sequence[int]) -> None:
        """Ask for tcp_info of these sockets even when the table is too large to have it for all."""

    def close(self) -> None:
        """End the source; a blocked `read` raises SourceError."""


class Command(Protocol):
    """One subcommand; its module is imported only when it runs."""

    name: str
    help: str

    def configure(self, parser: argparse.ArgumentParser) -> None:
        """Declare the arguments."""

    def run(self, arguments: argparse.Namespace) -> int:
        """Do it and return the exit code; raise NetinspectError for what the user can mend."""


@dataclass(frozen=True, slots=True)
class Threshold:
    """A number a rule compares with; users can change it as `code.name`."""

    name: str
    default: float
    help: str  # one line with the unit, without a full stop


@dataclass(frozen=True, slots=True)
class Rule:
    """One anomaly: recognises it in a Window. Pure.

    title: the anomaly in a few words. check: returns a finding per subject that shows the anomaly;
    thresholds: by name, as configured. Its explanation is the Markdown file with the code's name.
    """

    code: str
    title: str
    thresholds: tuple[Threshold, ...]
    check: Callable[[Facts, Mapping[str, float]], Iterable[Finding]]


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a pane on screen and in the text table.

    fields: what it shows; the first one sorts and names it. Several make a meter (used, limit) or
    an endpoint (address, port). width: cells, header included. priority: 0 always stays, the
    highest goes first when the screen is narrow. grow: shares the space left over.
    """

    title: str
    fields: tuple[str, ...]
    width: int
    priority: int = 1
    grow: bool = False

    @property
    def name(self) -> str:
        """Name the column as `--columns` and `--sort` do."""
        return self.fields[0]

    @property
    def kind(self) -> Kind:
        """Tell how its values look."""
        return FIELDS[self.fields[0]].kind


class RowsByKey(Protocol):
    """Rows made one by one, when asked for."""

    def row(self, index: int) -> Row:
        """Build one row."""

    def find(self, key: RowKey) -> int | None:
        """Find the row with this key."""


class Rows(RowsByKey, Protocol):
    """The rows of a pane, unordered and unformatted; made row by row only when asked.

    `fields` names the values of each Row, in order.
    """

    @property
    def fields(self) -> tuple[str, ...]: ...

    def __len__(self) -> int: ...

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        """Return one comparable value per row: NaN or "" where it is not known."""


@runtime_checkable
class BulkRows(Rows, Protocol):
    """Rows that can be read many at a time, without making each a Row."""

    @property
    def keys(self) -> NDArray[np.uint64]:
        """Return the key of every row."""

    def read_columns(self, indices: NDArray[np.int64], fields: Sequence[str]) -> list[list[Value]]:
        """Return for each of these fields its value in every one of these rows."""


@runtime_checkable
class RankedRows(Rows, Protocol):
    """Rows whose values compare only with those they are ranked with."""

    def sort_values_among(self, field: str, others: Sequence[Rows]) -> NDArray[np.float64]:
        """Return one comparable value per row, then those of other rows of the same pane."""


class Pane(Protocol):
    """One view of a Window: which rows, which columns. Pure, knows no terminal."""

    name: str  # also the command's name
    key: str  # the digit that shows it
    title: str
    help: str  # one sentence: the question it answers
    fields: tuple[str, ...]  # what an export holds, in order
    columns: tuple[Column, ...]  # what the screen shows, in order
    sort: str  # field it is sorted by at first
    descending: bool
    empty: str  # what it would show, and why there is nothing

    def rows(self, window: Window) -> Rows:
        """Return the rows of the sockets and processes the window's filter lets through."""

    def header(self, window: Window) -> str:
        """Say in one line the numbers that belong to the whole pane; "" for none."""


@dataclass(frozen=True, slots=True)
class GoneRows:
    """Rows that went of late, for the screen: no number and no format counts them.

    lines: what the screen shows in order: an index of the table's rows, or -1 - i for the row i of
    `rows`; not all of these are shown.
    """

    rows: RowsByKey
    lines: NDArray[np.int64]

    def __len__(self) -> int:
        return int(np.count_nonzero(self.lines < 0))


@dataclass(frozen=True, slots=True)
class Table:
    """A pane's rows, put in order: what the commands print."""

    pane: Pane
    rows: Rows
    order: NDArray[np.int64]  # row indices, first row first
    fields: tuple[str, ...] | None = None  # those the user chose; None = what the format shows
    marks: Marks = NO_MARKS
    gone: GoneRows | None = None


@dataclass(frozen=True, slots=True)
class Report:
    """One Window as the screen, the commands and the exporters show it.

    findings: causes before what they cause, the gravest chain first. explanations: those that are
    attached.
    """

    host: Host
    taken_at: float
    coverage: Coverage
    findings: tuple[Finding, ...]
    window: Window
    tables: Mapping[str, Table]  # by pane name; holds the panes that were asked for
    explanations: Mapping[FindingKey, Explanation] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Paper:
    """What text is written on; formats for machines do not look at it."""

    width: int | None = None  # cells; None = as wide as it takes
    colour: bool = False
    ascii: bool = False


class Exporter(Protocol):
    """One format of a Report."""

    name: str  # as `--format` calls it

    def write(self, report: Report, paper: Paper) -> Iterator[bytes]:
        """Yield the document piece by piece."""


class RowList:
    """Rows that are few enough to be made at once."""

    def __init__(self, fields: tuple[str, ...], rows: Sequence[Row]) -> None:
        self.fields = fields
        self._rows = rows
        self._index = {row.key: i for i, row in enumerate(rows)}

    def __len__(self) -> int:
        return len(self._rows)

    def row(self, index: int) -> Row:
        """Return one row."""
        return self._rows[index]

    def sort_values(self, field: str) -> NDArray[np.float64] | NDArray[np.str_]:
        """Return one comparable value per row: NaN or "" where it is not known."""
        position = self.fields.index(field)
        return comparable([row.values[position] for row in self._rows])

    def find(self, key: RowKey) -> int | None:
        """Find the row with this key."""
        return self._index.get(key)


def comparable(values: Sequence[Value]) -> NDArray[np.float64] | NDArray[np.str_]:
    """Turn the values of one field into an array that sorts; counts by their sum."""
    if any(isinstance(value, str) for value in values):
        return np.array(["" if value is None else str(value) for value in values], np.str_)
    return np.array([_number(value) for value in values], np.float64)


def _number(value: Value) -> float:
    if isinstance(value, Series):
        value = value.change
    if value is None:
        return float("nan")
    if isinstance(value, Mapping):
        return float(sum(value.values()))
    if isinstance(value, tuple):
        return float(len(value))
    return float(value)
