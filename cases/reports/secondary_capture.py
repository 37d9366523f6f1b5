"""Secondary Captures: the image with its findings drawn in, and the plain picture of a PNG or JPEG.

Source: DICOM PS3.3 A.8.1.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont
from pydicom import Dataset

from cases.reports.content import ReportContent, ReportImage
from cases.reports.dicom_header import file_bytes, long_string, set_identity
from cases.reports.errors import ReportImageInvalid
from cases.reports.fonts import FONT_FOLDER
from cases.reports.identifiers import (
    SECONDARY_CAPTURE,
    derived_uid,
    is_dicom,
    reference_of,
    require_structured,
    study_uid,
)
from cases.reports.pictures import picture_sha256

MARK, HALO = (255, 214, 10), (0, 0, 0)
SYNTHETIC = "SYNTHETIC - not a patient"


def annotated_capture(
    content: ReportContent, image: ReportImage, pixels: NDArray[np.uint8]
) -> bytes:
    """A DICOM file, RGB, with the boxes and labels of the confirmed findings burned in.

    ``pixels`` (H, W) uint8, those that were signed. Raises ReportImageInvalid, ReportNotStructured.
    """
    require_structured(content)
    _require_signed(image, pixels)
    dataset = _capture(content, image, burned_in="YES")
    drawn = _draw(content, image, pixels)
    dataset.ImageType = ["DERIVED", "SECONDARY"]
    dataset.SeriesInstanceUID = derived_uid("series", "annotated", content.content_sha256)
    dataset.SOPInstanceUID = derived_uid("annotated", content.content_sha256, image.image_id)
    dataset.SeriesNumber = 9001
    dataset.SeriesDescription = "Confirmed findings"
    dataset.DerivationDescription = (
        "Displayed grey levels, reduced to 8 bits, with the confirmed findings of report version "
        f"{content.version} drawn in. Not for diagnosis."
    )
    source = reference_of(content, image)
    item = Dataset()
    item.ReferencedSOPClassUID = source.sop_class_uid
    item.ReferencedSOPInstanceUID = source.sop_instance_uid
    dataset.SourceImageSequence = [item]
    _set_pixels(dataset, drawn)
    return file_bytes(dataset)


def source_capture(content: ReportContent, image: ReportImage, pixels: NDArray[np.uint8]) -> bytes:
    """The plain picture of a PNG or JPEG as a DICOM file: what the SR refers to.

    Raises ReportImageInvalid (also for a DICOM original), ReportNotStructured.
    """
    require_structured(content)
    _require_signed(image, pixels)
    if is_dicom(image):
        raise ReportImageInvalid(f"Image {image.image_id} is DICOM: refer to the original.")
    dataset = _capture(content, image, burned_in="")
    source = reference_of(content, image)
    dataset.ImageType = ["ORIGINAL", "SECONDARY"]
    dataset.SeriesInstanceUID = source.series_instance_uid
    dataset.SOPInstanceUID = source.sop_instance_uid
    dataset.SeriesNumber = 9000
    dataset.SeriesDescription = "Uploaded picture"
    _set_pixels(dataset, _full_size(image, pixels))
    return file_bytes(dataset)


def _require_signed(image: ReportImage, pixels: NDArray[np.uint8]) -> None:
    if picture_sha256(pixels) != image.picture_sha256:
        raise ReportImageInvalid(f"Image {image.image_id}: these are not the pixels signed.")


def _capture(content: ReportContent, image: ReportImage, *, burned_in: str) -> Dataset:
    dataset = Dataset()
    set_identity(dataset, content)
    dataset.SOPClassUID = SECONDARY_CAPTURE
    # A series of another study cannot hold it: the study is that of this image.
    dataset.StudyInstanceUID = image.study_instance_uid or study_uid(content)
    dataset.Modality = "OT"
    dataset.ConversionType = "WSD"
    dataset.Laterality = ""
    dataset.PatientOrientation = ""
    dataset.InstanceNumber = content.images.index(image) + 1
    dataset.ImageComments = long_string(SYNTHETIC if content.synthetic else image.caption)
    if burned_in:
        dataset.BurnedInAnnotation = burned_in
    return dataset


def _full_size(image: ReportImage, pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """(rows, columns) of the original, so that regions in its pixels fit."""
    if pixels.shape == (image.rows, image.columns):
        return pixels
    size = (image.columns, image.rows)
    return np.asarray(Image.fromarray(pixels).resize(size, Image.Resampling.BILINEAR))


def _draw(
    content: ReportContent, image: ReportImage, pixels: NDArray[np.uint8]
) -> NDArray[np.uint8]:
    """(rows, columns, 3) uint8."""
    picture = Image.fromarray(_full_size(image, pixels)).convert("RGB")
    draw = ImageDraw.Draw(picture)
    long_side = max(image.rows, image.columns)
    font = ImageFont.truetype(str(FONT_FOLDER / "DejaVuSans.ttf"), max(10, long_side // 55))
    line = max(1, long_side // 500)
    whole = [SYNTHETIC] if content.synthetic else []
    for finding in content.findings:
        if finding.image_id != image.image_id:
            continue
        said = f"{finding.number} {finding.label}"
        if finding.box is None:
            whole.append(f"{said} (whole image)")
            continue
        box = finding.box
        sides = (box.x_min, box.y_min, box.x_max, box.y_max)
        around = (box.x_min - line, box.y_min - line, box.x_max + line, box.y_max + line)
        draw.rectangle(around, outline=HALO, width=4 * line)
        draw.rectangle(sides, outline=MARK, width=2 * line)
        _write(draw, (box.x_min, box.y_min - font.size * 1.3), said, font)
    for row, said in enumerate(whole):
        _write(draw, (4 * line, 4 * line + row * font.size * 1.3), said, font)
    return np.asarray(picture)


def _write(
    draw: ImageDraw.ImageDraw, at: tuple[float, float], text: str, font: ImageFont.FreeTypeFont
) -> None:
    """Dark ground, bright letters, moved so that they stay inside the picture where they fit."""
    width, height = draw.im.size
    left = max(0.0, min(at[0], width - draw.textlength(text, font=font)))
    top = max(0.0, min(at[1], height - font.size * 1.3))
    draw.rectangle(draw.textbbox((left, top), text, font=font), fill=HALO)
    draw.text((left, top), text, fill=MARK, font=font)


def _set_pixels(dataset: Dataset, pixels: NDArray[np.uint8]) -> None:
    colour = pixels.ndim == 3
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel = 3 if colour else 1
    dataset.PhotometricInterpretation = "RGB" if colour else "MONOCHROME2"
    if colour:
        dataset.PlanarConfiguration = 0
    dataset.BitsAllocated = dataset.BitsStored = 8
    dataset.HighBit, dataset.PixelRepresentation = 7, 0
    raw = pixels.tobytes()
    dataset.add_new(0x7FE00010, "OB", raw + b"\0" * (len(raw) % 2))
