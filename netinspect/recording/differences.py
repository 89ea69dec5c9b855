"""Two values of JSON → what differs → the second again, order of members and kind of numbers kept.

A difference is ["=", value], ["{", members that differ, names that went, order of the names] or
["[", elements that differ by index]; None where nothing does.
"""

from __future__ import annotations

from typing import Any

_WHOLE, _MEMBERS, _ELEMENTS = "=", "{", "["


def find_difference(before: Any, now: Any) -> list[Any] | None:
    """Say what differs; what is the same object is not looked into."""
    if before is now:
        return None
    if isinstance(now, dict) and isinstance(before, dict):
        return _compare_objects(before, now)
    if isinstance(now, list) and isinstance(before, list) and len(now) == len(before):
        return _compare_lists(before, now)
    return None if _is_same(before, now) else [_WHOLE, now]


def _compare_objects(before: dict[str, Any], now: dict[str, Any]) -> list[Any] | None:
    changed = {}
    for name, value in now.items():
        if name not in before:
            changed[name] = [_WHOLE, value]
        elif (difference := find_difference(before[name], value)) is not None:
            changed[name] = difference
    gone = [name for name in before if name not in now]
    in_order = _follows(before, gone, changed) == list(now)
    if not changed and not gone and in_order:
        return None
    said = [_MEMBERS, changed]
    return said + ([gone] if in_order else [gone, list(now)]) if gone or not in_order else said


def _follows(before: dict[str, Any], gone: list[str], changed: dict[str, Any]) -> list[str]:
    """Return the names in the order that comes by itself: those that stay, then new ones."""
    left_out = set(gone)
    stay = [name for name in before if name not in left_out] if gone else list(before)
    return stay + [name for name in changed if name not in before]


def _compare_lists(before: list[Any], now: list[Any]) -> list[Any] | None:
    pairs = zip(before, now, strict=True)
    found = {
        str(i): difference
        for i, (one, other) in enumerate(pairs)
        if (difference := find_difference(one, other)) is not None
    }
    return [_ELEMENTS, found] if found else None


def _is_same(before: Any, now: Any) -> bool:
    """Tell whether two scalars are written alike: 1 is neither 1.0 nor true, NaN is NaN."""
    if type(before) is not type(now):
        return False
    return repr(before) == repr(now) if isinstance(now, float) else bool(before == now)


def apply_difference(before: Any, difference: Any) -> Any:
    """Return what a difference makes of a value, which stays as it is.

    Raises ValueError, TypeError, KeyError or IndexError on what does not fit.
    """
    if difference is None:
        return before
    kind, *said = difference
    if kind == _WHOLE:
        return said[0]
    if kind == _MEMBERS and isinstance(before, dict):
        return _change_object(before, *said)
    if kind == _ELEMENTS and isinstance(before, list):
        now = list(before)
        for index, change in said[0].items():
            now[int(index)] = apply_difference(now[int(index)], change)
        return now
    raise ValueError("a difference to something else")


def _change_object(
    before: dict[str, Any],
    changed: dict[str, Any],
    gone: list[str] = [],  # noqa: B006 - it is only read
    order: list[str] | None = None,
) -> dict[str, Any]:
    now = dict(before)
    for name in gone:
        del now[name]
    for name, change in changed.items():
        now[name] = apply_difference(now.get(name), change)
    return now if order is None else {name: now[name] for name in order}
