"""The model card: what the weights are, what they were measured to do, what they are not for."""

from __future__ import annotations

from dataclasses import dataclass

from inference.evaluation.evaluate import Evaluation
from inference.evaluation.report import to_markdown
from inference.networks.description import Description, Provenance
from inference.training.tune import (
    MAX_FALSE_BOXES_PER_IMAGE,
    MIN_BOX_PRECISION,
    MIN_POSITIVES,
    MIN_SPECIFICITY,
    Tuned,
)

CITATION = """\
Data: ChestX-ray14, NIH Clinical Center, free to use with citation and acknowledgement. Wang X,
Peng Y, Lu L, Lu Z, Bagheri M, Summers RM. ChestX-ray8: Hospital-scale Chest X-ray Database and
Benchmarks on Weakly-Supervised Classification and Localization of Common Thorax Diseases. CVPR
2017. The NIH Clinical Center is the provider of the images (https://nihcc.app.box.com/v/ChestXray-NIHCC)."""


@dataclass(frozen=True, slots=True)
class CardFacts:
    """Counts of the split: (part, patients, images, boxed images)."""

    parts: tuple[tuple[str, int, int, int], ...]


def write_card(tuned: Tuned, facts: CardFacts, evaluation: Evaluation) -> str:
    """Markdown. All numbers come from the arguments."""
    about = tuned.description
    return "\n".join(
        (
            f"# {about.name} {about.version}\n",
            _purpose(about),
            "## Data\n",
            _data(about, facts),
            "## Held-out results\n",
            to_markdown(evaluation),
            _results_in_words(evaluation),
            "## Scores and thresholds\n",
            _scores(tuned),
            "## Limits\n",
            _limits(),
            "## Licence and citation\n",
            f"Weights: {about.provenance.licence}. {CITATION}\n",
        )
    )


def _purpose(about: Description) -> str:
    detector = (
        f" A Faster R-CNN on the same backbone draws boxes for {len(about.box_labels)} of them."
        if about.box_labels
        else ""
    )
    return (
        f"A multi-task network ({about.network.backbone}, input {about.preprocessing.size_px} px) "
        f"that scores {len(about.labels)} findings on frontal chest radiographs of adults."
        f"{detector} Heat maps are Grad-CAM of the classifier.\n\n"
        "Intended use: research, teaching, and trying out the application. A clinician reads every "
        "image. Not a medical device, not for diagnosis without a clinician, not for triage, not "
        "for children, lateral views, or other body parts.\n"
    )


def _data(about: Description, facts: CardFacts) -> str:
    origin = about.provenance
    rows = "\n".join(
        f"| {part} | {patients} | {images} | {boxed} |"
        for part, patients, images, boxed in facts.parts
    )
    return (
        f"{origin.data}. Labels were mined from report text and are noisy; boxes are radiologists' "
        "and do not cover every finding of an image. The set holds many more positives than a "
        "hospital's: predictive values and calibration do not carry over to your prevalence.\n\n"
        "| part | patients | images | boxed images |\n|---|---|---|---|\n"
        f"{rows}\n\n"
        "No patient is in two parts. The test part was neither trained nor tuned on. Split: "
        f"`split.csv`, SHA-256 `{origin.split_sha256}`. Labels and boxes, SHA-256: "
        f"`{origin.data_sha256}`. Started from: {origin.started_from}.{_soft(origin)}\n"
    )


def _soft(origin: Provenance) -> str:
    data = origin.training.get("data")
    if not isinstance(data, dict) or not data.get("soft_targets_csv"):
        return ""
    return (
        f" Training targets are, with weight {data['soft_share']}, the probabilities of a "
        "DenseNet-121 that others trained on all of ChestX-ray14, for the training images that "
        "have one. Its training may have seen patients of the test part here, so a little "
        "of them may have come through."
    )


def _results_in_words(evaluation: Evaluation) -> str:
    poor = [item.label for item in evaluation.labels if item.auroc.low < 0.6]
    unseen = [item.label for item in evaluation.boxes if item.threshold >= 1.0]
    weak = [item.label for item in evaluation.boxes if not item.ap50.value >= 0.1]
    lines = []
    if poor:
        lines.append(f"The interval of these findings reaches below 0.6: {', '.join(poor)}.")
    if weak:
        lines.append(f"Boxes are poor (AP50 below 0.1) for: {', '.join(weak)}.")
    if unseen:
        lines.append(f"No boxes are shown at all for: {', '.join(unseen)}.")
    return " ".join(lines) + "\n"


def _scores(tuned: Tuned) -> str:
    about, check = tuned.description, tuned.check
    measured = (
        f"Platt scaling, cross-validated on the validation patients, gave a mean calibration error "
        f"of {check.error_after:.3f} (before: {check.error_before:.3f}) and a Brier score of "
        f"{check.brier_after:.3f} (before: {check.brier_before:.3f}); the rarest finding had "
        f"{check.fewest_positives} positives."
    )
    verdict = (
        f"Scores are probabilities, calibrated on: {about.calibration.data}."
        if about.calibration
        else "That is not enough to claim calibration: the outputs are scores, not probabilities."
    )
    return (
        f"{measured} {verdict} Thresholds maximise sensitivity + specificity on the validation "
        f"patients among those with a specificity of at least {MIN_SPECIFICITY:.2f} there; "
        f"a finding with fewer than {MIN_POSITIVES} positives there is never proposed "
        "(threshold 1). Box "
        f"scores are box^{1 - about.boxes.gate:g} x classifier^{about.boxes.gate:g}; their "
        f"thresholds allow at most {MAX_FALSE_BOXES_PER_IMAGE} false boxes an image and finding, "
        f"and ask that {MIN_BOX_PRECISION:.0%} of the boxes shown are right, on the validation "
        "patients; a finding that cannot keep this gets no boxes.\n"
    )


def _limits() -> str:
    return (
        "- Trained on few images of one hospital, on 8-bit pictures of 512 x 512 px.\n"
        "- Small lesions (nodules, small masses) and diffuse findings are poorly boxed; most are "
        "missed. The absence of a box means nothing.\n"
        "- Heat maps show where the classifier's evidence lies on a coarse grid; they are no "
        "outlines.\n"
        "- Not examined: differences by sex, age, view, scanner and hospital; drains and devices "
        "as shortcuts (known for pneumothorax in this data).\n"
    )
