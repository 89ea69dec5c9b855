"""Filter text → which sockets and processes are meant.

The language is that of ss, and beyond it every field of a socket and of who holds it. Importing
this costs no numpy: the screen does so before its first frame.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from netinspect.query.parser import parse_tree
from netinspect.query.saved import is_saved
from netinspect.query.syntax import And, Node, Op, Or, Span, Term, Unknown, Word, leaves
from netinspect.query.terms import TERMS, Of

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from netinspect.model import Sample, Window

_HELD = ("user", "owners", "owner_reason")
"""Terms of sockets that only processes tell."""


@dataclass(frozen=True)
class Query:
    """A filter. tree: None lets everything through. text: as it was written."""

    tree: Node | None = None
    text: str = ""

    @property
    def pids(self) -> frozenset[int] | None:
        """Return the processes named outright; None when the filter names none."""
        sets = [
            frozenset(number for span in spans for number in span)
            for spans in map(_named_pids, self._conjuncts)
            if spans
        ]
        return frozenset.intersection(*sets) if sets else None

    @cached_property
    def fields(self) -> frozenset[str]:
        """Return the fields the filter asks for."""
        found = leaves(self.tree) if self.tree is not None else ()
        return frozenset(leaf.field for leaf in found if isinstance(leaf, Term | Unknown))

    @property
    def names_unix(self) -> bool:
        """Tell whether unix sockets are meant too; otherwise none is."""
        return not self.fields.isdisjoint(("proto", "family", "path"))

    @property
    def dumps(self) -> str | None:
        """Return which sockets the kernel is to list, as the probe reads it; None = all."""
        from netinspect.query.pushdown import plan_dumps, spell_dumps

        plans = plan_dumps(self.tree, with_unix=self.names_unix) if self.tree else None
        return None if plans is None else spell_dumps(plans)

    @property
    def needs_findings(self) -> bool:
        """Tell whether sockets can be selected only after they were diagnosed."""
        return any(TERMS[field].of is Of.FINDING for field in self.fields)

    @property
    def needs_owners(self) -> bool:
        """Tell whether it takes the processes to select sockets."""
        words = self.tree is not None and any(isinstance(leaf, Word) for leaf in leaves(self.tree))
        of_sockets = (field for field in self.fields if TERMS[field].of is Of.SOCKET)
        return words or len([*of_sockets]) < len(self.fields) or not self.fields.isdisjoint(_HELD)

    @property
    def needs_rates(self) -> bool:
        """Tell whether it takes two Samples to select sockets."""
        return not self.fields.isdisjoint(("send_rate", "recv_rate"))

    def mask(self, sample: Sample) -> NDArray[np.bool_]:
        """Return for each socket whether it is selected; nothing is known of findings and rates."""
        import numpy as np

        from netinspect.model import Window

        size = len(sample.sockets)
        new = np.full(size, -1, np.int64)
        return self.select(Window(sample, None, new, np.ones(size, np.bool_), None))

    def select(self, window: Window) -> NDArray[np.bool_]:
        """Return for each socket of a Window whether it is selected."""
        import numpy as np

        from netinspect.query.masks import select_sockets

        if self.tree is None:
            return np.ones(len(window.now.sockets), np.bool_)
        return select_sockets(self.tree, window)

    def select_pids(self, sample: Sample, selected: NDArray[np.bool_]) -> frozenset[int] | None:
        """Return the processes that are meant; None = all. selected: the sockets that are."""
        from netinspect.query.processes import find_processes

        return None if self.tree is None else find_processes(self.tree, sample, selected)

    @property
    def _conjuncts(self) -> tuple[Node, ...]:
        if self.tree is None:
            return ()
        return self.tree.parts if isinstance(self.tree, And) else (self.tree,)


def parse_query(text: str) -> Query:
    """Parse e.g. "state established and pid 812". Raises FilterError, which shows the place."""
    return Query(parse_tree(text), " ".join(text.split()))


def join_filters(*texts: str) -> str:
    """Make the filter for which all of several hold. A text that means nothing is left as it is."""
    written = [text for text in texts if text.strip()]
    return written[0] if len(written) == 1 else " and ".join(map(_joinable, written))


def _joinable(text: str) -> str:
    from netinspect.errors import FilterError

    try:
        tree = parse_tree(text)
    except FilterError:
        return text
    if is_saved(text.strip()):
        return text
    return f"({tree})" if isinstance(tree, Or) else str(tree) if _has_or(text) else text


def _has_or(text: str) -> bool:
    return "|" in text or "or" in text.lower().split()


def _named_pids(node: Node) -> list[range]:
    if not isinstance(node, Term) or node.field != "pid" or node.op is not Op.EQ:
        return []
    spans = [one for value in node.values for one in value.meanings if isinstance(one, Span)]
    single = all(span.low == span.high for span in spans)
    return [range(span.low, span.high + 1) for span in spans] if single else []
