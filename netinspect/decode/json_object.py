"""JSON from a Capture, read with the types it promises."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from typing import NoReturn

from netinspect.errors import ParseError

_LARGEST = (1 << 63) - 1


class JsonObject:
    """One object; a member that is absent or null is None, one of another type an error.

    origin and place are what a ParseError names.
    """

    def __init__(self, members: object, origin: str, place: str) -> None:
        if not isinstance(members, dict):
            raise ParseError(origin, place, "not a JSON object")
        self._members: Mapping[str, object] = members
        self._origin = origin
        self._place = place

    def number(self, name: str) -> int | None:
        """Return a whole number of at most 63 bits."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, int) or isinstance(value, bool) or abs(value) > _LARGEST:
            self.fail(name, "a whole number")
        return value

    def count(self, name: str) -> int | None:
        """Return a number that cannot be negative."""
        value = self.number(name)
        if value is not None and value < 0:
            self.fail(name, "0 or more")
        return value

    def real(self, name: str) -> float | None:
        """Return a finite number."""
        value = self._members.get(name)
        if value is None:
            return None
        if not isinstance(value, (int, float)) or isinstance(value, bool):
            self.fail(name, "a number")
        if abs(value) > _LARGEST or not math.isfinite(value):
            self.fail(name, "a finite number")
        return float(value)

    def text(self, name: str) -> str | None:
        """Return a string, unsafe as it came."""
        value = self._members.get(name)
        if value is not None and not isinstance(value, str):
            self.fail(name, "a string")
        return value

    def raw(self, name: str) -> bytes | None:
        """Return the bytes of a file that is stored with one character for each."""
        text = self.text(name)
        if text is None:
            return None
        try:
            return text.encode("latin-1")
        except UnicodeEncodeError:
            self.fail(name, "bytes as Latin-1")

    def numbers(self, name: str, *, least: int = 0) -> list[int] | None:
        """Return a list of whole numbers; least: none of them is below."""
        values = self._members.get(name)
        if values is None:
            return None
        if not isinstance(values, list):
            self.fail(name, "a list")
        for value in values:
            if not isinstance(value, int) or isinstance(value, bool):
                self.fail(name, "a list of numbers")
            if not least <= value <= _LARGEST:
                self.fail(name, f"a list of numbers from {least} on")
        return values

    def reals(self, name: str) -> list[float]:
        """Return a list of finite numbers; empty where it is absent."""
        values = self._members.get(name)
        if values is None:
            return []
        if not isinstance(values, list):
            self.fail(name, "a list")
        inner = {str(i): value for i, value in enumerate(values)}
        items = JsonObject(inner, self._origin, f"{self._place}.{name}")
        return [items.real(place) or 0.0 for place in inner]

    def counts(self, name: str) -> dict[bytes, int] | None:
        """Return an object of numbers that cannot be negative, its names as the bytes they are."""
        values = self._members.get(name)
        if values is None:
            return None
        inner = self.child(name)
        try:
            return {key.encode("latin-1"): inner.count(key) or 0 for key in inner._members}
        except UnicodeEncodeError:
            self.fail(name, "bytes as Latin-1")

    def child(self, name: str) -> JsonObject:
        """Return an object in this one; an empty one where it is absent."""
        members = self._members.get(name)
        place = f"{self._place}.{name}"
        return JsonObject({} if members is None else members, self._origin, place)

    def children(self, name: str) -> list[JsonObject]:
        """Return a list of objects; empty where it is absent."""
        values = self._members.get(name)
        return as_objects([] if values is None else values, self._origin, f"{self._place}.{name}")

    def value(self, name: str) -> object:
        """Return a member of any type, unsafe as it came."""
        return self._members.get(name)

    def scalar(self, name: str) -> int | float | str | bool | None:
        """Return a string, unsafe as it came, a flag or a number, which is finite."""
        value = self._members.get(name)
        if value is None or isinstance(value, (bool, str)):
            return value
        return value if self.real(name) is not None and isinstance(value, (int, float)) else None

    def members(self) -> Mapping[str, object]:
        """Return everything in it, unsafe as it came."""
        return self._members

    def fail(self, name: str, wanted: str) -> NoReturn:
        """Say that a member is not what it should be; raises ParseError."""
        raise ParseError(self._origin, self._place, f"`{name}` is not {wanted}")


def parse_json(data: bytes | memoryview, origin: str) -> object:
    """Parse one JSON document; raises ParseError."""
    try:
        document: object = json.loads(bytes(data))
    except (ValueError, RecursionError) as error:
        raise ParseError(origin, _place_of(error), "not JSON") from error
    return document


def as_objects(values: object, origin: str, place: str) -> list[JsonObject]:
    """Take a parsed list of objects; raises ParseError where it is something else."""
    if not isinstance(values, list):
        raise ParseError(origin, place, "not a JSON list")
    return [JsonObject(value, origin, f"{place}[{i}]") for i, value in enumerate(values)]


def _place_of(error: Exception) -> str:
    return f"offset {error.pos}" if isinstance(error, json.JSONDecodeError) else "offset 0"
