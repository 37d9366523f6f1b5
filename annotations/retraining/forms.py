"""The forms that ask for a training and for a comparison."""

from __future__ import annotations

from django import forms

from annotations.models import Release
from cxrportal.accounts.permissions import is_administrator
from inference.models import ModelVersion
from inference.selectors import active_model


class TrainingForm(forms.Form):
    """What is trained on, from where, how long."""

    release = forms.ModelChoiceField(queryset=Release.objects.none(), empty_label="Choose one")
    base = forms.ModelChoiceField(
        queryset=ModelVersion.objects.all(),
        required=False,
        empty_label="None: random weights",
        help_text="Its weights are the start; with the same labels all of them, else its backbone.",
    )
    epochs = forms.IntegerField(
        min_value=0, max_value=500, initial=0, required=False, help_text="0: as configured."
    )
    seed = forms.IntegerField(
        min_value=0, max_value=2_000_000, initial=7, help_text="The same number trains alike."
    )
    config = forms.CharField(
        required=False,
        label="Configuration (TOML)",
        widget=forms.Textarea(attrs={"rows": 6, "spellcheck": "false"}),
        help_text="Empty: the standard one. A base's architecture and input size replace its own.",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        sealed = Release.objects.visible_to(user).filter(state=Release.State.DONE)
        self.fields["release"].queryset = sealed
        self.fields["base"].initial = active_model()


class CheckForm(forms.Form):
    """On what the candidate is compared, and how much worse still counts as good."""

    release = forms.ChoiceField(label="Test release")
    margin = forms.FloatField(
        min_value=0.005,
        max_value=0.2,
        initial=0.05,
        label="Non-inferiority margin",
        help_text="Of AUROC and AP40.",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        releases = Release.objects if is_administrator(user) else Release.objects.visible_to(user)
        sealed = releases.filter(state=Release.State.DONE)
        self.fields["release"].choices = [(str(release), str(release)) for release in sealed]
