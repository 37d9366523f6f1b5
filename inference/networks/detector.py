"""A complete torchvision Faster R-CNN: RPN, RoI Align and box head behind one of three necks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional

from inference.networks.backbones import Levels
from inference.networks.errors import ArchitectureUnknown, OutputNotFinite
from inference.networks.necks import Channels, build_neck
from inference.networks.vision import torchvision

_detection: Any = torchvision.models.detection


@dataclass(frozen=True, slots=True)
class DetectorConfig:
    """``labels``: what is boxed, class 1.. in this order. Anchor sizes are in input pixels.

    ``neck`` "light" and "pyramid" look at few proposals, for a CPU; "full_pyramid" has the levels
    and the rules of torchvision's Faster R-CNN ResNet-50-FPN (with 256 ``channels``, 1024 as
    ``representation_size``, anchors of 32 to 512 px and 100 detections an image).
    ``shared_regression``: the labels learn one box correction together and each its difference from
    it, for data with few boxes a label.
    """

    labels: tuple[str, ...]
    neck: str = "light"
    channels: int = 128
    representation_size: int = 256
    anchor_sizes_px: tuple[float, ...] = (32.0, 64.0, 128.0, 256.0)
    anchor_ratios: tuple[float, ...] = (0.5, 1.0, 2.0)
    detections_per_image: int = 30
    shared_regression: bool = False


@dataclass(frozen=True, slots=True)
class BoxTarget:
    """What is boxed on one image. boxes (B, 4) xyxy in input pixels, labels (B,) int64 from 1.

    ``unboxed`` (labels,) bool: findings that the image is said to have but that nobody boxed. A
    background region is not punished for looking like one of these.
    """

    boxes: Tensor
    labels: Tensor
    unboxed: Tensor

    def to(self, device: torch.device) -> BoxTarget:
        return BoxTarget(self.boxes.to(device), self.labels.to(device), self.unboxed.to(device))


@dataclass(frozen=True, slots=True)
class RawDetections:
    """Of one image: boxes (D, 4) xyxy in input pixels, scores (D,), labels (D,) int64 from 1."""

    boxes: Tensor
    scores: Tensor
    labels: Tensor


@dataclass(frozen=True, slots=True)
class _Rules:
    """How many anchors, proposals and regions there are, and which of them count as what.

    ``proposals``: before and after suppression, in training; ``proposals_found``: in evaluation.
    """

    rpn_foreground_iou: float
    rpn_batch: int
    proposals: tuple[int, int]
    proposals_found: tuple[int, int]
    regions: int
    least_score: float
    nms_iou: float


_FEW = _Rules(0.6, 128, (400, 200), (300, 100), 64, 0.01, 0.3)
# Source: the defaults of torchvision.models.detection.FasterRCNN.
_TORCHVISION = _Rules(0.7, 256, (2000, 2000), (1000, 1000), 512, 0.05, 0.5)


class Detector(nn.Module):
    """Faster R-CNN on backbone features; float32 even under autocast: box arithmetic needs it."""

    def __init__(self, config: DetectorConfig, channels_in: Channels) -> None:
        super().__init__()
        self.neck = build_neck(config.neck, channels_in, config.channels)
        rules = _TORCHVISION if config.neck == "full_pyramid" else _FEW
        anchors = _anchors(config, self.neck.levels)
        self.rpn: Any = _detection.rpn.RegionProposalNetwork(
            anchors,
            _rpn_head(config, anchors.num_anchors_per_location()),
            fg_iou_thresh=rules.rpn_foreground_iou,
            bg_iou_thresh=0.3,
            batch_size_per_image=rules.rpn_batch,
            positive_fraction=0.5,
            pre_nms_top_n={"training": rules.proposals[0], "testing": rules.proposals_found[0]},
            post_nms_top_n={"training": rules.proposals[1], "testing": rules.proposals_found[1]},
            nms_thresh=0.7,
        )
        classes = len(config.labels) + 1
        self.roi: Any = _detection.roi_heads.RoIHeads(
            torchvision.ops.MultiScaleRoIAlign(_names(self.neck.pooled_levels), 7, 2),
            _detection.faster_rcnn.TwoMLPHead(config.channels * 49, config.representation_size),
            _box_predictor(config, classes),
            fg_iou_thresh=0.5,
            bg_iou_thresh=0.5,
            batch_size_per_image=rules.regions,
            positive_fraction=0.25,
            bbox_reg_weights=None,
            score_thresh=rules.least_score,
            nms_thresh=rules.nms_iou,
            detections_per_img=config.detections_per_image,
        )

    def forward(self, features: Levels, size_px: tuple[int, int]) -> list[RawDetections]:
        """features of (N, 3, *size_px) inputs -> one RawDetections an image."""
        found, finite = self.detect(features, size_px)
        # torchvision drops what is not a number without a word: it would read as "no finding".
        if not bool(finite):
            raise OutputNotFinite
        return found

    def detect(
        self, features: Levels, size_px: tuple[int, int]
    ) -> tuple[list[RawDetections], Tensor]:
        """As ``forward``; () bool beside it: whether all that was put out were numbers."""
        levels, images = self._levels(features, size_px)
        with torch.autocast(features[0].device.type, enabled=False):
            proposals, _ = self.rpn(images, levels)
            logits, deltas = self._classify(levels, proposals, images)
            finite = torch.isfinite(logits).all() & torch.isfinite(deltas).all()
            found = self.roi.postprocess_detections(logits, deltas, proposals, images.image_sizes)
        results = [RawDetections(*item) for item in zip(found[0], found[1], found[2], strict=True)]
        return results, finite

    def losses(
        self,
        features: Levels,
        size_px: tuple[int, int],
        targets: list[BoxTarget],
    ) -> dict[str, Tensor]:
        """The four Faster R-CNN losses (scalars); unboxed findings are not background."""
        levels, images = self._levels(features, size_px)
        truth = [{"boxes": item.boxes, "labels": item.labels} for item in targets]
        with torch.autocast(features[0].device.type, enabled=False):
            proposals, rpn = self.rpn(images, levels, truth)
            proposals, _, labels, regression = self.roi.select_training_samples(proposals, truth)
            logits, deltas = self._classify(levels, proposals, images)
            logits = logits.masked_fill(_not_background(labels, targets), float("-inf"))
            classes, boxes = _detection.roi_heads.fastrcnn_loss(logits, deltas, labels, regression)
        return {
            "rpn_objectness": rpn["loss_objectness"],
            "rpn_boxes": rpn["loss_rpn_box_reg"],
            "roi_classes": classes,
            "roi_boxes": boxes,
        }

    def _classify(
        self, levels: dict[str, Tensor], proposals: list[Tensor], images: Any
    ) -> tuple[Tensor, Tensor]:
        pooled = self.roi.box_roi_pool(levels, proposals, images.image_sizes)
        scores: tuple[Tensor, Tensor] = self.roi.box_predictor(self.roi.box_head(pooled))
        return scores

    def _levels(self, features: Levels, size_px: tuple[int, int]) -> tuple[dict[str, Tensor], Any]:
        levels = [level.float() for level in self.neck(features)]
        # The RPN reads only the shape and the device of the images.
        blank = levels[0].new_zeros(()).expand(len(levels[0]), 3, *size_px)
        images = _detection.image_list.ImageList(blank, [size_px] * len(blank))
        return dict(zip(_names(len(levels)), levels, strict=True)), images


def _names(count: int) -> list[str]:
    return [str(number) for number in range(count)]


def _anchors(config: DetectorConfig, levels: int) -> Any:
    """One level takes all sizes; of several, the coarsest takes what the finer ones leave."""
    sizes = sorted(config.anchor_sizes_px)
    if len(sizes) < levels:
        raise ArchitectureUnknown(f"{levels} levels need at least {levels} anchor sizes.")
    finer = [(size,) for size in sizes[: levels - 1]]
    grouped = (*finer, tuple(sizes[levels - 1 :]))
    ratios = (tuple(config.anchor_ratios),) * levels
    return torchvision.models.detection.anchor_utils.AnchorGenerator(grouped, ratios)


def _box_predictor(config: DetectorConfig, classes: int) -> Any:
    predictor: Any = _detection.faster_rcnn.FastRCNNPredictor(config.representation_size, classes)
    if config.shared_regression:
        predictor.bbox_pred = _SharedRegression(config.representation_size, classes)
    return predictor


class _SharedRegression(nn.Module):
    """(R, C) -> (R, 4 classes): a correction for every label plus each label's own difference."""

    def __init__(self, channels: int, classes: int) -> None:
        super().__init__()
        self.shared = nn.Linear(channels, 4)
        self.own = nn.Linear(channels, 4 * classes)
        nn.init.zeros_(self.own.weight)
        nn.init.zeros_(self.own.bias)

    def forward(self, regions: Tensor) -> Tensor:
        own: Tensor = self.own(regions)
        shared: Tensor = self.shared(regions)
        return own + shared.repeat(1, own.shape[1] // shared.shape[1])


def _rpn_head(config: DetectorConfig, anchors: list[int]) -> nn.Module:
    """torchvision shares one over its levels, which needs the same number of anchors on each."""
    if config.neck == "full_pyramid" and len(set(anchors)) == 1:
        shared: nn.Module = _detection.rpn.RPNHead(config.channels, anchors[0])
        return shared
    return _RpnHeads(config.channels, anchors)


class _RpnHeads(nn.Module):
    """torchvision's RPN head, one a level where the levels have different numbers of anchors."""

    def __init__(self, channels: int, anchors: list[int]) -> None:
        super().__init__()
        self.heads = nn.ModuleList(_detection.rpn.RPNHead(channels, count) for count in anchors)

    def forward(self, levels: list[Tensor]) -> tuple[list[Tensor], list[Tensor]]:
        objectness: list[Tensor] = []
        deltas: list[Tensor] = []
        for head, level in zip(self.heads, levels, strict=True):
            scores, offsets = head([level])
            objectness += scores
            deltas += offsets
        return objectness, deltas


def _not_background(labels: list[Tensor], targets: list[BoxTarget]) -> Tensor:
    """(R, classes) bool: logits to leave out for background regions of partly boxed images."""
    rows = [
        (found == 0)[:, None] & functional.pad(target.unboxed, (1, 0))[None, :]
        for found, target in zip(labels, targets, strict=True)
    ]
    return torch.cat(rows)
