"""Figures come out whole, the same each time, and only where there is something to draw."""

from __future__ import annotations

import io
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import numpy as np
import pytest
from PIL import Image

from inference.evaluation.figures import Drawn, draw_all, write_figures
from tests.inference.evaluated import model


@pytest.fixture(scope="module")
def drawn() -> dict[str, Drawn]:
    models = (model("first"), model("second", seed=2))
    return {item.name: item for item in draw_all(models)}


def test_each_kind_is_drawn_as_a_picture_and_as_text(
    drawn: dict[str, Drawn], tmp_path: Path
) -> None:
    assert set(drawn) == {"intervals", "roc", "precision_recall", "reliability", "froc"}
    write_figures(tuple(drawn.values()), tmp_path)
    for name, item in drawn.items():
        with Image.open(io.BytesIO(item.png)) as picture:
            assert min(picture.size) > 200
            assert np.asarray(picture.convert("L")).std() > 5
        assert ElementTree.parse(tmp_path / f"{name}.svg").getroot().tag.endswith("svg")
        for word in ("first", "second"):
            assert word in item.svg
        assert item.caption


def test_panels_are_named_after_the_findings(drawn: dict[str, Drawn]) -> None:
    for name in ("roc", "precision_recall", "intervals"):
        assert all(label in drawn[name].svg for label in ("Cardiomegaly", "Mass", "Edema"))
    assert "Edema" not in drawn["froc"].svg
    assert "Isotonic" in drawn["reliability"].svg


def test_the_same_numbers_draw_the_same_bytes_and_ids_of_figures_differ(
    drawn: dict[str, Drawn],
) -> None:
    again = draw_all((model("first"), model("second", seed=2)), png=False)
    assert {item.name: item.svg for item in again} == {k: item.svg for k, item in drawn.items()}
    assert all(item.png == b"" for item in again)


def test_what_was_not_measured_is_not_drawn() -> None:
    one = model()
    classifier = replace(one, evaluation=replace(one.evaluation, boxes=None))
    detector = replace(one, evaluation=replace(one.evaluation, findings=None, calibration=None))
    names = {"roc", "precision_recall", "reliability", "intervals"}
    assert {item.name for item in draw_all((classifier,), png=False)} == names
    assert {item.name for item in draw_all((detector,), png=False)} == {"froc", "intervals"}
