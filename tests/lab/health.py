"""Whether a namespace is well: what every rule says about it over some Samples.

What other tests do on the machine at the same time is left out: only what is found in the
namespace, on processes of the test's own, or on the whole host, counts.
"""

from __future__ import annotations

import os

from netinspect.finding import Finding, Severity, SubjectKind
from tests.lab.judging import Watch
from tests.lab.netns import Namespace
from tests.lab.scripts import Program


def look_for_alarms(
    watched: Watch, inside: Namespace, *programs: Program, looks: int = 10
) -> list[str]:
    """Look for a while; return the warnings about the namespace and these processes."""
    pids = {os.getpid(), *(program.pid for program in programs)}
    alarms = []
    for _ in range(looks):
        for finding in watched.look():
            if finding.severity is not Severity.INFO and _is_ours(finding, inside, pids):
                alarms.append(f"{finding.code}: {finding.subject.text}: {finding.summary}")
    return alarms


def _is_ours(finding: Finding, inside: Namespace, pids: set[int]) -> bool:
    subject = finding.subject
    return subject.kind is SubjectKind.HOST or subject.netns == inside.inode or subject.pid in pids
