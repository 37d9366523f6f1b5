"""The model card: what the weights are, what they were measured to do, what they are not for.

It is made from a checkpoint's own files, model.json, metrics.json and facts.json:

python -m inference.training.card --checkpoint DIR
"""

from __future__ import annotations

import argparse
import math
import sys
from dataclasses import dataclass
from pathlib import Path

from cxrportal.common.errors import exit_status
from inference.evaluation.document import (
    Block,
    Bullets,
    Heading,
    Paragraph,
    Table,
    to_html,
    to_markdown,
)
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.evaluate import Evaluation
from inference.evaluation.output import as_blocks, figures_of
from inference.evaluation.results import METRICS, ModelResult, read_report
from inference.evaluation.sections import all_sections
from inference.evaluation.words import listed, number
from inference.networks.checkpoint import load_checkpoint
from inference.networks.description import Description, Provenance
from inference.networks.files import CARD, checkpoint_sha256
from inference.training.facts import CardFacts, Stage, read_facts
from inference.training.records import NO_FINDING

PAGE = "CARD.html"
RESULTS = Heading("Held-out results")
POOR_AUROC, POOR_AP50 = 0.6, 0.1
CHESTXRAY14 = "ChestX-ray14"
CITATION = (
    "Data: ChestX-ray14, NIH Clinical Center, free to use with citation and acknowledgement. "
    "Wang X, Peng Y, Lu L, Lu Z, Bagheri M, Summers RM. ChestX-ray8: Hospital-scale Chest X-ray "
    "Database and Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax "
    "Diseases. CVPR 2017. The NIH Clinical Center is the provider of the images "
    "(https://nihcc.app.box.com/v/ChestXray-NIHCC)."
)


@dataclass(frozen=True, slots=True)
class CardSource:
    """All that a card is made from."""

    about: Description
    facts: CardFacts
    result: ModelResult


def card_blocks(source: CardSource) -> list[Block]:
    """The card but its figures. Every number comes from the source."""
    about, facts, result = source.about, source.facts, source.result
    return [
        Heading(f"{about.name} {about.version}", 1),
        Paragraph(f"Checkpoint SHA-256 `{result.sha256}`. Licence: {about.provenance.licence}."),
        Heading("Intended use"),
        *_purpose(about),
        Heading("Training data"),
        *_data(about, facts),
        Heading("Training"),
        *_training(about, facts),
        RESULTS,
        *all_sections(result.evaluation),
        *_results_in_words(result.evaluation),
        Heading("Scores and thresholds"),
        *_scores(about, facts),
        Heading("Limits"),
        _limits(about, facts, result.evaluation),
        Heading("Licence and citation"),
        Paragraph(f"Weights: {about.provenance.licence}. {_citation(about.provenance)}"),
    ]


def _purpose(about: Description) -> list[Block]:
    tasks = []
    if about.labels:
        tasks.append(
            f"scores {len(about.labels)} findings on frontal chest radiographs of adults "
            "(heat maps are Grad-CAM of this classifier)"
        )
    if about.box_labels:
        tasks.append(
            f"draws boxes for {len(about.box_labels)} findings (Faster R-CNN): "
            f"{listed([*about.box_labels])}"
        )
    return [
        Paragraph(
            f"A network ({about.network.backbone}, input {about.preprocessing.size_px} px) that "
            f"{' and '.join(tasks)}."
        ),
        Paragraph(
            "Intended use: research, teaching, and trying out the application. A clinician reads "
            "every image. Not a medical device, not for diagnosis without a clinician, not for "
            "triage, not for children, lateral views, or other body parts."
        ),
    ]


def _data(about: Description, facts: CardFacts) -> list[Block]:
    origin = about.provenance
    nature = (
        " Labels were mined from report text and are noisy; boxes are radiologists' and do not "
        "cover every finding of an image. The set holds many more positives than a hospital's: "
        "predictive values and calibration do not carry over to your prevalence."
        if origin.data.startswith(CHESTXRAY14)
        else ""
    )
    return [
        Paragraph(f"{origin.data}.{nature}"),
        Table(
            "split",
            ("part", "patients", "images", "boxed images"),
            tuple(
                (item.part, str(item.patients), str(item.images), str(item.boxed))
                for item in facts.parts
            ),
        ),
        Paragraph(
            "No patient is in two parts. The test part was neither trained nor tuned on. Split: "
            f"`split.csv`, SHA-256 `{origin.split_sha256}`. Labels and boxes, SHA-256 "
            f"`{origin.data_sha256}`."
        ),
    ]


def _training(about: Description, facts: CardFacts) -> list[Block]:
    lines = [f"Started from: {about.provenance.started_from.rstrip('.')}."]
    for place, stage in enumerate(facts.stages, start=1):
        name = f"Stage {place}" if len(facts.stages) > 1 else "Training"
        lines.append(f"{name}: {_stage(stage)}.")
    lines += [f"{note.rstrip('.')}." for note in facts.notes]
    return [Bullets((*lines, *_soft(about.provenance)))]


def _stage(stage: Stage) -> str:
    measured = [
        f"{name} {number(value)}"
        for name, value in (("macro AUROC", stage.auroc), ("mean AP40", stage.ap40))
        if math.isfinite(value)
    ]
    numbers = f" ({', '.join(measured)} on the validation patients)" if measured else ""
    run = "1 epoch" if stage.epochs == 1 else f"{stage.epochs} epochs"
    return f"{run} run, epoch {stage.best_epoch} kept{numbers}"


