"""The default architecture: one shared backbone for a classifier and a Faster R-CNN."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor, nn

from inference.networks.backbones import Levels, build_backbone
from inference.networks.detector import BoxTarget, Detector, DetectorConfig, RawDetections
from inference.networks.errors import ArchitectureUnknown
from inference.networks.heads import build_head
from inference.networks.input_channels import take_channels


@dataclass(frozen=True, slots=True)
class NetworkConfig:
    """What is needed to build the network again.

    ``detector`` None: a classifier alone. No ``labels``: a detector alone, whose logits are (N, 0).
    """

    labels: tuple[str, ...]
    backbone: str = "mobilenet_v2"
    head: str = "linear"
    hidden_units: int = 512
    dropout: float = 0.2
    detector: DetectorConfig | None = None
    input_channels: int = 3


@dataclass(frozen=True, slots=True)
class NetworkOutput:
    """logits (N, L); heat (N, L, h, w) Grad-CAM >= 0, not normalised; detections one an image."""

    logits: Tensor
    heat: Tensor
    detections: tuple[RawDetections, ...]


@dataclass(frozen=True, slots=True)
class TrainingOutput:
    """logits (N, L) and the detector's losses by name; empty where no image trains the detector."""

    logits: Tensor
    detector_losses: dict[str, Tensor]


class MultiTaskNetwork(nn.Module):
    """(N, 3, H, W) normalised images, H and W multiples of 32."""

    def __init__(self, config: NetworkConfig) -> None:
        super().__init__()
        if not config.labels and config.detector is None:
            raise ArchitectureUnknown("A network needs labels, a detector, or both.")
        self.config = config
        self.backbone = build_backbone(config.backbone)
        take_channels(self.backbone, config.input_channels)
        self.head = build_head(
            config.head,
            channels=self.backbone.channels[-1],
            labels=len(config.labels),
            dropout=config.dropout,
            hidden=config.hidden_units,
        )
        self.detector = (
            None if config.detector is None else Detector(config.detector, self.backbone.channels)
        )

    def forward(
        self, images: Tensor, targets: list[BoxTarget | None] | None = None
    ) -> NetworkOutput | TrainingOutput:
        """One door for both uses, so that wrappers of ``forward`` (distributed, export) fit."""
        return self.predict(images) if targets is None else self.losses(images, targets)

    def predict(self, images: Tensor) -> NetworkOutput:
        """Call it in evaluation mode. Logits, heat maps and boxes from one pass."""
        features: Levels = self.backbone(images)
        found: tuple[RawDetections, ...] = ()
        if self.detector is not None:
            found = tuple(self.detector(features, _size(images)))
        top = features[-1]
        return NetworkOutput(self.head(top), self.head.grad_cam(top), found)

    def losses(self, images: Tensor, targets: list[BoxTarget | None]) -> TrainingOutput:
        """An image whose target is None trains the classifier only."""
        features: Levels = self.backbone(images)
        logits = self.head(features[-1])
        boxed = [index for index, target in enumerate(targets) if target is not None]
        if self.detector is None or not boxed:
            return TrainingOutput(logits, {})
        stride4, stride8, stride16, stride32 = features
        chosen = (stride4[boxed], stride8[boxed], stride16[boxed], stride32[boxed])
        truth = [target for target in targets if target is not None]
        return TrainingOutput(logits, self.detector.losses(chosen, _size(images), truth))


def _size(images: Tensor) -> tuple[int, int]:
    return images.shape[2], images.shape[3]
