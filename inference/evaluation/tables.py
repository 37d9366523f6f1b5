"""Results as CSV files with one number a column, for programs and spreadsheets."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Iterator, Sequence

from inference.evaluation.bootstrap import Interval
from inference.evaluation.evaluate import Evaluation
from inference.evaluation.explainability import HeatResult
from inference.evaluation.findings import FindingsResult
from inference.evaluation.found_boxes import BoxesResult
from inference.evaluation.results import ModelResult, Report

Row = dict[str, str]
_RATES = ("threshold", "sensitivity", "specificity", "precision", "f1")
FINDING_FIELDS = (
    *("label", "images", "positives", "auroc", "average_precision", *_RATES),
    *("calibration_error", "brier"),
)
BOX_FIELDS = (
    *("label", "images", "true_boxes", "ap50", "ap40"),
    *("threshold", "sensitivity", "precision", "false_per_image"),
)
HEAT_FIELDS = ("label", "boxed", "hit", "iou", "with_lungs", "in_lungs", "lungs")


def flat(result: object, names: Sequence[str]) -> Row:
    """These fields of a dataclass; an interval becomes four columns. NaN is an empty cell."""
    row: Row = {}
    for name in names:
        value = getattr(result, name)
        row |= _interval(name, value) if isinstance(value, Interval) else {name: _cell(value)}
    return row


def _interval(name: str, value: Interval) -> Row:
    return {
        name: _cell(value.value),
        f"{name}_low": _cell(value.low),
        f"{name}_high": _cell(value.high),
        f"{name}_resamples_left_out": str(value.left_out),
    }


def _cell(value: object) -> str:
    if isinstance(value, float):
        return f"{value:.6g}" if math.isfinite(value) else ""
    return str(value)


def csv_tables(report: Report) -> dict[str, str]:
    """File name to its text, for each table that has a row. Groups: empty for all images."""
    tables: dict[str, list[Row]] = {
        name: [row for model in report.models for row in rows(model)]
        for name, rows in (
            ("findings.csv", _findings),
            ("boxes.csv", _boxes),
            ("froc.csv", _froc),
            ("heat.csv", _heat),
            ("coco.csv", _coco),
            ("calibration.csv", _calibration),
            ("reliability.csv", _reliability),
            ("subgroups.csv", _subgroups),
        )
    }
    tables["comparison.csv"] = [
        {"first_model": item.first, "second_model": item.second}
        | flat(difference, ("name", "first", "second", "value"))
        for item in report.comparisons
        for difference in item.differences
    ]
    return {name: _text(rows) for name, rows in tables.items() if rows}


def _text(rows: list[Row]) -> str:
    columns = dict.fromkeys(column for row in rows for column in row)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(columns), restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


Part = tuple[Row, FindingsResult | None, BoxesResult | None, tuple[HeatResult, ...]]


def _parts(model: ModelResult) -> Iterator[Part]:
    """All images, then group by group, with the cells that say which."""
    whole: Evaluation = model.evaluation
    named = {"model": model.name, "version": model.version}
    everyone = named | {"attribute": "", "group": ""}
    yield everyone, whole.findings, whole.boxes, whole.heat
    for group in whole.subgroups:
        who = named | {"attribute": group.attribute, "group": group.group}
        yield who, group.findings, group.boxes, group.heat


def _findings(model: ModelResult) -> Iterator[Row]:
    for who, findings, _, _ in _parts(model):
        for item in findings.labels if findings else ():
            yield who | flat(item, FINDING_FIELDS)


def _boxes(model: ModelResult) -> Iterator[Row]:
    for who, _, boxes, _ in _parts(model):
        for item in boxes.labels if boxes else ():
            yield who | flat(item, BOX_FIELDS)


def _froc(model: ModelResult) -> Iterator[Row]:
    for who, _, boxes, _ in _parts(model):
        if boxes:
            rows = [(item.label, item.froc) for item in boxes.labels]
            for label, found in (*rows, ("mean", boxes.mean_froc)):
                for rate, value in zip(boxes.rates, found, strict=True):
                    where = {"label": label, "false_per_image": f"{rate:g}"}
                    yield who | where | _interval("sensitivity", value)


def _heat(model: ModelResult) -> Iterator[Row]:
    for who, _, _, heat in _parts(model):
        for item in heat:
            yield who | flat(item, HEAT_FIELDS) | {"label": item.label or "all"}


def _coco(model: ModelResult) -> Iterator[Row]:
    boxes = model.evaluation.boxes
    if boxes and boxes.coco:
        numbers = {item.name: _cell(item.value) for item in boxes.coco}
        yield {"model": model.name, "version": model.version} | numbers


def _calibration(model: ModelResult) -> Iterator[Row]:
    result = model.evaluation.calibration
    for item in result.scalings if result else ():
        named = {"model": model.name, "version": model.version, "scaling": item.name}
        yield named | flat(item, ("error", "brier"))


def _reliability(model: ModelResult) -> Iterator[Row]:
    result = model.evaluation.calibration
    for item in result.scalings if result else ():
        named = {"model": model.name, "version": model.version, "scaling": item.name}
        for part in item.bins:
            yield named | flat(part, ("predicted", "observed", "images"))


def _subgroups(model: ModelResult) -> Iterator[Row]:
    for item in model.evaluation.subgroups:
        row = {"model": model.name, "version": model.version}
        row |= flat(item, ("attribute", "group", "images", "patients"))
        if item.findings:
            row |= flat(item.findings, ("macro_auroc", "macro_average_precision"))
        if item.boxes:
            row |= flat(item.boxes, ("mean_ap50", "mean_ap40"))
        for name in ("auroc_difference", "box_difference"):
            difference = getattr(item, name)
            if difference:
                row |= {f"{name}_labels": str(difference.labels)}
                row |= _interval(name, difference.value)
        yield row | {"statement": item.statement}
