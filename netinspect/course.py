"""The course of one finding over Samples: how long it has held, how it moves, when it is told."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netinspect.finding import Finding, Severity, Trend

_MOST_POINTS = 96
_TREND_SECONDS = 60.0
_TREND_SHARE = 0.02  # of the level; less counts as steady
_LEAST_POINTS = 3
_LEAST_SECONDS = 1.0  # a slope over less is noise


@dataclass(frozen=True, slots=True)
class Course:
    """What the Samples so far showed of one finding.

    runs: for each Severity, in how many Samples in a row it was at least that grave. shown: as it
    was last told. milder: Samples in a row in which it was gone or less grave than shown.
    points: (seconds of the host's clock, level), oldest first, older ones thinned out.
    """

    finding: Finding
    since: float
    runs: tuple[int, int, int] = (0, 0, 0)
    shown: Severity | None = None
    milder: int = 0
    points: tuple[tuple[float, float], ...] = ()

    @staticmethod
    def begin(finding: Finding, at: float) -> Course:
        """Begin to follow a finding. at: seconds since the epoch."""
        return Course(finding, at)

    def seen(
        self, finding: Finding, at: float, monotonic: float, patience: int | None, release: int
    ) -> Course:
        """Go on with a Sample in which the rule saw it."""
        points = self.points
        if finding.level is not None:
            points = _thinned((*points, (monotonic, finding.level)))
        moved = replace(
            finding,
            since=self.since,
            seen_at=at,
            trend=_find_trend(points),
            time_to_limit=_find_time_to_limit(points, finding),
        )
        severity = _grown(moved, points)
        runs = _count_runs(self.runs, severity)
        held = _held(runs, severity, _holds(moved, patience))
        since = self.since if any(self.runs) or self.shown is not None else at
        course = Course(replace(moved, since=since), since, runs, self.shown, 0, points)
        return course._released(held, self.milder, release)

    def missed_one(self, release: int) -> Course:
        """Go on with a Sample in which the rule did not see it."""
        gone = replace(self, runs=(0, 0, 0), milder=0)
        return gone._released(None, self.milder, release)

    def told(self) -> Finding | None:
        """Return the finding as it is told now; None = it is not."""
        return None if self.shown is None else replace(self.finding, severity=self.shown)

    def _released(self, held: Severity | None, milder: int, release: int) -> Course:
        """Tell what is graver at once, and what is milder only when it stays so."""
        if self.shown is None or (held is not None and held >= self.shown):
            return replace(self, shown=held, milder=0)
        if milder + 1 >= release:
            return replace(self, shown=held, milder=0)
        return replace(self, milder=milder + 1)


def _count_runs(runs: tuple[int, int, int], severity: Severity | None) -> tuple[int, int, int]:
    info, warning, critical = (
        run + 1 if severity is not None and severity >= level else 0
        for level, run in enumerate(runs)
    )
    return info, warning, critical


def _holds(finding: Finding, patience: int | None) -> tuple[int, int, int]:
    """Return for each Severity in how many Samples it must be there."""
    critical = finding.hold if finding.critical_hold is None else finding.critical_hold
    most = max(finding.hold, critical) if patience is None else patience
    return min(finding.hold, most), min(finding.hold, most), min(critical, most)


def _held(
    runs: tuple[int, int, int], severity: Severity | None, holds: tuple[int, int, int]
) -> Severity | None:
    """Return the gravest severity that has held for long enough."""
    levels = range(-1 if severity is None else severity, -1, -1)
    return next((Severity(level) for level in levels if runs[level] >= holds[level]), None)


def _grown(finding: Finding, points: tuple[tuple[float, float], ...]) -> Severity | None:
    """Return the severity, raised where the level has grown as the rule said."""
    growth = finding.growth
    if growth is None or len(points) < _LEAST_POINTS:
        return finding.severity
    if points[-1][0] - points[0][0] < growth.seconds or (_slope(points) or 0) <= 0:
        return finding.severity
    if growth.time_to_limit is not None and (
        finding.time_to_limit is None or finding.time_to_limit > growth.time_to_limit
    ):
        return finding.severity
    return growth.severity if finding.severity is None else max(growth.severity, finding.severity)


def _find_trend(points: tuple[tuple[float, float], ...]) -> Trend | None:
    if len(points) < _LEAST_POINTS:
        return None
    at, level = points[-1]
    base = next(value for time, value in points if at - time <= _TREND_SECONDS)
    change = level - base
    if abs(change) <= _TREND_SHARE * max(abs(base), 1.0):
        return Trend.STEADY
    return Trend.RISING if change > 0 else Trend.FALLING


def _find_time_to_limit(points: tuple[tuple[float, float], ...], finding: Finding) -> float | None:
    """Return seconds, at the growth so far, or the newer half's where that is slower.

    What once grew and stands still since then reaches no limit.
    """
    if finding.limit is None or finding.level is None or len(points) < _LEAST_POINTS:
        return None
    middle = (points[0][0] + points[-1][0]) / 2
    newer = next(i for i, (time, _) in enumerate(points) if time >= middle)
    slopes = _slope(points), _mean_growth(points[min(newer, len(points) - 2)], points[-1])
    slope = min((slope for slope in slopes if slope is not None), default=0.0)
    if slope <= 0:
        return None
    return max(0.0, (finding.limit - finding.level) / slope)


def _slope(points: tuple[tuple[float, float], ...]) -> float | None:
    """Return the growth per second from the oldest point to the newest."""
    if len(points) < _LEAST_POINTS:
        return None
    return _mean_growth(points[0], points[-1])


def _mean_growth(older: tuple[float, float], newer: tuple[float, float]) -> float | None:
    (began, first), (ended, last) = older, newer
    return (last - first) / (ended - began) if ended - began >= _LEAST_SECONDS else None


def _thinned(points: tuple[tuple[float, float], ...]) -> tuple[tuple[float, float], ...]:
    """Drop every second of the older half when there are too many."""
    if len(points) <= _MOST_POINTS:
        return points
    half = len(points) // 2
    return points[:half:2] + points[half:]
