"""Careful access to header values: what cannot be read counts as absent, what is read is clean."""

from __future__ import annotations

import math
import re
from datetime import date

from pydicom.dataset import Dataset
from pydicom.valuerep import PersonName

from cases.dicom.text import clean

_DATE = re.compile(r"(\d{4})[.\-]?(\d{2})[.\-]?(\d{2})")


def values(dataset: Dataset, keyword: str) -> tuple[object, ...]:
    """The values of an element; empty when it is absent, empty or unreadable."""
    try:
        value = dataset.get(keyword)
    except Exception:  # noqa: BLE001  (pydicom raises a dozen kinds on a malformed value)
        return ()
    if value is None or (isinstance(value, str) and not value.strip(" \0")):
        return ()
    if isinstance(value, (str, bytes, PersonName)) or not hasattr(value, "__iter__"):
        return (value,)
    return tuple(value)


def texts(dataset: Dataset, keyword: str) -> tuple[str, ...]:
    """Every value as clean text."""
    return tuple(clean(str(value)) for value in values(dataset, keyword))


def text(dataset: Dataset, keyword: str) -> str:
    """The first value as clean text, "" when absent."""
    return next(iter(texts(dataset, keyword)), "")


def code(dataset: Dataset, keyword: str) -> str:
    """The first value in capitals, as Code String values are compared."""
    return text(dataset, keyword).upper()


def numbers(dataset: Dataset, keyword: str) -> tuple[float, ...]:
    """Every value as a finite number; empty if one of them is none."""
    found = []
    for value in values(dataset, keyword):
        try:
            number = float(str(value))
        except ValueError:
            return ()
        if not math.isfinite(number):
            return ()
        found.append(number)
    return tuple(found)


def integer(dataset: Dataset, keyword: str) -> int | None:
    """The first value as a whole number, None when absent or no whole number."""
    found = numbers(dataset, keyword)
    return int(found[0]) if found and found[0].is_integer() else None


def day(dataset: Dataset, keyword: str) -> date | None:
    """The first value as a date, None when absent or impossible."""
    match = _DATE.match(text(dataset, keyword))
    if match is None:
        return None
    try:
        return date(*(int(part) for part in match.groups()))
    except ValueError:
        return None


def items(dataset: Dataset, keyword: str) -> tuple[Dataset, ...]:
    """The items of a sequence."""
    return tuple(item for item in values(dataset, keyword) if isinstance(item, Dataset))


def person_name(dataset: Dataset, keyword: str) -> str:
    """ "Family Given Middle Suffix", the ideographic form behind it in parentheses.

    Source: DICOM PS3.5 6.2.1.2 (component groups and components).
    """
    found = next(iter(values(dataset, keyword)), "")
    groups = str(found).split("=")
    spoken = [_spoken(group) for group in groups[:2]]
    if len(spoken) == 2 and spoken[1]:
        return f"{spoken[0]} ({spoken[1]})" if spoken[0] else spoken[1]
    return spoken[0]


def _spoken(group: str) -> str:
    family, given, middle, _prefix, suffix = [*group.split("^"), "", "", "", "", ""][:5]
    return clean(" ".join((family, given, middle, suffix)))