def _soft(origin: Provenance) -> list[str]:
    data = origin.training.get("data")
    if not isinstance(data, dict) or not data.get("soft_targets_csv"):
        return []
    return [
        f"Training targets are, with weight {data['soft_share']}, the probabilities of another "
        f"model (`{data['soft_targets_csv']}`) for the training images that have one. Its own "
        "training may have seen patients of the test part here, so a little of them may have come "
        "through."
    ]


def _results_in_words(evaluation: Evaluation) -> list[Block]:
    lines = []
    labels = evaluation.findings.labels if evaluation.findings else ()
    boxes = evaluation.boxes.labels if evaluation.boxes else ()
    poor = [item.label for item in labels if item.auroc.low < POOR_AUROC]
    if poor:
        lines.append(f"The interval reaches below an AUROC of {POOR_AUROC:g}: {listed(poor)}.")
    weak = [item.label for item in boxes if not item.ap50.value >= POOR_AP50]
    if weak:
        lines.append(f"Boxes are poor (AP50 below {POOR_AP50:g}) for: {listed(weak)}.")
    unseen = [item.label for item in boxes if item.threshold >= 1.0]
    if unseen:
        lines.append(f"No boxes are shown at all for: {listed(unseen)}.")
    untold = [item.label for item in labels if item.threshold >= 1.0]
    if untold:
        lines.append(f"Never proposed: {listed(untold)}.")
    return [Heading("In words", 3), Bullets(tuple(lines))] if lines else []


def _scores(about: Description, facts: CardFacts) -> list[Block]:
    blocks: list[Block] = []
    check, rules = facts.check, facts.rules
    if check is not None:
        verdict = (
            f"Scores are probabilities, calibrated on: {about.calibration.data}."
            if about.calibration
            else "That is not enough to claim it: the outputs are scores, not probabilities."
        )
        blocks.append(
            Paragraph(
                "Platt scaling, cross-validated on the validation patients, gave a mean "
                f"calibration error of {number(check.error_after)} (before: "
                f"{number(check.error_before)}) and a Brier score of {number(check.brier_after)} "
                f"(before: {number(check.brier_before)}); the rarest finding had "
                f"{check.fewest_positives} positives. {verdict}"
            )
        )
        blocks.append(
            Paragraph(
                f"Thresholds: {rules.thresholds}. A finding with fewer than "
                f"{rules.min_positives} positives there is never proposed."
            )
        )
    if about.box_labels:
        gate = about.boxes.gate
        score = f"box^{1 - gate:g} x classifier^{gate:g}" if gate else "the detector's own"
        blocks.append(
            Paragraph(
                f"Box scores are {score}; their thresholds allow at most "
                f"{rules.max_false_boxes_per_image:g} false boxes an image and finding, and ask "
                f"that {rules.min_box_precision:.0%} of the boxes shown are right, on the "
                "validation patients; a finding that cannot keep this gets no boxes."
            )
        )
    return blocks


def _limits(about: Description, facts: CardFacts, evaluation: Evaluation) -> Bullets:
    train = facts.parts[0]
    lines = [
        f"Trained on {train.images} images of {train.patients} patients"
        + (", all of one hospital." if about.provenance.data.startswith(CHESTXRAY14) else "."),
        f"Sees the image at {about.preprocessing.size_px} px: small lesions are easily missed. "
        f'A score below its threshold is not "{NO_FINDING}", and a missing box means nothing.',
    ]
    if about.labels:
        lines.append(
            "Heat maps show where the classifier's evidence lies on a coarse grid; they are no "
            "outlines."
        )
    worse = [
        f"{item.attribute} {item.group}"
        for item in evaluation.subgroups
        if "worse" in item.statement
    ]
    if worse:
        lines.append(f"Fares worse than on the others: {listed(worse)}.")
    elif evaluation.subgroups:
        lines.append("In no subgroup a difference was shown; most are too small to show one.")
    else:
        lines.append(
            "Not examined: differences by sex, age and view, which the data does not tell."
        )
    lines.append(
        "Not examined: scanners and other hospitals; drains and devices as shortcuts (known for "
        "pneumothorax in public data)."
    )
    return Bullets(tuple(lines))


def _citation(origin: Provenance) -> str:
    return CITATION if origin.data.startswith(CHESTXRAY14) else f"Data: {origin.data}."


def read_source(checkpoint: Path) -> CardSource:
    """From a checkpoint's folder. Raises PortalError where a file is missing or of another one."""
    identity = checkpoint_sha256(checkpoint)
    about = load_checkpoint(checkpoint, sha256=identity).description
    report = read_report(checkpoint / METRICS)
    if [model.sha256 for model in report.models] != [identity]:
        raise EvaluationRefused(f"{METRICS} is of another checkpoint.")
    return CardSource(about, read_facts(checkpoint), report.models[0])


def write_card(checkpoint: Path) -> None:
    """CARD.md and CARD.html, the latter with figures where matplotlib is installed."""
    source = read_source(checkpoint)
    blocks = card_blocks(source)
    (checkpoint / CARD).write_text(to_markdown(blocks), encoding="utf-8")
    # The page holds its pictures itself; the text does without.
    place = blocks.index(RESULTS) + 1
    page = [*blocks[:place], *as_blocks(figures_of((source.result,), png=False)), *blocks[place:]]
    title = f"{source.about.name} {source.about.version}"
    (checkpoint / PAGE).write_text(to_html(title, page), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.card", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True, help="a folder that was shipped")
    given = parser.parse_args(argv).checkpoint
    return exit_status(lambda: write_card(given))


if __name__ == "__main__":
    sys.exit(main())
