"""Evaluate: python -m inference.evaluation.run --checkpoint C [--checkpoint C2] --data D --out DIR

Writes metrics.json, tables/, figures/, report.md and report.html. Several checkpoints are set side
by side on the same images, each later one against the first.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from cxrportal.common.errors import exit_status
from inference.evaluation.bootstrap import RESAMPLES
from inference.evaluation.collect import Collected, Lungs, NoLungs, collect
from inference.evaluation.comparisons import compare_flips, compare_models
from inference.evaluation.drift import reference_of, write_reference
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.evaluate import Evaluation, evaluate
from inference.evaluation.lungs import lungs_from
from inference.evaluation.output import is_installed, write_all
from inference.evaluation.results import ModelResult, make_report
from inference.evaluation.setting import Setting
from inference.evaluation.thresholds import CHECKPOINT, ThresholdRule
from inference.networks.files import checkpoint_sha256
from inference.predict.predictor import Predictor
from inference.predict.runtime import TORCH
from inference.predict.runtime_choice import CHOICES, RuntimeChoice
from inference.training.config import DataConfig
from inference.training.datasets import LOADERS, Dataset, load_dataset
from inference.training.errors import DataRefused
from inference.training.splits import (
    PARTS,
    TEST,
    TRAIN,
    VALIDATION,
    Split,
    load_split,
    stated_split,
)

SPLIT = "split.csv"
ALL = "all"


@dataclass(frozen=True, slots=True)
class Images:
    """What every model is evaluated on, and what thresholds and scalings are chosen on."""

    dataset: Dataset
    part: str
    evaluated: tuple[int, ...]
    validation: tuple[int, ...]

    @property
    def patients(self) -> frozenset[str]:
        return frozenset(self.dataset.records[index].patient_id for index in self.evaluated)


def choose_images(dataset: Dataset, split: Split | None, part: str) -> Images:
    """Validation images are empty where they are what is evaluated, or where there is no split."""
    if part == ALL:
        return Images(dataset, part, tuple(range(len(dataset.records))), ())
    if split is None:
        raise DataRefused("Without a split there is no such part: name one, or --part all.")
    evaluated = dataset.of_patients(split.patients(part))
    if not evaluated:
        raise DataRefused(f"No image of the data belongs to a {part} patient.")
    apart = () if part == VALIDATION else dataset.of_patients(split.patients(VALIDATION))
    return Images(dataset, part, evaluated, apart)


def choose_thresholds(
    rule: ThresholdRule, own: tuple[float, ...], chosen_on: Collected
) -> tuple[float, ...]:
    """One a label: the checkpoint's ``own``, or by the rule where the label is known."""
    if rule.kind == CHECKPOINT:
        return own
    return tuple(
        rule.choose(
            chosen_on.scores[chosen_on.known[:, k], k], chosen_on.truth[chosen_on.known[:, k], k]
        )
        for k in range(len(chosen_on.labels))
    )


def evaluate_predictor(
    predictor: Predictor,
    collected: Collected,
    setting: tuple[str, str],
    *,
    validation: Collected | None = None,
    rule: ThresholdRule | None = None,
    resamples: int = RESAMPLES,
) -> Evaluation:
    """``setting``: names of data and part. Without ``validation`` a rule chooses on what it judges,
    and the report says so."""
    chosen = rule or ThresholdRule()
    words = chosen.in_words
    if setting[1] == VALIDATION or (chosen.kind != CHECKPOINT and validation is None):
        words += "; the very patients that are judged here, so the rates are too good"
    return evaluate(
        collected,
        Setting(
            data=setting[0],
            part=setting[1],
            thresholds=choose_thresholds(
                chosen, predictor.description.thresholds, validation or collected
            ),
            box_thresholds=predictor.box_thresholds,
            thresholds_from=words,
            resamples=resamples,
        ),
        validation=validation,
        coco=is_installed("pycocotools"),
    )


def model_result(
    predictor: Predictor, evaluation: Evaluation, split: Split | None, patients: frozenset[str]
) -> ModelResult:
    """``split``: the checkpoint's own; its training patients among ``patients`` are counted."""
    identity = predictor.identity
    seen = -1 if split is None else len(patients & split.patients(TRAIN))
    named = (identity.name, identity.version, identity.sha256)
    return ModelResult(*named, predictor.runtime, seen, evaluation)


def choose_split(dataset: Dataset, given: Path | None, checkpoint: Path) -> Split | None:
    """The given one, else the checkpoint's own, else the parts that the data states itself."""
    if given is not None:
        return load_split(given)
    stated = ((item.image, item.patient_id, item.part) for item in dataset.records)
    return _own_split(checkpoint) or stated_split(stated)


def check_labels(predictor: Predictor, dataset: Dataset) -> None:
    """Raises EvaluationRefused where the data says nothing of any label of the model."""
    ours = {*predictor.description.labels, *predictor.box_labels}
    if not ours & {*dataset.labels, *dataset.box_labels}:
        raise EvaluationRefused(
            f"{predictor.identity.name} and the data share no label; perhaps --label-set maps them."
        )


