"""The form that asks for an import."""

from __future__ import annotations

from django import forms

from annotations.importing.options import ImportOptions, label_map_of
from annotations.imports.types import Format
from annotations.models.dataset_import import FORMATS
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import CLINICIAN, department_ids
from cxrportal.common.errors import PortalError

AUTO = ("", "recognise it")


class ImportForm(forms.Form):
    """A data set as a ZIP archive, and how to read it."""

    archive = forms.FileField(label="ZIP archive", help_text="Tables and images together.")
    source = forms.SlugField(
        max_length=40,
        label="Name of the data set",
        help_text="Small letters, digits, hyphens. The same name again adds only what is new.",
    )
    department = forms.ModelChoiceField(queryset=Department.objects.none(), empty_label=None)
    format = forms.ChoiceField(choices=(AUTO, *FORMATS), required=False)
    reader = forms.CharField(
        max_length=80,
        initial="annotator",
        help_text="Stands behind annotations that name no reader. A name, never a login.",
    )
    label_map = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Where the names alone do not tell, a line each: their label = our finding.",
    )
    empty_is_normal = forms.BooleanField(
        required=False,
        label="An image without annotations has no finding",
        help_text="Otherwise nothing is stated of it.",
    )
    research_consent = forms.BooleanField(
        required=False,
        label="Its licence permits research use",
        help_text="Otherwise its images stay out of releases.",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        mine = Department.objects.filter(pk__in=department_ids(user, CLINICIAN))
        self.fields["department"].queryset = mine

    def clean_label_map(self):
        try:
            return label_map_of(self.cleaned_data["label_map"])
        except PortalError as error:
            raise forms.ValidationError(error.message, code=error.code) from error

    def wanted(self) -> Format | None:
        chosen = self.cleaned_data["format"]
        return Format(chosen) if chosen else None

    def options(self) -> ImportOptions:
        values = self.cleaned_data
        return ImportOptions(
            reader=values["reader"],
            empty_is_normal=values["empty_is_normal"],
            research_consent=values["research_consent"],
            label_map=values["label_map"],
        )
