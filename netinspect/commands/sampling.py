"""Looking at the host from a command: Samples, then the Window its filter gives."""

from __future__ import annotations

import argparse
import sys
from contextlib import closing
from typing import TYPE_CHECKING

from netinspect.commands.arguments import parse_filter, source_options
from netinspect.errors import NetinspectError
from netinspect.model import Sample, Window
from netinspect.query import Query
from netinspect.report import build_window
from netinspect.sources import open_source

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement


def take_window(arguments: argparse.Namespace, *, with_unix: bool = False) -> Window:
    """Look as often as the arguments say; compare the last Sample with the first.

    Raises UsageError on a filter that makes no sense, NetinspectError when no process has any of
    the pids asked for.
    """
    query = parse_filter(arguments)
    samples = take_samples(arguments, getattr(arguments, "samples", 1))
    check_pids(samples[-1], query.pids)
    before = samples[0] if len(samples) > 1 else None
    return build_window(samples[-1], before, query, with_unix=with_unix)


def take_diagnosed(
    arguments: argparse.Namespace,
    count: int,
    judgement: Judgement,
    *,
    query: Query | None = None,
    with_unix: bool = False,
) -> Window:
    """Look this often, judge every Sample, and return the last Window with what was found.

    Its rates compare the last Sample with the first. query: None = what the arguments say. Raises
    as `take_window`.
    """
    from netinspect.diagnosis import Diagnosis, History, diagnose

    query = parse_filter(arguments) if query is None else query
    first: Sample | None = None
    last: Sample | None = None
    diagnosis = Diagnosis((), History())
    with closing(open_source(source_options(arguments))) as source:
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


def take_samples(arguments: argparse.Namespace, count: int) -> list[Sample]:
    """Take this many Samples, keeping the first and the last."""
    with closing(open_source(source_options(arguments))) as source:
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
