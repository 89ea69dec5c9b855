"""Ends what would go on for ever: at a signal or after a time, never in the middle of a step."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP, signal.SIGALRM)


class Ended(BaseException):
    """It is time to end; raised only while nothing was being done."""


class Ending:
    """Whether it is time to end."""

    def __init__(self) -> None:
        self._is_time = False
        self._idle = False

    @contextmanager
    def waiting(self) -> Iterator[None]:
        """Wait for something in this block; raises Ended where it is time to end, or becomes so."""
        self._idle = True
        try:
            if self._is_time:
                raise Ended
            yield
        finally:
            self._idle = False

    def come(self, number: int, frame: FrameType | None) -> None:
        """Take a signal."""
        self._is_time = True
        if self._idle:
            raise Ended


@contextmanager
def ending(seconds: float | None) -> Iterator[Ending]:
    """Listen to signals in this block, but for a SIGHUP that nohup had ignored, and to the clock.

    seconds: after which it ends; None = it goes on. Ended ends the block.
    """
    end = Ending()
    heard = [n for n in _SIGNALS if signal.getsignal(n) is not signal.SIG_IGN]
    earlier = {number: signal.signal(number, end.come) for number in heard}
    try:
        if seconds is not None:
            signal.setitimer(signal.ITIMER_REAL, seconds)
        yield end
    except Ended:
        pass
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        for number, handler in earlier.items():
            signal.signal(number, handler)
