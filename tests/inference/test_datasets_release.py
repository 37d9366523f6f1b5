"""A release, written by the application's own exporter, trains again."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from annotations.exports.coco import CocoInfo
from annotations.exports.label_sets import LabelSet
from annotations.exports.manifest import KeyFate, Manifest, file_entries, write_manifest
from annotations.exports.tables import write_tables
from annotations.exports.types import (
    NO_FINDING,
    Category,
    Certainty,
    ExportAnnotation,
    ExportImage,
    ExportRecord,
    Sex,
    Split,
    View,
    Xyxy,
)
from annotations.exports.vinbigdata import TrainWriter
from inference.predict.labels import VINDR14, VOCABULARY
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.datasets import load_dataset
from inference.training.errors import DataRefused

CATEGORIES = tuple(Category(term.code, term.name, term.parent) for term in VOCABULARY)


def image(key: str, patient: str, split: Split = Split.NONE) -> ExportImage:
    return ExportImage(
        key=key,
        file_name=f"images/{key}.png",
        width_px=64,
        height_px=64,
        patient_key=patient,
        age_band="55-59",
        sex=Sex.FEMALE,
        view=View.PA,
        split=split,
    )


def said(
    key: str,
    label: str,
    box: Xyxy | None = None,
    *,
    reader: str = "R1",
    certainty: Certainty = Certainty.CERTAIN,
) -> ExportAnnotation:
    return ExportAnnotation(key, label, reader, box_xyxy=box, certainty=certainty)


def records(*splits: Split) -> list[ExportRecord]:
    first, second, third = splits or (Split.NONE,) * 3
    return [
        ExportRecord(
            image("I1", "P1", first),
            (
                said("I1", "mass", (10.0, 10.0, 20.0, 20.0)),
                said("I1", "effusion", certainty=Certainty.POSSIBLE),
            ),
        ),
        ExportRecord(image("I2", "P2", second), (said("I2", NO_FINDING),)),
        ExportRecord(
            image("I3", "P3", third),
            (
                said("I3", "nodule", (0.0, 0.0, 10.0, 10.0)),
                said("I3", "nodule", (0.0, 2.0, 10.0, 12.0), reader="R2"),
            ),
        ),
    ]


def release(folder: Path, content: list[ExportRecord]) -> Path:
    (folder / "images").mkdir(parents=True)
    for record in content:
        picture = Image.fromarray(np.zeros((64, 64), np.uint8))
        picture.save(folder / record.image.file_name)
    counts = write_tables(content, folder, categories=CATEGORIES, info=CocoInfo("d", "1"))
    write_manifest(
        Manifest(
            release="chest",
            number=1,
            made_at="2026-01-01T00:00:00+00:00",
            made_by="R",
            code_version="1",
            models=(),
            filters={},
            deidentification={},
            key=KeyFate.DESTROYED,
            counts=counts,
            files=file_entries(folder),
        ),
        folder,
    )
    return folder


def config(**values: object) -> DataConfig:
    return DataConfig(kind="release", **values)  # type: ignore[arg-type]


def test_statements_become_labels_boxes_and_what_is_known(tmp_path) -> None:
    dataset = load_dataset(release(tmp_path / "r", records()), config(label_set="chestxray14"))
    first, second, third = dataset.records
    assert first.image == "images/I1.png"
    assert (first.patient_id, first.sex, first.view) == ("P1", "F", "PA")
    assert first.age_years == 57.5
    assert first.boxes == (("Mass", Box(10, 10, 20, 20)),)
    assert first.labels == first.known == {"Mass"}  # nobody excluded the rest
    assert second.labels == frozenset()
    assert second.known == set(dataset.labels)  # "no finding" excludes everything
    assert third.boxes == (("Nodule", Box(0, 1, 10, 11)),)
    assert third.readers == (2,)
    assert dataset.box_labels == ("Mass", "Nodule")
    assert dataset.name == "release chest 1"


def test_a_possible_finding_is_in_doubt(tmp_path) -> None:
    folder = release(tmp_path / "r", records())
    chosen = config(label_set="chestxray14", blank="negative", uncertain="smooth")
    first = load_dataset(folder, chosen).records[0]
    assert first.uncertain == (("Effusion", 0.7),)
    assert "Effusion" not in first.known
    assert "Hernia" in first.known  # a completed read is taken as one that looked for all


def test_without_a_label_set_the_vocabulary_is_kept(tmp_path) -> None:
    dataset = load_dataset(release(tmp_path / "r", records()), config())
    assert dataset.labels == tuple(term.code for term in VOCABULARY)
    assert dataset.label_set == ""


def test_the_stated_split_comes_along(tmp_path) -> None:
    parts = (Split.TRAIN, Split.VAL, Split.TEST)
    dataset = load_dataset(release(tmp_path / "r", records(*parts)), config())
    assert [record.part for record in dataset.records] == ["train", "validation", "test"]


@pytest.mark.parametrize("name", ["images/I1.png", "findings.csv"])
def test_an_altered_file_is_refused(tmp_path, name: str) -> None:
    folder = release(tmp_path / "r", records())
    with (folder / name).open("ab") as stream:
        stream.write(b" ")
    with pytest.raises(DataRefused, match=f"{name} is not the file"):
        load_dataset(folder, config())


def test_a_missing_file_is_refused(tmp_path) -> None:
    folder = release(tmp_path / "r", records())
    (folder / "images" / "I2.png").unlink()
    with pytest.raises(DataRefused, match=r"I2\.png of the release"):
        load_dataset(folder, config())


def test_a_manifest_that_points_outside_is_refused(tmp_path) -> None:
    folder = release(tmp_path / "r", records())
    text = (folder / "manifest.json").read_text()
    (folder / "manifest.json").write_text(text.replace("images/I1.png", "../I1.png"))
    with pytest.raises(DataRefused, match="outside the release"):
        load_dataset(folder, config())


@pytest.mark.parametrize("text", ["", "[]", '{"files": []}'])
def test_what_is_no_release_is_refused(tmp_path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(DataRefused, match=r"manifest\.json"):
        load_dataset(tmp_path, config())


def test_the_other_tables_of_a_release_train_too(tmp_path) -> None:
    folder = release(tmp_path / "r", records())
    names = {term.code: term.vindr14 or term.chestxray14 for term in VOCABULARY}
    classes = {code: VINDR14.index(name) for code, name in names.items() if name in VINDR14}
    classes |= {"mass": VINDR14.index("Nodule/Mass"), "nodule": VINDR14.index("Nodule/Mass")}
    with (folder / "train.csv").open("wb") as stream:
        writer = TrainWriter(stream, LabelSet("vindr14", VINDR14, classes, len(VINDR14)))
        for record in records():
            writer.add(record)
    first, second, third = load_dataset(folder, DataConfig(kind="vinbigdata")).records
    assert first.labels == {"Nodule/Mass", "Pleural effusion"}
    assert [label for label, _ in first.boxes] == ["Nodule/Mass"]
    assert second.labels == frozenset()
    assert third.readers == (2,)
    coco = load_dataset(folder, DataConfig(kind="coco", label_set="chestxray14"))
    assert coco.records[0].boxes == (("Mass", Box(10, 10, 20, 20)),)
    assert coco.records[0].known == {"Mass"}
    assert coco.records[1].known == set(coco.labels)
    assert coco.records[2].readers == (2,)
