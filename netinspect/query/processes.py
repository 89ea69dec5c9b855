"""Terms about processes: which of those that hold sockets they mean, and which at all."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from netinspect.holders import holding_pids
from netinspect.model import Process, Sample
from netinspect.query.compare import compare_numbers, compiled, matcher, meanings_of
from netinspect.query.facts import process_value
from netinspect.query.syntax import (
    And,
    Leaf,
    Meaning,
    Node,
    Not,
    Op,
    Or,
    Span,
    Term,
    Unknown,
    Word,
    leaves,
)
from netinspect.query.terms import TERMS, Kind, Of

Mask = NDArray[np.bool_]
_ALSO_OF_PROCESSES = ("user", "uid")
"""Of a socket they are its creator's; a process has its own."""


def match_owners(term: Term, op: Op, sample: Sample) -> Mask:
    """Tell for each row of owners whether its process is meant."""
    owners = sample.owners
    if term.field == "pid":
        return compare_numbers(owners.pid, op, meanings_of(term))
    return np.isin(owners.pid, list(_matching(term, op, sample)))


def known_owners(field: str, sample: Sample) -> Mask:
    """Tell for each row of owners whether its process is known to have something in a field."""
    if field == "pid":
        return np.ones(len(sample.owners), np.bool_)
    known = [pid for pid, p in sample.processes.items() if process_value(field, p) is not None]
    return np.isin(sample.owners.pid, known)


def find_named(word: Word, sample: Sample) -> frozenset[int]:
    """Return the processes whose name, unit or container has a word in it."""
    search = compiled(word.pattern.regex).search
    return frozenset(
        pid for pid, p in sample.processes.items() if any(map(search, filter(None, _names(p))))
    )


def find_processes(node: Node, sample: Sample, selected: Mask) -> frozenset[int]:
    """Return the processes a filter means. selected: the sockets it lets through.

    Terms about processes alone mean those without sockets too; otherwise it is who holds them.
    """
    meant = select_processes(node, sample)
    if meant is not None and not has_word(node):
        return meant
    holders = holding_pids(sample.sockets, sample.owners, selected)
    if meant is not None:
        return meant | holders
    left = restrict_processes(node, sample)
    return holders if left is None else holders & left


def select_processes(node: Node, sample: Sample) -> frozenset[int] | None:
    """Return the processes a filter means; None where it asks for what no process has."""
    if isinstance(node, Not):
        inner = select_processes(node.part, sample)
        return None if inner is None else frozenset(sample.processes) - inner
    if isinstance(node, And | Or):
        parts = [select_processes(part, sample) for part in node.parts]
        sets = [part for part in parts if part is not None]
        if len(sets) < len(parts):
            return None
        first, *rest = sets
        return first.intersection(*rest) if isinstance(node, And) else first.union(*rest)
    return _of_leaf(node, sample)


def restrict_processes(node: Node, sample: Sample) -> frozenset[int] | None:
    """Return the processes that terms about processes alone leave over; None = all."""
    parts = node.parts if isinstance(node, And) else (node,)
    sets = (select_processes(part, sample) for part in parts if not has_word(part))
    found = [some for some in sets if some is not None]
    return frozenset.intersection(*found) if found else None


def has_word(node: Node) -> bool:
    """Tell whether bare words are in a filter: they are looked for in sockets too."""
    return any(isinstance(leaf, Word) for leaf in leaves(node))


def _of_leaf(leaf: Leaf, sample: Sample) -> frozenset[int] | None:
    if isinstance(leaf, Word):
        return find_named(leaf, sample)
    if not isinstance(leaf, Term | Unknown):
        return None
    if TERMS[leaf.field].of is not Of.PROCESS and leaf.field not in _ALSO_OF_PROCESSES:
        return None
    known = frozenset(
        pid for pid, p in sample.processes.items() if process_value(leaf.field, p) is not None
    )
    if isinstance(leaf, Unknown):
        return frozenset(sample.processes) - known
    if leaf.op is Op.NE:
        return known - _matching(leaf, Op.EQ, sample)
    return _matching(leaf, leaf.op, sample)


def _matching(term: Term, op: Op, sample: Sample) -> frozenset[int]:
    if term.field == "pid" and op is Op.EQ and all(map(_is_one_number, meanings_of(term))):
        # Who is named outright is meant, whether or not there is such a process.
        return frozenset(one.low for one in meanings_of(term) if isinstance(one, Span))
    values = {pid: process_value(term.field, p) for pid, p in sample.processes.items()}
    if TERMS[term.field].kind is Kind.TEXT:
        matches = matcher(meanings_of(term))
        return frozenset(pid for pid, v in values.items() if isinstance(v, str) and matches(v))
    numbers = {pid: value for pid, value in values.items() if isinstance(value, int)}
    column = np.fromiter(numbers.values(), np.int64, len(numbers))
    hits = compare_numbers(column, op, meanings_of(term))
    return frozenset(np.fromiter(numbers, np.int64, len(numbers))[hits].tolist())


def _is_one_number(meaning: Meaning) -> bool:
    return isinstance(meaning, Span) and meaning.low == meaning.high


def _names(process: Process) -> tuple[str | None, ...]:
    return process.name, process.unit, process.container
