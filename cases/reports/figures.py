"""The radiographs of the report: beside each other, the marked one and the plain one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Spacer, Table

from cases.reports import styles
from cases.reports.content import ReportImage
from cases.reports.pictures import Picture, fit, in_rows, marks_on
from cases.reports.setting import FLUSH, Setting
from cases.reports.styles import GAP

PAIR_HEIGHT = 234.0  # of pictures that stand beside each other
ALONE_WIDTH = 330.0


def image_rows(setting: Setting, pictures: Mapping[str, ImageReader]) -> list[Flowable]:
    content = setting.content
    if not content.images:
        return []
    marked = [image for image in content.images if marks_on(content, image)]
    plain = [image for image in content.images if image not in marked]
    rows: list[Flowable] = []
    for image in marked:
        tiles = [
            _tile(setting, image, pictures, numbered=True),
            _tile(setting, image, pictures, numbered=False),
        ]
        rows.append(_row(setting, tiles))
    alone = len(plain) == 1
    for pair in in_rows([_tile(setting, i, pictures, numbered=False, alone=alone) for i in plain]):
        rows.append(_row(setting, pair))
    return [Spacer(1, 9), *rows]


def _tile(
    setting: Setting,
    image: ReportImage,
    pictures: Mapping[str, ImageReader],
    *,
    numbered: bool,
    alone: bool = False,
) -> Flowable:
    width = ALONE_WIDTH if alone else (setting.width - GAP) / 2
    marks = marks_on(setting.content, image) if numbered else ()
    picture = Picture(image, pictures[image.image_id], fit(image, width, PAIR_HEIGHT), marks)
    said = f"{image.caption}: confirmed findings" if numbered else image.caption
    caption = setting.line(said, styles.CAPTION, 120)
    tile = Table([[picture], [caption]], colWidths=[width])
    tile.setStyle(
        [*FLUSH, ("ALIGN", (0, 0), (-1, -1), "CENTER"), ("TOPPADDING", (0, 1), (0, 1), 3)]
    )
    return tile


def _row(setting: Setting, tiles: Sequence[Flowable]) -> Flowable:
    if len(tiles) == 1:
        table = Table([list(tiles)], colWidths=[setting.width])
    else:
        half = (setting.width - GAP) / 2
        table = Table([[tiles[0], "", tiles[1]]], colWidths=[half, GAP, half])
    table.setStyle(
        [
            *FLUSH,
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return table
