"""Radiograph files made in memory, for everyone's tests.

``dicom_bytes()``, ``png_bytes()`` and ``jpeg_bytes()`` give a small valid file; each keyword
changes one thing. ``zip_bytes({"name": content})`` packs them.
"""

from __future__ import annotations

import io
import struct
import zipfile
import zlib
from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from pydicom.dataset import Dataset, FileMetaDataset
from pydicom.encaps import encapsulate
from pydicom.uid import UID

IMPLICIT_LE = "1.2.840.10008.1.2"
EXPLICIT_LE = "1.2.840.10008.1.2.1"
DEFLATED = "1.2.840.10008.1.2.1.99"
EXPLICIT_BE = "1.2.840.10008.1.2.2"
JPEG_BASELINE = "1.2.840.10008.1.2.4.50"
JPEG_EXTENDED = "1.2.840.10008.1.2.4.51"
JPEG_LOSSLESS = "1.2.840.10008.1.2.4.57"
JPEG_LOSSLESS_SV1 = "1.2.840.10008.1.2.4.70"
JPEG_LS = "1.2.840.10008.1.2.4.80"
JPEG_LS_NEAR = "1.2.840.10008.1.2.4.81"
JPEG_2000_LOSSLESS = "1.2.840.10008.1.2.4.90"
JPEG_2000 = "1.2.840.10008.1.2.4.91"
RLE = "1.2.840.10008.1.2.5"

LOSSLESS = (
    IMPLICIT_LE,
    EXPLICIT_LE,
    EXPLICIT_BE,
    DEFLATED,
    JPEG_LOSSLESS,
    JPEG_LOSSLESS_SV1,
    JPEG_LS,
    JPEG_2000_LOSSLESS,
    RLE,
)

CR_CLASS = "1.2.840.10008.5.1.4.1.1.1"
DX_CLASS = "1.2.840.10008.5.1.4.1.1.1.1"
SECONDARY_CAPTURE = "1.2.840.10008.5.1.4.1.1.7"
SOP_INSTANCE_UID = "1.2.826.0.1.3680043.10.1.1"

_BY_PYDICOM = {
    JPEG_LS: "pyjpegls",
    JPEG_LS_NEAR: "pyjpegls",
    JPEG_2000_LOSSLESS: "pylibjpeg",
    JPEG_2000: "pylibjpeg",
    RLE: "pylibjpeg",
}
_PREDICTORS = {JPEG_LOSSLESS: 2, JPEG_LOSSLESS_SV1: 1}

Samples = NDArray[Any]


def chest_pixels(rows: int = 48, columns: int = 40, bits: int = 12) -> Samples:
    """(rows, columns) uint16 (uint8 for 8 bits): two dark fields in a bright one."""
    y, x = np.mgrid[0:rows, 0:columns]
    y, x = y / rows, x / columns
    lungs = sum(np.exp(-(((x - c) / 0.13) ** 2 + ((y - 0.5) / 0.3) ** 2)) for c in (0.28, 0.72))
    grey = (0.75 - 0.6 * lungs + 0.1 * x) * (2**bits - 1)
    return np.clip(grey, 0, 2**bits - 1).astype(np.uint8 if bits <= 8 else np.uint16)


def dicom_dataset(pixels: Samples | None = None, bits: int = 12, **overrides: Any) -> Dataset:
    """A CR chest with native pixels (signed for a signed array). An override of None removes the
    element; others set it by keyword, e.g. ``Modality="DX"``.
    """
    pixels = chest_pixels(bits=bits) if pixels is None else pixels
    dataset = Dataset()
    dataset.SOPClassUID, dataset.SOPInstanceUID = CR_CLASS, SOP_INSTANCE_UID
    dataset.StudyInstanceUID, dataset.SeriesInstanceUID = "1.2.826.0.1.1", "1.2.826.0.1.2"
    dataset.Modality, dataset.BodyPartExamined, dataset.ViewPosition = "CR", "CHEST", "PA"
    dataset.StudyDate, dataset.AccessionNumber = "20240229", "A1"
    dataset.PatientName, dataset.PatientID = "Muster^Erika", "MRN-1"
    dataset.PatientBirthDate, dataset.PatientSex = "19640812", "F"
    dataset.Rows, dataset.Columns = pixels.shape[:2]
    dataset.SamplesPerPixel, dataset.PhotometricInterpretation = 1, "MONOCHROME2"
    dataset.BitsAllocated = 8 * pixels.dtype.itemsize
    dataset.BitsStored, dataset.HighBit = bits, bits - 1
    dataset.PixelRepresentation = int(np.issubdtype(pixels.dtype, np.signedinteger))
    content = pixels.tobytes()
    dataset.add_new("PixelData", "OB" if bits <= 8 else "OW", content + bytes(len(content) % 2))
    for keyword, value in overrides.items():
        if value is None:
            del dataset[keyword]
        else:
            setattr(dataset, keyword, value)
    return dataset


