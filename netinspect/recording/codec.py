"""Records ↔ values of JSON, by their type hints.

Arrays are not its business: a field that holds one is left out, and filled in by whoever keeps it.
Reading ignores members that are not known, and takes nothing for granted: what comes from a file is
either of its type, and harmless to show, or ValueError.
"""

from __future__ import annotations

import math
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, Field, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

import numpy as np

from netinspect.humanize import safe_text
from netinspect.model import OwnerTable, SocketTable

_Encode = Callable[[Any], Any]
_Decode = Callable[[Any], Any]

_LARGEST = (1 << 64) - 1
_SCALARS: Mapping[Any, tuple[type, ...]] = {
    int: (int,),
    # A whole number stays one, so that it is printed as it was.
    float: (int, float),
    str: (str,),
    bool: (bool,),
    type(None): (type(None),),
}


def encode(value: Any, hint: Any = None) -> Any:
    """Turn a record into objects, lists and scalars. hint: its type, where it is no record."""
    kind: Any = hint or type(value)
    return _encoder(kind)(value)


def decode(hint: Any, value: object, **given: Any) -> Any:
    """Make a record, or whatever else a type hint names.

    given: fields that are not in the value, such as arrays.
    Raises ValueError that says where in the value something is of another type.
    """
    return _read_record(hint, value, given) if given else _decoder(hint)(value)


@cache
def _encoder(hint: Any) -> _Encode:
    if hint in _SCALARS:
        return _encode_scalar
    if _is_union(hint):
        return _encode_optional(hint)
    origin = get_origin(hint) or hint
    if is_dataclass(origin):
        return _encode_record(origin)
    if _is_named_tuple(origin):
        return _encode_named(origin)
    if issubclass(origin, Enum):
        return lambda member: member.value
    if issubclass(origin, Mapping):
        return _encode_mapping(hint)
    return _encode_sequence(hint)


def _encode_scalar(value: Any) -> Any:
    return value.item() if isinstance(value, np.generic) else value


def _encode_optional(hint: Any) -> _Encode:
    inner = _only_record(hint)
    if inner is None:
        return _encode_scalar
    some = _encoder(inner)
    return lambda value: None if value is None else some(value)


def _encode_record(cls: Any) -> _Encode:
    parts = [(name, _encoder(hint)) for name, hint, _ in _fields_of(cls)]
    return lambda record: {name: some(getattr(record, name)) for name, some in parts}


def _encode_named(cls: Any) -> _Encode:
    parts = [_encoder(hint) for hint in get_type_hints(cls).values()]
    return lambda record: [some(value) for some, value in zip(parts, record, strict=True)]


def _encode_mapping(hint: Any) -> _Encode:
    key, value = get_args(hint)
    some = _encoder(value)
    if key in (str, int):
        return lambda mapping: {str(k): some(v) for k, v in mapping.items()}
    name = _encoder(key)
    return lambda mapping: [[name(k), some(v)] for k, v in mapping.items()]


def _encode_sequence(hint: Any) -> _Encode:
    members = [m for m in get_args(hint) if m is not Ellipsis]
    some = _encoder(members[0])
    if get_origin(hint) is frozenset:
        return lambda values: sorted(some(value) for value in values)
    return lambda values: [some(value) for value in values]


@cache
def _decoder(hint: Any) -> _Decode:
    if hint in _SCALARS:
        return _decode_scalar(_SCALARS[hint], hint.__name__)
    if _is_union(hint):
        return _decode_union(hint)
    origin = get_origin(hint) or hint
    if is_dataclass(origin):
        return lambda value: _read_record(origin, value, {})
    if _is_named_tuple(origin):
        return _decode_tuple(list(get_type_hints(origin).values()), origin._make)
    if issubclass(origin, Enum):
        return _decode_enum(origin)
    if issubclass(origin, Mapping):
        return _decode_mapping(hint)
    return _decode_sequence(hint)


def _decode_scalar(kinds: tuple[type, ...], name: str) -> _Decode:
    def read(value: Any) -> Any:
        if not isinstance(value, kinds) or not _is_sound(value, kinds):
            raise ValueError(f"{_shown(value)} is not of type {name}")
        return harmless(value) if isinstance(value, str) else value

    return read


