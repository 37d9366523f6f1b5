"""Form of a case."""

from __future__ import annotations

from django import forms

from cases.models import Case
from cxrportal.accounts.models import User


class CaseForm(forms.ModelForm):
    """What a clinician writes about a case; the state is moved by the workflow."""

    version = forms.IntegerField(widget=forms.HiddenInput, required=False)

    class Meta:
        model = Case
        fields = (
            "accession_number", "study_date", "study_description", "clinical_question",
            "priority", "assignee",
        )  # fmt: skip
        widgets = {
            "study_date": forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
            "clinical_question": forms.Textarea(attrs={"rows": 4}),
        }

    def __init__(self, *args, department, **kwargs):
        super().__init__(*args, **kwargs)
        readers = User.objects.filter(
            memberships__department=department, memberships__role="clinician", is_active=True
        )
        self.fields["assignee"].queryset = readers.distinct()
        self.fields["assignee"].empty_label = "Nobody"
        if not self.instance._state.adding:
            self.fields["version"].initial = self.instance.version

    def _post_clean(self):
        """The service writes the row; the form must not touch the instance."""

    def stated(self) -> dict[str, object]:
        """What the service is to write."""
        return {name: value for name, value in self.cleaned_data.items() if name != "version"}
