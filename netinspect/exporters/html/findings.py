"""Findings: what was found, where, what it rests on, what it comes from and leads to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from netinspect.cells.evidence import evidence_text
from netinspect.exporters.html.markup import Markup, join, tag
from netinspect.exporters.html.prose import clock, explanation_markup, sentence
from netinspect.exporters.html.tables import (
    Places,
    severity_glyph,
    severity_word,
    start_scroll,
)
from netinspect.finding import Confidence, Evidence, Finding, Trend
from netinspect.humanize import counted_text, duration_text, limit_text
from netinspect.parts import Report

_TRENDS = {Trend.RISING: "rising", Trend.FALLING: "falling"}


def finding_article(finding: Finding, report: Report, places: Places) -> Markup:
    """Write a finding with its evidence and its explanation, if that is attached."""
    level = severity_word(finding.severity)
    glyph = tag("span", severity_glyph(finding.severity), aria_hidden="true")
    explanation = report.explanations.get(finding.key)
    return tag(
        "article",
        tag("p", glyph, f" {level} · ", tag("code", finding.code), class_=f"level {level}"),
        tag("h3", finding.title or finding.code, ": ", tag("span", finding.subject.text)),
        tag("p", finding.summary, class_="lead"),
        tag("p", join(_details(finding), " · "), class_="muted"),
        *_chain(finding, report, places),
        *_evidence(finding),
        *_disproof(finding),
        *([explanation_markup(explanation)] if explanation else []),
        id=places[finding.key],
        class_=f"finding {level}",
    )


def orphan_articles(report: Report) -> Iterator[Markup]:
    """Write the attached explanations whose findings are there no more."""
    there = {finding.key for finding in report.findings}
    for key, explanation in report.explanations.items():
        if key not in there:
            title = tag("h3", explanation.title, ": ", tag("span", explanation.subject))
            yield tag("article", title, explanation_markup(explanation), class_="finding gone")


def _details(finding: Finding) -> Iterator[str]:
    subject = finding.subject
    if finding.since is not None:
        if finding.seen_at is not None and finding.seen_at - finding.since >= 1:
            yield f"for {duration_text(finding.seen_at - finding.since)}"
        yield join(["since ", clock(finding.since)])
    if finding.trend in _TRENDS:
        yield _TRENDS[finding.trend]
    if finding.time_to_limit is not None:
        yield limit_text(finding.time_to_limit)
    if finding.confidence is not Confidence.CERTAIN:
        yield finding.confidence.value
    if len(finding.sockets):
        yield counted_text(len(finding.sockets), "socket")
    if subject.process is not None:
        yield f"{subject.name or '–'}[{subject.pid}]"
    named = {"unit": subject.unit, "container": subject.container, "runtime": finding.runtime}
    yield from (f"{name} {text}" for name, text in named.items() if text)
    if subject.netns:
        yield f"netns {subject.netns}"


def _chain(finding: Finding, report: Report, places: Places) -> Iterator[Markup]:
    """Say what it comes from, up to the root, and what comes from it."""
    by_key = {other.key: other for other in report.findings}
    causes = [by_key[key] for key in finding.causes if key in by_key]
    effects = [f for f in report.findings if f.causes and f.causes[0] == finding.key]
    if causes:
        links = join((_link(cause, places) for cause in causes), ", which comes from ")
        yield tag("p", tag("b", "Comes from: "), links)
    if effects:
        links = join((_link(effect, places) for effect in effects), ", ")
        yield tag("p", tag("b", "Leads to: "), links)


def _link(finding: Finding, places: Places) -> Markup:
    words = f"{finding.code} {finding.subject.text}"
    return tag("a", words, href=f"#{places[finding.key]}")


def _disproof(finding: Finding) -> Iterator[Markup]:
    if finding.disproof:
        yield tag("p", tag("b", "What would disprove it: "), sentence(finding.disproof))


def _evidence(finding: Finding) -> Iterator[Markup]:
    if not finding.evidence:
        return
    titles = [("Evidence", None), ("value", "n"), ("limit", "n"), ("read from", None)]
    head = tag("tr", *(tag("th", title, scope="col", class_=look) for title, look in titles))
    rows = [_evidence_row(evidence) for evidence in finding.evidence]
    table = tag("table", tag("thead", head), tag("tbody", *rows), class_="evidence")
    yield Markup(f"{start_scroll('Evidence')}{table}</div>")


def _evidence_row(evidence: Evidence) -> Markup:
    return tag(
        "tr",
        tag("th", evidence.name.replace("_", " "), scope="row"),
        _number(evidence),
        tag("td", class_="n") if evidence.limit is None else _number(_limit(evidence)),
        tag("td", evidence.source, class_="muted"),
    )


def _limit(evidence: Evidence) -> Evidence:
    return replace(evidence, value=evidence.limit, limit=None)


def _number(evidence: Evidence) -> Markup:
    return tag("td", evidence_text(evidence), class_="n", title=_exact(evidence))


def _exact(evidence: Evidence) -> str | None:
    """Write a number with all its digits, where the cell does not."""
    value = evidence.value
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    exact = f"{value:,} {evidence.unit.value}".strip()
    return None if exact == evidence_text(evidence) else exact
