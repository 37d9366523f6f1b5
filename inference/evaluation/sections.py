"""What an evaluation of one model found, section by section, as blocks of a document."""

from __future__ import annotations

from inference.evaluation.document import Block, Heading, Paragraph, Table
from inference.evaluation.evaluate import Evaluation
from inference.evaluation.findings import FEW_POSITIVES
from inference.evaluation.words import number, share, threshold, with_interval

STAR = "* Left out of the interval: resamples without a value, for want of positives."
BOX_COLUMNS = (
    *("finding", "boxes / images", "AP50", "AP40", "threshold"),
    *("sensitivity", "precision", "false / image"),
)


def all_sections(evaluation: Evaluation) -> list[Block]:
    """Data, findings, calibration, boxes, heat maps, subgroups: those that were measured."""
    return [
        _data(evaluation),
        *findings_section(evaluation),
        *calibration_section(evaluation),
        *boxes_section(evaluation),
        *heat_section(evaluation),
        *subgroups_section(evaluation),
    ]


def _data(evaluation: Evaluation) -> Paragraph:
    return Paragraph(
        f"Data: {evaluation.data}, part: {evaluation.part}; {evaluation.images} images of "
        f"{evaluation.patients} patients. In brackets: 95 % intervals from "
        f"{evaluation.resamples} bootstrap resamples of the patients. {STAR}"
    )


def findings_section(evaluation: Evaluation) -> list[Block]:
    findings = evaluation.findings
    if findings is None:
        return []
    return [
        Heading("Findings on whole images", 3),
        Paragraph(
            f"Macro AUROC over {len(findings.labels)} findings: "
            f"{with_interval(findings.macro_auroc)}; over those with {FEW_POSITIVES} positives or "
            f"more: {with_interval(findings.macro_auroc_common)}. Macro average precision: "
            f"{with_interval(findings.macro_average_precision)} and "
            f"{with_interval(findings.macro_average_precision_common)}. Average precision of "
            "chance is the share of positives."
        ),
        Table(
            "findings",
            ("finding", "positives / images", "AUROC", "average precision"),
            tuple(
                (
                    item.label,
                    f"{item.positives} / {item.images}",
                    with_interval(item.auroc),
                    with_interval(item.average_precision),
                )
                for item in findings.labels
            ),
        ),
        Paragraph(f'Thresholds: {evaluation.thresholds_from}. "Never": it is not proposed.'),
        Table(
            "thresholds",
            ("finding", "threshold", "sensitivity", "specificity", "precision", "F1"),
            tuple(
                (
                    item.label,
                    threshold(item.threshold),
                    with_interval(item.sensitivity),
                    with_interval(item.specificity),
                    with_interval(item.precision),
                    with_interval(item.f1),
                )
                for item in findings.labels
            ),
        ),
    ]


def calibration_section(evaluation: Evaluation) -> list[Block]:
    result = evaluation.calibration
    if result is None:
        return []
    return [
        Heading("Calibration", 3),
        Paragraph(
            f"Scalings fitted on {result.fitted_on} (n = {result.fitted_images}), measured on "
            f"{result.images} images. {share(result.with_finding, result.images)} of these carry "
            "at least one finding: this is not your prevalence, so neither the calibration nor "
            'the precision above carries over to your patients. "As it is": what the checkpoint '
            "puts out, with its own calibration where it has one."
        ),
        Table(
            "calibration",
            ("scaling", "expected calibration error", "Brier score"),
            tuple(
                (item.name, number(item.error), with_interval(item.brier))
                for item in result.scalings
            ),
        ),
    ]


