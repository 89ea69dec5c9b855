"""What remembering the past of every row adds to a Sample, and to a Report."""

from __future__ import annotations

import time

from tests.bench.load import Load, loaded
from tests.bench.settings import Settings


class TrailCost:
    """CPU of this process, beside judging the same Sample."""

    name = "trail"
    help = "history of every row, rows that came and went: beside judging the same Samples"
    sockets = 10_000

    def run(self, settings: Settings) -> None:
        """Print the least figures of all rounds."""
        from netinspect.diagnosis import History, diagnose
        from netinspect.measures.steps import take_step
        from netinspect.model import Trail
        from netinspect.panes import PANES
        from netinspect.query import Query
        from netinspect.report import PaneRequest, build_report, build_window
        from netinspect.sources.local import InProcessSource
        from netinspect.sources.options import SourceOptions

        processes = max(1, settings.sockets // 15_000)
        before, history, trail = None, History(), Trail()
        times: dict[str, list[float]] = {"judging": [], "step": [], "report": [], "without": []}
        with loaded(Load(settings.sockets, processes=processes)):
            source = InProcessSource(SourceOptions(interval=0.1, live=False))
            for _ in range(settings.rounds + 1):
                now = source.read()
                window = build_window(now, before, Query())
                began = time.process_time()
                history = diagnose(window, history).history
                judged = time.process_time()
                trail = trail.add(take_step(window))
                stepped = time.process_time()
                requests = [PaneRequest.default(pane) for pane in PANES]
                build_report(build_window(now, before, Query(), trail=trail), requests)
                built = time.process_time()
                build_report(build_window(now, before, Query()), requests)
                ended = time.process_time()
                spent = (judged - began, stepped - judged, built - stepped, ended - built)
                for name, seconds in zip(times, spent, strict=True):
                    times[name].append(seconds)
                before = now
            source.close()
        for name, some in times.items():
            least, most = min(some[1:]), max(some[1:])  # the first has nothing to compare with
            print(f"{name:34} {1000 * least:8.1f} ms, {1000 * most:.1f} at most")


BENCHMARK = TrailCost()
