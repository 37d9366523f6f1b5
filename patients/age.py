"""How old somebody was on a day. Pure."""

from __future__ import annotations

from datetime import date


def age_on(born: date | None, day: date | None) -> int | None:
    """Whole years, or none when either date is unknown or the day lies before the birth."""
    if born is None or day is None or day < born:
        return None
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
