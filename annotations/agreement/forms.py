"""What the agreement page is asked for; what does not parse asks nothing."""

from __future__ import annotations

from uuid import UUID

from django import forms

from annotations.agreement.selectors import AgreementQuery, Scope

PERIODS = (("", "Last year"), ("30", "Last 30 days"), ("90", "Last 90 days"), ("all", "All time"))
DAYS = {"": 365, "30": 30, "90": 90, "all": None}


class AgreementForm(forms.Form):
    """Read from the address; every field may be absent."""

    department = forms.ChoiceField(required=False)
    period = forms.ChoiceField(choices=PERIODS, required=False)

    def __init__(self, *args, scope: Scope, **kwargs):
        super().__init__(*args, **kwargs)
        each = [(str(department.pk), department.name) for department in scope.departments]
        self.fields["department"].choices = [("", "All of them"), *each]

    def query(self) -> AgreementQuery:
        self.full_clean()
        values = self.cleaned_data
        department = values.get("department")
        return AgreementQuery(
            department=UUID(department) if department else None,
            days=DAYS[values.get("period", "")],
        )


class PairForm(forms.Form):
    """Two readers, by their number in the list: a number says nothing about who it is."""

    first = forms.ChoiceField(required=False, label="Reader")
    second = forms.ChoiceField(required=False, label="and reader")

    def __init__(self, *args, names: dict[str, str], **kwargs):
        super().__init__(*args, **kwargs)
        self.keys = sorted(names)
        choices = [(str(n), names[key]) for n, key in enumerate(self.keys)]
        for field in self.fields.values():
            field.choices = [("", "All"), *sorted(choices, key=lambda choice: choice[1])]

    def pair(self) -> tuple[str, str] | None:
        """Two different readers, or nothing."""
        self.full_clean()
        first, second = (self.cleaned_data.get(name) or "" for name in ("first", "second"))
        if not first or not second or first == second:
            return None
        return self.keys[int(first)], self.keys[int(second)]