def _own_split(checkpoint: Path) -> Split | None:
    return load_split(checkpoint / SPLIT) if (checkpoint / SPLIT).is_file() else None


def progress(what: str, images: int) -> Callable[[int], None]:
    """Says on standard error how far it is, in ten steps or so."""
    step = max(1, images // 10)

    def show(done: int) -> None:
        if done % step == 0 or done == images:
            print(f"{what}: {done} of {images}", file=sys.stderr, flush=True)

    return show


def _collect_both(
    predictor: Predictor, images: Images, lungs: Lungs
) -> tuple[Collected, Collected | None]:
    name = f"{predictor.identity.name} {predictor.identity.version}"
    show = progress(f"{name}, {images.part}", len(images.evaluated))
    collected = collect(predictor, images.dataset, images.evaluated, show, lungs)
    if not images.validation:
        return collected, None
    show = progress(f"{name}, {VALIDATION}", len(images.validation))
    return collected, collect(predictor, images.dataset, images.validation, show)


def run(arguments: argparse.Namespace) -> None:
    if arguments.sha256 and len(arguments.checkpoint) > 1:
        raise EvaluationRefused("One hash cannot name several checkpoints.")
    try:
        arguments.out.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise EvaluationRefused(f"Nothing can be written under {arguments.out.name}.") from error
    predictors = [
        Predictor.load(
            checkpoint,
            sha256=arguments.sha256 or checkpoint_sha256(checkpoint),
            threads=arguments.threads,
            choice=RuntimeChoice(arguments.runtime, arguments.runtime_cache),
        )
        for checkpoint in arguments.checkpoint
    ]
    dataset = load_dataset(
        arguments.data, replace(DataConfig(), kind=arguments.kind, label_set=arguments.label_set)
    )
    for predictor in predictors:
        check_labels(predictor, dataset)
    split = choose_split(dataset, arguments.split, arguments.checkpoint[0])
    images = choose_images(dataset, split, arguments.part)
    lungs = lungs_from(arguments.lungs) if arguments.lungs else NoLungs
    resamples: int = arguments.resamples
    models: list[ModelResult] = []
    outputs: list[Collected] = []
    for checkpoint, predictor in zip(arguments.checkpoint, predictors, strict=True):
        collected, validation = _collect_both(predictor, images, lungs)
        if arguments.reference:
            named = f"{dataset.name}, {arguments.part}"
            write_reference(reference_of(named, collected.labels, collected.scores), checkpoint)
        result = evaluate_predictor(
            predictor,
            collected,
            (dataset.name, arguments.part),
            validation=validation,
            rule=arguments.thresholds,
            resamples=resamples,
        )
        own = _own_split(checkpoint)
        models.append(model_result(predictor, result, own, images.patients))
        outputs.append(collected)
    comparisons = compare_models(models, outputs, arguments.against, resamples)
    if arguments.flips:
        comparisons += compare_flips(predictors, outputs, dataset, resamples)
    report = make_report(tuple(models), tuple(comparisons))
    write_all(report, arguments.out, figures=not arguments.without_figures)
    print(arguments.out / "report.md")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.evaluation.run", description=__doc__)
    add = parser.add_argument
    add("--checkpoint", type=Path, required=True, action="append", help="folder; may be repeated")
    add("--data", type=Path, required=True, help="folder of the data")
    add("--kind", choices=sorted(LOADERS), default="chestxray14", help="form of the data")
    add("--label-set", default="", help="map the data's labels to: chestxray14, vindr14")
    add("--out", type=Path, required=True, help="gets metrics.json, tables, figures, report")
    add("--sha256", default="", help="refuse any other checkpoint")
    add("--split", type=Path, help="default: the first checkpoint's, else the data's")
    add("--part", choices=(*PARTS, ALL), default=TEST)
    add(
        "--thresholds",
        type=ThresholdRule.parse,
        default=ThresholdRule(),
        metavar="RULE",
        help="checkpoint (default), youden[:SPECIFICITY], sensitivity:SHARE; on validation",
    )
    add("--lungs", type=Path, help="folder of lung masks, or a U-Net's checkpoint")
    add(
        "--against",
        type=Path,
        action="append",
        default=[],
        metavar="CSV",
        help="another model's scores (image, one column a label), compared on the images it has",
    )
    add(
        "--flips",
        action="store_true",
        help="compare with the mean of the scores of each image and its mirror image (a try; "
        "predictions are made without it)",
    )
    add("--reference", action="store_true", help="leave score histograms in each checkpoint")
    add("--without-figures", action="store_true", help="numbers and tables alone")
    add("--resamples", type=int, default=RESAMPLES, help="of the bootstrap")
    add("--runtime", choices=CHOICES, default=TORCH, help="torch is the reference")
    add("--runtime-cache", type=Path, help="where checked exports lie, for another runtime")
    add("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: run(given))


if __name__ == "__main__":
    sys.exit(main())
