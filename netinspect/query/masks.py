"""A tree → which sockets it selects, as one mask. Two-valued: `not` selects what was not selected.

A comparison never holds for what is not known; unknown(field) does.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from functools import reduce

import numpy as np
from numpy.typing import NDArray

from netinspect.finding import Finding, Severity
from netinspect.holders import held_by, held_where
from netinspect.humanize import address_text, endpoint_text
from netinspect.model import UNKNOWN, Family, Proto, Window
from netinspect.query.compare import (
    compare_addresses,
    compare_numbers,
    compiled,
    matcher,
    meanings_of,
)
from netinspect.query.dotted import find_dotted, is_dotted
from netinspect.query.facts import has_ephemeral_port, read_column, user_names
from netinspect.query.hextets import find_hextets
from netinspect.query.processes import find_named, known_owners, match_owners
from netinspect.query.syntax import (
    And,
    Autobound,
    Choice,
    Leaf,
    Network,
    Node,
    Not,
    Op,
    Or,
    Style,
    Term,
    Unknown,
    Word,
)
from netinspect.query.terms import TERMS, Kind, Of

Mask = NDArray[np.bool_]
_IN_V4 = frozenset("0123456789.:*?")
_GLOB = frozenset("*?")
_IN_ADDRESSES = _IN_V4 | frozenset("abcdefABCDEF[]")


def select_sockets(node: Node, window: Window) -> Mask:
    """Return for each socket whether the filter lets it through."""
    return _fold(node, _Sockets(window).select)


def _fold(node: Node, select: Callable[[Leaf], Mask]) -> Mask:
    if isinstance(node, Not):
        return ~_fold(node.part, select)
    if isinstance(node, And | Or):
        masks = (_fold(part, select) for part in node.parts)
        return reduce(np.logical_and if isinstance(node, And) else np.logical_or, masks)
    return select(node)


def _search(
    high: NDArray[np.uint64],
    low: NDArray[np.uint64],
    port: NDArray[np.uint16],
    pattern: re.Pattern[str],
    with_port: bool,
) -> Mask:
    """Look into the text of ends, each different one once."""
    ends = zip(high.tolist(), low.tolist(), port.tolist(), strict=True)
    found: dict[tuple[int, int, int], bool] = {}
    for end in ends:
        if end not in found:
            found[end] = pattern.search(_end_text(*end, with_port)) is not None
    ends = zip(high.tolist(), low.tolist(), port.tolist(), strict=True)
    return np.fromiter(map(found.__getitem__, ends), np.bool_, len(low))


def _end_text(high: int, low: int, port: int, with_port: bool) -> str:
    address = address_text(high, low)
    return endpoint_text(address, port) if with_port else address


class _Sockets:
    """Compares the sockets of a Window with single terms."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._sample = window.now
        self._sockets = window.now.sockets

    def select(self, leaf: Leaf) -> Mask:
        """Return for each socket whether one term holds."""
        if isinstance(leaf, Autobound):
            return has_ephemeral_port(self._sample)
        if isinstance(leaf, Word):
            return self._with_word(leaf)
        if isinstance(leaf, Unknown):
            return ~self._known(leaf.field)
        if leaf.op is Op.NE:
            return self._known(leaf.field) & ~self._compare(leaf, Op.EQ)
        return self._compare(leaf, leaf.op)

    def _compare(self, term: Term, op: Op) -> Mask:
        spec = TERMS[term.field]
        if spec.of is Of.FINDING:
            return self._with_finding(term, op)
        if spec.of is Of.PROCESS:
            return held_where(self._sockets, match_owners(term, op, self._sample))
        if spec.kind is Kind.ADDRESS:
            return self._with_address(term)
        if spec.kind is Kind.TEXT:
            return self._with_text(term)
        if term.field == "port":
            return self._number("lport", term, op) | self._number("rport", term, op)
        return self._number(term.field, term, op)

    def _known(self, field: str) -> Mask:
        spec = TERMS[field]
        if spec.of is Of.FINDING:
            return self._lies(lambda finding: finding.severity is not None)
        if spec.of is Of.PROCESS:
            return held_where(self._sockets, known_owners(field, self._sample))
        if spec.kind is Kind.ADDRESS or field == "port":
            inet: Mask = self._sockets.proto != Proto.UNIX
            return inet
        if field == "path":
            return self._sockets.path >= 0
        if field == "user":
            return np.isin(self._sockets.uid, list(user_names(self._sample)))
        known_rows = read_column(field, self._window)[1]
        return np.ones(len(self._sockets), np.bool_) if known_rows is None else known_rows

    def _number(self, field: str, term: Term, op: Op) -> Mask:
        column, known = read_column(field, self._window)
        mask = compare_numbers(column, op, meanings_of(term))
        return mask if known is None else mask & known

    def _with_address(self, term: Term) -> Mask:
        mask = np.zeros(len(self._sockets), np.bool_)
        for network in meanings_of(term):
            assert isinstance(network, Network), "an address term has these"
            mask |= self._in_network("local" if term.field == "src" else "remote", network)
        return mask

    def _in_network(self, side: str, network: Network) -> Mask:
        sockets = self._sockets
        high, low = getattr(sockets, f"{side}_hi"), getattr(sockets, f"{side}_lo")
        mask: Mask = sockets.proto != Proto.UNIX
        inside = compare_addresses(high, low, network)
        if inside is not None:
            mask &= inside
        if network.v6_only:
            mask &= sockets.family == Family.INET6
        if network.port is not None:
            mask &= getattr(sockets, f"{side}_port") == network.port
        return mask

    def _with_text(self, term: Term) -> Mask:
        """Compare the name of a user or of a unix socket."""
        matches = matcher(meanings_of(term))
        if term.field == "user":
            uids = [uid for uid, user in user_names(self._sample).items() if matches(user)]
            return np.isin(self._sockets.uid, uids)
        return self._with_path(matches)

    def _with_path(self, matches: Callable[[str], object]) -> Mask:
        paths = self._sockets.paths
        if not paths:
            return np.zeros(len(self._sockets), np.bool_)
        named = np.array([*(bool(matches(path)) for path in paths), False])
        mask: Mask = named[np.maximum(self._sockets.path, UNKNOWN)]  # -1 is the last: no name
        return mask

    def _with_word(self, word: Word) -> Mask:
        pattern = compiled(word.pattern.regex)
        mask = self._held(find_named(word, self._sample)) | self._with_path(pattern.search)
        if word.style is Style.REGEX or _IN_ADDRESSES.issuperset(word.text):
            for side in ("local", "remote"):
                mask |= self._with_address_text(side, word)
        return mask

    def _with_address_text(self, side: str, word: Word) -> Mask:
        """Look into the text of addresses, each different one once."""
        pattern, with_port = compiled(word.pattern.regex), ":" in word.text
        sockets = self._sockets
        high, low = getattr(sockets, f"{side}_hi"), getattr(sockets, f"{side}_lo")
        port = getattr(sockets, f"{side}_port") if with_port else np.zeros(len(low), np.uint16)
        inet = sockets.proto != Proto.UNIX
        v4 = inet & (high == 0) & (low >> np.uint64(32) == np.uint64(0xFFFF))
        v6 = inet & ~v4
        mask = np.zeros(len(low), np.bool_)
        plain = word.style is Style.QUOTED or _GLOB.isdisjoint(word.text)
        if word.style is not Style.REGEX and plain:
            if is_dotted(word.text):
                mask[v4] = find_dotted(low[v4].astype(np.uint32), port[v4], word.text)
            if "." not in word.text:  # no text of IPv6 has a point
                mask[v6] = find_hextets(high[v6], low[v6], port[v6], word.text)
            return mask
        if word.style is Style.REGEX or _IN_V4.issuperset(word.text):
            mask[v4] = _search(high[v4], low[v4], port[v4], pattern, with_port)
        mask[v6] = _search(high[v6], low[v6], port[v6], pattern, with_port)
        return mask

    def _with_finding(self, term: Term, op: Op) -> Mask:
        meanings = meanings_of(term)
        if term.field == "code":
            matches = matcher(meanings)
            return self._lies(lambda finding: matches(finding.code))
        wanted = [number for one in meanings if isinstance(one, Choice) for number in one.numbers]
        grades = {severity for severity in Severity if any(_ORDER[op](severity, w) for w in wanted)}
        return self._lies(lambda finding: finding.severity in grades)

    def _lies(self, is_meant: Callable[[Finding], bool]) -> Mask:
        """Tell for each socket whether such a finding lies on it, or on a process that holds it."""
        findings = [finding for finding in self._window.findings if is_meant(finding)]
        keys = [finding.sockets for finding in findings if len(finding.sockets)]
        pids = [f.subject.pid for f in findings if not len(f.sockets) and f.subject.pid is not None]
        mask = self._held(frozenset(pids))
        return mask | np.isin(self._sockets.key, np.concatenate(keys)) if keys else mask

    def _held(self, pids: frozenset[int]) -> Mask:
        return held_by(self._sockets, self._sample.owners, pids)


_ORDER: dict[Op, Callable[[int, int], bool]] = {
    Op.EQ: operator.eq,
    Op.GT: operator.gt,
    Op.GE: operator.ge,
    Op.LT: operator.lt,
    Op.LE: operator.le,
}
