"""Filters that were kept before: up and down in the filter line go through them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

MOST = 200


class FilterHistory:
    """Filters, the newest last, and where among them one is.

    store: called with all of them when another one was kept.
    """

    def __init__(
        self, filters: Iterable[str] = (), store: Callable[[list[str]], object] | None = None
    ) -> None:
        self._filters = list(filters)[-MOST:]
        self._store = store
        self._at = len(self._filters)
        self._draft = ""

    def begin(self) -> None:
        """Stand behind the newest one."""
        self._at = len(self._filters)

    def older(self, text: str) -> str | None:
        """Go to the one before, from what is in the line now; None where there is none."""
        at = self._at - 1
        while at >= 0 and self._filters[at] == text:
            at -= 1
        if at < 0:
            return None
        if self._at == len(self._filters):
            self._draft = text
        self._at = at
        return self._filters[at]

    def newer(self) -> str | None:
        """Go to the one after, at last to what was in the line at first; None beyond that."""
        if self._at == len(self._filters):
            return None
        self._at += 1
        return self._filters[self._at] if self._at < len(self._filters) else self._draft

    def add(self, text: str) -> None:
        """Keep a filter; it is there once."""
        if not text or self._filters[-1:] == [text]:
            return
        self._filters = [*(one for one in self._filters if one != text), text][-MOST:]
        if self._store is not None:
            self._store(self._filters)
