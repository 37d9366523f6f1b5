from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from inference.predict.labels import CHESTXRAY14
from inference.predict.types import Box
from inference.training.config import DataConfig
from inference.training.datasets import load_chestxray14, pack, read_grey
from inference.training.errors import DataRefused
from inference.training.phantom_folder import write_phantoms
from tests.inference.support import write_folder

IMAGES = [("a.png", "1", "Mass|Edema"), ("b.png", "1", "No Finding"), ("c.png", "2", "Mass")]


def test_labels_boxes_and_patients_are_read(tmp_path) -> None:
    write_folder(tmp_path / "d", IMAGES, ["a.png,Mass,8,16,32,48"])
    dataset = load_chestxray14(tmp_path / "d", DataConfig())
    first, second, third = dataset.records
    assert first.labels == {"Mass", "Edema"}
    assert first.boxes == (("Mass", Box(8, 16, 32, 48)),)
    assert first.known == set(CHESTXRAY14)
    assert second.labels == frozenset()
    assert third.boxes == ()
    assert dataset.of_patients(frozenset({"1"})) == (0, 1)


def test_soft_targets_follow_the_label_order_whatever_the_files(tmp_path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    header = ("image", *reversed(CHESTXRAY14))
    row = ("b.png", *(str(number / 100) for number in reversed(range(14))))
    (tmp_path / "d" / "soft.csv").write_text(f"{','.join(header)}\n{','.join(row)}\n")
    dataset = load_chestxray14(tmp_path / "d", DataConfig(soft_targets_csv="soft.csv"))
    assert dataset.records[0].soft == ()
    assert dataset.records[1].soft == tuple(number / 100 for number in range(14))


@pytest.mark.parametrize(
    ("labels", "box"),
    [
        ("Dragon", "a.png,Mass,8,16,32,48"),
        ("Mass", "a.png,Dragon,8,16,32,48"),
        ("Mass", "a.png,Mass,8,16,8,48"),
    ],
)
def test_unknown_labels_and_empty_boxes_are_refused(tmp_path, labels: str, box: str) -> None:
    write_folder(tmp_path / "d", [("a.png", "1", labels)], [box])
    with pytest.raises(DataRefused) as caught:
        load_chestxray14(tmp_path / "d", DataConfig())
    assert caught.value.code == "training_data_refused"


def test_missing_and_unreadable_files_are_refused(tmp_path) -> None:
    with pytest.raises(DataRefused, match=r"boxes\.csv"):
        load_chestxray14(tmp_path, DataConfig())
    (tmp_path / "x.png").write_bytes(b"no picture")
    with pytest.raises(DataRefused, match=r"x\.png"):
        read_grey(tmp_path / "x.png")


def test_eight_and_sixteen_bit_pictures_read_alike(tmp_path) -> None:
    grey = np.arange(256, dtype=np.uint16).reshape(16, 16)
    Image.fromarray(grey.astype(np.uint8)).save(tmp_path / "8.png")
    Image.fromarray(grey * 257).save(tmp_path / "16.png")
    eight, sixteen = read_grey(tmp_path / "8.png"), read_grey(tmp_path / "16.png")
    np.testing.assert_allclose(eight, sixteen, atol=1e-6)
    assert (eight.min(), eight.max()) == (0.0, 1.0)


def test_packing_letterboxes_pixels_and_boxes_once(tmp_path) -> None:
    write_folder(tmp_path / "d", IMAGES, ["a.png,Mass,8,16,32,48"])
    dataset = load_chestxray14(tmp_path / "d", DataConfig())
    packed = pack(dataset, 32, tmp_path / "cache")
    assert packed.pixels.shape == (3, 32, 32)
    assert packed.boxes[0] == (("Mass", Box(4, 8, 16, 24)),)
    for name, _, _ in IMAGES:
        (tmp_path / "d" / "images" / name).unlink()
    again = pack(dataset, 32, tmp_path / "cache")
    assert np.array_equal(again.pixels, packed.pixels)
    assert again.boxes == packed.boxes


def test_phantoms_make_a_folder_that_loads(tmp_path) -> None:
    config = DataConfig(kind="phantoms", phantoms=3)
    write_phantoms(tmp_path, config, size_px=128, seed=4)
    dataset = load_chestxray14(tmp_path, config)
    assert len({record.patient_id for record in dataset.records}) == 3
    for record in dataset.records:
        assert {label for label, _ in record.boxes} <= record.labels
        assert read_grey(tmp_path / record.image).shape == (128, 128)


def test_phantoms_with_a_finding_that_the_set_does_not_box_load(tmp_path) -> None:
    config = DataConfig(kind="phantoms", phantoms=8)
    write_phantoms(tmp_path, config, size_px=128, seed=4)
    records = load_chestxray14(tmp_path, config).records
    (consolidated,) = [record for record in records if "Consolidation" in record.labels]
    assert "Consolidation" not in {label for label, _ in consolidated.boxes}


def test_an_unreadable_image_leaves_nothing_in_the_cache(tmp_path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    (tmp_path / "d" / "images" / "b.png").write_bytes(b"no picture")
    dataset = load_chestxray14(tmp_path / "d", DataConfig())
    with pytest.raises(DataRefused, match=r"b\.png"):
        pack(dataset, 32, tmp_path / "cache")
    assert list((tmp_path / "cache").iterdir()) == []


def test_a_cache_of_other_data_is_refused(tmp_path) -> None:
    write_folder(tmp_path / "d", IMAGES, [])
    dataset = load_chestxray14(tmp_path / "d", DataConfig())
    pack(dataset, 32, tmp_path / "cache")
    fewer = replace(dataset, records=dataset.records[:2])
    with pytest.raises(DataRefused, match="belongs to other data"):
        pack(fewer, 32, tmp_path / "cache")
