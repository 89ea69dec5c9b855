"""What a class of error texts is: how the same thing is worded, and what can be behind it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class ErrorClass:
    """Errors that mean the same to the kernel.

    meaning: one sentence. patterns: regular expressions, any of them in a line, such as `find_hint`
    takes; none of them repeats without an end, so that a line of any making is searched in linear
    time. codes:
    anomalies, the most likely first. thresholds: of rules, by code and name: the error has
    happened, so less of its cause is enough to be told. advice: what to look at beside anomalies,
    as lines of an explanation: {address} and {port} are where it went. unseen: why the kernel can
    know nothing of it; "" = it can. local: it is about this host alone, whoever is at the other
    end.
    """

    name: str
    meaning: str
    patterns: tuple[str, ...]
    codes: tuple[str, ...] = ()
    advice: tuple[str, ...] = ()
    unseen: str = ""
    thresholds: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    local: bool = False
    beside: Mapping[str, str] = field(default_factory=dict)


def errno_patterns(name: str, number: int, words: str, windows: int = 0) -> tuple[str, ...]:
    """Return how programs write an errno of Linux, and its counterpart of Windows.

    words: what strerror() says, in lower case; its first letter may be a capital.
    """
    elsewhere = (rf"\[WinError {windows}\]", rf"SocketException \({windows}\)") if windows else ()
    return (
        f"[{words[0].upper()}{words[0]}]{words[1:]}",
        rf"\b{name}\b",
        rf"\[Errno {number}\]",
        rf"\(os error {number}\)",
        rf"SocketException \({number}\)",
        rf"\berrno[ =:]{{1,3}}-?{number}\b",
        *elsewhere,
    )
