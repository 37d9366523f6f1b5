"""Forms of confirming who somebody is and of merging duplicates."""

from __future__ import annotations

from django import forms

from patients.forms import BirthDateField
from patients.models import Patient

SAME_PERSON = "The records differ; I know that they are the same person"


class ConfirmForm(forms.Form):
    """A new patient: what the file said, put right where it was wrong."""

    mrn = forms.CharField(max_length=64, label="MRN")
    name = forms.CharField(max_length=200)
    birth_date = BirthDateField()
    sex = forms.ChoiceField(choices=Patient.Sex.choices, required=False)


class LinkForm(forms.Form):
    """It is somebody who is known already."""

    candidate = forms.UUIDField(widget=forms.HiddenInput)
    despite_conflict = forms.BooleanField(required=False, label=SAME_PERSON)


class MergeForm(forms.Form):
    """Which patient is kept, found by MRN; then the word that it is the same person."""

    kept_mrn = forms.CharField(max_length=64, label="MRN of the patient to keep")
    despite_conflict = forms.BooleanField(required=False, label=SAME_PERSON)
