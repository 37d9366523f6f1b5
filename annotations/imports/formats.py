"""Which format a data set has, and its reader."""

from __future__ import annotations

from collections.abc import Iterator

from annotations.imports.chestxray14 import find_chestxray14, read_chestxray14
from annotations.imports.coco import find_coco, read_coco
from annotations.imports.errors import FormatUnknown
from annotations.imports.files import DatasetFiles
from annotations.imports.portal_csv import FINDINGS_NAME, IMAGES_NAME, read_portal_csv
from annotations.imports.types import Format, Item, Options
from annotations.imports.vinbigdata import find_vinbigdata, read_vinbigdata
from annotations.imports.yolo import find_yolo, read_yolo


def find_portal(names: list[str]) -> str | None:
    """The folder of both tables, "" for the top; None without them."""
    tables = set(names)
    folders = (name.removesuffix(FINDINGS_NAME) for name in names if name.endswith(FINDINGS_NAME))
    whole = [f for f in folders if f + IMAGES_NAME in tables and (not f or f.endswith("/"))]
    return min(whole, key=len, default=None)


def read_dataset(
    files: DatasetFiles, wanted: Format | None, options: Options
) -> tuple[Format, Iterator[Item]]:
    """The format that was asked for, else the first that is recognised, and its rows.

    Raises FormatUnknown; reading the rows raises TableBroken.
    """
    names = list(files.names())
    for known in Format:
        if wanted in (None, known):
            rows = _rows(known, files, names, options)
            if rows is not None:
                return known, rows
    raise FormatUnknown


def _rows(
    known: Format, files: DatasetFiles, names: list[str], options: Options
) -> Iterator[Item] | None:
    if known is Format.PORTAL:
        folder = find_portal(names)
        return None if folder is None else read_portal_csv(files, folder, options)
    if known is Format.CHESTXRAY14:
        tables = find_chestxray14(files, names)
        return read_chestxray14(files, tables, options) if tables[0] else None
    if known is Format.VINBIGDATA:
        table = find_vinbigdata(files, names)
        return read_vinbigdata(files, table, options) if table else None
    found = find_coco(names) if known is Format.COCO else find_yolo(names)
    read = read_coco if known is Format.COCO else read_yolo
    return read(files, found, options) if found else None
