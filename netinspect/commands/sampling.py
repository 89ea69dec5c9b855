"""Looking at the host from a command: Samples, then the Window its filter gives."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from typing import TYPE_CHECKING, TypeVar

from netinspect.commands.arguments import source_options
from netinspect.errors import NetinspectError
from netinspect.sources import SourceOptions, open_source
from netinspect.sources.past import PastSource

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.finding import Explanation, FindingKey
    from netinspect.model import Sample, Window
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


def take_window(source: Source, query: Query, count: int) -> Window:
    """Look this often; compare the last Sample with the first.

    Raises NetinspectError when no process has any of the pids asked for.
    """
    from netinspect.report import build_window

    if isinstance(source, PastSource):
        return _take_past(source, query)
    samples = take_samples(source, count)
    check_pids(samples[-1], query.pids)
    return build_window(samples[-1], samples[0] if len(samples) > 1 else None, query)


def take_selected(source: Source, query: Query, count: int) -> Window:
    """Look this often, and as often as the filter needs; diagnose only for a filter that asks."""
    if query.needs_rates:
        count = max(count, 2)
    if not query.needs_findings or isinstance(source, PastSource):
        return take_window(source, query, count)
    from netinspect.diagnosis import Judgement

    return take_diagnosed(source, query, count, Judgement(patience=count))


def take_diagnosed(
    source: Source,
    query: Query,
    count: int,
    judgement: Judgement,
    *,
    with_unix: bool = False,
    afresh: bool = False,
) -> Window:
    """Look this often, judge every Sample, and return the last Window with what was found.

    Its rates compare the last Sample with the first. Of a moment that was kept, what was found then
    is told; afresh: and what is found in it now. Raises as `take_window`.
    """
    if isinstance(source, PastSource):
        return _take_past(source, query, judgement, with_unix=with_unix, afresh=afresh)
    from netinspect.diagnosis import Diagnosis, History, diagnose
    from netinspect.query import Query
    from netinspect.report import build_window

    first: Sample | None = None
    last: Sample | None = None
    diagnosis = Diagnosis((), History())
    for _ in range(count):
        now = source.read()
        window = build_window(now, last, Query())
        diagnosis = diagnose(window, diagnosis.history, judgement)
        first, last = first or now, now
    assert last is not None, "at least one Sample"
    check_pids(last, query.pids)
    before = None if first is last else first
    found = diagnosis.findings
    return build_window(last, before, query, with_unix=with_unix, findings=found)


def _take_past(
    source: PastSource,
    query: Query,
    judgement: Judgement | None = None,
    *,
    with_unix: bool = False,
    afresh: bool = False,
) -> Window:
    if source.opened.note:
        warn(f"{source.target}: {source.opened.note}")
    check_pids(source.read(), query.pids)
    return source.window(query, judgement, with_unix=with_unix, afresh=afresh)


def attached_explanations(source: Source) -> Mapping[FindingKey, Explanation]:
    """Return the explanations that were attached when a moment was kept."""
    return source.explanations if isinstance(source, PastSource) else {}


def take_samples(source: Source, count: int) -> list[Sample]:
    """Take this many Samples, keeping the first and the last."""
    samples = [source.read()]
    for _ in range(count - 1):
        samples[1:] = [source.read()]
    return samples


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
        print(f"netinspect: {message}", file=sys.stderr)
