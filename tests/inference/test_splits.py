from __future__ import annotations

import hashlib

import pytest

from inference.training.errors import DataRefused
from inference.training.splits import PARTS, Split, load_split, split_patients

# 200 patients with two images each; every tenth has a rare finding in the second one.
FINDINGS = [
    (f"p{number:03d}", ("Hernia",) if image and number % 10 == 0 else ("Mass",))
    for number in range(200)
    for image in range(2)
]


def split(seed: int = 1) -> Split:
    return split_patients(FINDINGS, validation_share=0.15, test_share=0.2, seed=seed)


def test_a_patient_is_in_one_part_and_none_is_lost() -> None:
    parts = [split().patients(part) for part in PARTS]
    assert sum(len(part) for part in parts) == len(frozenset.union(*parts)) == 200


def test_the_shares_hold_for_the_rare_finding_too() -> None:
    rare = {f"p{number:03d}" for number in range(0, 200, 10)}
    sizes = [len(split().patients(part)) for part in PARTS]
    assert sizes == pytest.approx([130, 30, 40], abs=2)
    rare_sizes = [len(split().patients(part) & rare) for part in PARTS]
    assert rare_sizes == pytest.approx([13, 3, 4], abs=1)


def test_the_same_seed_gives_the_same_split_whatever_the_order() -> None:
    shuffled = split_patients(FINDINGS[::-1], validation_share=0.15, test_share=0.2, seed=1)
    assert shuffled == split(seed=1) != split(seed=2)


def test_a_split_is_saved_with_the_hash_of_its_text(tmp_path) -> None:
    split().save(tmp_path / "split.csv")
    assert load_split(tmp_path / "split.csv") == split()
    assert split().sha256 == hashlib.sha256((tmp_path / "split.csv").read_bytes()).hexdigest()


@pytest.mark.parametrize("rows", ["a,train\na,test", "a,dev"])
def test_a_patient_in_two_parts_or_an_unknown_part_is_refused(tmp_path, rows: str) -> None:
    (tmp_path / "split.csv").write_text(f"patient_id,part\n{rows}\n")
    with pytest.raises(DataRefused):
        load_split(tmp_path / "split.csv")
