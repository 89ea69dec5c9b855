"""Moments → members of a recording, each as it differs from the one before."""

from __future__ import annotations

from dataclasses import dataclass, replace

from netinspect.model import Sample
from netinspect.recording.bodies import write_body
from netinspect.recording.content import NOTHING, Content, take_apart
from netinspect.recording.members import USUAL_LEVEL, Flag, Head, Kind, Member, pack_member
from netinspect.recording.timeline import Moment, summarize

GROUP = 10
"""Members from one that is complete to the next: what a step backwards may have to read."""


@dataclass(frozen=True, slots=True)
class Encoded:
    """What to write for a Moment, and what comes after it builds on, once it is written."""

    members: tuple[Member, ...]
    sample: Sample
    content: Content
    since_key: int


class Encoder:
    """Remembers the last Moment that was written. level: of compression."""

    def __init__(self, level: int = USUAL_LEVEL) -> None:
        self._level = level
        self._last: Encoded | None = None

    def encode(self, moment: Moment) -> Encoded:
        """Make the members of a Moment; nothing is remembered until they are accepted."""
        last = self._last
        if moment.before is None:
            return self._encode_complete(moment, Flag(0))
        if last is None or not _is_same(last.sample, moment.before):
            base = self._encode_base(moment.before)
            follower = self._encode_delta(moment, base)
            return Encoded(base.members + follower.members, follower.sample, follower.content, 1)
        if last.since_key + 1 >= GROUP:
            return self._encode_complete(moment, Flag.FOLLOWS)
        return self._encode_delta(moment, last)

    def accept(self, encoded: Encoded) -> None:
        """Go on from what was written."""
        self._last = encoded

    def end_group(self) -> None:
        """Make the next Moment a complete one."""
        if self._last is not None:
            self._last = replace(self._last, since_key=GROUP)

    def _encode_complete(self, moment: Moment, flags: Flag) -> Encoded:
        content = take_apart(moment, self._last.content if self._last else NOTHING)
        member = self._pack(Kind.KEY, flags, moment, write_body(content))
        return Encoded((member,), moment.sample, content, 0)

    def _encode_base(self, sample: Sample) -> Encoded:
        moment = Moment(sample)
        content = take_apart(moment)
        member = self._pack(Kind.BASE, Flag(0), moment, write_body(content))
        return Encoded((member,), sample, content, 0)

    def _encode_delta(self, moment: Moment, last: Encoded) -> Encoded:
        content = take_apart(moment, last.content)
        body = write_body(content, last.content)
        member = self._pack(Kind.DELTA, Flag.FOLLOWS, moment, body)
        return Encoded((member,), moment.sample, content, last.since_key + 1)

    def _pack(self, kind: Kind, flags: Flag, moment: Moment, body: bytes) -> Member:
        taken_at, sockets, findings, severity = summarize(moment)
        head = Head(kind, flags, 0, taken_at, sockets, findings, severity)
        return pack_member(head, body, self._level)


def _is_same(one: Sample, other: Sample) -> bool:
    """Tell whether it is the same look at the host; it may have been read from a file."""
    return one is other or (one.taken_at, one.monotonic) == (other.taken_at, other.monotonic)
