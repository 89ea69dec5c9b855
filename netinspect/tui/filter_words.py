"""What a filter may go on with, offered behind the cursor while one types."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable

from textual.suggester import Suggester

_SEPARATORS = " (,!|&=<>"
_LOOK_BACK = 200
_BEFORE = re.compile(r"([A-Za-z_]+)\s*[=!]*\s*(?:[^\s,]+\s*,\s*)*\Z")


class FilterWords(Suggester):
    """Completes the last word: a field, a saved filter, or a value of the field before it.

    names: processes, units and users that are there now, by field.
    """

    def __init__(self, names: Callable[[str], Iterable[str]]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._names = names

    async def get_suggestion(self, value: str) -> str | None:
        """Return the text with its last word completed; None where nothing fits."""
        start = max(map(value.rfind, _SEPARATORS)) + 1
        word = value[start:]
        if not word:
            return None
        field, colon, begun = word.partition(":")
        if not colon:
            field, begun = _field_before(value[:start]), word
        known = [*self._values(field), *([] if colon else _fields())]
        found = next((one for one in known if one.startswith(begun) and one != begun), None)
        return None if found is None else value[: len(value) - len(begun)] + found

    def _values(self, field: str) -> Iterable[str]:
        from netinspect.query.names import SHOWN
        from netinspect.query.terms import SPELLED

        spec = SPELLED.get(field.lower())
        if spec is None:
            return ()
        name = "state" if spec.name == "exclude" else spec.name
        return SHOWN.get(name) or sorted(self._names(name))


def _field_before(text: str) -> str:
    """Return the field whose value comes after this text; "" where it is none."""
    found = _BEFORE.search(text[-_LOOK_BACK:])
    return found[1] if found else ""


def _fields() -> Iterable[str]:
    from netinspect.query.saved import saved_filters
    from netinspect.query.terms import SPELLED, TERMS

    saved = (f"@{name}" for name in saved_filters())
    return (*TERMS, *SPELLED, "autobound", "unknown(", *saved)
