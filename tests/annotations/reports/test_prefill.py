"""Prefilled text is worked out from the findings alone, and the same each time."""

from __future__ import annotations

import pytest

from annotations.reports.prefill import Facts, Template, filled, findings_text, follows, sentence
from cases.reports.content import (
    Certainty,
    Decision,
    Laterality,
    ReportBox,
    ReportFinding,
    ReportMeasurement,
)


def finding(number: int = 1, **values: object) -> ReportFinding:
    stated = {
        "number": number,
        "image_id": "a",
        "label": "Nodule",
        "code": "nodule",
        "decision": Decision.DRAWN,
    }
    return ReportFinding(**(stated | values))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({}, "Nodule (1)."),
        ({"laterality": Laterality.LEFT}, "Nodule, left (1)."),
        ({"laterality": Laterality.BOTH}, "Nodule, both sides (1)."),
        ({"certainty": Certainty.PROBABLE}, "Probable nodule (1)."),
        ({"certainty": Certainty.POSSIBLE, "label": "ILD"}, "Possible ILD (1)."),
        ({"comment": " Spiculated. "}, "Nodule (1). Spiculated."),
        ({"box": ReportBox(0, 0, 9, 58)}, "Nodule, upper third of the image (1)."),
        ({"box": ReportBox(0, 30, 9, 60)}, "Nodule, middle third of the image (1)."),
        ({"box": ReportBox(0, 60, 9, 90)}, "Nodule, lower third of the image (1)."),
    ],
)
def test_a_sentence_has_label_side_certainty_and_place(
    values: dict[str, object], said: str
) -> None:
    assert sentence(finding(**values), 90 if "box" in values else 0) == said


def test_a_middle_on_the_lowest_edge_is_in_the_lower_third() -> None:
    assert "lower third" in sentence(finding(box=ReportBox(0, 80, 9, 100)), 90)


def test_findings_stand_in_the_order_of_their_numbers() -> None:
    facts = Facts(findings=(finding(2, label="Edema"), finding(1)))
    assert findings_text(facts) == "Nodule (1).\nEdema (2)."


def test_a_template_is_filled_and_unknown_braces_stay() -> None:
    template = Template(
        technique="{views} view.", findings="Heart {normal}.\n{findings}\n{measurements}"
    )
    measured = ReportMeasurement("a", "ctr", "Cardiothoracic ratio", 0.5, "", "0.50")
    said = filled(template, Facts((finding(),), (measured,), "PA"))
    assert said.technique == "PA view."
    assert said.findings == "Heart {normal}.\nNodule (1).\nCardiothoracic ratio: 0.50."


def test_only_text_that_nobody_edited_follows_the_findings() -> None:
    assert follows("Nodule (1).", "Nodule (1).", "Mass (1).") == "Mass (1)."
    assert follows("Small nodule.", "Nodule (1).", "Mass (1).") == "Small nodule."
