"""What an amendment changes: two versions of a report's content, side by side. Pure."""

from __future__ import annotations

from dataclasses import dataclass, replace

from annotations.comparison.matching import match_reads
from annotations.comparison.types import StatedFinding
from cases.reports.content import ReportContent, ReportFinding

_TEXTS = (
    ("technique", "Technique"),
    ("comparison", "Comparison"),
    ("findings_text", "Findings"),
    ("notes", "Notes"),
    ("impression", "Impression"),
    ("recommendation", "Recommendation"),
)


@dataclass(frozen=True, slots=True)
class ReportChange:
    """One row: what it is about, and what stands before and after; empty where nothing did."""

    what: str
    before: str
    after: str


def report_changes(before: ReportContent, after: ReportContent) -> tuple[ReportChange, ...]:
    """Findings first (the same finding has the same label and place), then the words.

    A box that moved is told, how far is not.
    """
    pairs = (
        ("No finding", _ticked(before), _ticked(after)),
        *_findings(before, after),
        *((title, getattr(before, name), getattr(after, name)) for name, title in _TEXTS),
        ("Measurements", _measured(before), _measured(after)),
        ("Compared with priors", _marks(before), _marks(after)),
    )
    return tuple(ReportChange(*pair) for pair in pairs if pair[1].strip() != pair[2].strip())


def _findings(before: ReportContent, after: ReportContent) -> list[tuple[str, str, str]]:
    sides = (before, after)
    stated = tuple(tuple(_stated(f) for f in content.findings) for content in sides)
    rows = {f"{f.number}": f for f in before.findings}
    later = {f"{f.number}": f for f in after.findings}
    found = []
    for group in match_reads(stated):
        old = rows[group.members[0].key] if group.members[0] else None
        new = later[group.members[1].key] if group.members[1] else None
        if old and new and _comparable(old) == _comparable(new):
            continue
        moved = " (box moved)" if old and new and old.box != new.box else ""
        one = old or new
        assert one is not None  # a group has a member
        found.append((one.label, _said(old, before), _said(new, after) + moved))
    return found


def _stated(finding: ReportFinding) -> StatedFinding:
    box = finding.box
    corners = (box.x_min, box.y_min, box.x_max, box.y_max) if box else None
    return StatedFinding(str(finding.number), finding.image_id, finding.code, corners)


def _comparable(finding: ReportFinding) -> ReportFinding:
    """The number and the way it came about are no change of what is stated."""
    return replace(finding, number=1, decision="", model_score=None)  # type: ignore[arg-type]


def _said(finding: ReportFinding | None, content: ReportContent) -> str:
    if finding is None:
        return ""
    captions = {image.image_id: image.caption for image in content.images}
    side = {"L": "left", "R": "right", "B": "both sides"}.get(finding.laterality, "")
    where = captions.get(finding.image_id, "") if len(captions) > 1 else ""
    words = (finding.certainty.lower(), side, where, finding.comment)
    return ", ".join(word for word in words if word)


def _ticked(content: ReportContent) -> str:
    return "stated" if content.no_finding else ""


def _measured(content: ReportContent) -> str:
    return "; ".join(f"{one.name} {one.text}" for one in content.measurements)


def _marks(content: ReportContent) -> str:
    return "; ".join(f"{one.label} {one.mark.lower()}" for one in content.priors)
