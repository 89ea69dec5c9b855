"""One Report that the formats are tested with, and hostile ones."""

from __future__ import annotations

from netinspect.humanize import safe_text
from netinspect.model import Note, OwnerReason, Sample
from netinspect.panes import PANES
from netinspect.parts import Exporter, Paper, Report
from netinspect.report import PaneRequest, build_report
from tests.samples import make_sample, make_window, process, tcp, udp, unix

HOSTILE = [
    b"\x1b]0;owned\x07",
    b"[red]x[/b]y",
    b"two\nlines\r\n",
    b"=cmd()",
    b"+1",
    b"-1",
    b"@SUM(A1)",
    b"\ttab",
    b'quo"te,comma',
    b"\xff\xfe",
    b"x" * 4200,
    "\u202eevil\u200b".encode(),
    b"<script>",
    "日本語".encode(),
]
"""Names as a host may hold them; decode makes them safe, once."""


def web_server() -> Sample:
    """Make a host with a pre-fork server, its database, a TIME_WAIT and a hidden owner."""
    return make_sample(
        [
            tcp("LISTEN", "0.0.0.0:80", pids=[701, 702], recv_q=3, send_q=128, drops=7),
            tcp("ESTABLISHED", "10.0.0.1:80", "10.0.0.9:41000", [702], recv_q=0, send_q=0),
            tcp("TIME_WAIT", "10.0.0.1:80", "10.0.0.9:41001"),
            tcp("ESTABLISHED", "10.0.0.1:40000", "10.2.0.9:5432", [701], rtt=350),
            tcp(
                *("CLOSE_WAIT", "10.0.0.1:40002", "10.2.0.9:5432"),
                owner_reason=OwnerReason.HIDDEN,
                inode=9,
            ),
            udp("[::]:53", pids=[900], v6only=0),
            unix("@bus", pids=[900]),
        ],
        [process(701, "nginx"), process(702, "nginx"), process(900, "named", fds=1000)],
        notes=[Note("processes", "refused", "run as root", count=2, errno=13)],
    )


def hostile_host() -> Sample:
    """Make a host where every name is an attack."""
    names = [safe_text(raw) for raw in HOSTILE]
    pids = range(100, 100 + len(names))
    return make_sample(
        [
            *(tcp("LISTEN", f"0.0.0.0:{pid}", pids=[pid]) for pid in pids),
            *(unix(name) for name in names),
        ],
        [
            process(pid, name, comm=name, user=name, cmdline=(name, name), unit=name, exe=name)
            for pid, name in zip(pids, names, strict=True)
        ],
    )


def report_of(sample: Sample, *panes: str, filter: str = "") -> Report:
    """Build the Report of these panes, or of all."""
    chosen = [pane for pane in PANES if not panes or pane.name in panes]
    return build_report(make_window(sample, filter=filter), map(PaneRequest.default, chosen))


def written(exporter: Exporter, report: Report, paper: Paper | None = None) -> str:
    """Return the whole document as text."""
    return b"".join(exporter.write(report, paper or Paper())).decode()
