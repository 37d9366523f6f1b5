"""What is known of a registered model, for people: numbers and intervals, card, figures."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.networks.files import CARD, DESCRIPTION
from inference.predict.labels import VOCABULARY, vocabulary_code
from inference.services.registry import model_folder, model_verify

FIGURE_NAME = re.compile(r"[\w-]{1,80}\.png")
FIGURES_MOST = 24
_NAMES = {term.code: term.name for term in VOCABULARY}
OVERALL = {
    "macro_auroc": "Macro AUROC, all findings",
    "macro_auroc_10_positives": "Macro AUROC, findings with 10 positives or more",
    "mean_ap50": "Mean AP50 of boxes",
    "mean_ap40": "Mean AP40 of boxes",
}


class FigureNotFound(PortalError):
    code = "figure_not_found"
    http_status = 404
    default_message = "The model has no such figure."


@dataclass(frozen=True, slots=True)
class Measured:
    """A number with its 95 % interval and what it rests on: images, or true boxes."""

    value: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True)
class FindingEvidence:
    """``threshold`` 1 or more: never proposed; None for a box: there are none of this finding."""

    label: str
    name: str
    threshold: float
    auroc: Measured | None
    box_threshold: float | None
    ap50: Measured | None

    @property
    def never_proposed(self) -> bool:
        return self.threshold >= 1

    @property
    def boxes_hidden(self) -> bool:
        return self.box_threshold is not None and self.box_threshold >= 1


@dataclass(frozen=True, slots=True)
class Evidence:
    """``problem``: the code of what is wrong with the files, or nothing."""

    problem: str
    findings: tuple[FindingEvidence, ...]
    overall: tuple[tuple[str, Measured], ...]
    data: str
    licence: str
    started_from: str
    backbone: str
    input_px: int
    card: str
    figures: tuple[str, ...]


def model_evidence(model: ModelVersion) -> Evidence:
    """From the checkpoint's files; where they are gone, from what the registry kept."""
    folder = model_folder(model)
    problem = model_verify(model=model)
    table = {} if problem else json.loads((folder / DESCRIPTION).read_bytes())
    card = folder / CARD
    text = card.read_text("utf-8") if not problem and card.is_file() else model.card
    measured = {
        item["name"]: Measured(item["value"], item["low"], item["high"], item["n"])
        for item in table.get("metrics", ())
    }
    provenance = table.get("provenance", {})
    network = table.get("network", {})
    return Evidence(
        problem=problem,
        findings=_findings(model, table, measured),
        overall=tuple((OVERALL[name], measured[name]) for name in OVERALL if name in measured),
        data=str(provenance.get("data", "")),
        licence=str(provenance.get("licence", "")),
        started_from=str(provenance.get("started_from", "")),
        backbone=str(network.get("backbone", "")),
        input_px=int(table.get("preprocessing", {}).get("size_px", 0)),
        card=text,
        figures=() if problem else _figures(folder),
    )


def _findings(
    model: ModelVersion, table: dict[str, Any], measured: dict[str, Measured]
) -> tuple[FindingEvidence, ...]:
    boxed = ((table.get("network") or {}).get("detector") or {}).get("labels", ())
    limits = dict(zip(boxed, (table.get("boxes") or {}).get("thresholds", ()), strict=False))
    return tuple(
        FindingEvidence(
            label=label,
            name=_name(label),
            threshold=threshold,
            auroc=measured.get(f"auroc/{label}"),
            box_threshold=limits.get(label),
            ap50=measured.get(f"ap50/{label}"),
        )
        for label, threshold in zip(model.labels, model.thresholds, strict=True)
    )


def _name(label: str) -> str:
    try:
        return _NAMES[vocabulary_code(label)]
    except PortalError:  # a model of others may have labels of its own
        return label


def _figures(folder: Path) -> tuple[str, ...]:
    """Names of PNG files in the checkpoint's folder and its ``figures``."""
    places = (folder, folder / "figures")
    found = {path.name for place in places if place.is_dir() for path in place.glob("*.png")}
    return tuple(sorted(name for name in found if FIGURE_NAME.fullmatch(name)))[:FIGURES_MOST]


def figure_bytes(*, model: ModelVersion, name: str) -> bytes:
    """Raises FigureNotFound."""
    if FIGURE_NAME.fullmatch(name):
        folder = model_folder(model)
        for place in (folder, folder / "figures"):
            path = place / name
            if path.is_file() and path.resolve().is_relative_to(folder.resolve()):
                return path.read_bytes()
    raise FigureNotFound
