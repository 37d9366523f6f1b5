"""What a model's numbers are worth, as JSON for the place where they are read.

Everything comes from the checkpoint: its description, its metrics with their intervals, its card.
"""

from __future__ import annotations

from typing import Any

from inference.models import ModelVersion
from inference.predict.labels import vocabulary_code
from inference.services.card import card_section
from inference.services.evidence import FindingEvidence, Measured, model_evidence

_SECTIONS = {
    "intended_use": "Intended use",
    "tested_on": "Held-out results",
    "scores": "Scores and thresholds",
    "limits": "Limits",
}


def model_facts(model: ModelVersion) -> dict[str, Any]:
    """Identity, intended use, what the numbers are, and for each finding how good they were.

    Sections that the card lacks are empty lists; ``problem`` is the code of what is wrong with the
    checkpoint's files, or nothing.
    """
    evidence = model_evidence(model)
    calibration = model.calibration or {}
    sections = {name: list(card_section(evidence.card, of)) for name, of in _SECTIONS.items()}
    return {
        "name": model.name,
        "version": model.version,
        "sha256": model.sha256,
        "problem": evidence.problem,
        "calibrated": model.calibrated,
        "calibrated_on": calibration.get("data", ""),
        "trained_on": evidence.data,
        "started_from": evidence.started_from,
        "backbone": evidence.backbone,
        "input_px": evidence.input_px,
        "licence": evidence.licence,
        **sections,
        "overall": [{"name": name, **_measured(found)} for name, found in evidence.overall],
        "findings": [_finding(row) for row in evidence.findings],
        "url": f"/models/{model.pk}/",
    }


def _finding(row: FindingEvidence) -> dict[str, Any]:
    return {
        "label": vocabulary_code(row.label),
        "model_label": row.label,
        "name": row.name,
        "threshold": row.threshold,
        "never_proposed": row.never_proposed,
        "auroc": _measured(row.auroc) if row.auroc else None,
        "boxes": row.box_threshold is not None,
        "box_threshold": row.box_threshold,
        "boxes_hidden": row.boxes_hidden,
        "ap50": _measured(row.ap50) if row.ap50 else None,
    }


def _measured(found: Measured) -> dict[str, Any]:
    return {"value": found.value, "low": found.low, "high": found.high, "n": found.n}
