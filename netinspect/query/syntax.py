"""The tree a filter is read into, and its text again. Reading that text gives the same tree."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum


class Op(Enum):
    """How a field is compared."""

    EQ = "="
    NE = "!="
    GT = ">"
    GE = ">="
    LT = "<"
    LE = "<="


class Style(Enum):
    """How a value was written: quoted text is taken as it is, a /regex/ is looked for in it."""

    WORD = "word"
    QUOTED = "quoted"
    REGEX = "regex"


@dataclass(frozen=True, slots=True)
class Span:
    """A number, or all from one to another; in the unit of the column."""

    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Network:
    """Addresses that begin alike, and perhaps a port.

    address: 128 bit as SocketTable has them. prefix: how many of these bits count, 0 = any
    address. v6_only: sockets of AF_INET6 only, as where ss compares with an IPv6 address.
    """

    address: int
    prefix: int
    v6_only: bool = False
    port: int | None = None


@dataclass(frozen=True, slots=True)
class Marked:
    """Bits of a mark, under a mask."""

    mark: int
    mask: int


@dataclass(frozen=True, slots=True)
class Choice:
    """Some of the numbers that a column of few values may hold."""

    numbers: frozenset[int]


@dataclass(frozen=True, slots=True)
class Pattern:
    """Text to compare names with, without regard to case. regex: of the whole name."""

    regex: str


Meaning = Span | Network | Marked | Choice | Pattern


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it was written, and what that means for its field."""

    text: str
    style: Style
    meanings: tuple[Meaning, ...]

    def __str__(self) -> str:
        return _styled(self.text, self.style)


@dataclass(frozen=True, slots=True)
class Term:
    """A field compared with any of several values; != holds where none of them is met."""

    field: str
    op: Op
    values: tuple[Value, ...]

    def __str__(self) -> str:
        op = "" if self.op is Op.EQ else f"{self.op.value} "
        return f"{self.field} {op}{', '.join(map(str, self.values))}"


@dataclass(frozen=True, slots=True)
class Word:
    """Text that occurs in a name or an address."""

    text: str
    style: Style
    pattern: Pattern

    def __str__(self) -> str:
        return _styled(self.text, self.style)


@dataclass(frozen=True, slots=True)
class Unknown:
    """The field is not known of the socket."""

    field: str

    def __str__(self) -> str:
        return f"unknown({self.field})"


@dataclass(frozen=True, slots=True)
class Autobound:
    """The local port is one the kernel hands out."""

    def __str__(self) -> str:
        return "autobound"


@dataclass(frozen=True, slots=True)
class Not:
    """What the part does not hold for."""

    part: Node

    def __str__(self) -> str:
        return f"not {bracketed(self.part)}"


@dataclass(frozen=True, slots=True)
class And:
    """All of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " and ".join(map(bracketed, self.parts))


@dataclass(frozen=True, slots=True)
class Or:
    """Any of two or more parts."""

    parts: tuple[Node, ...]

    def __str__(self) -> str:
        return " or ".join(map(bracketed, self.parts))


Leaf = Term | Word | Unknown | Autobound
Node = Leaf | Not | And | Or


def leaves(node: Node) -> Iterator[Leaf]:
    """Yield the terms of a filter, in order."""
    if isinstance(node, Not):
        yield from leaves(node.part)
    elif isinstance(node, And | Or):
        for part in node.parts:
            yield from leaves(part)
    else:
        yield node


def joined(kind: type[And] | type[Or], parts: list[Node]) -> Node:
    """Join parts; those that are joined alike become one."""
    if len(parts) == 1:
        return parts[0]
    flat: list[Node] = []
    for part in parts:
        flat.extend(part.parts if isinstance(part, And | Or) and type(part) is kind else [part])
    return kind(tuple(flat))


def bracketed(node: Node) -> str:
    """Print a part of something."""
    return f"({node})" if isinstance(node, And | Or) else str(node)


def _styled(text: str, style: Style) -> str:
    if style is Style.WORD:
        return text
    if style is Style.REGEX:
        return f"/{text}/"
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
