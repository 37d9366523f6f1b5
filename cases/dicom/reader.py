"""Any file to one decoded radiograph, or a refusal. What a file is, its content alone tells."""

from __future__ import annotations

import logging
import warnings
from pathlib import Path

from cases.dicom.errors import FileDamaged, FileRefused, NotAnImage, TooLarge
from cases.dicom.types import DecodedImage, FileKind, Limits

HEAD_BYTES = 265  # reaches the mark of a tar archive
_DEFAULTS = Limits()
_GZIP, _7Z, _RAR, _BZIP2 = b"\x1f\x8b", b"7z\xbc\xaf'\x1c", b"Rar!", b"BZh"
_XZ, _ZSTD = b"\xfd7zXZ\0", b"\x28\xb5\x2f\xfd"
_OTHER_ARCHIVES = (_GZIP, _7Z, _RAR, _BZIP2, _XZ, _ZSTD)

logger = logging.getLogger(__name__)


def kind_of(head: bytes) -> FileKind:
    """What begins with these bytes (265 are enough). Raises NotAnImage.

    DICOM goes first: a foreign preamble must not make it pass for something else.
    """
    if not head:
        raise NotAnImage(code="empty_file")
    if head[128:132] == b"DICM":
        return FileKind.DICOM
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return FileKind.PNG
    if head.startswith(b"\xff\xd8\xff"):
        return FileKind.JPEG
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return FileKind.ZIP
    if head.startswith(_OTHER_ARCHIVES) or head[257:262] == b"ustar":
        raise NotAnImage(code="unsupported_archive")
    raise NotAnImage()


def sniff(path: Path) -> FileKind:
    """What a file is by its content, never by its name. Raises NotAnImage."""
    with path.open("rb") as file:
        return kind_of(file.read(HEAD_BYTES))


def read_image(path: Path, limits: Limits = _DEFAULTS) -> DecodedImage:
    """Decode the whole file in this process. Raises FileRefused.

    For files of strangers use ``sandbox``: codecs may crash or hang, and this bounds no memory.
    """
    if path.stat().st_size > limits.max_file_bytes:
        raise TooLarge()
    data = path.read_bytes()
    try:
        return decode(data, limits)
    except (FileRefused, MemoryError, ImportError):
        raise
    except RecursionError as error:
        raise FileDamaged(code="nested_too_deep") from error
    except Exception as error:
        logger.info("unexpected failure while reading an image", exc_info=True)
        raise FileDamaged() from error


def decode(data: bytes, limits: Limits) -> DecodedImage:
    """The bytes of one file to its pixels and facts. Raises FileRefused and what codecs raise."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the libraries mutter about odd headers
        return _decode(data, kind_of(data[:HEAD_BYTES]), limits)


def _decode(data: bytes, kind: FileKind, limits: Limits) -> DecodedImage:
    # Each kind imports its own libraries: a fresh process pays only for what its file needs.
    if kind is FileKind.DICOM:
        from cases.dicom.dicom_reader import read_dicom  # heavy: pydicom

        return read_dicom(data, limits.max_pixels)
    if kind is FileKind.ZIP:
        raise NotAnImage("This is an archive, not an image.")
    from cases.dicom.picture_reader import read_plain  # heavy: Pillow

    return read_plain(data, kind, limits.max_pixels)
