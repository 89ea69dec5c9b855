"""A moment that was kept, in place of a host."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from netinspect.sources.opened import Opened, judge, open_file

if TYPE_CHECKING:
    from netinspect.diagnosis import Judgement
    from netinspect.finding import Explanation, Finding, FindingKey
    from netinspect.model import Sample, Trail, Window
    from netinspect.query import Query


class PastSource:
    """Gives one Sample as often as it is asked for, and the Window it was shown in.

    spec: as `open_file` takes it.
    """

    def __init__(self, spec: str) -> None:
        self.opened: Opened = open_file(spec)
        try:
            self._moment = self.opened.moment
        except BaseException:
            self.opened.close()
            raise

    @property
    def target(self) -> str:
        """Name of the file."""
        return self.opened.name

    @property
    def explanations(self) -> dict[FindingKey, Explanation]:
        """What was attached then."""
        return dict(self._moment.explanations)

    def read(self) -> Sample:
        """Return the Sample."""
        return self._moment.sample

    def window(
        self,
        query: Query,
        judgement: Judgement | None = None,
        *,
        with_unix: bool = False,
        afresh: bool = False,
    ) -> Window:
        """Build the Window with the findings of then, without those that are silenced now.

        judgement: of those who ask. afresh: tell also what it finds in the moment by itself.
        """
        from netinspect.report import build_window

        moment = self._moment
        found = self._findings(judgement, afresh=afresh)
        return build_window(
            moment.sample, moment.before, query, with_unix=with_unix, findings=found
        )

    def trail(self) -> Trail:
        """Return what was remembered then, by reading the moments before."""
        from netinspect.recording.trails import Trails

        return Trails(self.opened.timeline.read).at(self.opened.index)

    def _findings(self, judgement: Judgement | None, *, afresh: bool) -> tuple[Finding, ...]:
        now, before, kept = self._moment.sample, self._moment.before, self._moment.findings
        if judgement is None:
            return kept
        if not self.opened.judged:
            return judge(now, before, judgement)
        told = tuple(finding for finding in kept if not judgement.silenced(finding))
        if not afresh:
            return told
        known = {finding.key for finding in told}
        return told + tuple(f for f in judge(now, before, judgement) if f.key not in known)

    def refresh(self) -> None:
        """Do nothing: what was does not change."""

    def set_interval(self, seconds: float) -> None:
        """Do nothing: there is one Sample."""

    def watch(self, cookies: Sequence[int]) -> None:
        """Do nothing: what was not kept cannot be asked for."""

    def close(self) -> None:
        """Close the file."""
        self.opened.close()
