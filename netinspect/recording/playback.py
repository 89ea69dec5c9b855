"""Members of a recording → Moments: finds the complete one before, and goes on from there."""

from __future__ import annotations

from bisect import bisect_right
from collections import OrderedDict
from collections.abc import Callable, Iterable

from netinspect.model import Sample
from netinspect.recording.bodies import read_body
from netinspect.recording.content import NOTHING, Content, build_sample, put_together
from netinspect.recording.members import Damaged, Flag, Head, Kind, inflate
from netinspect.recording.timeline import Moment, Overview

CACHE_BYTES = 192 << 20

_MOST_SAMPLES = 3
# A new row takes some 20 bytes: what claims far more rows would only fill memory.
_FEW_ROWS, _MOST_ROWS_A_BYTE = 65_536, 16
_COMPLETE = (Kind.KEY, Kind.BASE)
_WRONG = (
    *(ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError),
    *(RecursionError, MemoryError),
)
"""What values of a file that are not what they should be can lead to."""


class Playback:
    """The Moments of the members that were added, less those that were dropped.

    load: returns a member by its number; members are numbered from 0 in the order they were added,
    dropped ones included.
    """

    def __init__(self, load: Callable[[int], bytes], cache_bytes: int = CACHE_BYTES) -> None:
        self._load = load
        self._heads: dict[int, Head] = {}  # of members with content, by number
        self._keys: list[int] = []
        self._shown: list[int] = []  # the member of each Moment
        self._added = 0
        self._overview: Overview | None = None
        self._contents = _Contents(cache_bytes)
        self._samples: OrderedDict[int, Sample] = OrderedDict()
        self._previous: dict[int, int] = {}  # member → the one it differs from, or was compared to
        self._last: int | None = None

    def add(self, heads: Iterable[Head]) -> None:
        """Append members."""
        for head in heads:
            number, self._added = self._added, self._added + 1
            if head.kind not in (Kind.KEY, Kind.DELTA, Kind.BASE):
                continue
            if head.kind in _COMPLETE:
                self._keys.append(number)
            elif self._last is None:
                continue
            self._append(number, head)
        self._overview = None

    def _append(self, number: int, head: Head) -> None:
        self._heads[number] = head
        if self._last is not None:
            self._previous[number] = self._last
        self._last = number
        if head.kind != Kind.BASE and (not head.flags & Flag.FOLLOWS or number in self._previous):
            self._shown.append(number)

    def drop(self, number: int) -> None:
        """Forget all members before this one, which is complete.

        It is no Moment any more where what it was compared with is gone.
        """
        for old in [n for n in self._heads if n < number]:
            del self._heads[old]
            self._previous.pop(old, None)
            self._contents.forget(old)
            self._samples.pop(old, None)
        self._previous.pop(number, None)
        self._keys = [key for key in self._keys if key >= number]
        follows = self._heads[number].flags & Flag.FOLLOWS
        self._shown = [n for n in self._shown if n > number or (n == number and not follows)]
        self._overview = None

    @property
    def overview(self) -> Overview:
        """What the headers tell of all Moments."""
        if self._overview is None:
            heads = (self._heads[number] for number in self._shown)
            rows = ((h.taken_at, h.sockets, h.findings, h.severity) for h in heads)
            self._overview = Overview.build(rows)
        return self._overview

    def number(self, index: int) -> int:
        """Return the number of the member that is a Moment; raises IndexError."""
        if not 0 <= index < len(self._shown):
            raise IndexError(index)
        return self._shown[index]

    def read(self, number: int) -> Moment:
        """Return the Moment of a member. Raises Damaged."""
        try:
            before = None
            if self._heads[number].flags & Flag.FOLLOWS:
                before = self._read_sample(self._previous[number])
            moment = put_together(self._read_content(number), before)
        except Damaged:
            raise
        except _WRONG as error:
            raise Damaged(f"{type(error).__name__}: {error}") from error
        self._keep_sample(number, moment.sample)
        return moment

    def _read_sample(self, number: int) -> Sample:
        sample = self._samples.get(number)
        if sample is None:
            sample = build_sample(self._read_content(number))
            self._keep_sample(number, sample)
        return sample

    def _keep_sample(self, number: int, sample: Sample) -> None:
        self._samples[number] = sample
        self._samples.move_to_end(number)
        while len(self._samples) > _MOST_SAMPLES:
            self._samples.popitem(last=False)

    def _read_content(self, number: int) -> Content:
        """Go from the nearest content at hand, or the complete member before, to this one."""
        key = self._keys[bisect_right(self._keys, number) - 1]
        way = []
        while (content := self._contents.find(number)) is None and number != key:
            way.append(number)
            number = self._previous[number]
        if content is None:
            content = self._decode(number, NOTHING)
        for following in reversed(way):
            content = self._decode(following, content)
        return content

    def _decode(self, number: int, before: Content) -> Content:
        member = self._load(number)
        most_new = _FEW_ROWS + _MOST_ROWS_A_BYTE * len(member)
        content = read_body(inflate(member), before, most_new)
        self._contents.keep(number, content, before)
        return content


class _Contents:
    """Content that was used last, within a budget of bytes; columns that are shared count once."""

    def __init__(self, budget: int) -> None:
        self._budget = budget
        self._kept: OrderedDict[int, tuple[Content, int]] = OrderedDict()
        self._bytes = 0

    def find(self, number: int) -> Content | None:
        """Return the content of a member, where it is kept."""
        found = self._kept.get(number)
        if found is None:
            return None
        self._kept.move_to_end(number)
        return found[0]

    def keep(self, number: int, content: Content, before: Content) -> None:
        """Keep it, and let go of what was not used for longest."""
        self.forget(number)
        own = content.own_bytes(before)
        self._kept[number] = content, own
        self._bytes += own
        while self._bytes > self._budget and len(self._kept) > 2:
            _, (_, size) = self._kept.popitem(last=False)
            self._bytes -= size

    def forget(self, number: int) -> None:
        """Let go of one."""
        found = self._kept.pop(number, None)
        if found is not None:
            self._bytes -= found[1]
