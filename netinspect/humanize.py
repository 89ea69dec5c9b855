"""Numbers to short text, and the one function that makes a host's strings safe to show."""

from __future__ import annotations

import ipaddress
import socket
import struct
import time
import unicodedata
from functools import lru_cache

UNKNOWN_TEXT = "–"
MAX_TEXT = 4096
_HALVES = struct.Struct(">QQ")  # of an address

_UNSAFE_CATEGORIES = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})


def safe_text(raw: bytes | str, limit: int = MAX_TEXT) -> str:
    r"""Make text that came from a host harmless to terminals, tables and files.

    Invalid UTF-8, control, bidi, zero-width, surrogate and unassigned characters become visible
    escapes (\x1b, \u202e); nothing is dropped silently. Longer text is cut with an ellipsis.
    """
    text = raw.decode("utf-8", "surrogateescape") if isinstance(raw, bytes) else raw
    if len(text) > limit:
        text = text[: limit - 1] + "…"
    if text.isascii() and text.isprintable():
        return text
    return "".join(map(_safe_character, text))


def _safe_character(character: str) -> str:
    if character.isprintable() and unicodedata.category(character) not in _UNSAFE_CATEGORIES:
        return character
    code = ord(character)
    if 0xDC80 <= code <= 0xDCFF:  # surrogateescape: the byte that was not UTF-8
        return f"\\x{code - 0xDC00:02x}"
    if code <= 0xFF:
        return f"\\x{code:02x}"
    return f"\\u{code:04x}" if code <= 0xFFFF else f"\\U{code:08x}"


@lru_cache(maxsize=65536)
def address_text(high: int, low: int) -> str:
    """Print a 128-bit address; ::ffff:a.b.c.d as IPv4.

    high, low: the halves as SocketTable holds them.
    """
    if high == 0 and low >> 32 == 0xFFFF:
        return f"{low >> 24 & 255}.{low >> 16 & 255}.{low >> 8 & 255}.{low & 255}"
    if high == 0:  # the library writes some of these partly as IPv4
        return str(ipaddress.IPv6Address(low))
    return socket.inet_ntop(socket.AF_INET6, _HALVES.pack(high, low))


def host_text(address: str) -> str:
    """Put an IPv6 address in brackets, so that its end is not taken for a port."""
    return f"[{address}]" if ":" in address else address


def endpoint_text(address: str, port: int | None) -> str:
    """Join address and port as ss does: IPv6 in brackets, port 0 as `*`."""
    return f"{host_text(address)}:{port or '*'}"


def count_text(value: float | None) -> str:
    """Group by thousands: 1,204; unknown as –."""
    return UNKNOWN_TEXT if value is None else f"{value:,.0f}"


def counted_text(count: int, noun: str) -> str:
    """Count things: 1 socket, 2 sockets, 1,204 processes."""
    plural = noun if count == 1 else f"{noun}es" if noun.endswith("s") else f"{noun}s"
    return f"{count:,} {plural}"


def short_count_text(value: float | None) -> str:
    """At most five characters: 999, 12.3k, 123k, 1.2M."""
    if value is None:
        return UNKNOWN_TEXT
    for unit in ("", "k", "M", "G", "T", "P"):
        if abs(value) < 999.5 or unit == "P":
            if not unit:
                return f"{value:.0f}"
            return f"{value:.1f}{unit}" if abs(value) < 99.95 else f"{value:.0f}{unit}"
        value /= 1000
    raise AssertionError("unreachable")


def bytes_text(value: float | None) -> str:
    """Powers of 1024 with one letter, as ss and free do: 512, 1.5K, 120M."""
    if value is None:
        return UNKNOWN_TEXT
    for unit in ("", "K", "M", "G", "T", "P"):
        if abs(value) < 1023.5 or unit == "P":
            if not unit:
                return f"{value:.0f}"
            return f"{value:.1f}{unit}" if abs(value) < 9.95 else f"{value:.0f}{unit}"
        value /= 1024
    raise AssertionError("unreachable")


def rate_text(value: float | None) -> str:
    """Events per second; small rates keep a digit: 0.2, 12, 1.2k."""
    if value is None:
        return UNKNOWN_TEXT
    if 0 < abs(value) < 9.95:
        return f"{value:.1f}"
    return short_count_text(value)


def percent_text(share: float | None) -> str:
    """A share of 1 as whole percent; never 100% before it is full, never 0% for something."""
    if share is None:
        return UNKNOWN_TEXT
    percent = round(share * 100)
    if share < 1:
        percent = min(percent, 99)
    if share > 0:
        percent = max(percent, 1)
    return f"{percent}%"


def moment_text(seconds: float) -> str:
    """Print a time as clocks here show it, as `FILE@TIME` is read, and say in which zone."""
    return time.strftime("%Y-%m-%d %H:%M:%S %Z", time.localtime(seconds))


def coarse_seconds(seconds: float) -> float:
    """Round down to ten seconds, from two minutes on to minutes: a screen then seldom changes.

    What duration_text writes in seconds is no further off than it looks.
    """
    step = 10 if seconds < 120 else 60
    return max(0.0, seconds // step * step)


def duration_text(seconds: float | None) -> str:
    """Two figures at most: 350ms, 4.2s, 41m, 3h, 12d."""
    if seconds is None:
        return UNKNOWN_TEXT
    if seconds < 0.0005:
        return f"{seconds * 1e6:.0f}us" if seconds > 0 else "0"
    if seconds < 0.9995:
        milliseconds = seconds * 1e3
        return f"{milliseconds:.1f}ms" if milliseconds < 9.95 else f"{milliseconds:.0f}ms"
    if seconds < 9.95:
        return f"{seconds:.1f}s"
    for size, unit in ((60, "s"), (3600, "m"), (86400, "h")):
        if seconds < size * 2:
            return f"{seconds / {'s': 1, 'm': 60, 'h': 3600}[unit]:.0f}{unit}"
    return f"{seconds / 86400:.0f}d"


def limit_text(seconds: float) -> str:
    """Say when a limit is reached, at the growth so far: limit in 41m; limit reached."""
    return f"limit in {duration_text(seconds)}" if seconds > 0 else "limit reached"