def lut_item(first: int, bits: int, values: Iterable[int], *, packed: bool = False) -> Dataset:
    """An item of a Modality or VOI LUT Sequence. ``packed``: 8-bit entries, two in a word."""
    entries = np.array(list(values), np.uint8 if packed else "<u2")
    content = entries.tobytes()
    item = Dataset()
    item.add_new("LUTDescriptor", "US", [entries.size % 65536, first % 65536, bits])
    item.add_new("LUTData", "OW", content + bytes(len(content) % 2))
    return item


def dicom_bytes(
    pixels: Samples | None = None,
    *,
    bits: int = 12,
    syntax: str = EXPLICIT_LE,
    preamble: bytes = bytes(128),
    **overrides: Any,
) -> bytes:
    """A DICOM file: ``dicom_dataset`` in the transfer syntax ``syntax``."""
    pixels = chest_pixels(bits=bits) if pixels is None else pixels
    dataset = dicom_dataset(pixels, bits, **overrides)
    if syntax in _BY_PYDICOM:
        lossy = {"jls_error": 2} if syntax == JPEG_LS_NEAR else {}
        lossy = {"j2k_cr": [4]} if syntax == JPEG_2000 else lossy
        dataset.file_meta = FileMetaDataset()
        dataset.file_meta.TransferSyntaxUID = UID(EXPLICIT_LE)
        uid, plugin = UID(syntax), _BY_PYDICOM[syntax]
        dataset.compress(uid, encoding_plugin=plugin, generate_instance_uid=False, **lossy)
    elif syntax in _PREDICTORS:
        set_frame(dataset, lossless_frame(pixels, bits, _PREDICTORS[syntax]))
    elif syntax in (JPEG_BASELINE, JPEG_EXTENDED):
        set_frame(dataset, jpeg_bytes(pixels.view(np.uint8)) if bits == 8 else flat_frame(pixels))
    elif syntax == EXPLICIT_BE:
        _to_big_endian(dataset, pixels)
    return written(dataset, syntax, preamble)


def written(dataset: Dataset, syntax: str = EXPLICIT_LE, preamble: bytes = bytes(128)) -> bytes:
    """The data set as a file, its pixels as they are. ``syntax`` "" leaves the meta element out."""
    dataset.file_meta = meta = FileMetaDataset()
    meta.MediaStorageSOPClassUID = dataset.get("SOPClassUID", "")
    if syntax:
        meta.TransferSyntaxUID = UID(syntax)
    dataset.preamble = preamble
    buffer = io.BytesIO()
    dataset.save_as(
        buffer,
        enforce_file_format=False,
        implicit_vr=syntax == IMPLICIT_LE,
        little_endian=syntax != EXPLICIT_BE,
    )
    return buffer.getvalue()


def set_frame(dataset: Dataset, frame: bytes) -> None:
    """Make ``frame`` the only compressed frame of the data set."""
    dataset.PixelData = encapsulate([frame])
    dataset["PixelData"].VR = "OB"
    dataset["PixelData"].is_undefined_length = True


def flat_frame(pixels: Samples) -> bytes:
    """An extended (12-bit) JPEG codestream, each 8 x 8 block of it flat: the block's first pixel.

    With a quantisation of 8 a flat block of value v has the one coefficient v - 2048, so the
    codestream is exact. Source: ISO 10918-1 A.3, F.1.2.
    """
    values = pixels[::8, ::8].astype(int).reshape(-1) - 2048
    scan = "".join(
        _coded(int(step)) + "0" for step in np.diff(values, prepend=0)
    )  # 0: end of block
    rows, columns = pixels.shape
    return _jpeg_stream(
        scan,
        (0xDB, bytes([0, *[8] * 64])),
        (0xC1, struct.pack(">BHHBBBB", 12, rows, columns, 1, 1, 0x11, 0)),
        (0xC4, bytes([0x10, 1, *[0] * 15, 0x00])),
        (0xDA, bytes([1, 1, 0x00, 0, 63, 0])),
    )


def lossless_frame(pixels: Samples, bits: int, predictor: int) -> bytes:
    """A lossless JPEG codestream of the stored bits; predictor 1 (left) or 2 (above).

    Source: ISO 10918-1 H.1.2.
    """
    samples = pixels.astype(np.int64) & (2**bits - 1)
    predicted = np.roll(samples, 1, axis=1 if predictor == 1 else 0)
    predicted[0, 1:] = samples[0, :-1]
    predicted[1:, 0] = samples[:-1, 0]
    predicted[0, 0] = 2 ** (bits - 1)
    changes = (samples - predicted + 32768) % 65536 - 32768
    rows, columns = pixels.shape
    return _jpeg_stream(
        "".join(_coded(int(change)) for change in changes.reshape(-1)),
        (0xC3, struct.pack(">BHHBBBB", bits, rows, columns, 1, 1, 0x11, 0)),
        (0xDA, bytes([1, 1, 0x00, predictor, 0, 0])),
    )


