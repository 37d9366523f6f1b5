"""In which order cases are offered. Pure.

A finding over its threshold counts with a weight for how soon it matters to the patient, and with
how far it is over: ``weight * (1 + excess) / 2``, excess = (score - threshold) / (1 - threshold).
A case has the value of its highest finding. The model is often wrong, so this is an order to read
in and nothing else; what a person set as priority always goes before it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

# How soon: now (a chest drain may be waiting), today, in the ordinary course of things. Our own
# grouping of the vocabulary, to be argued with: docs/worklist.md.
NOW, TODAY, SOON = 1.0, 0.6, 0.3
_NOW = ("pneumothorax",)
_TODAY = (
    *("consolidation", "edema", "effusion", "lung_opacity", "mass", "nodule", "nodule_or_mass"),
    *("pneumonia", "infiltration"),
)
WEIGHTS: dict[str, float] = dict.fromkeys(_NOW, NOW) | dict.fromkeys(_TODAY, TODAY)
FULL = 1000


@dataclass(frozen=True, slots=True)
class Found:
    """A term's code, the model's score and the threshold that it was held against, each in 0..1."""

    code: str
    score: float
    threshold: float


def triage_of(found: Iterable[Found]) -> int:
    """0 (nothing over its threshold) to 1000; findings under their threshold count nothing."""
    return max((_value(one) for one in found if one.score >= one.threshold), default=0)


def _value(found: Found) -> int:
    room = 1.0 - found.threshold
    excess = (found.score - found.threshold) / room if room > 0.0 else 1.0
    return round(FULL * WEIGHTS.get(found.code, SOON) * (1.0 + min(excess, 1.0)) / 2.0)
