"""What happened, and what this host shows of it: an error or a log, looked into."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import dataclass, replace

from netinspect.candidates import Candidate, rank_candidates
from netinspect.commands.arguments import parse_end
from netinspect.commands.sampling import check_pids, looking, take_diagnosed
from netinspect.diagnosis import Judgement
from netinspect.errortexts.recognise import Sighting
from netinspect.errortexts.summary import LogSummary
from netinspect.explanations import fill_line
from netinspect.measures.answering import find_peers, is_here
from netinspect.measures.facts import Facts
from netinspect.measures.port_holders import parse_address
from netinspect.model import Window
from netinspect.query import Query
from netinspect.scope import End, Scope, build_end

_MOST_LOOKED_INTO = 3


@dataclass(frozen=True, slots=True)
class Cause:
    """One error, where it happened, and what can be behind it.

    gone: the process that the text names, where there is none of that number now.
    """

    sighting: Sighting
    scope: Scope
    candidates: tuple[Candidate, ...]
    gone: int | None = None

    @property
    def advice(self) -> tuple[str, ...]:
        """Return what else to look at, without the lines that need what is not known."""
        end = self.scope.ends[0] if self.scope.ends else End()
        values = {
            "host": end.address,
            "address": None if end.is_name else end.address,
            "port": None if end.port is None else str(end.port),
        }
        lines = (fill_line(line, values) for line in self.sighting.error.advice)
        return tuple(line for line in lines if line is not None)


@dataclass(frozen=True, slots=True)
class Incident:
    """What a text tells and what this host shows. lines: how many the text has."""

    summary: LogSummary
    lines: int
    causes: tuple[Cause, ...]
    window: Window

    @property
    def is_log(self) -> bool:
        """Tell whether it is more than one error."""
        return self.summary.errors > 1


def look(
    arguments: argparse.Namespace, judgement: Judgement, samples: int, *, afresh: bool = False
) -> Window:
    """Look at this host, or into a file. Raises NetinspectError where no process has the pid given.

    afresh: judge what a file holds again.
    """
    with looking(arguments, Query) as (source, query):
        window = take_diagnosed(source, query, samples, judgement, afresh=afresh)
    check_pids(window.now, frozenset({arguments.pid}) if arguments.pid else None)
    return window


def build_scope(
    arguments: argparse.Namespace, facts: Facts, sighting: Sighting | None = None
) -> Scope:
    """Say where it happened: what the user says counts more than what the text says."""
    ends: tuple[End, ...] = sighting.ends if sighting else ()
    if arguments.port is not None:
        ends = (End(None, arguments.port),)
    if arguments.to is not None:
        ends = (build_end(*parse_end(arguments.to)),)
    pid = arguments.pid or (sighting.pid if sighting else None)
    peers = tuple(End(*peer) for peer in find_peers(facts, pid)) if pid is not None else ()
    local = sighting is not None and sighting.error.local
    return Scope(pid, ends, True if local else _is_here(ends, facts), peers)


def _is_here(ends: Sequence[End], facts: Facts) -> bool | None:
    if not ends or ends[0].address is None or ends[0].is_name:
        return None
    return is_here(facts, parse_address(ends[0].address))


def investigate(
    summary: LogSummary, lines: int, arguments: argparse.Namespace, judgement: Judgement
) -> Incident:
    """Look into the most frequent errors of a text.

    They have happened: what can have caused them is told where it is seen once, and little of it.
    """
    chosen = [group.first for group in summary.ranked[:_MOST_LOOKED_INTO]]
    traceable = any(not sighting.error.unseen for sighting in chosen)
    samples = arguments.samples if traceable else 1
    eager = replace(_eager(judgement, chosen), patience=1, release=samples)
    window = look(arguments, eager, samples, afresh=True)
    facts = Facts(window)
    causes = tuple(_look_into(sighting, arguments, facts) for sighting in chosen)
    return Incident(summary, lines, causes, window)


def _eager(judgement: Judgement, sightings: Sequence[Sighting]) -> Judgement:
    """Lower the thresholds as the errors say; those that the user set stay."""
    lowered: dict[str, dict[str, float]] = {}
    for sighting in sightings:
        for code, thresholds in sighting.error.thresholds.items():
            lowered.setdefault(code, {}).update(thresholds)
    for code, given in judgement.thresholds.items():
        lowered[code] = {**lowered.get(code, {}), **given}
    return replace(judgement, thresholds=lowered)


def _look_into(sighting: Sighting, arguments: argparse.Namespace, facts: Facts) -> Cause:
    scope = build_scope(arguments, facts, sighting)
    gone = None
    if scope.pid is not None and scope.pid not in facts.now.processes:
        scope, gone = replace(scope, pid=None), scope.pid
    if sighting.error.unseen:
        return Cause(sighting, scope, (), gone)
    ranked = rank_candidates(sighting.error, scope, facts, facts.window.findings)
    return Cause(sighting, scope, ranked, gone)
