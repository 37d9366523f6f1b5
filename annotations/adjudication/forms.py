"""One difference settled, and how often and how a case is read."""

from __future__ import annotations

from django import forms

from cases.models import Case


class RulingForm(forms.Form):
    """``taken`` is empty where no reader's finding stands."""

    difference = forms.UUIDField()
    taken = forms.UUIDField(required=False)


class TakeForm(forms.Form):
    """A reader's measurement taken over, or, where ``take`` is empty, out again."""

    measurement = forms.UUIDField()
    take = forms.BooleanField(required=False)


class ReadSettingForm(forms.ModelForm):
    """How this one case is read, where it differs from its department."""

    read_blind = forms.TypedChoiceField(
        label="The model's findings",
        choices=(
            ("", "As the department"),
            ("yes", "Hidden until a reader commits (blind)"),
            ("no", "Shown from the start"),
        ),
        coerce=lambda value: value == "yes",
        empty_value=None,
        required=False,
    )
    reads_needed = forms.TypedChoiceField(
        label="Reads",
        choices=(("", "As the department"), ("1", "One"), ("2", "Two"), ("3", "Three")),
        coerce=int,
        empty_value=None,
        required=False,
    )

    class Meta:
        model = Case
        fields = ("reads_needed", "read_blind")

    def __init__(self, *args, **kwargs):
        super().__init__(*args, **kwargs)
        blind = self.instance.read_blind
        self.initial["read_blind"] = "" if blind is None else "yes" if blind else "no"
        self.initial["reads_needed"] = str(self.instance.reads_needed or "")
