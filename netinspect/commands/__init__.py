"""Commands: one subcommand per file. A new one is its file and a line here.

Only names stand here, so that a command's module is imported when it runs and not before.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, cast

if TYPE_CHECKING:
    from netinspect.parts import Command

COMMANDS: tuple[str, ...] = (
    "view",
    "check",
    "explain",
    "processes",
    "sockets",
    "ports",
    "ephemeral",
    "descriptors",
    "snapshot",
    "record",
    "diff",
    "open",
    "doctor",
    "help",
)
"""In the order of the help; the module of the same name has the command as COMMAND."""

DEFAULT = "view"
"""The command that runs when the first word names none."""


def load_command(name: str) -> Command:
    """Import a command."""
    return cast("Command", import_module(f"netinspect.commands.{name}").COMMAND)
