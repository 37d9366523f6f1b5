"""The whole report: models side by side, their differences, then each model's own sections."""

from __future__ import annotations

import math

from inference.evaluation.bootstrap import Interval
from inference.evaluation.compare import Comparison
from inference.evaluation.document import Block, Bullets, Heading, Paragraph, Table
from inference.evaluation.evaluate import Evaluation
from inference.evaluation.findings import FEW_POSITIVES
from inference.evaluation.results import ModelResult, Report
from inference.evaluation.sections import all_sections
from inference.evaluation.words import number, signed, with_interval
from inference.networks.description import Metric

MODEL_COLUMNS = (
    *("model", "macro AUROC", f"macro AUROC, {FEW_POSITIVES}+ positives"),
    *("macro average precision", "mean AP50", "mean AP40"),
)


def to_metrics(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The numbers that travel with a checkpoint; those without value or interval stay out."""
    named: list[tuple[str, Interval, int]] = []
    findings, boxes, images = evaluation.findings, evaluation.boxes, evaluation.images
    if findings:
        named += [
            ("macro_auroc", findings.macro_auroc, images),
            ("macro_auroc_10_positives", findings.macro_auroc_common, images),
            ("macro_average_precision", findings.macro_average_precision, images),
            *((f"auroc/{item.label}", item.auroc, item.images) for item in findings.labels),
        ]
    if boxes:
        truths = sum(item.true_boxes for item in boxes.labels)
        named += [
            *((f"ap50/{item.label}", item.ap50, item.true_boxes) for item in boxes.labels),
            *((f"ap40/{item.label}", item.ap40, item.true_boxes) for item in boxes.labels),
            ("mean_ap50", boxes.mean_ap50, truths),
            ("mean_ap40", boxes.mean_ap40, truths),
        ]
    return tuple(
        Metric(name, interval.value, interval.low, interval.high, n)
        for name, interval, n in named
        if math.isfinite(interval.value) and interval.resamples
    )


def side_by_side(models: tuple[ModelResult, ...]) -> list[Block]:
    """One row a model, the means alone; then AUROC a finding."""
    rows = []
    for model in models:
        findings, boxes = model.evaluation.findings, model.evaluation.boxes
        rows.append(
            (
                title_of(model),
                with_interval(findings.macro_auroc) if findings else "",
                with_interval(findings.macro_auroc_common) if findings else "",
                with_interval(findings.macro_average_precision) if findings else "",
                with_interval(boxes.mean_ap50) if boxes else "",
                with_interval(boxes.mean_ap40) if boxes else "",
            )
        )
    return [
        Heading("Side by side"),
        Table("models", MODEL_COLUMNS, tuple(rows)),
        *_by_finding(models),
    ]


def _by_finding(models: tuple[ModelResult, ...]) -> list[Block]:
    columns = [
        {item.label: with_interval(item.auroc) for item in model.evaluation.findings.labels}
        for model in models
        if model.evaluation.findings
    ]
    names = [title_of(model) for model in models if model.evaluation.findings]
    labels = dict.fromkeys(label for column in columns for label in column)
    rows = tuple((label, *(column.get(label, "") for column in columns)) for label in labels)
    return [Table("auroc_by_model", ("AUROC", *names), rows)] if columns else []


def comparison_section(comparison: Comparison) -> list[Block]:
    return [
        Heading(f"{comparison.second} minus {comparison.first}", 3),
        Paragraph(
            f"Paired bootstrap of the difference on the same {comparison.images} images of "
            f"{comparison.patients} patients. A difference is shown where its interval leaves 0 "
            "out; of many, one in 20 does so by chance."
        ),
        Table(
            "comparison",
            ("number", "first", "second", "difference", "shown"),
            tuple(
                (
                    item.name,
                    number(item.first),
                    number(item.second),
                    signed(item.value),
                    "yes" if item.is_shown else "no",
                )
                for item in comparison.differences
            ),
        ),
    ]


def title_of(model: ModelResult) -> str:
    return f"{model.name} {model.version} ({model.sha256[:8]})"


def leak_warnings(models: tuple[ModelResult, ...]) -> list[Block]:
    """Which models have seen patients of these, by their own splits."""
    lines = [
        f"{title_of(model)}: {model.trained_on} of the patients are training patients by its own "
        "split. Its numbers here are too good to be compared."
        for model in models
        if model.trained_on > 0
    ]
    lines += [
        f"{title_of(model)}: which patients it was trained on is not known here."
        for model in models
        if model.trained_on < 0
    ]
    return [Bullets(tuple(lines))] if lines else []


def full_report(report: Report) -> list[Block]:
    """The whole document but its figures."""
    blocks: list[Block] = [Heading("Evaluation", 1), *leak_warnings(report.models)]
    if len(report.models) > 1:
        blocks += side_by_side(report.models)
    for comparison in report.comparisons:
        blocks += comparison_section(comparison)
    for model in report.models:
        blocks += [
            Heading(f"{model.name} {model.version}"),
            Paragraph(f"Checkpoint SHA-256 `{model.sha256}`, computed by {model.runtime}."),
            *leak_warnings((model,)),
            *all_sections(model.evaluation),
        ]
    return blocks
