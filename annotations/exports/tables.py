"""All tables of a release in one pass over its records; memory does not grow with their number."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

from annotations.exports.coco import CocoInfo, coco_file
from annotations.exports.csv_rows import findings_csv, images_csv
from annotations.exports.errors import ExportInvalid
from annotations.exports.files import whole_file
from annotations.exports.manifest import Counts
from annotations.exports.types import NO_FINDING, Category, ExportRecord, check_record

FINDINGS_NAME = "findings.csv"
IMAGES_NAME = "images.csv"
COCO_NAME = "coco.json"
README_NAME = "README.md"
README = """\
# How to read this release

- `images.csv`: one row an image. Sizes are those of the original; `age_band` is five years, or 90+.
  Where dates are given, all dates of a patient are moved back by the same number of days.
- `findings.csv`: one row a statement: what one reader says of one image. `no_finding` is a
  statement too; an image that nobody read is not here. Boxes are `x_min,y_min,x_max,y_max` in
  pixels of the original image, origin top left; empty means the whole image. `decision`: the reader
  ACCEPTED or CORRECTED a proposal of the model, or has DRAWN the finding without one.
  `laterality` is L or R (of the patient), B for both, or not stated. A `reader` that begins with E
  came with an imported data set; R is a reader of the departments.
- A text cell that a spreadsheet could run (it begins with = + - @, a tab or a line break), or that
  begins with an apostrophe, has one apostrophe in front: take it away to have the text.
- `coco.json`: COCO object detection. `bbox` is x, y, width, height. Statements without a box stand
  in the extra field `image_labels` of their image. `statement_id` is that of `findings.csv`.
- `images/`: the pixels at original size, as the manifest says: grey PNG as displayed, of 8 or 16
  bits, or de-identified DICOM with the values as they were stored. Black boxes cover text.
- `vinbigdata/train.csv`: the findings once more, in the 14 classes of VinDr-CXR; class 14 states
  no finding. A finding that nobody boxed has an empty box. `vinbigdata/submission.csv`: the boxes
  that the model had put out, `class score x_min y_min x_max y_max`; `14 1 0 0 1 1` is none.
- `data.yaml`, `labels/`, `yolo-*.txt`: YOLO. Only images that can train a detector are listed.
- `datasheet.md` and `datasheet.html`: what is in the release, and what is missing from it.
- `split`: train, val or test, by patient: no patient is in two. The manifest proves it in numbers.
- `manifest.json`: the SHA-256 of each file, counts, the filter, versions of code and models.
"""


class RecordWriter(Protocol):
    """Takes every record once, in the order of the release."""

    def add(self, record: ExportRecord) -> None: ...


class Tally:
    """Counts while the records pass; keeps no more than the patients' and images' pseudonyms."""

    def __init__(self) -> None:
        self._labels: Counter[str] = Counter()
        self._patients: set[str] = set()
        self._images: set[str] = set()
        self._negatives = self._boxes = 0

    def add(self, record: ExportRecord) -> None:
        """Raises ExportInvalid where an image comes twice."""
        if record.image.key in self._images:
            raise ExportInvalid(f"Image {record.image.key} comes twice.")
        self._images.add(record.image.key)
        self._patients.add(record.image.patient_key)
        labels = [statement.label for statement in record.statements]
        self._labels.update(labels)
        self._negatives += set(labels) == {NO_FINDING}
        self._boxes += sum(statement.box_xyxy is not None for statement in record.statements)

    def counts(self) -> Counts:
        return Counts(
            images=len(self._images),
            patients=len(self._patients),
            negatives=self._negatives,
            statements=self._labels.total(),
            boxes=self._boxes,
            by_label=tuple(sorted(self._labels.items())),
        )


def write_tables(
    records: Iterable[ExportRecord],
    folder: Path,
    *,
    categories: tuple[Category, ...],
    info: CocoInfo,
    also: Iterable[RecordWriter] = (),
) -> Counts:
    """findings.csv, images.csv, coco.json and README.md, each whole or not at all.

    ``also``: writers of further formats, fed in the same pass.

    Raises ExportInvalid (BoxOutsideImage) at the first record that cannot be told truly.
    """
    _check_categories(categories)
    codes = frozenset(category.code for category in categories)
    tally = Tally()
    with ExitStack() as stack:
        writers: list[RecordWriter] = [
            stack.enter_context(findings_csv(folder / FINDINGS_NAME, categories)),
            stack.enter_context(images_csv(folder / IMAGES_NAME)),
            stack.enter_context(coco_file(folder / COCO_NAME, categories, info)),
        ]
        writers += also
        for record in records:
            check_record(record, codes)
            tally.add(record)
            for writer in writers:
                writer.add(record)
    with whole_file(folder / README_NAME) as stream:
        stream.write(README.encode("utf-8"))
    return tally.counts()


def _check_categories(categories: tuple[Category, ...]) -> None:
    codes = [category.code for category in categories]
    if not codes or len(set(codes)) != len(codes) or NO_FINDING in codes:
        raise ExportInvalid("The vocabulary is empty, names a code twice, or holds no_finding.")