def _decode_union(hint: Any) -> _Decode:
    inner = _only_record(hint)
    if inner is not None:
        some = _decoder(inner)
        return lambda value: None if value is None else some(value)
    kinds = tuple(kind for member in get_args(hint) for kind in _SCALARS[member])
    return _decode_scalar(kinds, str(hint))


def _is_sound(value: Any, kinds: tuple[type, ...]) -> bool:
    """Tell whether a scalar is what it seems: True is no number; neither is NaN, nor 10**30."""
    if isinstance(value, bool):
        return bool in kinds
    if isinstance(value, (int, float)):
        return abs(value) <= _LARGEST if isinstance(value, int) else math.isfinite(value)
    return True


def _decode_enum(cls: type[Enum]) -> _Decode:
    def read(value: Any) -> Any:
        if isinstance(value, (list, dict)):
            raise ValueError(f"{_shown(value)} is no {cls.__name__}")
        return cls(value)

    return read


def _decode_tuple(hints: list[Any], make: Callable[[Any], Any]) -> _Decode:
    parts = [_decoder(hint) for hint in hints]

    def read(value: Any) -> Any:
        if not isinstance(value, list) or len(value) != len(parts):
            raise ValueError(f"{_shown(value)} is no list of {len(parts)}")
        return make([some(one) for some, one in zip(parts, value, strict=True)])

    return read


def _decode_sequence(hint: Any) -> _Decode:
    origin, members = get_origin(hint), get_args(hint)
    if origin is tuple and Ellipsis not in members:
        return _decode_tuple(list(members), tuple)
    some = _decoder(members[0])

    def read(value: Any) -> Any:
        if not isinstance(value, list):
            raise ValueError(f"{_shown(value)} is no list")
        return origin(map(some, value))

    return read


def _decode_mapping(hint: Any) -> _Decode:
    key, member = get_args(hint)
    some = _decoder(member)
    if key not in (str, int):
        pair = _decode_tuple([key, member], tuple)
        return lambda value: dict(map(pair, _listed(value)))
    name = harmless if key is str else int

    def read(value: Any) -> Any:
        if not isinstance(value, dict):
            raise ValueError(f"{_shown(value)} is no object")
        return {name(k): some(v) for k, v in value.items()}

    return read


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError(f"{_shown(value)} is no list")
    return value


def _read_record(cls: Any, value: Any, given: Mapping[str, Any]) -> Any:
    if not isinstance(value, dict):
        raise ValueError(f"{_shown(value)} is no {cls.__name__}")
    known = dict(given)
    for name, hint, field in _fields_of(cls):
        if name in value:
            try:
                known[name] = _decoder(hint)(value[name])
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from error
        elif name not in known and _is_needed(field):
            raise ValueError(f"{cls.__name__} has no {name}")
    return cls(**known)


@cache
def _fields_of(cls: Any) -> tuple[tuple[str, Any, Field[Any]], ...]:
    """Return name, type and declaration of the fields that hold no array."""
    hints = get_type_hints(cls)
    return tuple(
        (field.name, hints[field.name], field)
        for field in fields(cls)
        if field.init and not _holds_arrays(hints[field.name])
    )


def _holds_arrays(hint: Any) -> bool:
    return get_origin(hint) is np.ndarray or hint in (SocketTable, OwnerTable)


def _is_needed(field: Field[Any]) -> bool:
    return field.default is MISSING and field.default_factory is MISSING


def _is_union(hint: Any) -> bool:
    return get_origin(hint) in (Union, types.UnionType)


def _is_named_tuple(origin: Any) -> bool:
    return isinstance(origin, type) and issubclass(origin, tuple) and hasattr(origin, "_make")


def _only_record(hint: Any) -> Any:
    """Return what an optional value is where it is no scalar."""
    members = [member for member in get_args(hint) if member not in _SCALARS]
    if len(members) > 1:
        raise TypeError(f"cannot tell apart the members of {hint}")
    return members[0] if members else None


def harmless(text: str) -> str:
    """Make text of a file harmless; what a Sample held has been made so and stays as it is."""
    if text.isascii() and text.isprintable():
        return text
    return safe_text(text, max(1, len(text)))


def _shown(value: object) -> str:
    return safe_text(repr(value)[:200], 60)
