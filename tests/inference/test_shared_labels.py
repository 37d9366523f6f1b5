"""Models of two label sets: compared on what both know, the rest named."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from inference.evaluation.collect import Collected
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.paired import EVERYBODY, Rule
from inference.evaluation.promotion import judge_promotion
from inference.evaluation.shared_labels import in_words_of, shared_labels
from inference.predict.labels import CHESTXRAY14, VINDR14
from inference.predict.types import Box, BoxDetection
from inference.training.records import Record
from tests.inference.evaluated import many

ILL = (True, True, False, False)
PLACE = Box(0, 0, 10, 10)


def reads(labels: tuple[str, ...], scores: list[list[float]], boxed: str = "") -> Collected:
    """Four patients, the first two with the first label; ``scores``: a row a patient."""
    known = frozenset(labels)
    records = tuple(
        Record(
            f"{number}.png",
            f"patient-{number}",
            frozenset(labels[:1] if ill else ()),
            known,
            ((boxed, PLACE),) if boxed and ill else (),
        )
        for number, ill in enumerate(ILL)
    )
    truth = np.array([[label in record.labels for label in labels] for record in records])
    return Collected(
        labels=labels,
        box_labels=(boxed,) if boxed else (),
        records=records,
        scores=np.array(scores),
        truth=truth,
        known=np.ones_like(truth),
        boxes=tuple((BoxDetection(boxed, 0.9, PLACE, 0.5),) if boxed else () for _ in ILL),
    )


def test_the_two_published_sets_share_eight_findings() -> None:
    shared = shared_labels(VINDR14, CHESTXRAY14)
    assert shared.names == {
        "Atelectasis": "Atelectasis", "Cardiomegaly": "Cardiomegaly",
        "Consolidation": "Consolidation", "Effusion": "Pleural effusion",
        "Fibrosis": "Pulmonary fibrosis", "Infiltration": "Infiltration",
        "Pleural_Thickening": "Pleural thickening", "Pneumothorax": "Pneumothorax",
    }  # fmt: skip
    assert shared.active_alone == (
        "Aortic enlargement", "Calcification", "ILD", "Lung Opacity", "Nodule/Mass", "Other lesion",
    )  # fmt: skip
    assert shared.candidate_alone == (
        "Edema", "Emphysema", "Hernia", "Mass", "Nodule", "Pneumonia",
    )  # fmt: skip


def test_a_set_shares_all_with_itself() -> None:
    shared = shared_labels(VINDR14, VINDR14)
    assert (len(shared.names), shared.active_alone, shared.candidate_alone) == (14, (), ())


def test_a_label_without_a_code_is_shared_by_the_very_same_word_alone() -> None:
    assert shared_labels(("Rib fracture",), ("Rib fracture",)).names
    assert not shared_labels(("Rib fracture",), ("Fractured rib",)).names


def test_a_shared_finding_is_compared_in_the_words_of_the_active_model() -> None:
    active = reads(
        ("Pleural effusion", "ILD"), [[0.9, 0.1], [0.8, 0.1], [0.3, 0.1], [0.1, 0.1]],
        boxed="Pleural effusion",
    )  # fmt: skip
    candidate = reads(
        ("Effusion", "Hernia"), [[0.9, 0.5], [0.2, 0.5], [0.3, 0.5], [0.1, 0.5]], boxed="Effusion"
    )
    outcome = judge_promotion(active, candidate, Rule(least_cases=2, resamples=50))
    found = {(t.measure, t.finding): t for t in outcome.tests if t.group == EVERYBODY}
    effusion = found["auroc", "Pleural effusion"]
    # of the pairs ill x well the active has 4 of 4 in order; the candidate's 0.2 is below one 0.3
    assert (effusion.active, effusion.candidate, effusion.difference) == (1.0, 0.75, -0.25)
    assert (effusion.cases, effusion.others) == (2, 2)
    assert found["ap40", "Pleural effusion"].difference == 0.0
    assert ("auroc", "ILD") not in found
    assert (outcome.active_alone, outcome.candidate_alone) == (("ILD",), ("Hernia",))
    assert "The candidate does not know ILD." in outcome.reasons


def test_the_candidates_columns_are_put_in_order_and_judged_by_one_truth() -> None:
    active = reads(("Pleural effusion", "Cardiomegaly"), [[0.9, 0.1]] * 4)
    candidate = reads(("Cardiomegaly", "Hernia", "Effusion"), [[0.3, 0.2, 0.7]] * 4)
    said = in_words_of(active, candidate)
    assert said.labels == ("Cardiomegaly", "Pleural effusion")
    assert said.scores[0].tolist() == [0.3, 0.7]
    assert said.truth[:, 1].tolist() == list(ILL)  # of the active's records, not its own
    assert not said.truth[:, 0].any()
    assert said.records == active.records


def test_nothing_shared_says_that_nothing_can_be_compared() -> None:
    active, candidate = many(), many()
    candidate = replace(candidate, labels=("ILD", "Calcification", "Other lesion"), box_labels=())
    outcome = judge_promotion(active, candidate, Rule(resamples=50))
    assert not [t for t in outcome.tests if t.verdict == "as good"]
    assert not outcome.passed
    assert outcome.active_alone == (
        "Cardiomegaly", "Mass", "Edema", "boxes of Cardiomegaly", "boxes of Mass",
    )  # fmt: skip
    assert outcome.candidate_alone == ("ILD", "Calcification", "Other lesion")


def test_other_images_are_refused() -> None:
    with pytest.raises(EvaluationRefused):
        in_words_of(many(30), many(60))
