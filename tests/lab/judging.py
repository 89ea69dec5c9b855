"""A namespace watched as the screen watches a host: the real probe in it, every Sample judged.

with watch(inside) as watched:
    finding = watched.wait_for("accept-queue-full")
    confirm(inside, finding)
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from netinspect.diagnosis import History, Judgement, diagnose
from netinspect.explanations import explain_finding
from netinspect.finding import BlockKind, Finding
from netinspect.model import Sample
from netinspect.query import parse_query
from netinspect.report import build_window
from netinspect.sources.child import ChildSource
from netinspect.sources.command import probe_command
from netinspect.sources.options import Kind, SourceOptions
from tests.lab.netns import Namespace

_SECONDS = 20.0

Thresholds = Mapping[str, Mapping[str, float]]
"""By code and name."""

Wanted = Callable[[Finding], bool]


def _any(finding: Finding) -> bool:
    return True


class Watch:
    """Samples one after the other, and what is told of each."""

    def __init__(self, source: ChildSource, thresholds: Thresholds) -> None:
        self._source = source
        self._judgement = Judgement(thresholds)
        self._history = History()
        self.sample: Sample | None = None
        self.findings: tuple[Finding, ...] = ()

    def look(self, times: int = 1) -> tuple[Finding, ...]:
        """Take that many Samples and return what is told of the last one."""
        for _ in range(times):
            now = self._source.read()
            window = build_window(now, self.sample, parse_query(""))
            diagnosis = diagnose(window, self._history, self._judgement)
            self.sample, self._history = now, diagnosis.history
            self.findings = diagnosis.findings
        return self.findings

    def refresh(self) -> None:
        """Have the next Sample at once."""
        self._source.refresh()

    def told(self, code: str, wanted: Wanted = _any) -> list[Finding]:
        """Return what is told now under a code."""
        return [f for f in self.findings if f.code == code and wanted(f)]

    def wait_for(self, code: str, wanted: Wanted = _any) -> Finding:
        """Look until such a finding is told."""
        deadline = time.monotonic() + _SECONDS
        while True:
            self.look()
            if found := self.told(code, wanted):
                return found[0]
            told = [(f.code, f.severity, f.subject.text, f.summary) for f in self.findings]
            assert time.monotonic() < deadline, f"never told: {code}, but {told}"

    def wait_gone(self, code: str, wanted: Wanted = _any) -> None:
        """Look until no such finding is told any more."""
        deadline = time.monotonic() + _SECONDS
        while self.look() is not None and (found := self.told(code, wanted)):
            assert time.monotonic() < deadline, f"still told: {found[0].summary}"


@contextmanager
def watch(
    namespace: Namespace,
    thresholds: Thresholds | None = None,
    interval: float = 0.25,
    kind: Kind = Kind.AUTO,
) -> Iterator[Watch]:
    """Start the probe in a namespace. thresholds: those that are not the default."""
    # Not live: the probe keeps to the interval, however dear a pass is on a busy machine.
    options = SourceOptions(kind=kind, interval=interval, live=False)
    source = ChildSource(options, [*namespace.prefix, *probe_command(options)])
    try:
        yield Watch(source, thresholds or {})
    finally:
        source.close()


def confirm(namespace: Namespace, finding: Finding) -> str:
    """Run every line of "How to confirm" with the finding's values; returns what they print.

    Each of them must succeed.
    """
    output = ""
    for section in explain_finding(finding).sections:
        for block in section.blocks:
            if section.heading == "How to confirm" and block.kind is BlockKind.COMMAND:
                output += _run(namespace, block.text)
    return output


def _run(namespace: Namespace, line: str) -> str:
    done = subprocess.run(
        [*namespace.prefix, "sh", "-c", line],
        capture_output=True,
        text=True,
        check=False,
        timeout=20,
    )
    assert done.returncode == 0, f"{line}: exit code {done.returncode}: {done.stderr}"
    assert not done.stderr.strip(), f"{line}: {done.stderr}"
    return f"$ {line}\n{done.stdout}"
