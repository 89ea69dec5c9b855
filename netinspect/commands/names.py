"""Names a user mistyped."""

from __future__ import annotations

from collections.abc import Sequence


def suggest(word: str, known: Sequence[str], label: str) -> str:
    """Write the hint for a name that does not exist: the nearest one, else all of them."""
    from difflib import get_close_matches

    near = get_close_matches(word.lower(), known, n=1, cutoff=0.5)
    return f"did you mean `{near[0]}`?" if near else f"{label}: {' '.join(known)}"