def _coded(change: int) -> str:
    """Size in five bits, then the difference itself in ``size`` bits (none for the size 16)."""
    size = abs(change).bit_length()
    low = change if change > 0 else change + (1 << size) - 1
    return f"{size:05b}" + (f"{low:0{size}b}" if 0 < size < 16 else "")


def _jpeg_stream(scan: str, *segments: tuple[int, bytes]) -> bytes:
    """Segments, a Huffman table that gives each of the 17 sizes its own 5 bits, and the scan."""
    table = bytes([0x00, *(17 if length == 5 else 0 for length in range(1, 17)), *range(17)])
    *before, start_of_scan = segments
    stream = b"\xff\xd8"
    for marker, body in (*before, (0xC4, table), start_of_scan):
        stream += struct.pack(">BBH", 0xFF, marker, len(body) + 2) + body
    scan += "1" * (-len(scan) % 8)
    packed = int(scan, 2).to_bytes(len(scan) // 8, "big")
    return stream + packed.replace(b"\xff", b"\xff\0") + b"\xff\xd9"


def _to_big_endian(dataset: Dataset, pixels: Samples) -> None:
    if pixels.dtype.itemsize == 2:
        dataset.PixelData = pixels.byteswap().tobytes()


def element_bytes(
    tag: tuple[int, int], vr: bytes, value: bytes, length: int | None = None
) -> bytes:
    """One explicit little-endian element, with a false length if one is given."""
    stated = len(value) if length is None else length
    if vr in (b"OB", b"OW", b"SQ", b"UN", b"UT"):
        return struct.pack("<HH2sHL", *tag, vr, 0, stated) + value
    return struct.pack("<HH2sH", *tag, vr, stated) + value


def png_bytes(
    samples: Samples | None = None,
    *,
    palette: bytes = b"",
    chunks: Iterable[tuple[bytes, bytes]] = (),
    size: tuple[int, int] | None = None,
) -> bytes:
    """A PNG of uint8 or uint16 samples: (H, W) grey or palette index, (H, W, 2 | 3 | 4) grey and
    alpha, RGB, RGBA. ``chunks`` go before the pixels; ``size`` lies about (rows, columns).
    """
    samples = chest_pixels(bits=8) if samples is None else samples
    channels = 1 if samples.ndim == 2 else samples.shape[2]
    colour = 3 if palette else {1: 0, 2: 4, 3: 2, 4: 6}[channels]
    rows, columns = size or samples.shape[:2]
    big = samples.astype(f">u{samples.dtype.itemsize}")
    lines = b"".join(b"\0" + line.tobytes() for line in big)
    header = struct.pack(">LLBBBBB", columns, rows, 8 * samples.dtype.itemsize, colour, 0, 0, 0)
    parts = [(b"IHDR", header), *([(b"PLTE", palette)] if palette else []), *chunks]
    parts += [(b"IDAT", zlib.compress(lines)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(png_chunk(name, body) for name, body in parts)


def interlaced_png_bytes(samples: Samples) -> bytes:
    """The same grey uint8 PNG in the seven passes of Adam7."""
    plain = png_bytes(samples)
    steps = ((0, 0, 8, 8), (4, 0, 8, 8), (0, 4, 4, 8), (2, 0, 4, 4), (0, 2, 2, 4), (1, 0, 2, 2))
    lines = b""
    for x, y, dx, dy in (*steps, (0, 1, 1, 2)):
        lines += b"".join(b"\0" + line.tobytes() for line in samples[y::dy, x::dx] if line.size)
    header = plain[16:28] + b"\1"
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines)), (b"IEND", b""))
    return plain[:8] + b"".join(png_chunk(name, body) for name, body in parts)


def png_chunk(name: bytes, body: bytes) -> bytes:
    """One PNG chunk with its checksum."""
    return struct.pack(">L", len(body)) + name + body + struct.pack(">L", zlib.crc32(name + body))


def jpeg_bytes(
    samples: Samples | None = None, *, mode: str = "", orientation: int = 1, quality: int = 95
) -> bytes:
    """A JPEG of uint8 samples, (H, W) or (H, W, 3); ``mode`` "CMYK" converts."""
    samples = chest_pixels(bits=8) if samples is None else samples
    picture = Image.fromarray(samples)
    picture = picture.convert(mode) if mode else picture
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = orientation
    buffer = io.BytesIO()
    picture.save(buffer, "JPEG", quality=quality, exif=exif)
    return buffer.getvalue()


def zip_bytes(entries: Mapping[str, bytes], *, compress: bool = True) -> bytes:
    """A ZIP of the named contents."""
    buffer = io.BytesIO()
    method = zipfile.ZIP_DEFLATED if compress else zipfile.ZIP_STORED
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()
