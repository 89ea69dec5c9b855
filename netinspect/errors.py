"""What a user is told when something cannot be done, and the exit codes."""

from __future__ import annotations

from enum import IntEnum

_SHOWN = 72  # characters of a filter around what is wrong in it


class Exit(IntEnum):
    """Exit codes of every command but `check`, which documents its own."""

    OK = 0
    FAILED = 1
    USAGE = 2
    INTERRUPTED = 130
    BROKEN_PIPE = 141


class NetinspectError(Exception):
    """A failure the user can act on: one line of what and where, one of what to do."""

    def __init__(self, message: str, hint: str | None = None, code: int = Exit.FAILED) -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint
        self.code = code


class UsageError(NetinspectError):
    """The command line asks for something that does not exist or cannot be combined."""

    def __init__(self, message: str, hint: str | None = None) -> None:
        super().__init__(message, hint, Exit.USAGE)


class FilterError(UsageError):
    """A filter that means nothing: where in it the reading stopped, and what it expected there.

    at, width: characters of `text` the error is about.
    """

    def __init__(self, message: str, text: str, at: int, width: int, hint: str) -> None:
        super().__init__(f"filter: {message}", hint)
        self.text = text
        self.at = at
        self.width = width

    @property
    def picture(self) -> tuple[str, str]:
        """Return the text around the place, on one line, and a line that points at it."""
        first = max(0, self.at - _SHOWN // 2)
        shown = self.text[first : first + _SHOWN]
        line = "".join(c if c.isprintable() else "\N{REPLACEMENT CHARACTER}" for c in shown)
        at = self.at - first
        return line, " " * at + "^" * max(1, min(self.width, _SHOWN - at))


class ParseError(NetinspectError):
    """Input that does not have the form its origin promises.

    origin: the section, file or header it came from; place: offset or line; item: what was read.
    """

    def __init__(self, origin: str, place: str, item: str) -> None:
        super().__init__(f"{origin}: {place}: {item}")
        self.origin = origin
        self.place = place
        self.item = item


class SourceError(NetinspectError):
    """The place Samples come from failed or ended; the message says why."""


class RecordingError(NetinspectError):
    """A file of Samples that cannot be read or written; the message says which, where and why."""
