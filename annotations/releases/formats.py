"""What a release writes beside the tables: label sets, splits, near-duplicates, the datasheet."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path

from annotations.exports.datasheet import Census, DatasheetFacts, write_datasheet
from annotations.exports.duplicates import NearDuplicates
from annotations.exports.errors import ExportInvalid
from annotations.exports.label_sets import LabelSet
from annotations.exports.selfcheck import WrittenFormats
from annotations.exports.tables import RecordWriter
from annotations.exports.types import Category, ExportRecord, JsonValue, Split
from annotations.exports.vinbigdata import (
    SubmissionWriter,
    TrainWriter,
    submission_csv,
    train_csv,
)
from annotations.exports.yolo import YoloWriter, yolo_files
from inference.predict.labels import LABEL_SETS, VOCABULARY, to_label_set

UNION = "union"
CATEGORIES = tuple(Category(term.code, term.name, term.parent) for term in VOCABULARY)
LABEL_SET_CHOICES = (UNION, *LABEL_SETS)


def label_set(name: str) -> LabelSet:
    """The union vocabulary, or a published set with the documented map into it."""
    if name == UNION:
        codes = tuple(term.code for term in VOCABULARY)
        names = tuple(term.name for term in VOCABULARY)
        return LabelSet(name, names, {code: number for number, code in enumerate(codes)})
    names = LABEL_SETS[name]
    classes: dict[str, int] = {}
    for term in VOCABULARY:
        mapped = to_label_set([term.code], name).labels
        if mapped:
            classes[term.code] = names.index(mapped[0])
    return LabelSet(name, names, classes, no_finding=len(names) if name == "vindr14" else None)


class SplitTally:
    """Counts a split, and sees a patient who stands in two."""

    def __init__(self) -> None:
        self._split_of: dict[str, Split] = {}
        self._images: Counter[Split] = Counter()

    def add(self, record: ExportRecord) -> None:
        """Raises ExportInvalid where a patient is in two splits."""
        image = record.image
        if self._split_of.setdefault(image.patient_key, image.split) is not image.split:
            raise ExportInvalid("A patient is in two splits.")
        self._images[image.split] += 1

    def proof(self) -> dict[str, JsonValue]:
        patients = Counter(self._split_of.values())
        parts: dict[str, JsonValue] = {
            split.value: {"patients": patients[split], "images": self._images[split]}
            for split in (Split.TRAIN, Split.VAL, Split.TEST)
        }
        return {"parts": parts, "patients_in_two_splits": 0}


@contextmanager
def open_formats(folder: Path, yolo_set: str) -> Iterator[Formats]:
    """The further files appear when the block ends well."""
    vindr = label_set("vindr14")
    with ExitStack() as stack:
        yield Formats(
            train=stack.enter_context(train_csv(folder, vindr)),
            submission=stack.enter_context(submission_csv(folder, vindr)),
            yolo=stack.enter_context(yolo_files(folder, label_set(yolo_set))),
            yolo_set=yolo_set,
        )


@dataclass(frozen=True, slots=True)
class Formats:
    """The further writers of one build, and what they have to say once all records passed."""

    train: TrainWriter
    submission: SubmissionWriter
    yolo: YoloWriter
    yolo_set: str
    census: Census = field(default_factory=lambda: Census(CATEGORIES))
    splits: SplitTally = field(default_factory=SplitTally)
    near: NearDuplicates = field(default_factory=NearDuplicates)

    @property
    def writers(self) -> tuple[RecordWriter, ...]:
        return self.census, self.splits, self.train, self.submission, self.yolo

    @property
    def written(self) -> WrittenFormats:
        return WrittenFormats(label_set("vindr14"), label_set(self.yolo_set))

    def said(self) -> dict[str, JsonValue]:
        """For the manifest: what each label set dropped, and the images that no YOLO list names."""
        return {
            "vinbigdata": {"label_set": "vindr14", "dropped": self.train.dropped},
            "yolo": {
                "label_set": self.yolo_set,
                "dropped": self.yolo.dropped,
                "left_out": dict(self.yolo.left_out),
            },
        }

    def split_proof(self) -> dict[str, JsonValue]:
        count, nearest = self.near.pairs()
        examples: list[JsonValue] = [asdict(pair) for pair in nearest]
        near: dict[str, JsonValue] = {"pairs_across_splits": count, "nearest": examples}
        return {**self.splits.proof(), "near_duplicates": near}

    def datasheet(self, folder: Path, *, title: str, made_on: str, left_out: Counter[str]) -> None:
        facts = DatasheetFacts(
            title=title,
            made_on=made_on,
            left_out=left_out,
            dropped={"vindr14": self.train.dropped, self.yolo_set: self.yolo.dropped},
            near_duplicates=self.near.pairs()[0],
        )
        write_datasheet(self.census, facts, folder)
