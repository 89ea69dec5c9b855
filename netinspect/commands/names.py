"""Names a user mistyped."""

from __future__ import annotations

from collections.abc import Sequence


def suggest(word: str, known: Sequence[str], label: str) -> str:
    """Write the hint for a name that does not exist: the nearest one, else all of them."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"{label}: {' '.join(known)}"


def find_command(word: str) -> str | None:
    """Return the command that a word which is none was probably meant to be."""
    from difflib import get_close_matches

    from netinspect.commands import COMMANDS
    from netinspect.fields import FILTER_TERMS

    if word.lower() in FILTER_TERMS or not word.isalpha():
        return None
    near = get_close_matches(word.lower(), COMMANDS, n=1, cutoff=0.75)
    return near[0] if near else None
