"""An evaluation as JSON and as Markdown tables."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

from inference.evaluation.evaluate import BoxResult, Evaluation, LabelResult
from inference.evaluation.metrics import Interval
from inference.networks.description import JsonValue, Metric


def to_json_text(evaluation: Evaluation, model: dict[str, str]) -> str:
    """``model``: name, version, sha256. What has no value (NaN) is null."""
    table = {"model": model, **asdict(evaluation)}
    return json.dumps(_without_nan(table), indent=1, allow_nan=False) + "\n"


def _without_nan(value: object) -> JsonValue:
    if isinstance(value, dict):
        return {str(key): _without_nan(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_without_nan(item) for item in value]
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if value is None or isinstance(value, bool | int | str):
        return value
    raise TypeError(f"{type(value).__name__} has no place in a report")


def to_metrics(evaluation: Evaluation) -> tuple[Metric, ...]:
    """The numbers that travel with a checkpoint; those without value or interval stay out."""
    named = [
        ("macro_auroc", evaluation.macro_auroc, evaluation.images),
        ("macro_auroc_10_positives", evaluation.macro_auroc_common, evaluation.images),
        *((f"auroc/{item.label}", item.auroc, item.images) for item in evaluation.labels),
        *((f"ap50/{item.label}", item.ap50, item.true_boxes) for item in evaluation.boxes),
        *((f"ap40/{item.label}", item.ap40, item.true_boxes) for item in evaluation.boxes),
    ]
    truths = sum(item.true_boxes for item in evaluation.boxes)
    if evaluation.mean_ap50 and evaluation.mean_ap40:
        named += [
            ("mean_ap50", evaluation.mean_ap50, truths),
            ("mean_ap40", evaluation.mean_ap40, truths),
        ]
    return tuple(
        Metric(name, interval.value, interval.low, interval.high, n)
        for name, interval, n in named
        if math.isfinite(interval.value) and interval.resamples
    )


def to_markdown(evaluation: Evaluation) -> str:
    """Two tables: findings on whole images, and boxes."""
    lines = [
        f"Data: {evaluation.data}, part: {evaluation.part}; {evaluation.images} images of "
        f"{evaluation.patients} patients. Intervals: 95 %, bootstrap over patients.",
        "",
        f"Macro AUROC over {len(evaluation.labels)} findings: {_text(evaluation.macro_auroc)}; "
        f"over those with 10 positives or more: {_text(evaluation.macro_auroc_common)}.",
        "",
        "| finding | positives / images | AUROC | threshold | sensitivity | specificity |",
        "|---|---|---|---|---|---|",
        *(_label_row(item) for item in evaluation.labels),
    ]
    if evaluation.boxes and evaluation.mean_ap50 and evaluation.mean_ap40:
        lines += [
            "",
            f"Boxes: mean AP50 {_text(evaluation.mean_ap50)}, mean AP40 "
            f"{_text(evaluation.mean_ap40)}. Sensitivity and false boxes at the threshold, "
            "IoU >= 0.4. Threshold 1: boxes of this finding are not shown.",
            "",
            "| finding | boxes / images | AP50 | AP40 | threshold | sensitivity | false / image |",
            "|---|---|---|---|---|---|---|",
            *(_box_row(item) for item in evaluation.boxes),
        ]
    return "\n".join(lines) + "\n"


def _label_row(item: LabelResult) -> str:
    return (
        f"| {item.label} | {item.positives} / {item.images} | {_text(item.auroc)} "
        f"| {item.threshold:.2f} | {_number(item.sensitivity)} | {_number(item.specificity)} |"
    )


def _box_row(item: BoxResult) -> str:
    return (
        f"| {item.label} | {item.true_boxes} / {item.images} | {_text(item.ap50)} "
        f"| {_text(item.ap40)} | {item.threshold:.2f} | {_number(item.sensitivity)} "
        f"| {_number(item.false_per_image)} |"
    )


def _text(interval: Interval) -> str:
    if not interval.resamples:
        return _number(interval.value)
    return f"{_number(interval.value)} ({interval.low:.2f} to {interval.high:.2f})"


def _number(value: float) -> str:
    return f"{value:.3f}" if math.isfinite(value) else "none"
