"""The model card of the lung segmentation. All numbers come from the arguments."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from inference.evaluation.bootstrap import Interval
from inference.evaluation.segmentation import SegmentationResult
from inference.networks.unet_checkpoint import UNetDescription

CITATION = (
    "Data: COVID-19 image data collection (Cohen JP, Morrison P, Dao L, Roth K, Duong TQ, Ghassemi "
    "M, 2020), images CC BY as listed there for each; lung polygons by V7 Labs, CC BY 4.0."
)
LIMITS = (
    "Learned from few radiographs of adults, all of patients with COVID-19, many of them supine.",
    "The masks hold the lung area behind the heart and below the domes of the diaphragm as the "
    "annotators drew it; other data sets leave it out.",
    "What lies at the image's right is called the left lung: a mirrored image is not noticed.",
    "A lung that is white throughout (large effusion, collapse) may be found in part or not at "
    "all; more than one region of a lung is cut down to the largest.",
    "Not examined: children, lateral views, other hospitals, differences by sex and age.",
)


@dataclass(frozen=True, slots=True)
class LungFacts:
    """``parts``: (part, patients, images). The best epoch was chosen on validation patients."""

    parts: tuple[tuple[str, int, int], ...]
    epochs: int
    best_epoch: int
    best_dice: float


class Results(Protocol):
    """What a test of the lungs gives (``lungs_ship.Tested``)."""

    @property
    def lungs(self) -> SegmentationResult: ...
    @property
    def left(self) -> SegmentationResult: ...
    @property
    def right(self) -> SegmentationResult: ...
    @property
    def by_view(self) -> tuple[tuple[str, SegmentationResult], ...]: ...


def write_lung_card(about: UNetDescription, facts: LungFacts, tested: Results) -> str:
    """Markdown."""
    named = [("both lungs", tested.lungs), ("left lung", tested.left), ("right lung", tested.right)]
    named += [(f"both lungs, view {view}", result) for view, result in tested.by_view]
    parts = "\n".join(f"| {part} | {patients} | {n} |" for part, patients, n in facts.parts)
    rows = "\n".join(_row(name, result) for name, result in named)
    limits = "\n".join(f"- {limit}" for limit in LIMITS)
    came = about.provenance
    return f"""# {about.name} {about.version}

A U-Net ({len(about.network.channels)} levels, input {about.size_px} px) that outlines the left and
the right lung on frontal chest radiographs of adults.

Intended use: showing the lungs' outline beside a radiograph, measuring how much of a heat map lies
inside the lungs, and the input gate. Not a medical device; areas and the automatic cardiothoracic
ratio are experimental.

## Data

{came.data}. Masks of both lungs were split into left and right by their two regions.

| part | patients | images |
|---|---|---|
{parts}

No patient is in two parts. Split: `split.csv`, SHA-256 `{came.split_sha256}`. Table and masks,
SHA-256: `{came.data_sha256}`. Started from {came.started_from}; {facts.epochs} epochs, of which
epoch {facts.best_epoch} was best on the validation patients (Dice {facts.best_dice:.3f}); curves in
`curves.png`. The test part was scored once, for this card.

## Held-out results

Masks cleaned to at most one region a lung, compared in pixels of the stored images. Intervals:
95 %, bootstrap over patients.

| what | images | patients | Dice | IoU | worst Dice |
|---|---|---|---|---|---|
{rows}

## Limits

{limits}

## Licence and citation

Weights: {came.licence}. {CITATION}
"""


def _row(name: str, result: SegmentationResult) -> str:
    return (
        f"| {name} | {result.images} | {result.patients} | {_interval(result.dice)} | "
        f"{_interval(result.iou)} | {result.worst_dice:.3f} |"
    )


def _interval(value: Interval) -> str:
    return f"{value.value:.3f} ({value.low:.3f} to {value.high:.3f})"
