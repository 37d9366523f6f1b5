"""Another model's scores as a yardstick."""

from __future__ import annotations

from pathlib import Path

import pytest

from inference.evaluation.compare import compare
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.foreign import foreign_scores
from inference.evaluation.metrics import auroc
from tests.inference.evaluated import many


def test_both_are_cut_to_the_images_and_labels_of_the_file(tmp_path: Path) -> None:
    path = tmp_path / "other.csv"
    path.write_text("image,Mass,Hernia\n5.png,0.5,0\n2.png,0.9,0\n4.png,0.1,1\nx.png,0,0\n")
    theirs, ours = foreign_scores(path, many())
    assert [record.image for record in ours.records] == [
        *("images/2.png", "images/4.png", "images/5.png")
    ]
    assert theirs.labels == ("Mass",)
    assert theirs.scores.tolist() == [[0.9], [0.1], [0.5]]
    assert theirs.truth[:, 0].tolist() == [True, False, True]
    assert ours.labels == ("Cardiomegaly", "Mass", "Edema")
    assert theirs.box_labels == ()


def test_the_difference_is_taken_on_those_images(tmp_path: Path) -> None:
    collected = many()
    path = tmp_path / "other.csv"
    lines = [f"{row}.png,{row % 7}" for row in range(100)]
    path.write_text("\n".join(["image,Mass", *lines]) + "\n")
    theirs, ours = foreign_scores(path, collected)
    found = compare(("other", "ours"), theirs, ours, resamples=20)
    assert found.images == 100
    assert found.differences[0].name == "auroc/Mass"
    assert found.differences[0].first == pytest.approx(
        auroc(theirs.scores[:, 0], collected.truth[:100, 1])
    )


@pytest.mark.parametrize(
    "text",
    [
        "image,Mass\nnone.png,1\n",
        "image,Hernia\n1.png,1\n",
        "picture,Mass\n1.png,1\n",
        "image,Mass\n1.png,high\n",
        "image,Mass\n1.png,nan\n",
        "image,Mass\n1.png,1\n1.png,2\n",
        "image,Mass\n1.png\n",
        "",
    ],
)
def test_what_is_no_such_table_is_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "other.csv").write_text(text)
    with pytest.raises(EvaluationRefused):
        foreign_scores(tmp_path / "other.csv", many())


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(EvaluationRefused):
        foreign_scores(tmp_path / "none.csv", many())
