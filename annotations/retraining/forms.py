"""The forms that ask for a training and for a comparison."""

from __future__ import annotations

from django import forms

from annotations.models import Release
from annotations.retraining.selectors import releases_to_compare_on
from inference.models import ModelVersion
from inference.selectors import active_model

MARGIN, MARGIN_LEAST, MARGIN_MOST = 0.05, 0.005, 0.2


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
        min_value=MARGIN_LEAST,
        max_value=MARGIN_MOST,
        initial=MARGIN,
        label="Non-inferiority margin",
        help_text="Of AUROC and AP40.",
    )

    def __init__(self, *args, user, **kwargs):
        super().__init__(*args, **kwargs)
        sealed = releases_to_compare_on(user).filter(state=Release.State.DONE)
        self.fields["release"].choices = [(str(release), str(release)) for release in sealed]
