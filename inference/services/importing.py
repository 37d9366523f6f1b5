"""Register weights of other projects: converted, stored as a checkpoint, and said to be foreign."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from cxrportal.common.errors import PortalError
from inference.models import ModelVersion
from inference.networks.files import CARD
from inference.predict.labels import CHESTXRAY14, VINDR14, vocabulary_code
from inference.services.registry import model_add
from inference.services.store import store_put

if TYPE_CHECKING:
    from inference.networks.imported import ForeignWeights, Imported

KNOWN = frozenset((*CHESTXRAY14, *VINDR14))


class PackageMissing(PortalError):
    code = "package_missing"
    http_status = 503
    default_message = (
        "Published TorchXRayVision weights are fetched by its own package, which is not installed: "
        "pip install torchxrayvision. Or name a file with a state dict."
    )


def torchxrayvision_import(
    *, source: str, name: str = "", targets: Sequence[str] = ()
) -> tuple[ModelVersion, tuple[str, ...]]:
    """A published DenseNet-121 or ResNet-50 by name, or a file with its state dict.

    Only a name downloads, by its own package. ``targets``: names of a file's outputs, "" for one
    never trained; nothing: the 18 of the published models. Returns the model and the outputs that
    were left out. Raises PackageMissing, model_missing or model_corrupt.
    """
    # heavy: torch
    from inference.networks.imported import XRAY_TARGETS, import_classifier, read_weights

    path = Path(source)
    if path.exists() or path.suffix:
        weights = read_weights(path, tuple(targets) or XRAY_TARGETS)
    else:
        weights = _published(source)
    imported = import_classifier(
        weights, name=name or f"xrv-{path.stem}"[:100], known=KNOWN, origin="TorchXRayVision"
    )
    return _register(imported, "TorchXRayVision")


def torchvision_import(
    *, source: Path, labels: Sequence[str], name: str = "", threshold: float = 0.5
) -> ModelVersion:
    """A state dict of torchvision's ``fasterrcnn_resnet50_fpn``.

    ``labels``: its classes without the background, in order, each a label of this project.
    Raises label_unknown, model_missing or model_corrupt.
    """
    # heavy: torch
    from inference.networks.imported import import_detector, read_weights

    for label in labels:
        vocabulary_code(label)
    imported = import_detector(
        read_weights(source, labels),
        name=name or f"torchvision-{source.stem}"[:100],
        threshold=threshold,
        origin="torchvision fasterrcnn_resnet50_fpn",
    )
    return _register(imported, "torchvision")[0]


def _published(name: str) -> ForeignWeights:
    try:
        # optional: `pip install torchxrayvision`; it downloads what it is asked for
        import torchxrayvision
    except ImportError as error:
        raise PackageMissing from error
    # heavy: torch
    from inference.networks.imported import foreign_weights

    kinds = torchxrayvision.models
    kind = kinds.ResNet if name.startswith("resnet50") else kinds.DenseNet
    module = kind(weights=name)
    points = getattr(module, "op_threshs", None)
    return foreign_weights(module.state_dict(), list(module.targets), points)


def _register(imported: Imported, origin: str) -> tuple[ModelVersion, tuple[str, ...]]:
    # heavy: torch
    from inference.networks.checkpoint import save_checkpoint

    def write(folder: Path) -> None:
        save_checkpoint(imported.network, imported.description, folder, half=False)
        (folder / CARD).write_text(_card(imported, origin), encoding="utf-8")

    return model_add(path=store_put(write)), imported.dropped


def _card(imported: Imported, origin: str) -> str:
    about = imported.description
    left_out = ", ".join(imported.dropped) or "none"
    side = about.preprocessing.size_px
    return (
        f"# {about.name}\n\n"
        f"Weights published by others ({origin}), converted. This project has measured nothing "
        "of them: no number here says how good they are. The outputs are scores, not "
        "probabilities.\n\n"
        f"- Labels with a score: {', '.join(about.labels) or 'none'}\n"
        f"- Labels with a box: {', '.join(about.box_labels) or 'none'}\n"
        f"- Outputs left out, because they were never trained or have no term here: {left_out}\n"
        f"- Input: the whole image in a square of {side} px, black around the shorter axis; its "
        "publisher may have cropped or scaled another way.\n"
        f"- Backbone: {about.network.backbone}\n"
        "- Licence: as its publisher says.\n"
    )
