"""Data, split, network and start weights of a training."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from inference.networks.errors import ModelCorrupt
from inference.training.config import AugmentConfig, DataConfig, ModelConfig, TrainingConfig
from inference.training.errors import ConfigRefused, DataRefused
from inference.training.packing import pack
from inference.training.preparation import build_network, prepare, start_from
from inference.training.run import make_trainer
from inference.training.splits import load_split
from tests.inference.support import write_folder

IMAGES = [(f"{n}.png", f"p{n}", "Mass" if n % 2 else "No Finding") for n in range(12)]
BASE = TrainingConfig("a", "1", size_px=64, data=DataConfig(split_seed=3))


def coco(folder: Path, category: str, *, boxed: bool = True) -> Path:
    """Six images of six patients, half of them with a finding of this category."""
    (folder / "images").mkdir(parents=True)
    images = [{"id": n, "file_name": f"{n}.png"} for n in range(6)]
    found = [{"image_id": n, "category_id": 1, "bbox": [5, 5, 20, 20]} for n in range(0, 6, 2)]
    for image in images:
        Image.fromarray(np.zeros((64, 64), np.uint8)).save(folder / "images" / image["file_name"])
    content = {
        "images": images,
        "categories": [{"id": 1, "name": category}],
        "annotations": found if boxed else [],
    }
    (folder / "coco.json").write_text(json.dumps(content))
    return folder


def of_coco(**augment: bool) -> TrainingConfig:
    data = DataConfig(kind="coco", validation_share=0.3, test_share=0.2)
    return replace(BASE, data=data, augment=AugmentConfig(**augment))


def test_a_drawn_split_is_saved_with_its_hash(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    prepared = prepare(BASE, tmp_path / "d", tmp_path / "out")
    assert load_split(tmp_path / "out" / "split.csv") == prepared.split


def test_a_split_file_is_honoured(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    parts = ["train"] * 8 + ["validation"] * 2 + ["test"] * 2
    rows = "\n".join(f"p{n},{part}" for n, part in enumerate(parts))
    (tmp_path / "d" / "mine.csv").write_text(f"patient_id,part\n{rows}\n")
    config = replace(BASE, data=DataConfig(split_csv="mine.csv"))
    prepared = prepare(config, tmp_path / "d", tmp_path / "out")
    assert [len(prepared.indices(part)) for part in ("train", "validation", "test")] == [8, 2, 2]
    (tmp_path / "d" / "mine.csv").write_text("patient_id,part\np0,train\n")
    with pytest.raises(DataRefused, match="no part for 11 patients"):
        prepare(config, tmp_path / "d", tmp_path / "out")


def test_a_split_without_patients_to_validate_on_is_refused(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    rows = "\n".join(f"p{n},train" for n in range(12))
    (tmp_path / "d" / "mine.csv").write_text(f"patient_id,part\n{rows}\n")
    config = replace(BASE, data=DataConfig(split_csv="mine.csv"))
    with pytest.raises(DataRefused, match="no patient for validation"):
        prepare(config, tmp_path / "d", tmp_path / "out")
    assert not (tmp_path / "out" / "split.csv").exists()


def test_a_mirror_image_of_labels_with_a_side_is_refused(tmp_path: Path) -> None:
    for flip in (False, True):
        folder = coco(tmp_path / str(flip), "Left pneumothorax")
        config = of_coco(flip=flip)
        prepared = prepare(config, folder, tmp_path / "out")
        network = build_network(config, prepared.dataset)
        packed = pack(prepared.dataset, 64, tmp_path / str(flip) / "cache")
        if not flip:
            make_trainer(config, prepared, packed, network)
            continue
        with pytest.raises(ConfigRefused, match="name a side: Left pneumothorax"):
            make_trainer(config, prepared, packed, network)


@pytest.mark.parametrize(
    ("label", "sided"),
    [("Left pneumothorax", True), ("effusion_right", True), ("Effusion (L)", True)]
    + [(label, False) for label in ("Cardiomegaly", "Bright line", "Leftover", "Nodule/Mass")],
)
def test_which_labels_name_a_side(tmp_path: Path, label: str, sided: bool) -> None:
    dataset = prepare(of_coco(), coco(tmp_path / "d", label), tmp_path / "out").dataset
    assert bool(dataset.sided_labels) == sided


def test_a_detector_on_data_without_boxes_is_refused(tmp_path: Path) -> None:
    config = replace(of_coco(), model=ModelConfig(box_labels="label_set"))
    prepared = prepare(config, coco(tmp_path / "d", "Mass", boxed=False), tmp_path / "out")
    with pytest.raises(DataRefused, match="No image of the data has a box"):
        build_network(config, prepared.dataset)


def test_a_detector_alone_leaves_out_images_that_teach_it_nothing(tmp_path: Path) -> None:
    # Odd images have a mass that nobody boxed, but for the first of them.
    write_folder(tmp_path / "d", IMAGES, ["1.png,Mass,8,16,32,48"])
    model = ModelConfig(classifier=False, box_labels="label_set", neck_channels=16)
    config = replace(BASE, model=model)
    rows = "\n".join(f"p{n},{'validation' if n > 9 else 'train'}" for n in range(12))
    (tmp_path / "d" / "mine.csv").write_text(f"patient_id,part\n{rows}\n")
    config = replace(config, data=DataConfig(split_csv="mine.csv"))
    prepared = prepare(config, tmp_path / "d", tmp_path / "out")
    network = build_network(config, prepared.dataset)
    packed = pack(prepared.dataset, 64, tmp_path / "cache")
    training = make_trainer(config, prepared, packed, network)
    assert training.batches.targets.shape == (6, 0)  # five normal ones and the boxed one


def test_a_detector_alone_starts_from_a_classifiers_backbone(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", IMAGES, ["1.png,Mass,8,16,32,48"])
    dataset = prepare(BASE, tmp_path / "d", tmp_path / "out").dataset
    classifier = build_network(BASE, dataset)
    torch.save(classifier.state_dict(), tmp_path / "best.pt")
    alone = ModelConfig(classifier=False, box_labels="label_set", neck_channels=16)
    detector = build_network(replace(BASE, model=alone), dataset)
    start_from(detector, tmp_path / "best.pt")
    first = next(iter(classifier.backbone.parameters()))
    assert torch.equal(next(iter(detector.backbone.parameters())), first)
    torch.save(detector.state_dict(), tmp_path / "best.pt")
    with pytest.raises(ModelCorrupt):
        start_from(classifier, tmp_path / "best.pt")  # it has no head to give


def test_a_box_outside_its_image_is_refused_and_one_over_the_edge_is_cut(tmp_path: Path) -> None:
    write_folder(tmp_path / "d", IMAGES, ["1.png,Mass,50,16,80,48"])
    dataset = prepare(BASE, tmp_path / "d", tmp_path / "out").dataset
    packed = pack(dataset, 64, tmp_path / "cache")
    assert packed.boxes[1][0][1].as_xyxy() == (50, 16, 64, 48)
    write_folder(tmp_path / "e", IMAGES, ["1.png,Mass,70,16,80,48"])
    outside = prepare(BASE, tmp_path / "e", tmp_path / "out").dataset
    with pytest.raises(DataRefused, match=r"images/1\.png: a box of Mass"):
        pack(outside, 64, tmp_path / "other")
