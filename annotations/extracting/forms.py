"""The form that asks for an extraction."""

from __future__ import annotations

from django import forms

from annotations.extracting.options import BITS, SIZES, ExtractionOptions
from cases.dicom.extraction.fit import Fit

FITS = (
    (Fit.LETTERBOX.value, "keep the aspect, black around"),
    (Fit.STRETCH.value, "stretch to the square"),
)


class ExtractionForm(forms.Form):
    """Outputs and their options."""

    metadata = forms.BooleanField(
        required=False, initial=True, label="metadata.csv", help_text="One row an image."
    )
    pixels = forms.BooleanField(
        required=False, initial=True, label="pixels.h5", help_text="One dataset an image, HDF5."
    )
    png = forms.BooleanField(required=False, label="PNG", help_text="The same pixels as pictures.")
    features = forms.BooleanField(
        required=False,
        label="features.csv",
        help_text="184 image features; about a second an image.",
    )
    bits = forms.TypedChoiceField(
        choices=[(bits, f"{bits} bits") for bits in BITS], coerce=int, label="Depth of the pixels"
    )
    size_px = forms.TypedChoiceField(
        choices=[("", "as in the release"), *((size, f"{size} x {size} px") for size in SIZES)],
        coerce=int,
        empty_value=None,
        required=False,
        label="Size",
    )
    fit = forms.ChoiceField(choices=FITS, label="Fit", help_text="Where a size is chosen.")

    def options(self) -> ExtractionOptions:
        """Of a valid form."""
        return ExtractionOptions(**self.cleaned_data)
