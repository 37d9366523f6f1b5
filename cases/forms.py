"""Form of a case."""

from __future__ import annotations

from django import forms
from django.utils import timezone

from cases.models import Case
from cases.services.cases import study_date_is_possible
from cxrportal.accounts.models import User


class CaseForm(forms.ModelForm):
    """What a clinician writes about a case; the state is moved by the workflow."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)
    study_date = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        help_text="Year first, as in 2026-03-01.",
        widget=forms.DateInput(
            attrs={"placeholder": "YYYY-MM-DD", "inputmode": "numeric", "autocomplete": "off"},
            format="%Y-%m-%d",
        ),
    )

    class Meta:
        model = Case
        fields = (
            "accession_number", "study_date", "study_description", "clinical_question",
            "priority", "assignee",
        )  # fmt: skip
        widgets = {
            "clinical_question": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, department, **kwargs):
        super().__init__(*args, **kwargs)
        readers = User.objects.filter(
            memberships__department=department, memberships__role="clinician", is_active=True
        )
        self.fields["assignee"].queryset = readers.distinct()
        self.fields["assignee"].empty_label = "Nobody"
        if self.instance._state.adding:
            self.fields["study_date"].initial = timezone.localdate()
        else:
            self.fields["version"].initial = self.instance.version

    def clean_study_date(self):
        day = self.cleaned_data["study_date"]
        if day and not study_date_is_possible(day, timezone.localdate()):
            raise forms.ValidationError("A study date lies between 1900 and tomorrow.")
        return day

    def _post_clean(self):
        """The service writes the row; the form must not touch the instance."""

    def stated(self) -> dict[str, object]:
        """What the service is to write."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
