"""The moments in format-1.nirec, a file that every later version must read as it is.

`python -m tests.recording.golden` wrote it, once.
"""

from __future__ import annotations

from pathlib import Path

from netinspect.finding import (
    Evidence,
    Finding,
    ProcessKey,
    Severity,
    Subject,
    SubjectKind,
    Trend,
    Unit,
)
from netinspect.model import Sample, TcpState
from netinspect.recording.timeline import Moment
from netinspect.recording.writer import RecordingWriter
from tests.samples import make_pulses, make_sample, namespace, process, tcp, udp, unix

FILE = Path(__file__).with_name("format-1.nirec")


def golden_moments() -> list[Moment]:
    """Make a host whose connections pile up in CLOSE_WAIT, over the border of a group."""
    samples = [
        make_sample(
            [
                tcp("LISTEN", "0.0.0.0:80", pids=[7], recv_q=n % 3, send_q=128),
                udp("[::1]:53", pids=[9]),
                *(
                    tcp("CLOSE_WAIT", "10.0.0.1:80", f"10.0.0.9:{4000 + i}", pids=[7], rtt=900 + n)
                    for i in range(n, 20 * n, 2)
                ),
                unix(f"/run/{n % 5}/é", pids=[9]),
            ],
            [process(7, "nginx", fds=20 * n), process(9, "named")],
            at=5 * n,
            namespaces=[namespace(counters={"TcpExt.ListenDrops": n * n})],
            pulses=make_pulses({5 * n - 1: [tcp("LISTEN", "0.0.0.0:80")]}, file_nr=[n]),
        )
        for n in range(16)
    ]
    before = [None, *samples]
    return [Moment(now, then, _findings(now)) for now, then in zip(samples, before, strict=False)]


def _findings(sample: Sample) -> tuple[Finding, ...]:
    """Make up a finding: those of rules change with them."""
    piled = sample.sockets.key[sample.sockets.state == TcpState.CLOSE_WAIT]
    subject = Subject(SubjectKind.PROCESS, "7", "nginx[7]", process=ProcessKey(7, 70), name="nginx")
    evidence = (Evidence("close_wait", len(piled)), Evidence("share", 0.5, Unit.SHARE, "ss", 1))
    finding = Finding(
        *("some-code", Severity.WARNING, subject, f"{len(piled)} of 400", evidence),
        level=len(piled),
        sockets=piled,
        seen_at=sample.taken_at,
        trend=Trend.RISING,
    )
    return (finding,) if len(piled) else ()


def main() -> None:
    """Write the file anew."""
    FILE.unlink(missing_ok=True)
    writer = RecordingWriter(str(FILE), interval=5.0)
    for moment in golden_moments():
        writer.append(moment)
    writer.close()


if __name__ == "__main__":
    main()
