"""Forms of a patient."""

from __future__ import annotations

from datetime import date

from django import forms
from django.utils import timezone

from cxrportal.accounts.models import Department
from patients.age import can_be_born
from patients.matching import holder_of_mrn
from patients.models import Patient


class BirthDateField(forms.DateField):
    """Typed year first: a picker would show it in the order of the browser, 04/09 or 09/04."""

    widget = forms.DateInput(
        attrs={"placeholder": "YYYY-MM-DD", "inputmode": "numeric", "autocomplete": "off"},
        format="%Y-%m-%d",
    )

    def __init__(self, **kwargs):
        help_text = "Year first, as in 1951-04-09."
        super().__init__(input_formats=["%Y-%m-%d"], required=False, help_text=help_text, **kwargs)

    def clean(self, value) -> date | None:
        born = super().clean(value)
        if born and not can_be_born(born, timezone.localdate()):
            raise forms.ValidationError("A birth date lies between 1900 and today.")
        return born


class PatientForm(forms.ModelForm):
    """Create or edit. The version that was shown comes back with an edit."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    birth_date = BirthDateField()

    class Meta:
        model = Patient
        fields = (
            "department", "mrn", "name", "birth_date", "sex", "phone", "email",
            "medical_history", "allergies", "notes", "research_consent",
        )  # fmt: skip
        widgets = {
            "medical_history": forms.Textarea(attrs={"rows": 4}),
            "allergies": forms.Textarea(attrs={"rows": 2}),
            "notes": forms.Textarea(attrs={"rows": 3}),
        }

    def __init__(self, *args, departments, **kwargs):
        super().__init__(*args, **kwargs)
        self.fields["mrn"].required = self.instance.confirmed
        self.fields["name"].required = True
        if self.instance._state.adding:
            self.fields["department"].queryset = departments
            self.fields["department"].initial = departments.first()
        else:
            del self.fields["department"]
            self.fields["version"].initial = self.instance.version

    def clean(self):
        values = super().clean() or {}
        department: Department | None = values.get("department") or (
            None if self.instance._state.adding else self.instance.department
        )
        holder = holder_of_mrn(department, values.get("mrn", "")) if department else None
        if holder is not None and holder.pk != self.instance.pk:
            self.add_error("mrn", f"{holder} of this department has this MRN already.")
        return values

    def _post_clean(self):
        """The service writes the row; the form must not touch the instance."""

    def stated(self) -> dict[str, object]:
        """What the service is to write."""
        return {
            name: value
            for name, value in self.cleaned_data.items()
            if name not in ("department", "version")
        }
