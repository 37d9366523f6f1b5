"""The form that asks for a release."""

from __future__ import annotations

from dataclasses import fields as dataclass_fields

from django import forms

from annotations.exports.splits import DEFAULT_RULE
from annotations.exports.types import Sex, View
from annotations.releases.filters import Images, Reads, ReleaseFilters
from annotations.releases.formats import LABEL_SET_CHOICES, UNION
from annotations.releases.selectors import reader_choices
from cxrportal.accounts.models import Department
from cxrportal.accounts.permissions import RESEARCHER, department_ids
from inference.models import ModelVersion
from inference.predict.labels import VOCABULARY

SEXES = ((Sex.FEMALE, "Female"), (Sex.MALE, "Male"), (Sex.OTHER, "Other"))
VIEWS = tuple((view, str(view)) for view in View if view)
SETS = tuple((name, "all findings" if name == UNION else name) for name in LABEL_SET_CHOICES)
READS = (
    (Reads.SIGNED, "The signed report of a case"),
    (Reads.CONSENSUS, "The consensus of several reads"),
    (Reads.ANY, "Every completed read, imported ones too"),
    (Reads.IMPORTED, "Imported reads"),
)
IMAGES = (
    (Images.PNG8, "PNG, 8 bits, as displayed"),
    (Images.PNG16, "PNG, 16 bits, as displayed"),
    (Images.DICOM, "DICOM, de-identified, values as stored"),
)
DATE = forms.DateInput(attrs={"type": "date"})


def _chosen(choices, help_text: str = "") -> forms.MultipleChoiceField:
    return forms.MultipleChoiceField(
        choices=choices,
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=help_text,
    )


class ReleaseForm(forms.Form):
    """What a release is made of."""

    name = forms.CharField(max_length=80, help_text="Small letters, digits, hyphens.")
    departments = forms.ModelMultipleChoiceField(
        queryset=Department.objects.none(), widget=forms.CheckboxSelectMultiple
    )
    study_date_from = forms.DateField(required=False, widget=DATE)
    study_date_to = forms.DateField(required=False, widget=DATE)
    age_from = forms.IntegerField(required=False, min_value=0, max_value=130)
    age_to = forms.IntegerField(required=False, min_value=0, max_value=130)
    sexes = _chosen(SEXES, "None chosen: all, the unknown too.")
    views = _chosen(VIEWS, "None chosen: all, the unknown too.")
    findings = _chosen(
        tuple((term.code, term.name) for term in VOCABULARY),
        "None chosen: every signed case, the normal ones too.",
    )
    reads = forms.ChoiceField(
        choices=READS, initial=Reads.SIGNED, required=False, label="Whose statements"
    )
    readers = _chosen((), "None chosen: all. Who is behind a code is not shown.")
    models = _chosen((), "Cases that one of them analysed, and its predictions. None chosen: all.")
    images = forms.ChoiceField(choices=IMAGES, initial=Images.PNG8, required=False)
    label_set = forms.ChoiceField(
        choices=SETS, initial=UNION, help_text="Classes of the YOLO files."
    )
    validation_share = forms.FloatField(initial=DEFAULT_RULE.validation, min_value=0, max_value=0.9)
    test_share = forms.FloatField(initial=DEFAULT_RULE.test, min_value=0, max_value=0.9)
    split_seed = forms.IntegerField(
        initial=DEFAULT_RULE.seed, help_text="The same number divides the same patients alike."
    )
    include_synthetic = forms.BooleanField(
        required=False, help_text="Demo cases and phantoms; marked as such in the release."
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        mine = Department.objects.filter(pk__in=department_ids(user, RESEARCHER))
        self.fields["departments"].queryset = mine
        self.fields["departments"].initial = [department.pk for department in mine]
        self.fields["readers"].choices = reader_choices(department_ids(user, RESEARCHER))
        self.fields["models"].choices = [
            (model.sha256, str(model)) for model in ModelVersion.objects.order_by("-created_at")
        ]

    def clean(self):
        values = super().clean() or {}
        for first, last, what in (
            ("study_date_from", "study_date_to", "date"),
            ("age_from", "age_to", "age"),
        ):
            low, high = values.get(first), values.get(last)
            if low is not None and high is not None and high < low:
                self.add_error(last, f"The last {what} is before the first.")
        return values

    def filters(self) -> ReleaseFilters:
        """Of a valid form; fields that were not sent, or are not on it, keep their defaults."""
        known = {field.name for field in dataclass_fields(ReleaseFilters)}
        said = {
            name: tuple(value) if isinstance(value, list) else value
            for name, value in self.cleaned_data.items()
            if name in known and value not in ("", None)
        }
        return ReleaseFilters(**said)
