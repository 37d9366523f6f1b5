"""The span of days that an administrator asks about."""

from __future__ import annotations

from datetime import timedelta

from django import forms
from django.utils import timezone

from cxrportal.dashboard.analytics import Span

DAYS = 30
LONGEST_DAYS = 3 * 366
DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")


class SpanForm(forms.Form):
    """Read from the address; empty is the last thirty days."""

    first = forms.DateField(required=False, label="From", widget=DAY)
    last = forms.DateField(required=False, label="To", widget=DAY)

    def clean(self):
        values = super().clean() or {}
        first, last = values.get("first"), values.get("last")
        if first and last and first > last:
            self.add_error("last", "The last day is before the first.")
        elif first and last and (last - first).days > LONGEST_DAYS:
            self.add_error("first", "At most three years at once.")
        return values

    def span(self) -> Span:
        """What was asked for, as far as it makes sense."""
        given = self.cleaned_data if self.is_valid() else {}
        last = given.get("last") or timezone.localdate()
        first = given.get("first") or last - timedelta(days=DAYS - 1)
        first = min(first, last)
        return Span(max(first, last - timedelta(days=LONGEST_DAYS)), last)
