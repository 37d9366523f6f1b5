"""What the input gate has learned, on disk: ``model.safetensors`` and ``model.json``."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load as load_arrays
from safetensors.numpy import save as save_arrays

from inference.networks.description import (
    JsonReader,
    Provenance,
    read_provenance,
)
from inference.networks.errors import ModelCorrupt, ModelHashMismatch
from inference.networks.files import JsonObject, open_checkpoint, write_checkpoint

KIND = "input-gate"
UPRIGHT, INVERTED, CROPPED, OTHER = "upright", "inverted", "cropped", "other"
TURNS = ("turned_90", "turned_180", "turned_270")
CLASSES = (UPRIGHT, INVERTED, *TURNS, CROPPED, OTHER)
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Limits:
    """From which score on the gate warns, and from which it refuses; a score each.

    ``inverted``, ``turned``, ``cropped``, ``other``: log odds of the class against upright.
    ``distance``: Mahalanobis distance from the training images.
    """

    warn: dict[str, float]
    refuse: dict[str, float]


@dataclass(frozen=True, slots=True)
class GateArrays:
    """``centre`` and ``scale`` (D,) standardise the gate vector; ``weights`` (K, D) and ``offsets``
    (K,) give the classes' logits; ``axes`` (P, D) and ``spreads`` (P,) are the principal axes of
    the training images and the standard deviation on each; ``rest`` (1,) that off all axes."""

    centre: Floats
    scale: Floats
    weights: Floats
    offsets: Floats
    axes: Floats
    spreads: Floats
    rest: Floats


@dataclass(frozen=True, slots=True)
class GateParameters:
    """``lungs_sha256``: of the lung model whose features these are."""

    name: str
    version: str
    lungs_sha256: str
    arrays: GateArrays
    limits: Limits
    provenance: Provenance

    def scores(self, vector: Floats) -> dict[str, float]:
        """(D,) gate vector -> every score by name."""
        a = self.arrays
        x = np.clip((vector - a.centre) / a.scale, -20.0, 20.0)
        logits = dict(zip(CLASSES, (a.weights @ x + a.offsets).tolist(), strict=True))
        along = a.axes @ x
        off = x - a.axes.T @ along
        squared = float(np.mean((along / a.spreads) ** 2)) + float(np.mean((off / a.rest) ** 2))
        upright = logits[UPRIGHT]
        return {
            "inverted": logits[INVERTED] - upright,
            "turned": max(logits[turn] for turn in TURNS) - upright,
            "cropped": logits[CROPPED] - upright,
            "other": logits[OTHER] - upright,
            "distance": float(np.sqrt(squared)),
        }


SCORES = ("inverted", "turned", "cropped", "other", "distance")


def save_gate(gate: GateParameters, folder: Path) -> str:
    """Write both files; return the identity, as for every checkpoint."""
    weights = save_arrays(
        {name: np.ascontiguousarray(v) for name, v in asdict(gate.arrays).items()}
    )
    table: JsonObject = {
        "kind": KIND,
        "name": gate.name,
        "version": gate.version,
        "lungs_sha256": gate.lungs_sha256,
        "classes": list(CLASSES),
        "limits": asdict(gate.limits),
        "provenance": asdict(gate.provenance),
    }
    return write_checkpoint(folder, weights, table)


def load_gate(folder: Path, *, lungs_sha256: str) -> GateParameters:
    """Raises ModelMissing, ModelCorrupt, or ModelHashMismatch for another lung model's gate."""
    files = open_checkpoint(folder)
    try:
        arrays = load_arrays(files.weights)
    except SafetensorError as error:
        raise ModelCorrupt("The input gate's files cannot be read.") from error
    root = JsonReader(files.table, "model.json")
    if root.get("kind", str) != KIND or root.row("classes", str) != CLASSES:
        raise ModelCorrupt("model.json describes no input gate that this version knows.")
    if root.get("lungs_sha256", str) != lungs_sha256:
        raise ModelHashMismatch("The input gate was made for another lung model.")
    limits = root.section("limits")
    return GateParameters(
        name=root.get("name", str),
        version=root.get("version", str),
        lungs_sha256=lungs_sha256,
        arrays=_arrays(arrays),
        limits=Limits(*(_limits(limits.section(kind)) for kind in ("warn", "refuse"))),
        provenance=read_provenance(root.section("provenance")),
    )


def _limits(table: JsonReader) -> dict[str, float]:
    return {score: table.get(score, float) for score in SCORES}


def _arrays(arrays: dict[str, Floats]) -> GateArrays:
    try:
        found = GateArrays(**arrays)
    except TypeError as error:
        raise ModelCorrupt("The input gate's arrays are not the ones expected.") from error
    size = found.centre.size
    shapes = (
        (found.scale.shape, (size,)),
        (found.weights.shape, (len(CLASSES), size)),
        (found.offsets.shape, (len(CLASSES),)),
        (found.axes.shape, (found.spreads.size, size)),
        (found.rest.shape, (1,)),
    )
    if any(is_ != wanted for is_, wanted in shapes):
        raise ModelCorrupt("The input gate's arrays do not go together.")
    if not all(bool(np.isfinite(values).all()) for values in arrays.values()):
        raise ModelCorrupt("The input gate holds values that are not numbers.")
    return found
