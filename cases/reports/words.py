"""How the report words its values."""

from __future__ import annotations

from datetime import UTC, date, datetime

from cases.reports.content import (
    Certainty,
    Decision,
    Laterality,
    ModelBlock,
    PatientBlock,
    ProposalCounts,
    ReportContent,
    ReportFinding,
    ReportPriorMark,
    Sex,
)

DRAFT = "Draft - not signed"
SYNTHETIC = "SYNTHETIC - not a patient"
REDUCED = "Pictures are reduced for print: read the images on a diagnostic display."
AT_DETECTOR = "mm at detector"
MAGNIFIED = "Measured at the detector: the patient's own sizes are smaller by the magnification."
NOT_STATED = "not stated"
SEX = {Sex.MALE: "Male", Sex.FEMALE: "Female", Sex.OTHER: "Other", Sex.UNKNOWN: NOT_STATED}
SIDE = {
    Laterality.LEFT: "Left",
    Laterality.RIGHT: "Right",
    Laterality.BOTH: "Both",
    Laterality.NOT_STATED: "–",
}
CERTAINTY = {
    Certainty.CERTAIN: "Certain",
    Certainty.PROBABLE: "Probable",
    Certainty.POSSIBLE: "Possible",
}


def or_not_stated(text: str) -> str:
    return text if text.strip() else NOT_STATED


def day(value: date | None) -> str:
    """ISO 8601: never ambiguous between countries."""
    return value.isoformat() if value else NOT_STATED


def born(patient: PatientBlock) -> str:
    if patient.age_years is None:
        return day(patient.birth_date)
    return f"{day(patient.birth_date)} (age {patient.age_years})"


def utc(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC"


def as_stated(moment: datetime) -> str:
    """The time on the signer's clock with its offset; empty when that is UTC itself."""
    if not moment.utcoffset():
        return ""
    iso = moment.isoformat(sep=" ", timespec="seconds")
    return f"{iso[:19]} (UTC{iso[19:]})"


def decided(finding: ReportFinding, *, calibrated: bool) -> str:
    """How the finding came into the report, with the model's score where it has one."""
    phrase = {
        Decision.ACCEPTED: "Accepted",
        Decision.CORRECTED: "Corrected",
        Decision.DRAWN: "Drawn by the reader" if finding.box else "Stated by the reader",
    }[finding.decision]
    if finding.model_score is not None:
        number = "probability" if calibrated else "score"
        return f"{phrase}, model {number} {finding.model_score:.2f}"
    return phrase if finding.decision is Decision.DRAWN else f"{phrase} model proposal"


def no_finding(content: ReportContent) -> str:
    """What stands in place of an empty table; never more than the reader said."""
    if content.no_finding:
        return f"{content.reader.name or 'The reader'} stated: no finding."
    return "No finding was stated."


def unavailable(model: ModelBlock) -> str:
    return f"Analysis unavailable: {model.unavailable_reason}" if model.unavailable_reason else ""


def analysis(model: ModelBlock, counts: ProposalCounts) -> list[str]:
    """What became of the model's proposals, and what its numbers are."""
    total = counts.accepted + counts.corrected + counts.rejected + counts.undecided
    said = []
    if total:
        said.append(
            f"Proposals: {counts.accepted} accepted, {counts.corrected} corrected, "
            f"{counts.rejected} rejected, {counts.undecided} undecided."
        )
    elif not model.unavailable_reason:
        said.append("The model proposed no finding above its thresholds.")
    if counts.undecided:
        said.append("Undecided proposals are not part of this report.")
    if model.calibrated:
        said.append("Its probabilities are calibrated; the model card names the data.")
    else:
        said.append("Its scores are not calibrated: they are no probabilities.")
    return said


def status(content: ReportContent) -> str:
    if content.is_draft:
        return f"Version {content.version}, draft"
    return f"Version {content.version}, {'final' if content.supersedes is None else 'amended'}"


def prior(mark: ReportPriorMark) -> str:
    """``Nodule, left, 2025-01-02: Stable`` for files that hold no table."""
    side = SIDE[mark.laterality].lower() if mark.laterality is not Laterality.NOT_STATED else ""
    when = mark.study_date.isoformat() if mark.study_date else ""
    return f"{', '.join(filter(None, (mark.label, side, when)))}: {mark.mark}"


def comparison(content: ReportContent) -> str:
    """The comparison with its marks, one a line; empty where there is neither."""
    return "\n".join(filter(None, (content.comparison.strip(), *map(prior, content.priors))))
