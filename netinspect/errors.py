"""What a user is told when something cannot be done, and the exit codes."""

from __future__ import annotations

from enum import IntEnum


class Exit(IntEnum):
    """Exit codes of every command but `check` and `diff`, which document their own."""

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