def boxes_section(evaluation: Evaluation) -> list[Block]:
    boxes = evaluation.boxes
    if boxes is None:
        return []
    blocks: list[Block] = [
        Heading("Boxes", 3),
        Paragraph(
            f"Mean AP50 {with_interval(boxes.mean_ap50)}, mean AP40 "
            f"{with_interval(boxes.mean_ap40)}: all-point average precision, each found box by "
            "falling score takes the free true box it overlaps most, at IoU >= 0.5 and IoU > 0.4. "
            "Images that carry a finding without a box of it are left out for that finding. At "
            'the threshold: IoU > 0.4. "Never": boxes of this finding are not shown.'
        ),
        Table(
            "boxes",
            BOX_COLUMNS,
            tuple(
                (
                    item.label,
                    f"{item.true_boxes} / {item.images}",
                    with_interval(item.ap50),
                    with_interval(item.ap40),
                    threshold(item.threshold),
                    with_interval(item.sensitivity),
                    with_interval(item.precision),
                    with_interval(item.false_per_image),
                )
                for item in boxes.labels
            ),
        ),
        Paragraph("Sensitivity with at most so many false boxes of the finding an image (FROC):"),
        Table(
            "froc",
            ("finding", *(f"{rate:g}" for rate in boxes.rates)),
            (
                *((item.label, *map(with_interval, item.froc)) for item in boxes.labels),
                ("mean", *map(with_interval, boxes.mean_froc)),
            ),
        ),
    ]
    if boxes.coco:
        blocks += [
            Paragraph(
                "COCO numbers (pycocotools), mean over the findings; small: below 32 x 32 px of "
                "the stored image, large: above 96 x 96."
            ),
            Table(
                "coco",
                tuple(item.name for item in boxes.coco),
                (tuple(number(item.value) for item in boxes.coco),),
            ),
        ]
    return blocks


def heat_section(evaluation: Evaluation) -> list[Block]:
    if not evaluation.heat:
        return []
    return [
        Heading("Heat maps", 3),
        Paragraph(
            "Grad-CAM of findings that are present. Pointing: the hottest place lies in a reader's "
            "box. IoU: the box around the region of at least half the maximum that holds it, "
            "against the reader's. In the lungs: share of the heat; beside it the share of the "
            "image that lungs take."
        ),
        Table(
            "heat",
            ("finding", "boxed", "pointing", "IoU", "with lungs", "in the lungs", "lungs take"),
            tuple(
                (
                    item.label or "all",
                    str(item.boxed),
                    with_interval(item.hit),
                    with_interval(item.iou),
                    str(item.with_lungs),
                    with_interval(item.in_lungs),
                    with_interval(item.lungs),
                )
                for item in evaluation.heat
            ),
        ),
    ]


def subgroups_section(evaluation: Evaluation) -> list[Block]:
    if not evaluation.subgroups:
        return []
    return [
        Heading("Subgroups", 3),
        Paragraph(
            "Means over the findings that have a value in the group, so groups differ in which "
            "findings they average. The statement compares a group with all others over findings "
            f"with {FEW_POSITIVES} positives or boxes in both; of many comparisons, one in 40 is "
            '"worse" by chance.'
        ),
        Table(
            "subgroups",
            ("group", "images / patients", "macro AUROC", "mean AP50", "mean AP40", "statement"),
            tuple(
                (
                    f"{item.attribute}: {item.group}",
                    f"{item.images} / {item.patients}",
                    with_interval(item.findings.macro_auroc) if item.findings else "",
                    with_interval(item.boxes.mean_ap50) if item.boxes else "",
                    with_interval(item.boxes.mean_ap40) if item.boxes else "",
                    item.statement,
                )
                for item in evaluation.subgroups
            ),
        ),
        *_by_group(evaluation),
    ]


def _by_group(evaluation: Evaluation) -> list[Block]:
    """AUROC and AP40 of each finding in each group; the tables hold every other number."""
    auroc: dict[str, list[str]] = {}
    ap40: dict[str, list[str]] = {}
    for group in evaluation.subgroups:
        for finding in group.findings.labels if group.findings else ():
            cell = f"{with_interval(finding.auroc)}, n = {finding.positives}"
            auroc.setdefault(finding.label, []).append(cell)
        for boxed in group.boxes.labels if group.boxes else ():
            cell = f"{with_interval(boxed.ap40)}, n = {boxed.true_boxes}"
            ap40.setdefault(boxed.label, []).append(cell)
    groups = tuple(f"{item.attribute}: {item.group}" for item in evaluation.subgroups)
    named = (("auroc_by_group", "AUROC", auroc), ("ap40_by_group", "AP40", ap40))
    return [
        Table(name, (title, *groups), tuple((label, *cells) for label, cells in rows.items()))
        for name, title, rows in named
        if rows
    ]
