"""The filters of the worklist as a form: what does not parse filters nothing and is named."""

from __future__ import annotations

from django import forms

from annotations.worklist.query import Order, Tab, WorklistQuery
from cases.models import Case


class WorklistForm(forms.Form):
    """Read from the address; every field may be absent."""

    tab = forms.ChoiceField(choices=[(tab.value, tab.value) for tab in Tab], required=False)
    q = forms.CharField(
        max_length=200,
        required=False,
        label="Patient, MRN or accession number",
        widget=forms.TextInput(attrs={"type": "search", "autocomplete": "off"}),
    )
    assignee = forms.ChoiceField(
        choices=[("", "Anybody"), ("me", "Me"), ("none", "Nobody")],
        required=False,
        label="Assigned to",
    )
    priority = forms.ChoiceField(
        choices=[("", "Any"), *((str(p.value), p.label) for p in Case.Priority)], required=False
    )
    study_from = forms.DateField(
        required=False, label="Studies from", widget=forms.DateInput(attrs={"type": "date"})
    )
    study_to = forms.DateField(
        required=False, label="Studies to", widget=forms.DateInput(attrs={"type": "date"})
    )
    order = forms.ChoiceField(
        choices=[
            (Order.URGENT.value, "Most urgent first"),
            (Order.OLDEST.value, "Oldest first"),
            (Order.NEWEST.value, "Newest first"),
        ],
        required=False,
        label="Order",
    )
    failed = forms.BooleanField(required=False, label="Analysis failed")
    archived = forms.BooleanField(required=False, label="Archived")

    def clean(self):
        values = super().clean() or {}
        first, last = values.get("study_from"), values.get("study_to")
        if first and last and last < first:
            self.add_error("study_to", "The last date is before the first.")
        return values

    def query(self) -> WorklistQuery:
        """The question these fields ask; a field with an error asks nothing."""
        self.full_clean()
        values = self.cleaned_data
        priority = values.get("priority")
        return WorklistQuery(
            tab=Tab(values.get("tab") or Tab.OPEN),
            text=values.get("q", ""),
            assignee=values.get("assignee", ""),
            priority=int(priority) if priority else None,
            study_from=values.get("study_from"),
            study_to=values.get("study_to"),
            failed=values.get("failed", False),
            archived=values.get("archived", False),
            order=Order(values.get("order") or Order.URGENT),
        )
