"""YOLO: a text file of boxes an image, the lists of a split, and data.yaml.

A line is ``class x_center y_center width height``, shares of the image. Only images that can train
a detector are listed: those with a box that the label set can name, and those of which every reader
says "no finding". An image with a finding that nobody boxed is no background.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO

from annotations.exports.files import whole_file
from annotations.exports.label_sets import LabelSet, Mapper
from annotations.exports.types import NO_FINDING, ExportRecord, Split, rounded

LABEL_FOLDER = "labels"
DATA_NAME = "data.yaml"
LISTS = {
    Split.TRAIN: "yolo-train.txt",
    Split.VAL: "yolo-val.txt",
    Split.TEST: "yolo-test.txt",
    Split.NONE: "yolo-all.txt",
}


class YoloWriter:
    """``left_out``: images that no list names, by reason."""

    def __init__(self, folder: Path, lists: dict[Split, BinaryIO], label_set: LabelSet) -> None:
        self._folder, self._lists, self._mapper = folder, lists, Mapper(label_set)
        self.left_out: Counter[str] = Counter()

    def add(self, record: ExportRecord) -> None:
        found = self._mapper.mapped(record.statements)
        width, height = record.image.width_px, record.image.height_px
        lines = [
            f"{number} " + " ".join(f"{part:.6f}" for part in _shares(box, width, height))
            for number, statement in found
            if (box := statement.box_xyxy) is not None
        ]
        negative = all(statement.label == NO_FINDING for statement in record.statements)
        if not lines and not negative:
            self.left_out["finding_without_box_or_class"] += 1
            return
        # Not made durable one by one: what counts is the archive that they go into.
        path = self._folder / LABEL_FOLDER / f"{record.image.key}.txt"
        path.write_text("".join(f"{line}\n" for line in lines), encoding="ascii", newline="")
        self._lists[record.image.split].write(f"./{record.image.file_name}\n".encode("ascii"))

    @property
    def dropped(self) -> dict[str, int]:
        return dict(sorted(self._mapper.dropped.items()))


@contextmanager
def yolo_files(folder: Path, label_set: LabelSet) -> Iterator[YoloWriter]:
    """labels/*.txt beside images/*.png, a list a split, data.yaml."""
    (folder / LABEL_FOLDER).mkdir(exist_ok=True)
    with ExitStack() as stack:
        lists = {
            split: stack.enter_context(whole_file(folder / name)) for split, name in LISTS.items()
        }
        yield YoloWriter(folder, lists, label_set)
    for split, name in LISTS.items():
        # A list of nobody would be a split that cannot be loaded.
        if split is Split.NONE and not (folder / name).stat().st_size:
            (folder / name).unlink()
    with whole_file(folder / DATA_NAME) as stream:
        stream.write(_data_yaml(label_set).encode("utf-8"))


def _shares(
    box: tuple[float, float, float, float], width_px: int, height_px: int
) -> tuple[float, float, float, float]:
    x_min, y_min, x_max, y_max = rounded(box)
    return (
        (x_min + x_max) / 2 / width_px,
        (y_min + y_max) / 2 / height_px,
        (x_max - x_min) / width_px,
        (y_max - y_min) / height_px,
    )


def _data_yaml(label_set: LabelSet) -> str:
    names = "".join(f'  {number}: "{name}"\n' for number, name in enumerate(label_set.names))
    return (
        f"# Label set: {label_set.name}\npath: .\ntrain: {LISTS[Split.TRAIN]}\n"
        f"val: {LISTS[Split.VAL]}\ntest: {LISTS[Split.TEST]}\nnames:\n{names}"
    )
