"""A DICOM file of 3000 x 2500 px to what the network sees, by transfer syntax."""

from __future__ import annotations

import torch

from cases.dicom.pixels import to_display
from cases.dicom.reader import decode
from cases.dicom.types import Limits
from inference.networks.description import Preprocessing
from inference.phantoms.generator import make_phantom
from inference.predict.preprocess import letterboxed, normalised
from tests.benchmarks.measure import median_ms, print_table
from tests.cases.dicom import factories

REPEATS = 3
SIZE_PX = (3000, 2500)
SYNTAXES = {
    "uncompressed": factories.EXPLICIT_LE,
    "deflated": factories.DEFLATED,
    "RLE": factories.RLE,
    "JPEG-LS": factories.JPEG_LS,
    "JPEG 2000, lossless": factories.JPEG_2000_LOSSLESS,
    "JPEG lossless": factories.JPEG_LOSSLESS_SV1,
}


def test_dicom_to_model_input_by_transfer_syntax() -> None:
    torch.set_num_threads(1)
    stored = make_phantom(1, size_px=SIZE_PX).image
    limits, about = Limits(), Preprocessing(384)
    rows, plain = [], 0.0
    for name, syntax in SYNTAXES.items():
        data = factories.dicom_bytes(stored, bits=12, syntax=syntax)
        image = decode(data, limits)
        grey = to_display(image.stored, image.facts.grid)
        decoding = median_ms(lambda data=data: decode(data, limits), REPEATS)
        display = median_ms(lambda i=image: to_display(i.stored, i.facts.grid), REPEATS)
        fitting = median_ms(
            lambda g=grey: normalised(letterboxed(g, about.size_px)[0][None, None], about), REPEATS
        )
        total = decoding + display + fitting
        plain = plain or total
        rows.append(
            [
                name,
                f"{len(data) / 1e6:.1f}",
                *(f"{ms:.0f}" for ms in (decoding, display, fitting, total)),
                f"{total / plain:.1f}",
            ]
        )
    head = ("syntax", "MB", "decode ms", "grey ms", "fit ms", "total ms", "x uncompressed")
    print_table(f"DICOM to model input, {SIZE_PX[0]} x {SIZE_PX[1]} px, one thread", head, rows)
