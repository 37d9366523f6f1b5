"""The text that a report begins with: sentences from what was found, put into a template.

Pure: equal facts and templates give equal text.
"""

from __future__ import annotations

from dataclasses import dataclass

from cases.reports.content import (
    Certainty,
    Decision,
    Laterality,
    ReportBox,
    ReportFinding,
    ReportMeasurement,
)

SIDES = {
    Laterality.LEFT: "left",
    Laterality.RIGHT: "right",
    Laterality.BOTH: "both sides",
    Laterality.NOT_STATED: "",
}
CERTAINTY = {
    Certainty.CERTAIN: "",
    Certainty.PROBABLE: "Probable ",
    Certainty.POSSIBLE: "Possible ",
}
_THIRDS = ("upper", "middle", "lower")


@dataclass(frozen=True, slots=True)
class Template:
    """Texts with the placeholders {findings}, {measurements} and {views}; others stay."""

    technique: str = ""
    comparison: str = ""
    findings: str = "{findings}"
    impression: str = ""
    recommendation: str = ""


PLACEHOLDERS = ("{findings}", "{measurements}", "{views}")
NORMAL = Template(findings="No abnormality seen.")


@dataclass(frozen=True, slots=True)
class Facts:
    """What a template may speak of. ``rows``: image id -> height in pixels."""

    findings: tuple[ReportFinding, ...] = ()
    measurements: tuple[ReportMeasurement, ...] = ()
    views: str = ""
    rows: tuple[tuple[str, int], ...] = ()


def filled(template: Template, facts: Facts) -> Template:
    """The template with its placeholders replaced."""
    measured = " ".join(f"{m.name}: {m.text}." for m in facts.measurements)
    values = dict(zip(PLACEHOLDERS, (findings_text(facts), measured, facts.views), strict=True))

    def put(text: str) -> str:
        for name, value in values.items():
            text = text.replace(name, value)
        return text.strip()

    return Template(
        technique=put(template.technique),
        comparison=put(template.comparison),
        findings=put(template.findings),
        impression=put(template.impression),
        recommendation=put(template.recommendation),
    )


def findings_text(facts: Facts) -> str:
    """One sentence a finding, in the order of their numbers, one a line."""
    rows = dict(facts.rows)
    ordered = sorted(facts.findings, key=lambda finding: finding.number)
    return "\n".join(sentence(finding, rows.get(finding.image_id, 0)) for finding in ordered)


def sentence(finding: ReportFinding, rows: int) -> str:
    """``Probable nodule, left, upper third of the image (1). Spiculated.``

    The place is that of the middle of the box; a finding of the whole image has none.
    """
    label = finding.label
    if doubt := CERTAINTY[finding.certainty]:
        label = label if label[:2].isupper() else label[:1].lower() + label[1:]
    parts = [f"{doubt}{label}", SIDES[finding.laterality]]
    if finding.box and rows > 0:
        middle = (finding.box.y_min + finding.box.y_max) / 2 / rows
        parts.append(f"{_THIRDS[min(2, max(0, int(middle * 3)))]} third of the image")
    said = f"{', '.join(filter(None, parts))} ({finding.number})."
    comment = finding.comment.strip()
    return f"{said} {comment}" if comment else said


def follows(text: str, prefilled: str, fresh: str) -> str:
    """A text that nobody edited since it was prefilled follows the findings."""
    return fresh if text == prefilled else text


# Made up, for whoever writes a template: with findings, and without one.
EXAMPLES = {
    False: Facts(
        findings=(
            ReportFinding(
                number=1,
                image_id="1",
                label="Nodule",
                code="nodule",
                decision=Decision.DRAWN,
                laterality=Laterality.RIGHT,
                box=ReportBox(100, 100, 160, 160),
                comment="About 1 cm.",
            ),
            ReportFinding(
                number=2,
                image_id="1",
                label="Pleural effusion",
                code="effusion",
                decision=Decision.ACCEPTED,
                certainty=Certainty.POSSIBLE,
                laterality=Laterality.LEFT,
            ),
        ),
        measurements=(ReportMeasurement("1", "ctr", "Cardiothoracic ratio", 0.52, "", "0.52"),),
        views="PA",
        rows=(("1", 1000),),
    ),
    True: Facts(views="PA"),
}
