"""The radiographs of the report: beside each other, the marked one and the plain one."""

from __future__ import annotations

from collections.abc import Sequence

from reportlab.lib.utils import ImageReader
from reportlab.platypus import Flowable, Spacer

from cases.reports import styles
from cases.reports.content import ReportImage
from cases.reports.pictures import Picture, fit, in_rows, marks_on
from cases.reports.setting import FLUSH, Setting, grid
from cases.reports.styles import GAP

# Heights of pictures, best first: smaller ones where they bring the report onto one page.
HEIGHTS = (258.0, 226.0, 196.0, 170.0)
ALONE_WIDTH = 330.0
LOGO_ROOM = (120.0, 40.0)  # width, height


class Logo(Flowable):
    """The logo of the letterhead, as large as its room lets it be."""

    def __init__(self, picture: ImageReader) -> None:
        super().__init__()
        self._picture = picture
        across, down = picture.getSize()
        scale = min(LOGO_ROOM[0] / across, LOGO_ROOM[1] / down)
        self.width, self.height = across * scale, down * scale

    def wrap(self, _width: float, _height: float) -> tuple[float, float]:
        return self.width, self.height

    def draw(self) -> None:
        self.canv.drawImage(self._picture, 0, 0, self.width, self.height)


def image_rows(setting: Setting, height: float) -> list[Flowable]:
    """Marked and plain side by side for each image with boxes, then the others, two a row."""
    content = setting.content
    if not content.images:
        return []
    marked = [image for image in content.images if marks_on(content, image)]
    plain = [image for image in content.images if image not in marked]
    width = ALONE_WIDTH if len(content.images) == 1 else (setting.width - GAP) / 2
    room = (width, height)
    tiles = [_tile(setting, image, room, numbered=False) for image in plain]
    room = ((setting.width - GAP) / 2, height)
    pairs = [
        tuple(_tile(setting, image, room, numbered=numbered) for numbered in (True, False))
        for image in marked
    ]
    return [Spacer(1, 8), *(_row(setting, row) for row in [*pairs, *in_rows(tiles)])]


def _tile(
    setting: Setting, image: ReportImage, room: tuple[float, float], *, numbered: bool
) -> Flowable:
    """One picture with its caption, as large as the room (width, height) lets it be."""
    marks = marks_on(setting.content, image) if numbered else ()
    picture = Picture(image, setting.pictures[image.image_id], fit(image, *room), marks)
    said = f"{image.caption}: confirmed findings" if numbered else image.caption
    caption = setting.line(said, styles.CAPTION, 120)
    tile = grid([[picture], [caption]], [room[0]])
    tile.setStyle(
        [*FLUSH, ("ALIGN", (0, 0), (-1, -1), "CENTER"), ("TOPPADDING", (0, 1), (0, 1), 3)]
    )
    return tile


def _row(setting: Setting, tiles: Sequence[Flowable]) -> Flowable:
    if len(tiles) == 1:
        table = grid([list(tiles)], [setting.width])
    else:
        half = (setting.width - GAP) / 2
        table = grid([[tiles[0], "", tiles[1]]], [half, GAP, half])
    table.setStyle(
        [
            *FLUSH,
            ("VALIGN", (0, 0), (-1, -1), "BOTTOM"),
            ("ALIGN", (0, 0), (-1, -1), "CENTER"),
            ("BOTTOMPADDING", (0, 0), (-1, -1), 5),
        ]
    )
    return table
