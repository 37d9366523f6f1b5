"""Frozen dataclasses as JSON and back: what is read is checked against its types."""

from __future__ import annotations

import json
import math
import types
from dataclasses import fields, is_dataclass
from typing import TypeVar, Union, cast, get_args, get_origin, get_type_hints

from inference.evaluation.errors import ReportUnreadable
from inference.networks.files import JsonValue

DIGITS = 6
_T = TypeVar("_T")


def to_text(value: object) -> str:
    """Of a dataclass of dataclasses, tuples, numbers and texts. NaN and infinity become null."""
    return json.dumps(to_value(value), indent=1, allow_nan=False, ensure_ascii=False) + "\n"


def to_value(value: object) -> JsonValue:
    """Raises TypeError for what has no place in a report."""
    if is_dataclass(value) and not isinstance(value, type):
        return {item.name: to_value(getattr(value, item.name)) for item in fields(value)}
    if isinstance(value, list | tuple):
        return [to_value(item) for item in value]
    if isinstance(value, float):
        return round(value, DIGITS) if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a report")


def from_text(kind: type[_T], text: str) -> _T:
    """Raises ReportUnreadable for what is no JSON or does not fit the type."""
    try:
        value: JsonValue = json.loads(text)
    except ValueError as error:
        raise ReportUnreadable("The report is no JSON.") from error
    return cast(_T, _read(kind, value, "report"))


def _read(kind: object, value: JsonValue, where: str) -> object:
    if kind is float:
        number = math.nan if value is None else value
        if isinstance(number, bool) or not isinstance(number, int | float):
            raise ReportUnreadable(f"{where} is no number.")
        return float(number)
    if isinstance(kind, type) and is_dataclass(kind):
        return _read_dataclass(kind, value, where)
    if get_origin(kind) is tuple:
        if not isinstance(value, list):
            raise ReportUnreadable(f"{where} is no list.")
        of = get_args(kind)[0]
        return tuple(_read(of, item, f"{where}[{place}]") for place, item in enumerate(value))
    if get_origin(kind) in (Union, types.UnionType):
        inner = next(option for option in get_args(kind) if option is not type(None))
        return None if value is None else _read(inner, value, where)
    if not isinstance(kind, type) or type(value) is not kind:
        raise ReportUnreadable(f"{where} is missing or of the wrong type.")
    return value


def _read_dataclass(kind: type, value: JsonValue, where: str) -> object:
    if not isinstance(value, dict):
        raise ReportUnreadable(f"{where} is no object.")
    hints = get_type_hints(kind)
    names = [item.name for item in fields(kind)]
    missing = [name for name in names if name not in value]
    if missing:
        raise ReportUnreadable(f"{where} lacks {', '.join(missing)}.")
    return kind(**{name: _read(hints[name], value[name], f"{where}.{name}") for name in names})
