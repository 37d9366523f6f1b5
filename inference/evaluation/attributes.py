"""Sex, age band and view of an image, as groups that numbers are given for."""

from __future__ import annotations

from dataclasses import dataclass

from inference.training.datasets import Record

UNKNOWN = "not known"
# Ages past this are slips of the pen; ChestX-ray14 holds some of several hundred years.
OLDEST_YEARS = 120.0
AGE_BANDS = ((18.0, "under 18"), (40.0, "18 to 39"), (60.0, "40 to 59"), (80.0, "60 to 79"))
OLDEST_BAND = "80 and over"
_SEXES = {"F": "female", "M": "male", "O": "other"}
_SEX, _AGE, _VIEW = "sex", "age", "view"
ATTRIBUTES = (_SEX, _AGE, _VIEW)


@dataclass(frozen=True, slots=True)
class Group:
    """``attribute`` is one of ``ATTRIBUTES``; ``name`` the group in it, ``UNKNOWN`` included."""

    attribute: str
    name: str


def age_band(years: float | None) -> str:
    """The band in years; ``UNKNOWN`` for a missing or impossible age."""
    if years is None or not 0.0 <= years <= OLDEST_YEARS:
        return UNKNOWN
    return next((name for limit, name in AGE_BANDS if years < limit), OLDEST_BAND)


def groups_of(record: Record) -> tuple[Group, ...]:
    """One group an attribute, in the order of ``ATTRIBUTES``."""
    sex = _SEXES.get(record.sex.strip().upper()[:1], UNKNOWN)
    view = record.view.strip().upper() or UNKNOWN
    return Group(_SEX, sex), Group(_AGE, age_band(record.age_years)), Group(_VIEW, view)


def all_groups(records: tuple[Record, ...]) -> tuple[Group, ...]:
    """Every group that occurs: attribute by attribute, ages rising, what is not known last."""
    bands = [name for _, name in AGE_BANDS] + [OLDEST_BAND]

    def place(group: Group) -> tuple[int, bool, int, str]:
        rising = bands.index(group.name) if group.name in bands else len(bands)
        attribute = ATTRIBUTES.index(group.attribute)
        return attribute, group.name == UNKNOWN, rising, group.name

    return tuple(sorted({group for record in records for group in groups_of(record)}, key=place))
