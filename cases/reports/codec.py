"""Frozen dataclasses to plain JSON values and back, by their type hints. Strict in both ways.

Knows what a report is made of: ``str``, ``int``, ``float``, ``bool``, ``date``, ``datetime``,
``StrEnum``, ``tuple[X, ...]``, ``X | None`` and dataclasses of these.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import math
import types
import typing
from datetime import date, datetime
from enum import StrEnum
from typing import TypeVar

from cases.reports.errors import ReportContentInvalid

T = TypeVar("T")

type_hints = typing.get_type_hints


def canonical_json(value: object) -> str:
    """One text for one value: sorted keys, no spaces, ASCII only, no NaN.

    Takes a dataclass as well as the plain value that a JSON column gives back, so that a stored
    content can be hashed without knowing the class that wrote it.
    """
    return json.dumps(
        to_plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=True, allow_nan=False
    )


def sha256_of(value: object) -> str:
    """Hex SHA-256 of ``canonical_json(value)``."""
    return hashlib.sha256(canonical_json(value).encode("ascii")).hexdigest()


def to_plain(value: object, written: float = math.inf) -> object:
    """Dataclasses become objects, tuples arrays, dates ISO 8601 texts; plain JSON stays.

    Fields that came after the ``format`` of the dataclass around them (``written``) are left out.
    """
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        written = getattr(value, "format", written)
        names = _names(value, written)
        return {name: to_plain(getattr(value, name), written) for name in names}
    if isinstance(value, list | tuple):
        return [to_plain(item, written) for item in value]
    if isinstance(value, dict):
        return {key: to_plain(item, written) for key, item in value.items()}
    if isinstance(value, date):  # a datetime is a date too
        return value.isoformat()
    return str(value) if isinstance(value, StrEnum) else value


def _names(value: object, written: float) -> list[str]:
    fields = dataclasses.fields(value)  # type: ignore[arg-type]
    return [f.name for f in fields if f.metadata.get("since", 1) <= written]


def from_plain(kind: type[T], value: object, where: str = "content") -> T:
    """The dataclass ``kind`` read from a plain JSON object.

    Raises ReportContentInvalid, naming the place, for a missing or unknown key or a wrong type.
    A key with a default may be missing: content written by an older version stays readable.
    """
    if not isinstance(value, dict):
        raise ReportContentInvalid(f"{where}: an object was expected")
    hints = type_hints(kind)
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    if unknown := sorted(set(value) - set(fields)):
        raise ReportContentInvalid(f"{where}: unknown keys {', '.join(map(str, unknown))}")
    needed = {name for name, f in fields.items() if f.default is dataclasses.MISSING}
    if missing := sorted(needed - set(value)):
        raise ReportContentInvalid(f"{where}: missing keys {', '.join(missing)}")
    return kind(**{name: _read(hints[name], v, f"{where}.{name}") for name, v in value.items()})


def _read(kind: object, value: object, where: str) -> object:
    origin = typing.get_origin(kind)
    if origin in (types.UnionType, typing.Union):
        if value is None:
            return None
        (kind,) = (arg for arg in typing.get_args(kind) if arg is not types.NoneType)
        return _read(kind, value, where)
    if origin is tuple:
        if not isinstance(value, list | tuple):
            raise ReportContentInvalid(f"{where}: a list was expected")
        item = typing.get_args(kind)[0]
        return tuple(_read(item, v, f"{where}[{n}]") for n, v in enumerate(value))
    if not isinstance(kind, type):
        raise TypeError(f"{where}: no reader for {kind!r}")
    return (
        from_plain(kind, value, where)
        if dataclasses.is_dataclass(kind)
        else _leaf(kind, value, where)
    )


def _leaf(kind: type, value: object, where: str) -> object:
    try:
        if issubclass(kind, StrEnum | datetime | date) and isinstance(value, str):
            return kind(value) if issubclass(kind, StrEnum) else kind.fromisoformat(value)
    except ValueError as error:
        raise ReportContentInvalid(f"{where}: {value!r} is not valid") from error
    if kind is float and type(value) is int:
        return float(value)
    if type(value) is kind:  # exact, so that true is no number
        return value
    raise ReportContentInvalid(f"{where}: {kind.__name__} was expected")
