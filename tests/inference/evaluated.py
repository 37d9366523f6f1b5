"""Collected outputs made by hand, for the tests of the evaluation."""

from __future__ import annotations

import numpy as np

from inference.evaluation.collect import Collected
from inference.evaluation.evaluate import Evaluation, evaluate
from inference.evaluation.explainability import HeatRow
from inference.evaluation.results import ModelResult
from inference.evaluation.setting import Setting
from inference.predict.types import Box, BoxDetection
from inference.training.records import Record

LABELS = ("Cardiomegaly", "Mass", "Edema")
BOXED = ("Cardiomegaly", "Mass")
HEART = Box(10, 10, 30, 30)
AWAY = Box(60, 60, 80, 80)


def many(images: int = 120, *, seed: int = 1, skill: float = 1.0) -> Collected:
    """Two images a patient; every third carries each label, the boxed ones with a box.

    ``skill`` moves the scores of the positives up. Women and men by turns, ages 10 to 129 years
    (the last impossible), AP and PA. The truth does not depend on the seed, the scores do.
    """
    random = np.random.default_rng(seed)
    truth = np.array([[(row + k) % 3 == 0 for k in range(3)] for row in range(images)])
    scores = 1 / (1 + np.exp(-(random.normal(size=truth.shape) + skill * truth - 1.0)))
    records, boxes, heat = [], [], []
    for row in range(images):
        present = frozenset(label for k, label in enumerate(LABELS) if truth[row, k])
        records.append(
            Record(
                f"images/{row}.png",
                f"patient-{row // 2}",
                present,
                frozenset(LABELS),
                tuple((label, HEART) for label in BOXED if label in present),
                age_years=10.0 + row,
                sex="FM"[row // 2 % 2],
                view=("PA", "AP", "")[row % 3],
            )
        )
        place = HEART if random.random() < 0.5 + 0.1 * skill else AWAY
        boxes.append(
            tuple(BoxDetection(label, float(random.random()), place, 0.5) for label in BOXED)
        )
        if "Mass" in present:
            heat.append(HeatRow(row, "Mass", float(row % 2), 0.25, 0.5, 0.3))
    return Collected(
        labels=LABELS,
        box_labels=BOXED,
        records=tuple(records),
        scores=scores,
        truth=truth,
        known=np.ones_like(truth),
        boxes=tuple(boxes),
        heat=tuple(heat),
    )


def evaluation(collected: Collected | None = None, *, resamples: int = 40) -> Evaluation:
    setting = Setting("made up", "test", (0.5, 0.5, 1.0), (0.5, 1.0), resamples=resamples)
    return evaluate(collected or many(), setting, validation=many(60, seed=9))


def model(name: str = "one", *, seed: int = 1, trained_on: int = 0) -> ModelResult:
    return ModelResult(name, "1.0", "ab" * 32, "torch", trained_on, evaluation(many(seed=seed)))
