"""What an extraction of a release is asked to hold."""

from __future__ import annotations

from dataclasses import asdict, dataclass

from annotations.extracting.errors import ExtractionInvalid
from annotations.models import Extraction
from cases.dicom.extraction.fit import Fit
from cases.dicom.extraction.types import TextRule, Wanted

SIZES = (256, 512, 1024)
BITS = (8, 16)


@dataclass(frozen=True, slots=True)
class ExtractionOptions:
    """The outputs, and of the pixels: depth, side in pixels (None: as in the release), fit."""

    metadata: bool = False
    pixels: bool = False
    features: bool = False
    png: bool = False
    bits: int = 8
    size_px: int | None = None
    fit: str = Fit.LETTERBOX.value

    def checked(self) -> ExtractionOptions:
        """Raises ExtractionInvalid."""
        rules = (
            (
                self.metadata or self.pixels or self.features or self.png,
                "Choose at least one of metadata, pixels, features and png.",
            ),
            (self.bits in BITS, "Bits are 8 or 16."),
            (self.size_px is None or self.size_px in SIZES, "A size is 256, 512 or 1024 pixels."),
            (self.fit in set(Fit), "A fit is letterbox or stretch."),
        )
        for holds, message in rules:
            if not holds:
                raise ExtractionInvalid(message)
        return self

    def as_json(self) -> dict[str, object]:
        """What the row keeps."""
        return asdict(self)

    def wanted(self) -> Wanted:
        """As the extractor knows it. Text in pixels was looked at before the release was made."""
        return Wanted(
            metadata=self.metadata,
            pixels=self.pixels,
            features=self.features,
            png=self.png,
            bits=self.bits,
            size_px=self.size_px,
            fit=Fit(self.fit),
            text=TextRule.KEEP,
            sealed=True,
        )


def options_of(extraction: Extraction) -> ExtractionOptions:
    """As they were asked for."""
    return ExtractionOptions(**extraction.options)
