"""Looking at the host from a command: Samples, then the Window its filter gives."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

from netinspect.commands.arguments import source_options
from netinspect.errors import NetinspectError
from netinspect.humanize import safe_text
from netinspect.sources import SourceOptions, open_source
from netinspect.sources.past import PastSource

if TYPE_CHECKING:
    from netinspect.diagnosis import History, Judgement
    from netinspect.finding import Explanation, Finding, FindingKey
    from netinspect.model import Sample, Trail, Window
    from netinspect.parts import Source
    from netinspect.query import Query

_Prepared = TypeVar("_Prepared")


@contextmanager
def looking(
    arguments: argparse.Namespace,
    prepare: Callable[[], _Prepared],
    options: SourceOptions | None = None,
) -> Iterator[tuple[Source, _Prepared]]:
    """Start the probe, and prepare while it works; yields where Samples come from and the result.

    prepare: imports what the command needs, which takes as long as the probe does, and raises
    UsageError on arguments that make no sense; before a password is asked for, if one is. options:
    of the source, None = what the arguments say.
    """
    if arguments.sudo:
        prepare()
    with closing(open_source(options or source_options(arguments))) as source:
        prepared = prepare()
        from netinspect import decode, report  # noqa: F401 - needed next, and there is still time

        yield source, prepared


def take_selected(
    source: Source, query: Query, count: int, *, with_history: bool = False
) -> Window:
    """Look this often, and as often as the filter needs; compare the last Sample with the first.

    Diagnoses only for a filter that asks. with_history: remember what the rows were like, too; of a
    moment that was kept, in those before it. Raises NetinspectError when no process has any of the
    pids asked for.
    """
    if isinstance(source, PastSource):
        return _take_past(source, query, with_history=with_history)
    if query.needs_rates:
        count = max(count, 2)
    judgement = None
    if query.needs_findings:
        from netinspect.diagnosis import Judgement

        judgement = Judgement(patience=count)
    return _look(source, query, count, judgement, with_history=with_history)


def take_diagnosed(
    source: Source,
    query: Query,
    count: int,
    judgement: Judgement,
    *,
    with_unix: bool = False,
    afresh: bool = False,
    with_history: bool = False,
) -> Window:
    """Look this often, judge every Sample, and return the last Window with what was found.

    Its rates compare the last Sample with the first. Of a moment that was kept, what was found then
    is told; afresh: and what is found in it now. Raises as `take_selected`, takes history alike.
    """
    kept = {"with_unix": with_unix, "with_history": with_history}
    if isinstance(source, PastSource):
        return _take_past(source, query, judgement, afresh=afresh, **kept)
    return _look(source, query, count, judgement, **kept)


def _look(
    source: Source,
    query: Query,
    count: int,
    judgement: Judgement | None,
    *,
    with_unix: bool = False,
    with_history: bool = False,
) -> Window:
    from netinspect.report import build_window

    first: Sample | None = None
    last: Sample | None = None
    notes = _Notes(judgement, with_history=with_history and count > 1)
    for _ in range(count):
        now = source.read()
        notes.take(now, last)
        first, last = first or now, now
    assert last is not None, "at least one Sample"
    check_pids(last, query.pids)
    before = None if first is last else first
    return build_window(
        last, before, query, with_unix=with_unix, findings=notes.findings, trail=notes.trail
    )


class _Notes:
    """What is remembered from one Sample to the next; judgement None = no findings."""

    def __init__(self, judgement: Judgement | None, *, with_history: bool) -> None:
        from netinspect.model import NO_TRAIL

        self.findings: tuple[Finding, ...] = ()
        self.trail: Trail = NO_TRAIL
        self._judgement = judgement
        self._history: History | None = None
        self._with_history = with_history

    def take(self, now: Sample, before: Sample | None) -> None:
        """Take note of a Sample."""
        if self._judgement is None and not self._with_history:
            return
        from netinspect.query import Query
        from netinspect.report import build_window

        window = build_window(now, before, Query())
        if self._judgement is not None:
            self._diagnose(window, self._judgement)
        if self._with_history:
            from netinspect.measures.steps import take_step

            self.trail = self.trail.add(take_step(window))

    def _diagnose(self, window: Window, judgement: Judgement) -> None:
        from netinspect.diagnosis import History, diagnose

        diagnosis = diagnose(window, self._history or History(), judgement)
        self.findings, self._history = diagnosis.findings, diagnosis.history


def _take_past(
    source: PastSource,
    query: Query,
    judgement: Judgement | None = None,
    *,
    with_unix: bool = False,
    afresh: bool = False,
    with_history: bool = False,
) -> Window:
    if source.opened.note:
        warn(f"{source.target}: {source.opened.note}")
    check_pids(source.read(), query.pids)
    window = source.window(query, judgement, with_unix=with_unix, afresh=afresh)
    return replace(window, trail=source.trail()) if with_history else window


def attached_explanations(source: Source) -> Mapping[FindingKey, Explanation]:
    """Return the explanations that were attached when a moment was kept."""
    return source.explanations if isinstance(source, PastSource) else {}


def check_pids(sample: Sample, pids: frozenset[int] | None) -> None:
    """Tell the user about pids that no process has."""
    missing = sorted((pids or frozenset()) - sample.processes.keys())
    if not missing:
        return
    message = f"no process has pid {', '.join(map(str, missing))}"
    if len(missing) == len(pids or ()):
        raise NetinspectError(message, "it may have ended, or be hidden from you (hidepid)")
    warn(message)


def warn(message: str) -> None:
    """Say something beside the data."""
    if sys.stderr is not None:
        print(f"netinspect: {safe_text(message)}", file=sys.stderr)
