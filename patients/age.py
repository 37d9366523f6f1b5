"""Birth dates: which are possible, and how old somebody was on a day. Pure."""

from __future__ import annotations

from datetime import date

FIRST_BIRTH_DATE = date(1900, 1, 1)


def age_on(born: date | None, day: date | None) -> int | None:
    """Whole years, or none when either date is unknown or the day lies before the birth."""
    if born is None or day is None or day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def can_be_born(born: date, today: date) -> bool:
    """Whether a patient of ours can have this birth date: neither before 1900 nor to come."""
    return FIRST_BIRTH_DATE <= born <= today
