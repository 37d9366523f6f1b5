"""Frozen dataclasses to plain JSON values and back, driven by their type hints. Strict: a wrong
type, a missing key or an unknown key is a ``ValueError``, because the JSON may come from a process
that a hostile file has damaged.
"""

from __future__ import annotations

import dataclasses
import functools
import math
import types
import typing
from datetime import date
from enum import StrEnum
from typing import TypeVar

JsonValue: typing.TypeAlias = (
    "bool | int | float | str | list[JsonValue] | dict[str, JsonValue] | None"
)
T = TypeVar("T")


def to_plain(value: object) -> JsonValue:
    """Dataclasses become objects, tuples lists, dates ISO text. Else raises TypeError."""
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        return {
            field.name: to_plain(getattr(value, field.name)) for field in dataclasses.fields(value)
        }
    if isinstance(value, StrEnum):
        return value.value
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, tuple):
        return [to_plain(item) for item in value]
    raise TypeError(f"{type(value).__name__} has no JSON form")


def from_plain(kind: type[T], data: JsonValue) -> T:
    """The value of dataclass ``kind`` that ``to_plain`` wrote. Raises ValueError."""
    return typing.cast(T, _read(kind, data))


@functools.cache
def _hints(kind: type) -> dict[str, object]:
    return dict(typing.get_type_hints(kind))


def _read(kind: object, data: JsonValue) -> object:
    origin = typing.get_origin(kind)
    if origin in (typing.Union, types.UnionType):
        return _read_optional(typing.get_args(kind), data)
    if origin is tuple:
        return _read_tuple(typing.get_args(kind), data)
    if origin is typing.Literal:
        if data in typing.get_args(kind):
            return data
        raise ValueError(f"{data!r} is none of {typing.get_args(kind)}")
    if not isinstance(kind, type):
        raise ValueError(f"unreadable type {kind!r}")
    if dataclasses.is_dataclass(kind):
        return _read_dataclass(kind, data)
    return _read_scalar(kind, data)


def _read_optional(options: tuple[object, ...], data: JsonValue) -> object:
    if data is None and type(None) in options:
        return None
    (option,) = (option for option in options if option is not type(None))
    return _read(option, data)


def _read_tuple(items: tuple[object, ...], data: JsonValue) -> tuple[object, ...]:
    if not isinstance(data, list):
        raise ValueError("a list was expected")
    if len(items) == 2 and items[1] is Ellipsis:
        if items[0] is int and set(map(type, data)) <= {int}:
            return tuple(data)  # lookup tables of 65,536 entries: no call for each
        return tuple(_read(items[0], item) for item in data)
    if len(items) != len(data):
        raise ValueError(f"{len(items)} values were expected")
    return tuple(_read(kind, item) for kind, item in zip(items, data, strict=True))


def _read_dataclass(kind: type, data: JsonValue) -> object:
    hints = _hints(kind)
    if not isinstance(data, dict) or data.keys() != hints.keys():
        raise ValueError(f"the keys of {kind.__name__} were expected")
    return kind(**{name: _read(hint, data[name]) for name, hint in hints.items()})


def _read_scalar(kind: type, data: JsonValue) -> object:
    if kind is float and isinstance(data, (int, float)) and not isinstance(data, bool):
        if not math.isfinite(data):
            raise ValueError("a finite number was expected")
        return float(data)
    if isinstance(data, str):
        if issubclass(kind, StrEnum):
            return kind(data)
        if kind is date:
            return date.fromisoformat(data)
    if type(data) is not kind:
        raise ValueError(f"{kind.__name__} was expected, not {type(data).__name__}")
    return data
