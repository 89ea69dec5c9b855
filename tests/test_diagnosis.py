"""Findings over Samples: what holds, what is released, what grows, what causes what."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from netinspect.diagnosis import Diagnosis, History, Judgement, Silence, diagnose
from netinspect.finding import Finding, Growth, ProcessKey, Severity, Subject, SubjectKind, Trend
from netinspect.measures.facts import Facts
from netinspect.model import Sample
from netinspect.parts import Rule, Threshold
from tests.samples import make_sample, make_window, process

SUBJECT = Subject(SubjectKind.PROCESS, "app", "app[7]", process=ProcessKey(7, 70))
WARNING, CRITICAL = Severity.WARNING, Severity.CRITICAL


def finding(severity: Severity | None = WARNING, **known: Any) -> Finding:
    return Finding("some-code", severity, SUBJECT, "much", (), **known)


def judge(
    seen: Sequence[Finding | None],
    judgement: Judgement = Judgement(),  # noqa: B008 - it is frozen
    seconds: float = 2.0,
) -> Iterator[Diagnosis]:
    """Let a rule see one thing after the other, a Sample each."""
    rest = list(seen)

    def check(facts: Facts, thresholds: Mapping[str, float]) -> Iterator[Finding]:
        found = rest.pop(0)
        if found is not None:
            yield found

    rule = Rule("some-code", "some code", (Threshold("least", 3, "things"),), check)
    before: Sample | None = None
    history = History()
    for number in range(len(seen)):
        now = make_sample(processes=[process(7)], at=number * seconds)
        diagnosis = diagnose(make_window(now, before), history, judgement, [rule])
        history, before = diagnosis.history, now
        yield diagnosis


def told(seen: Sequence[Finding | None], **options: Any) -> list[Severity | None]:
    """Return the severity told after each Sample, None for silence."""
    return [d.findings[0].severity if d.findings else None for d in judge(seen, **options)]


def test_what_must_hold_is_told_with_the_third_sample() -> None:
    assert told([finding(hold=3)] * 4) == [None, None, WARNING, WARNING]


def test_interruption_begins_the_count_anew() -> None:
    held = finding(hold=3)

    assert told([held, held, None, held, held, held]) == [None] * 5 + [WARNING]


def test_no_finding_holds_for_longer_than_there_are_samples() -> None:
    assert told([finding(hold=3)], judgement=Judgement(patience=1)) == [WARNING]


def test_what_got_graver_is_told_at_once() -> None:
    assert told([finding(), finding(CRITICAL)]) == [WARNING, CRITICAL]


def test_what_got_milder_is_told_when_it_stays_so() -> None:
    mild = finding()

    assert told([finding(CRITICAL), mild, mild]) == [CRITICAL, CRITICAL, WARNING]


def test_what_went_is_told_for_one_more_sample() -> None:
    assert told([finding(), None, None]) == [WARNING, WARNING, None]


def test_flapping_stays_told() -> None:
    assert told([finding(), None, finding(), None]) == [WARNING] * 4


def test_finding_on_a_process_that_ended_goes_at_once() -> None:
    first = make_sample(processes=[process(7)])
    rule = Rule("some-code", "t", (), lambda facts, thresholds: [finding()])
    begun = diagnose(make_window(first), rules=[rule])
    silent = Rule("some-code", "t", (), lambda facts, thresholds: [])
    reused = make_sample(processes=[process(7, start_time=999)], at=2)

    ended = diagnose(make_window(reused, first), begun.history, rules=[silent])

    assert begun.findings
    assert ended.findings == ()


def test_since_is_the_first_sample_of_the_unbroken_run() -> None:
    *_, last = judge([finding(), finding(), finding()], seconds=5)
    (found,) = last.findings

    assert found.seen_at is not None
    assert found.since == found.seen_at - 10


def test_trend_and_time_to_limit_come_from_the_levels() -> None:
    levels = [finding(level=level, limit=100) for level in (10, 20, 30)]
    *_, last = judge(levels)
    (found,) = last.findings

    assert found.trend is Trend.RISING
    assert found.time_to_limit == 14  # 5 a second, 70 to go


def test_level_that_stands_still_is_steady_and_has_no_time_to_limit() -> None:
    *_, last = judge([finding(level=50, limit=100)] * 3)

    assert last.findings[0].trend is Trend.STEADY
    assert last.findings[0].time_to_limit is None


def test_level_that_stands_still_after_it_grew_reaches_no_limit() -> None:
    *_, last = judge([finding(level=level, limit=100) for level in (0, 90, 90, 90, 90)])

    assert last.findings[0].time_to_limit is None


def test_growth_that_has_slowed_down_counts_as_it_is_now() -> None:
    *_, last = judge([finding(level=level, limit=100) for level in (10, 50, 52, 54, 56)])

    assert last.findings[0].time_to_limit == 44  # 1 a second of late, 44 to go


def test_level_that_sinks_is_falling() -> None:
    *_, last = judge([finding(level=level, limit=100) for level in (50, 40, 30)])

    assert last.findings[0].trend is Trend.FALLING


def test_growth_makes_graver_only_after_its_time() -> None:
    growth = Growth(CRITICAL, seconds=6, time_to_limit=None)
    rising = [finding(level=level, limit=100, growth=growth) for level in range(10, 60, 10)]

    assert told(rising) == [WARNING, WARNING, WARNING, CRITICAL, CRITICAL]


def test_growth_that_would_take_too_long_to_the_limit_is_not_graver() -> None:
    growth = Growth(CRITICAL, seconds=2, time_to_limit=10)
    slow = [finding(level=level, limit=1000, growth=growth) for level in (10, 11, 12)]

    assert told(slow) == [WARNING] * 3


def test_what_is_only_followed_is_told_once_it_grows() -> None:
    growth = Growth(WARNING, seconds=4, time_to_limit=None)
    followed = [finding(None, level=level, growth=growth) for level in (10, 20, 30)]

    assert told(followed) == [None, None, WARNING]


def test_silenced_findings_are_counted_not_told() -> None:
    judgement = Judgement(silences=(Silence("some-*", "app*"),))
    (diagnosis,) = judge([finding()], judgement)

    assert diagnosis.findings == ()
    assert diagnosis.history.silenced == 1


def test_silence_of_another_subject_does_not_count() -> None:
    assert told([finding()], judgement=Judgement(silences=(Silence("*", "other*"),))) == [WARNING]


def test_the_graver_of_two_findings_on_one_subject_is_told() -> None:
    both = [finding(), replace(finding(CRITICAL), summary="more")]
    rule = Rule("some-code", "t", (), lambda facts, thresholds: both)

    (found,) = diagnose(make_window(make_sample(processes=[process(7)])), rules=[rule]).findings

    assert (found.severity, found.summary, found.title) == (CRITICAL, "more", "t")


def test_thresholds_reach_the_rule_with_what_was_set_over_the_defaults() -> None:
    given: dict[str, float] = {}

    def check(facts: Facts, thresholds: Mapping[str, float]) -> list[Finding]:
        given.update(thresholds)
        return []

    thresholds = (Threshold("least", 3, ""), Threshold("most", 9, ""))
    rule = Rule("some-code", "t", thresholds, check)
    diagnose(
        make_window(make_sample()), judgement=Judgement({"some-code": {"most": 5}}), rules=[rule]
    )

    assert given == {"least": 3, "most": 5}
