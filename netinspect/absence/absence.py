"""What can speak against a cause, and how far what was read allows it to."""

from __future__ import annotations

from dataclasses import dataclass

from netinspect.measures.facts import Facts
from netinspect.model import Namespace
from netinspect.scope import Scope

CLEAR = 0.5
"""Part of a limit in use below which it is not what was hit."""


@dataclass(frozen=True, slots=True)
class Absence:
    """What speaks against a cause. excludes: it cannot be, as things stand now.

    Otherwise only nothing of it was seen.
    """

    text: str
    excludes: bool = False


def qualify(absence: Absence, facts: Facts, scope: Scope) -> Absence:
    """Let nothing exclude a cause that may be in a network namespace that was not read."""
    if not absence.excludes or sees_all(facts, scope):
        return absence
    return Absence(f"{absence.text}, in the network namespaces looked at")


def sees_all(facts: Facts, scope: Scope) -> bool:
    """Tell whether the error can only have come from a network namespace that was read."""
    read = {namespace.inode for namespace in facts.now.namespaces}
    one = None if scope.pid is None else facts.now.processes.get(scope.pid)
    processes = facts.now.processes.values() if one is None else [one]
    return all(process.netns in read for process in processes if process.state != "Z")


def likely_spaces(facts: Facts, scope: Scope) -> list[Namespace]:
    """Return the network namespaces the error can have come from, of those that were read."""
    process = None if scope.pid is None else facts.now.processes.get(scope.pid)
    own = process.netns if process else None
    return [n for n in facts.now.namespaces if own in (None, n.inode)]
