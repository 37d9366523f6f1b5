"""Weights of other projects in this project's checkpoints: TorchXRayVision and torchvision.

Both store torchvision's layers; what changes is the names, the number of input channels and what
stands around them. Sources: Cohen et al., TorchXRayVision, MIDL 2022; torchvision's Faster R-CNN.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from pickle import UnpicklingError

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from inference.networks.description import (
    BoxRules,
    Description,
    Preprocessing,
    Provenance,
)
from inference.networks.detector import DetectorConfig
from inference.networks.errors import ModelCorrupt, ModelMissing
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig

# The outputs of the published classifiers, in their order.
XRAY_TARGETS = (
    "Atelectasis",
    "Consolidation",
    "Infiltration",
    "Pneumothorax",
    "Edema",
    "Emphysema",
    "Fibrosis",
    "Effusion",
    "Pneumonia",
    "Pleural_Thickening",
    "Cardiomegaly",
    "Nodule",
    "Mass",
    "Hernia",
    "Lung Lesion",
    "Fracture",
    "Lung Opacity",
    "Enlarged Cardiomediastinum",
)
DENSENET_SIZE_PX, RESNET_SIZE_PX = 224, 512
# Grey in [0, 1] becomes -1024..1024, in one channel.
XRAY_MEAN, XRAY_STD = 0.5, 1 / 2048
NEVER = 1.0  # a threshold that no score passes
DETECTOR_SIZE_PX = 800
ANCHORS_PX = (32.0, 64.0, 128.0, 256.0, 512.0)


@dataclass(frozen=True, slots=True)
class ForeignWeights:
    """``targets``: one name an output, "" where it was never trained.

    ``thresholds``: operating points in [0, 1] of the sigmoid, NaN where there is none; empty where
    the publisher names none.
    """

    tensors: Mapping[str, Tensor]
    targets: tuple[str, ...]
    thresholds: tuple[float, ...] = ()


@dataclass(frozen=True, slots=True)
class Imported:
    """``dropped``: outputs that are not taken over, because untrained or unknown here."""

    network: MultiTaskNetwork
    description: Description
    dropped: tuple[str, ...]


def read_weights(path: Path, targets: Sequence[str]) -> ForeignWeights:
    """A state dict (safetensors, or torch's own format without code in it).

    A mapping with ``state_dict`` and its ``targets`` or ``pathologies`` names its own outputs;
    otherwise they are ``targets``. Raises ModelMissing or ModelCorrupt. A pickled module is
    ModelCorrupt: it would run code of whoever wrote it.
    """
    try:
        table: object = (
            load_file(path)
            if path.suffix == ".safetensors"
            else torch.load(path, map_location="cpu", weights_only=True)
        )
    except OSError as error:
        raise ModelMissing(f"{path} cannot be read.") from error
    except (UnpicklingError, SafetensorError, RuntimeError, EOFError, ValueError) as error:
        raise ModelCorrupt(
            f"{path.name} is no state dict. A pickled module is not opened, since it runs code: "
            "load it with the package it comes from and save its state_dict()."
        ) from error
    if not isinstance(table, dict):
        raise ModelCorrupt(f"{path.name} is no state dict.")
    named = table.get("targets") or table.get("pathologies") or targets
    thresholds = table.get("op_threshs")
    tensors = table.get("state_dict", table)
    if not isinstance(tensors, dict) or not isinstance(named, (list, tuple)):
        raise ModelCorrupt(f"{path.name} is no state dict.")
    return foreign_weights(tensors, [str(name) for name in named], thresholds)


def foreign_weights(
    tensors: Mapping[str, object], targets: Sequence[str], thresholds: object = None
) -> ForeignWeights:
    """Operating points may lie among the tensors, as ``op_threshs``."""
    found = {name: value for name, value in tensors.items() if isinstance(value, Tensor)}
    among = found.pop("op_threshs", None)
    points = among if thresholds is None else thresholds
    rows: list[float] = []
    if points is not None:
        rows = torch.as_tensor(points, dtype=torch.float64).flatten().tolist()
    return ForeignWeights(found, tuple(targets), tuple(rows))


def import_classifier(
    weights: ForeignWeights, *, name: str, known: frozenset[str], origin: str
) -> Imported:
    """A TorchXRayVision DenseNet-121 or ResNet-50. ``known``: the labels that this project has.

    Its outputs stay scores: what it calls calibrated is a rescaling around the operating points,
    which here are the thresholds. Outputs without a name, without an operating point where others
    have one, or unknown here are dropped. Raises ModelCorrupt.
    """
    resnet = any(key.startswith("model.") for key in weights.tensors)
    prefix, last = ("model.", "model.fc.") if resnet else ("", "classifier.")
    kept = _kept(weights, known)
    labels = tuple(weights.targets[index] for index in kept)
    config = NetworkConfig(
        labels,
        backbone="resnet50" if resnet else "densenet121",
        head="linear",
        dropout=0.0,
        input_channels=1,
    )
    network = MultiTaskNetwork(config)
    state: dict[str, Tensor] = {}
    for key, value in weights.tensors.items():
        if key.startswith(last):
            if len(value) != len(weights.targets):
                raise ModelCorrupt(
                    f"The weights have {len(value)} outputs, but {len(weights.targets)} names."
                )
            state[f"head.output.{key.removeprefix(last)}"] = value[list(kept)]
        else:
            state[f"backbone.{_layer(key.removeprefix(prefix))}"] = value
    _load(network, state)
    points = [weights.thresholds[index] for index in kept] if weights.thresholds else []
    description = Description(
        name=name,
        version="imported",
        label_set="chestxray14",
        network=config,
        preprocessing=Preprocessing(
            RESNET_SIZE_PX if resnet else DENSENET_SIZE_PX, (XRAY_MEAN,), (XRAY_STD,)
        ),
        thresholds=tuple(points) or (NEVER,) * len(labels),
        boxes=BoxRules(),
        calibration=None,
        metrics=(),
        provenance=_provenance(origin),
    )
    return Imported(network, description, _dropped(weights, kept))


def import_detector(
    weights: ForeignWeights, *, name: str, threshold: float, origin: str
) -> Imported:
    """A torchvision ``fasterrcnn_resnet50_fpn``; ``targets`` without the background.

    Raises ModelCorrupt.
    """
    count = len(weights.tensors.get("roi_heads.box_predictor.cls_score.bias", ())) - 1
    if count != len(weights.targets):
        raise ModelCorrupt(f"The weights have {count} classes, but {len(weights.targets)} names.")
    config = NetworkConfig(
        (),
        backbone="resnet50",
        dropout=0.0,
        detector=DetectorConfig(
            weights.targets,
            neck="full_pyramid",
            channels=256,
            representation_size=1024,
            anchor_sizes_px=ANCHORS_PX,
            detections_per_image=100,
        ),
    )
    network = MultiTaskNetwork(config)
    _load(
        network, {key: _found(weights, key, value) for key, value in network.state_dict().items()}
    )
    description = Description(
        name=name,
        version="imported",
        label_set="vindr14",
        network=config,
        preprocessing=Preprocessing(DETECTOR_SIZE_PX),
        thresholds=(),
        boxes=BoxRules((threshold,) * count, 0.0),
        calibration=None,
        metrics=(),
        provenance=_provenance(origin),
    )
    return Imported(network, description, ())


def _found(weights: ForeignWeights, key: str, own: Tensor) -> Tensor:
    """The foreign tensor for one of ours. torchvision's frozen batch norms count no batches."""
    if key.endswith("num_batches_tracked") or key.startswith("head."):
        return own
    foreign = re.sub(r"^detector\.rpn\.head\.heads\.\d+\.", "rpn.head.", key)
    for ours, theirs in (
        ("backbone.", "backbone.body."),
        ("detector.neck.pyramid.", "backbone.fpn."),
        ("detector.rpn.", "rpn."),
        ("detector.roi.", "roi_heads."),
    ):
        if foreign.startswith(ours):
            foreign = theirs + foreign.removeprefix(ours)
            break
    if foreign not in weights.tensors:
        raise ModelCorrupt(f"The weights do not fit: {foreign} is missing.")
    return weights.tensors[foreign]


def _kept(weights: ForeignWeights, known: frozenset[str]) -> tuple[int, ...]:
    points = weights.thresholds or (0.5,) * len(weights.targets)
    if len(points) != len(weights.targets):
        raise ModelCorrupt("There must be one operating point an output.")
    kept = tuple(
        index
        for index, target in enumerate(weights.targets)
        if target in known and not math.isnan(points[index])
    )
    if not kept:
        raise ModelCorrupt("The weights have no trained output that is known here.")
    return kept


def _dropped(weights: ForeignWeights, kept: tuple[int, ...]) -> tuple[str, ...]:
    names = [target or f"output {index}" for index, target in enumerate(weights.targets)]
    return tuple(name for index, name in enumerate(names) if index not in kept)


def _layer(key: str) -> str:
    """Older DenseNet files write ``norm.1`` for what is called ``norm1``."""
    return re.sub(r"(denselayer\d+\.(?:norm|relu|conv))\.([12])\.", r"\1\2.", key)


def _load(network: MultiTaskNetwork, state: dict[str, Tensor]) -> None:
    try:
        network.load_state_dict(state)
    except RuntimeError as error:
        raise ModelCorrupt(f"The weights do not fit: {error}"[:600]) from error
    network.eval().requires_grad_(False)


def _provenance(origin: str) -> Provenance:
    unknown = "not known: imported"
    return Provenance(unknown, "", "", origin, "as its publisher says")
