"""A PNG or JPEG to its pixels and facts: no header, so no identity, spacing or view."""

from __future__ import annotations

from cases.dicom.assemble import assemble
from cases.dicom.pictures import read_picture
from cases.dicom.types import (
    DecodedImage,
    FileKind,
    Identity,
    ImageFacts,
    PixelGrid,
    SpacingKind,
    StudyFacts,
    VoiFunction,
    Window,
)

# LINEAR from 0 to 255: 8-bit pictures are shown as they are.
AS_IT_IS = Window(128.0, 256.0, "as it is")


def read_plain(data: bytes, kind: FileKind, max_pixels: int) -> DecodedImage:
    """Raises FileRefused."""
    picture = read_picture(data, kind, max_pixels)
    rows, columns = picture.stored.shape
    grid = PixelGrid(
        rows=rows,
        columns=columns,
        bits_stored=picture.bits,
        photometric="MONOCHROME2",
        rescale_slope=1.0,
        rescale_intercept=0.0,
        modality_lut=None,
        windows=(AS_IT_IS,) if picture.bits == 8 else (),
        voi_function=VoiFunction.LINEAR,
        voi_lut=None,
        padding_value=None,
        padding_limit=None,
        invert=False,
        pixel_offset=0,
        spacing_mm=None,
        spacing_kind=SpacingKind.NONE,
        auto_window=AS_IT_IS,
    )
    facts = ImageFacts(kind, "", "", 0, grid, Identity(), StudyFacts(), ())
    return assemble(data, picture.stored, facts, ("no_identity", *picture.cautions))
