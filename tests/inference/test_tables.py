"""CSV tables: one number a column, all groups below all images."""

from __future__ import annotations

import csv
import io

import pytest

from inference.evaluation.compare import compare
from inference.evaluation.results import Report, make_report
from inference.evaluation.tables import csv_tables
from tests.inference.evaluated import many, model


@pytest.fixture(scope="module")
def report() -> Report:
    comparison = compare(("one", "two"), many(), many(seed=2), resamples=20)
    return make_report((model("one"), model("two", seed=2)), (comparison,))


def rows(report: Report, name: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(csv_tables(report)[name])))


def test_findings_of_all_images_then_of_each_group(report: Report) -> None:
    table = rows(report, "findings.csv")
    findings = report.models[0].evaluation.findings
    assert findings is not None
    assert [row["label"] for row in table[:3]] == ["Cardiomegaly", "Mass", "Edema"]
    first = findings.labels[0]
    assert table[0]["group"] == ""
    assert float(table[0]["auroc"]) == pytest.approx(first.auroc.value, abs=1e-5)
    assert float(table[0]["auroc_low"]) == pytest.approx(first.auroc.low, abs=1e-5)
    assert table[0]["auroc_resamples_left_out"] == "0"
    women = [row for row in table if (row["attribute"], row["group"]) == ("sex", "female")]
    assert [row["model"] for row in women] == ["one"] * 3 + ["two"] * 3
    assert women[0]["images"] == "60"


def test_what_has_no_value_is_an_empty_cell(report: Report) -> None:
    # Edema is never proposed: of nothing called, no part is right.
    edema = next(row for row in rows(report, "findings.csv") if row["label"] == "Edema")
    assert (edema["threshold"], edema["precision"], edema["sensitivity"]) == ("1", "", "0")


def test_every_other_table(report: Report) -> None:
    assert len(rows(report, "froc.csv")) % 18 == 0  # two findings and their mean, six rates
    assert {row["label"] for row in rows(report, "boxes.csv")} == {"Cardiomegaly", "Mass"}
    assert {row["label"] for row in rows(report, "heat.csv")} == {"all", "Mass"}
    assert [row["scaling"] for row in rows(report, "calibration.csv")][:4] == [
        *("as it is", "temperature", "Platt", "isotonic")
    ]
    assert sum(int(row["images"]) for row in rows(report, "reliability.csv")[:10]) == 360
    assert float(rows(report, "coco.csv")[0]["AP50"]) > 0
    groups = rows(report, "subgroups.csv")
    assert {"macro_auroc", "mean_ap40", "auroc_difference_low", "statement"} <= set(groups[0])
    assert rows(report, "comparison.csv")[0]["second_model"] == "two"


def test_a_table_without_rows_is_not_written(report: Report) -> None:
    assert "comparison.csv" not in csv_tables(make_report(report.models))
