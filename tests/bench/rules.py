"""What judging a Sample adds to taking it: all rules, and the explanations of what they find."""

from __future__ import annotations

import time

from tests.bench.load import Load, loaded
from tests.bench.settings import Settings


class Rules:
    """CPU of this process: collection in it, so that both are measured alike."""

    name = "rules"
    help = "all rules and explanations, beside the collection they judge"
    sockets = 10_000

    def run(self, settings: Settings) -> None:
        """Print the least figures of all rounds."""
        from netinspect.diagnosis import History, diagnose
        from netinspect.explanations import explain_finding
        from netinspect.query import Query
        from netinspect.report import build_window
        from netinspect.sources.local import InProcessSource
        from netinspect.sources.options import SourceOptions

        processes = max(1, settings.sockets // 15_000)
        with loaded(Load(settings.sockets, processes=processes)):
            source = InProcessSource(SourceOptions(interval=0.1, live=False))
            before, history = None, History()
            collect, judge = [], []
            for _ in range(settings.rounds + 1):
                began = time.process_time()
                now = source.read()
                read = time.process_time()
                diagnosis = diagnose(build_window(now, before, Query()), history)
                for finding in diagnosis.findings:
                    explain_finding(finding)
                collect.append(read - began)
                judge.append(time.process_time() - read)
                before, history = now, diagnosis.history
            source.close()
        least, most = min(judge[1:]), max(judge)  # the first has nothing to compare with
        print(f"{'collection':34} {1000 * min(collect):8.1f} ms")
        print(f"{'rules and explanations':34} {1000 * least:8.1f} ms, {1000 * most:.1f} at most")


BENCHMARK = Rules()
