"""A DICOM file to its pixels and facts."""

from __future__ import annotations

from dataclasses import replace

from cases.dicom.assemble import assemble
from cases.dicom.codecs import decode
from cases.dicom.dicom_cautions import dicom_warnings
from cases.dicom.dicom_file import parse, read_layout
from cases.dicom.grid import read_grid
from cases.dicom.header import read_identity, read_study
from cases.dicom.types import DecodedImage, FileKind, ImageFacts


def read_dicom(data: bytes, max_pixels: int) -> DecodedImage:
    """Raises FileRefused, and what pydicom and the codecs raise on what nobody foresaw."""
    source = parse(data, max_pixels)
    layout = read_layout(source.dataset)
    grid, ignored = read_grid(source.dataset, layout.stored)
    study = read_study(source.dataset, source.transfer_syntax)
    identity = read_identity(source.dataset)
    stored, bits_stored = decode(source, layout)
    facts = ImageFacts(
        kind=FileKind.DICOM,
        sha256="",
        pixel_sha256="",
        size_bytes=0,
        grid=replace(grid, bits_stored=bits_stored),
        identity=identity,
        study=study,
        warnings=dicom_warnings(source.dataset, study, identity),
    )
    return assemble(data, stored, facts, tuple(f"{what}_ignored" for what in ignored))
