"""The known word a mistyped one was meant to be."""

from __future__ import annotations

from collections.abc import Iterable

_LONGEST = 40


def find_nearest(word: str, known: Iterable[str]) -> str | None:
    """Return the most similar known word; None where none is similar."""
    from difflib import get_close_matches

    found = get_close_matches(word[:_LONGEST].lower(), list(known), n=1, cutoff=0.6)
    return found[0] if found else None


def is_slip(word: str, known: str) -> bool:
    """Tell whether one letter too many, too few, wrong or swapped with the next makes the other."""
    if abs(len(word) - len(known)) > 1 or word == known:
        return False
    same = 0
    while same < min(len(word), len(known)) and word[same] == known[same]:
        same += 1
    left, right = word[same:], known[same:]
    swapped = left[:2] == right[1::-1] and left[2:] == right[2:]
    return swapped or left[1:] == right or left == right[1:] or left[1:] == right[1:]
