"""What stands side by side in one evaluation: models, foreign scores, test-time flips."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from inference.evaluation.collect import Collected, with_mirror_images
from inference.evaluation.compare import Comparison, compare
from inference.evaluation.foreign import foreign_scores
from inference.evaluation.report import title_of
from inference.evaluation.results import ModelResult
from inference.predict.predictor import Predictor
from inference.training.datasets import Dataset


def compare_models(
    models: Sequence[ModelResult],
    outputs: Sequence[Collected],
    against: Sequence[Path],
    resamples: int,
) -> list[Comparison]:
    """The first model with each other one, and each with the scores in the files ``against``."""
    comparisons = [
        compare((title_of(models[0]), title_of(model)), outputs[0], output, resamples=resamples)
        for model, output in zip(models[1:], outputs[1:], strict=True)
    ]
    for path in against:
        comparisons += [
            compare(
                (path.stem, title_of(model)), *foreign_scores(path, output), resamples=resamples
            )
            for model, output in zip(models, outputs, strict=True)
        ]
    return comparisons


def compare_flips(
    predictors: Sequence[Predictor],
    outputs: Sequence[Collected],
    dataset: Dataset,
    resamples: int,
) -> list[Comparison]:
    """Each model with the mean of its scores of an image and of its mirror image."""
    return [
        compare(
            (predictor.identity.name, f"{predictor.identity.name}, mean with the mirror image"),
            output,
            with_mirror_images(predictor, dataset, output),
            resamples=resamples,
        )
        for predictor, output in zip(predictors, outputs, strict=True)
    ]
