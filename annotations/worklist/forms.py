"""The filters of the worklist as a form: what does not parse filters nothing and is named."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms

from annotations.worklist.orders import order_of, orders_for
from annotations.worklist.query import ORDER_NAMES, Tab, WorklistQuery
from cases.models import Case
from cxrportal.accounts.models import Department, Membership, User
from cxrportal.accounts.permissions import CLINICIAN, departments_of
from inference.predict.labels import VOCABULARY
from patients.models import Patient

DAY = forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
VIEWS = (("", "Any"), ("PA", "PA"), ("AP", "AP"), ("LL", "Lateral"))
AGE = {"min_value": 0, "max_value": 130, "required": False}


class WorklistForm(forms.Form):
    """Read from the address; every field may be absent."""

    tab = forms.ChoiceField(choices=[(tab.value, tab.value) for tab in Tab], required=False)
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Patient, MRN or accession number",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    order = forms.ChoiceField(required=False, label="Order")
    assignee = forms.ChoiceField(required=False, label="Assigned to")
    priority = forms.ChoiceField(
        choices=[("", "Any"), *((str(p.value), p.label) for p in Case.Priority)], required=False
    )
    department = forms.ChoiceField(required=False)
    finding = forms.ChoiceField(
        choices=[("", "Any"), *((term.code, term.name) for term in VOCABULARY)], required=False
    )
    view = forms.ChoiceField(choices=VIEWS, required=False)
    sex = forms.ChoiceField(
        choices=[("", "Any"), *((v or "unknown", n) for v, n in Patient.Sex.choices)],
        required=False,
    )
    age_from = forms.IntegerField(label="Age from", **AGE)
    age_to = forms.IntegerField(label="Age to", **AGE)
    study_from = forms.DateField(required=False, label="Study from", widget=DAY)
    study_to = forms.DateField(required=False, label="Study to", widget=DAY)
    received_from = forms.DateField(required=False, label="Received from", widget=DAY)
    received_to = forms.DateField(required=False, label="Received to", widget=DAY)
    unread = forms.BooleanField(required=False, label="Waits for my read")
    flagged = forms.BooleanField(required=False, label="Flagged by me")
    failed = forms.BooleanField(required=False, label="Analysis failed")
    archived = forms.BooleanField(required=False, label="Archived")

    def __init__(self, data: Any, *, user: User) -> None:
        super().__init__(data)
        self.user = user
        places = departments_of(user, CLINICIAN)
        self.fields["department"].choices = [("", "All"), *((str(d.pk), d.name) for d in places)]
        self.colleagues = colleagues_of(places)
        self.fields["assignee"].choices = [
            *(("", "Anybody"), ("me", "Me"), ("none", "Nobody")),
            *((str(who.pk), str(who)) for who in self.colleagues if who.pk != user.pk),
        ]
        asked = self.data.get("department", "")
        chosen = next((place.pk for place in places if str(place.pk) == asked), None)
        self.orders = orders_for(user, chosen)
        self.fields["order"].choices = [(o.value, ORDER_NAMES[o]) for o in self.orders]

    def clean(self):
        values = super().clean() or {}
        for what in ("study", "received", "age"):
            first, last = values.get(f"{what}_from"), values.get(f"{what}_to")
            if first is not None and last is not None and last < first:
                self.add_error(f"{what}_to", "The end is before the start.")
        return values

    def query(self) -> WorklistQuery:
        """The question these fields ask; a field with an error asks nothing."""
        self.full_clean()
        values = self.cleaned_data
        named = ("study_from", "study_to", "received_from", "received_to", "age_from", "age_to")
        said = ("assignee", "finding", "view", "sex")
        ticked = ("unread", "flagged", "failed", "archived")
        priority, department = values.get("priority"), values.get("department")
        return WorklistQuery(
            tab=Tab(values.get("tab") or Tab.OPEN),
            text=values.get("q", ""),
            priority=int(priority) if priority else None,
            department=UUID(department) if department else None,
            order=order_of(self.user, values.get("order", ""), self.orders),
            **{name: values.get(name) for name in named},
            **{name: values.get(name, "") for name in said},
            **{name: values.get(name, False) for name in ticked},
        )


FILTERS = tuple(name for name in WorklistForm.base_fields if name not in ("tab", "order"))
FOLDED = tuple(name for name in FILTERS if name not in ("q", "assignee", "unread", "flagged"))


def colleagues_of(departments: list[Department]) -> list[User]:
    """Clinicians of these departments who may be given a case, by name."""
    members = Membership.objects.filter(department__in=departments, role=CLINICIAN)
    known = User.objects.filter(pk__in=members.values("user"), is_active=True, is_approved=True)
    return list(known.order_by("full_name", "email"))


class BulkForm(forms.Form):
    """What to do with the chosen cases."""

    ASSIGN, PRIORITY = "assign", "priority"
    act = forms.ChoiceField(choices=[(ASSIGN, "Assign"), (PRIORITY, "Priority")])
    assignee = forms.ChoiceField(required=False)
    priority = forms.TypedChoiceField(
        choices=Case.Priority.choices, coerce=int, required=False, empty_value=None
    )

    def __init__(self, data: Any, *, colleagues: list[User]) -> None:
        super().__init__(data)
        self.people = {str(who.pk): who for who in colleagues}
        names = [(key, str(who)) for key, who in self.people.items()]
        self.fields["assignee"].choices = [("", "Nobody"), *names]

    def clean(self):
        values = super().clean() or {}
        if values.get("act") == self.PRIORITY and not values.get("priority"):
            self.add_error("priority", "Choose a priority.")
        return values

    def values(self) -> dict[str, object]:
        """For ``case_update``; only of a valid form."""
        if self.cleaned_data["act"] == self.PRIORITY:
            return {"priority": self.cleaned_data["priority"]}
        return {"assignee": self.people.get(self.cleaned_data["assignee"])}


class FilterForm(forms.Form):
    """The name of a filter, what it asks, and whether the list opens with it."""

    name = forms.CharField(max_length=60)
    query = forms.CharField(max_length=1_000, required=False)
    is_default = forms.BooleanField(required=False)
