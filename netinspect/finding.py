"""What rules find: Findings, the Subjects they are about, the Evidence for them, Explanations.

Values only. How long a finding must hold, how it moves and what caused it is decided in
`diagnosis.py`; the words around the numbers are in the Markdown file beside each rule.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from netinspect.enums import Severity as Severity

Scalar = int | float | str | bool | None


class ProcessKey(NamedTuple):
    """What stays the same while a process lives and differs after its pid is reused."""

    pid: int
    start_time: int  # clock ticks after boot, /proc/PID/stat field 22


class SubjectKind(Enum):
    """What a finding is about."""

    HOST = "host"
    NAMESPACE = "namespace"
    PROCESS = "process"
    LISTENER = "listener"
    DESTINATION = "destination"
    SOCKET = "socket"
    PORT = "port"


@dataclass(frozen=True, slots=True)
class Subject:
    """The culprit, named as far as it is known.

    key: the same over Samples while it is the same culprit. text: how a person names it, e.g.
    "java[812] *:8080". inferred: the process was concluded, not read (TIME_WAIT has no owner).
    """

    kind: SubjectKind
    key: str
    text: str
    netns: int = 0
    process: ProcessKey | None = None
    name: str | None = None  # of the process
    unit: str | None = None
    container: str | None = None
    local_addr: str | None = None
    local_port: int | None = None
    remote_addr: str | None = None
    remote_port: int | None = None
    inferred: bool = False

    @property
    def pid(self) -> int | None:
        """Pid of the process."""
        return self.process.pid if self.process else None


class Unit(Enum):
    """What a number counts; fixes how it is printed."""

    COUNT = ""
    SECONDS = "s"
    BYTES = "bytes"
    SHARE = "share"  # 0..1
    RATE = "/s"
    TEXT = "text"  # not a number, or one that is a name


@dataclass(frozen=True, slots=True)
class Evidence:
    """One number a finding rests on, and where anybody can read it again.

    source: e.g. "sock_diag idiag_rqueue", "/proc/net/netstat TcpExt ListenOverflows".
    limit: what it was compared with, in the same unit.
    """

    name: str
    value: Scalar
    unit: Unit = Unit.COUNT
    source: str = ""
    limit: float | None = None


class Confidence(Enum):
    """How sure a finding is."""

    CERTAIN = "certain"  # the kernel says so outright
    LIKELY = "likely"  # the usual meaning of what the kernel says
    INFERRED = "inferred"  # concluded from what else is there


@dataclass(frozen=True, slots=True)
class Growth:
    """Makes a finding graver when its level grows.

    seconds: for how long at least. time_to_limit: seconds; None = any growth will do.
    """

    severity: Severity
    seconds: float
    time_to_limit: float | None = None


class Trend(Enum):
    """Where a level goes."""

    RISING = "rising"
    STEADY = "steady"
    FALLING = "falling"


class FindingKey(NamedTuple):
    """What makes two findings of different Samples the same one."""

    code: str
    subject: str


def _no_keys() -> NDArray[np.uint64]:
    return np.zeros(0, np.uint64)


@dataclass(frozen=True, slots=True)
class Finding:
    """One anomaly on one subject, as a rule sees it in one Window.

    severity: None = not grave as it is, but followed for its growth. summary: the number that
    matters, with its limit, in one line. level, limit: that number, for trend and time to limit.
    hold: in how many consecutive Samples it must be there before it is told; critical_hold: in how
    many it must be critical to be told as that. disproof: what would show that it is wrong.
    """

    code: str
    severity: Severity | None
    subject: Subject
    summary: str
    evidence: tuple[Evidence, ...]
    disproof: str = ""
    level: float | None = None
    limit: float | None = None
    hold: int = 1
    critical_hold: int | None = None  # None = hold
    growth: Growth | None = None
    confidence: Confidence = Confidence.CERTAIN
    sockets: NDArray[np.uint64] = field(default_factory=_no_keys, compare=False, repr=False)
    runtime: str | None = None
    # what the rule's registration and the history of Samples tell
    title: str = ""  # the anomaly in a few words
    since: float | None = None  # seconds since the epoch
    seen_at: float | None = None  # of the numbers
    trend: Trend | None = None
    time_to_limit: float | None = None  # seconds
    causes: tuple[FindingKey, ...] = ()  # nearest first

    @property
    def key(self) -> FindingKey:
        """Identify the finding over Samples."""
        return FindingKey(self.code, self.subject.key)

    def value(self, name: str) -> Scalar:
        """Return the value of a piece of evidence; None where there is none of that name."""
        return next((e.value for e in self.evidence if e.name == name), None)


class BlockKind(Enum):
    """What a piece of an explanation is."""

    TEXT = "text"
    ITEM = "item"
    COMMAND = "command"


class Block(NamedTuple):
    """One paragraph, list item or command line, its numbers filled in."""

    kind: BlockKind
    text: str


class Section(NamedTuple):
    """One part of an explanation."""

    heading: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True, slots=True)
class Explanation:
    """What an anomaly means, with one host's numbers at one moment."""

    code: str
    title: str
    subject: str
    at: float | None  # seconds since the epoch; None = not about a host
    sections: tuple[Section, ...]


Values = Mapping[str, Any]
"""Numbers and names by placeholder."""
