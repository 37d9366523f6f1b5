"""Exact pure-torch ``nms`` and ``roi_align`` under torchvision's operator names.

The CPU build of torch cannot load the compiled operators of a torchvision wheel that was built for
CUDA. torchvision's detection code only reaches them by name (``torch.ops.torchvision.*``), so
defining equals under these names is enough to run and train it unchanged.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional

# qnms (quantised) has no kernel here: torchvision only wants its name on import.
SCHEMAS = {
    "qnms": "qnms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "nms": "nms(Tensor dets, Tensor scores, float iou_threshold) -> Tensor",
    "roi_align": (
        "roi_align(Tensor input, Tensor rois, float spatial_scale, SymInt pooled_height, "
        "SymInt pooled_width, int sampling_ratio, bool aligned) -> Tensor"
    ),
}
# torchvision adds a shape-only kernel to nms itself, which torch refuses beside an implicit one.
_DISPATCH_KEYS = {"nms": "CompositeExplicitAutograd", "roi_align": "CompositeImplicitAutograd"}
# A Library undoes its registrations when it is collected, so it lives as long as the module.
_libraries: dict[str, Any] = {}
_Library: Any = torch.library.Library  # without type information


def is_defined(name: str) -> bool:
    """Whether ``torchvision::<name>`` exists already, compiled or registered here."""
    return hasattr(torch.ops.torchvision, name)


def register_missing() -> tuple[str, ...]:
    """Register each operator that nobody has defined yet; return the names registered now."""
    implementations = {"nms": nms, "roi_align": roi_align}
    missing = tuple(name for name in SCHEMAS if not is_defined(name))
    for name in missing:
        library = _Library("torchvision", "FRAGMENT")
        library.define(SCHEMAS[name])
        if name in implementations:
            library.impl(name, implementations[name], _DISPATCH_KEYS[name])
        _libraries[name] = library
    return missing


def nms(dets: Tensor, scores: Tensor, iou_threshold: float) -> Tensor:
    """Greedy non-maximum suppression. dets (N, 4) xyxy, scores (N,) -> kept indices, best first.

    Equal scores keep their order. The result is the fixed point of "kept = not overlapped by a kept
    box of higher rank": each step settles at least one more rank; usually two or three are enough.
    Source: torchvision/csrc/ops/cpu/nms_kernel.cpp.
    """
    order = scores.argsort(descending=True, stable=True)
    boxes = dets.detach()[order]
    areas = (boxes[:, 2] - boxes[:, 0]) * (boxes[:, 3] - boxes[:, 1])
    width = torch.minimum(boxes[:, None, 2], boxes[:, 2]) - torch.maximum(
        boxes[:, None, 0], boxes[:, 0]
    )
    height = torch.minimum(boxes[:, None, 3], boxes[:, 3]) - torch.maximum(
        boxes[:, None, 1], boxes[:, 1]
    )
    overlap = width.clamp_(min=0) * height.clamp_(min=0)
    iou = overlap / (areas[:, None] + areas - overlap)
    # The kernel compares a float ratio with a double threshold; 0/0 is NaN and suppresses nothing.
    suppresses = (iou.double() > iou_threshold).triu_(1).to(torch.float32)
    kept = torch.ones(len(boxes), dtype=torch.float32, device=boxes.device)
    while True:
        settled = (kept @ suppresses == 0).to(torch.float32)
        if torch.equal(settled, kept):
            return order[kept.bool()]
        kept = settled


def roi_align(  # noqa: PLR0913  # the arguments of the operator that it stands for
    input: Tensor,
    rois: Tensor,
    spatial_scale: float,
    pooled_height: int,
    pooled_width: int,
    sampling_ratio: int,
    aligned: bool,
) -> Tensor:
    """RoI Align. input (N, C, H, W), rois (K, 5) as (image, xyxy) -> (K, C, pooled h, pooled w).

    ``sampling_ratio <= 0`` takes ceil(roi size / pooled size) samples a bin, per RoI and axis, as
    the compiled operator does. Half precisions are computed in float32 and returned as they came.
    Source: torchvision/csrc/ops/cpu/roi_align_kernel.cpp.
    """
    features = input.float() if input.dtype in (torch.bfloat16, torch.float16) else input
    regions = rois[:, 1:].to(features.dtype) * spatial_scale - (0.5 if aligned else 0.0)
    size = torch.stack((regions[:, 3] - regions[:, 1], regions[:, 2] - regions[:, 0]), dim=1)
    if not aligned:
        size = size.clamp(min=1.0)
    start = torch.stack((regions[:, 1], regions[:, 0]), dim=1)
    pooled = (int(pooled_height), int(pooled_width))
    grids = _samples_per_bin(size.detach(), pooled, sampling_ratio)
    images = rois[:, 0].long()
    output = features.new_zeros((len(rois), features.shape[1], *pooled))
    # One call a group of RoIs that share image and sample grid keeps the work in few large kernels.
    keys = torch.cat((images[:, None], grids), dim=1)
    parts: list[Tensor] = []
    places: list[Tensor] = []
    for image, rows, columns in torch.unique(keys, dim=0).tolist():
        if rows < 1 or columns < 1:  # an empty RoI has no samples: its output stays zero
            continue
        chosen = torch.nonzero((keys == keys.new_tensor((image, rows, columns))).all(dim=1))[:, 0]
        parts.append(
            _pool(features[image], start[chosen], size[chosen], pooled, (int(rows), int(columns)))
        )
        places.append(chosen)
    if parts:
        output = output.index_copy(0, torch.cat(places), torch.cat(parts))
    else:
        output = output + features.sum() * 0.0  # keeps the graph, so that an empty batch trains
    return output.to(input.dtype)


def _samples_per_bin(size: Tensor, pooled: tuple[int, int], sampling_ratio: int) -> Tensor:
    """Samples per bin, (K, 2) int64 as (rows, columns), for RoI sizes (K, 2) in feature cells."""
    if sampling_ratio > 0:
        return torch.full_like(size, sampling_ratio, dtype=torch.int64)
    return torch.ceil(size / size.new_tensor(pooled)).long()


def _pool(
    feature: Tensor,
    start: Tensor,
    size: Tensor,
    pooled: tuple[int, int],
    grid: tuple[int, int],
) -> Tensor:
    """Mean of bilinear samples. feature (C, H, W), start and size (K, 2) yx -> (K, C, *pooled)."""
    channels = feature.shape[0]
    y, y_inside = _sample_positions(start[:, 0], size[:, 0], pooled[0] * grid[0], feature.shape[1])
    x, x_inside = _sample_positions(start[:, 1], size[:, 1], pooled[1] * grid[1], feature.shape[2])
    count, rows, columns = len(start), y.shape[1], x.shape[1]
    where = torch.stack(
        (x[:, None, :].expand(count, rows, columns), y[:, :, None].expand(count, rows, columns)),
        dim=-1,
    )
    samples = functional.grid_sample(
        feature[None],
        where.reshape(1, count * rows, columns, 2),
        mode="bilinear",
        padding_mode="border",
        align_corners=True,
    ).view(channels, count, rows, columns)
    samples = samples * (y_inside[:, :, None] & x_inside[:, None, :])
    bins = samples.view(channels, count, pooled[0], grid[0], pooled[1], grid[1])
    return bins.mean(dim=(3, 5)).transpose(0, 1)


def _sample_positions(
    start: Tensor, size: Tensor, samples: int, length: int
) -> tuple[Tensor, Tensor]:
    """Positions (K, samples) on one axis in [-1, 1] of ``grid_sample``, and which of them count.

    A sample more than one cell outside counts as zero; nearer ones take the border's value.
    """
    steps = (torch.arange(samples, dtype=start.dtype, device=start.device) + 0.5) / samples
    cells = start[:, None] + steps * size[:, None]
    inside = (cells >= -1.0) & (cells <= length)
    return 2.0 * cells / max(length - 1, 1) - 1.0, inside
