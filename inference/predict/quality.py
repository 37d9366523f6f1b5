"""The input gate: is this a frontal radiograph of an adult's chest, as the model was trained on?

It refuses only where it is sure, and then nothing is analysed; otherwise it warns, and the warning
stands beside the result. What the header says and what the pixels look like are told apart.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from inference.predict.lungs import LungPrediction
from inference.predict.quality_measures import GreyMeasures, gate_vector, grey_measures
from inference.predict.quality_parameters import GateParameters, load_gate

ADULT_YEARS = 18
LATERAL_VIEWS = frozenset(("LL", "RL", "LAT", "LATERAL", "LEFT LATERAL", "RIGHT LATERAL"))
SMALL_PX, TOO_SMALL_PX = 256, 96  # below the first fine structures are gone, below the other lungs
LOW_CONTRAST, BLANK_CONTRAST = 0.2, 0.04
BLANK_SHARE = 0.98

Basis = Literal["pixels", "header"]


@dataclass(frozen=True, slots=True)
class Reason:
    """One thing that is wrong with an image: a stable code and a sentence."""

    code: str
    message: str
    basis: Basis
    refuses: bool


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the gate has to say; refusals first. ``scores``: by name, for those who look closer."""

    reasons: tuple[Reason, ...] = ()
    scores: tuple[tuple[str, float], ...] = ()

    @property
    def refused(self) -> Reason | None:
        """The first reason why the image must not be analysed."""
        return next((reason for reason in self.reasons if reason.refuses), None)

    @property
    def from_pixels(self) -> tuple[Reason, ...]:
        return tuple(reason for reason in self.reasons if reason.basis == "pixels")


@dataclass(frozen=True, slots=True)
class HeaderFacts:
    """What the header says; empty or None where it says nothing."""

    view_position: str = ""
    age_years: int | None = None


_SURE = {
    "blank": "The image is blank.",
    "too_small": f"The image is smaller than {TOO_SMALL_PX} pixels.",
    "inverted": "This does not look like a chest radiograph: black and white seem exchanged.",
    "turned": (
        "This does not look like an upright frontal chest radiograph: it seems to lie on its side "
        "or upside down."
    ),
    "not_frontal_chest": "This is not a frontal chest radiograph.",
    "lateral_view": "The header says that this is a lateral view; the model knows frontal views.",
}
_PERHAPS = {
    "too_small": f"The image is smaller than {SMALL_PX} pixels: fine findings cannot be seen.",
    "low_contrast": "The image has very little contrast.",
    "inverted": "Black and white may be exchanged.",
    "turned": "The image may lie on its side or upside down.",
    "cropped": "Part of the lungs may lie outside the image.",
    "not_frontal_chest": "This may not be a frontal chest radiograph, or it is an unusual one.",
    "child": "The patient is younger than 18 years; the model was trained on adults.",
}
# Which reason a score of the gate speaks for.
_CODE_OF = {
    "inverted": "inverted",
    "turned": "turned",
    "cropped": "cropped",
    "other": "not_frontal_chest",
    "distance": "not_frontal_chest",
}


def header_reasons(header: HeaderFacts) -> tuple[Reason, ...]:
    reasons = []
    if header.view_position.strip().upper() in LATERAL_VIEWS:
        reasons.append(_reason("lateral_view", sure=True, basis="header"))
    if header.age_years is not None and header.age_years < ADULT_YEARS:
        reasons.append(_reason("child", sure=False, basis="header"))
    return tuple(reasons)


def grey_reasons(measures: GreyMeasures) -> tuple[Reason, ...]:
    """What needs no network to see."""
    if measures.short_side_px < TOO_SMALL_PX:
        return (_reason("too_small", sure=True),)
    if measures.contrast < BLANK_CONTRAST or measures.commonest > BLANK_SHARE:
        return (_reason("blank", sure=True),)
    reasons = []
    if measures.short_side_px < SMALL_PX:
        reasons.append(_reason("too_small", sure=False))
    if measures.contrast < LOW_CONTRAST:
        reasons.append(_reason("low_contrast", sure=False))
    return tuple(reasons)


def _reason(code: str, *, sure: bool, basis: Basis = "pixels") -> Reason:
    return Reason(code, (_SURE if sure else _PERHAPS)[code], basis, sure)


class InputGate:
    """Loaded once, beside the lung model whose features it reads."""

    def __init__(self, parameters: GateParameters) -> None:
        self._parameters = parameters

    @classmethod
    def load(cls, folder: Path, *, lungs_sha256: str) -> InputGate:
        """Raises ModelMissing, ModelCorrupt or ModelHashMismatch (all PortalError)."""
        return cls(load_gate(folder, lungs_sha256=lungs_sha256))

    def judge(
        self, image: NDArray[np.float32], lungs: LungPrediction, header: HeaderFacts
    ) -> Verdict:
        """image (H, W) float32 in [0, 1], 1 is white, and the lungs found in it."""
        scores = self._parameters.scores(gate_vector(lungs))
        found = [*grey_reasons(grey_measures(image)), *header_reasons(header)]
        if not any(reason.refuses and reason.basis == "pixels" for reason in found):
            found += self._score_reasons(scores)
        found.sort(key=lambda reason: not reason.refuses)
        return Verdict(tuple(found), tuple((name, round(v, 4)) for name, v in scores.items()))

    def _score_reasons(self, scores: dict[str, float]) -> list[Reason]:
        """One reason: the surest, so that a sideways image is not also called cropped."""
        limits = self._parameters.limits
        refusing = {name: scores[name] - limits.refuse[name] for name in scores}
        warning = {name: scores[name] - limits.warn[name] for name in scores}
        over = {name for name in scores if refusing[name] >= 0}
        if over:
            return [_reason(_CODE_OF[self._first(over, scores)], sure=True)]
        over = {name for name in scores if warning[name] >= 0}
        return [_reason(_CODE_OF[self._first(over, scores)], sure=False)] if over else []

    @staticmethod
    def _first(names: set[str], scores: dict[str, float]) -> str:
        """Classes before the bare distance; among classes the likeliest."""
        classes = names - {"distance"}
        return max(classes, key=lambda name: scores[name]) if classes else "distance"
