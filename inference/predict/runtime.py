"""What computes a network: torch or OpenVINO, behind one interface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor

from inference.networks.detector import RawDetections
from inference.networks.errors import OutputNotFinite
from inference.networks.export import CLASSIFIER_OUTPUTS, DETECTOR_OUTPUTS, GRAPH, INPUT, openvino
from inference.networks.multitask import MultiTaskNetwork, NetworkOutput

TORCH, TORCH_CUDA, TORCH_CUDA_BF16 = "torch", "torch-cuda", "torch-cuda-bf16"
OPENVINO_F32, OPENVINO_BF16 = "openvino-f32", "openvino-bf16"
_PRECISIONS = {OPENVINO_F32: "f32", OPENVINO_BF16: "bf16"}


@dataclass(frozen=True, slots=True)
class ImageOutput:
    """Of one image, on the CPU: logits (L,) float64, heat (L, h, w) float32, boxes if it has them.

    ``heat`` is Grad-CAM of every label, >= 0, not normalised.
    """

    logits: Tensor
    heat: Tensor
    detections: RawDetections | None


class Runtime(Protocol):
    """Not safe for several threads at once: the predictor holds a lock around it."""

    @property
    def name(self) -> str: ...

    def run(self, images: Tensor) -> list[ImageOutput]:
        """(N, C, S, S) float32, normalised. Raises OutputNotFinite."""
        ...


class TorchRuntime:
    """torch eager: the reference. On the CPU one image at a time, in float32.

    There a batch is no faster, and alone an image gives the same bits whatever came with it.
    """

    def __init__(self, network: MultiTaskNetwork, name: str = TORCH, device: str = "cpu") -> None:
        self.name = name
        self._device = torch.device(device)
        self._half = name == TORCH_CUDA_BF16
        self._network = network.to(device=self._device, memory_format=torch.channels_last)  # type: ignore[call-overload]

    def run(self, images: Tensor) -> list[ImageOutput]:
        batches = images.split(1) if self._device.type == "cpu" else (images,)
        return [output for batch in batches for output in self._batch(batch)]

    def _batch(self, images: Tensor) -> list[ImageOutput]:
        placed = images.to(self._device, memory_format=torch.channels_last)
        with (
            torch.inference_mode(),
            torch.autocast(self._device.type, torch.bfloat16, enabled=self._half),
        ):
            output: NetworkOutput = self._network.predict(placed)
        found: Sequence[RawDetections | None] = output.detections or [None] * len(images)
        return [
            _checked(ImageOutput(logits.double().cpu(), heat.float().cpu(), _on_cpu(boxes)))
            for logits, heat, boxes in zip(output.logits, output.heat, found, strict=True)
        ]


class OpenVinoRuntime:
    """An exported graph on the CPU. ``folder`` holds what ``networks.export`` wrote there.

    The precision is always said: left to itself, OpenVINO takes bfloat16 where the CPU has it.
    Threads are not pinned: workers that share a machine would all sit on its first cores.
    """

    def __init__(self, folder: Path, name: str = OPENVINO_F32, threads: int = 0) -> None:
        self.name = name
        options: dict[str, str | int | bool] = {
            "INFERENCE_PRECISION_HINT": _PRECISIONS[name],
            "PERFORMANCE_HINT": "LATENCY",
            "ENABLE_CPU_PINNING": False,
        }
        if threads:
            options["INFERENCE_NUM_THREADS"] = threads
        compiled: Any = openvino().Core().compile_model(str(folder / GRAPH), "CPU", options)
        # By position: a port may have further names of its own.
        known = (CLASSIFIER_OUTPUTS, DETECTOR_OUTPUTS)
        self._outputs = next(names for names in known if len(names) == len(compiled.outputs))
        self._request: Any = compiled.create_infer_request()

    def run(self, images: Tensor) -> list[ImageOutput]:
        return [self._one(image) for image in images.split(1)]

    def _one(self, image: Tensor) -> ImageOutput:
        self._request.infer({INPUT: np.ascontiguousarray(image.float().numpy())})
        # Copies: the request writes the next image into the same memory.
        found = {
            name: torch.from_numpy(np.array(self._request.get_output_tensor(index).data))
            for index, name in enumerate(self._outputs)
        }
        detections = None
        if "boxes" in found:
            if not bool(found["finite"].all()):
                raise OutputNotFinite
            detections = RawDetections(found["boxes"], found["scores"], found["labels"])
        return _checked(ImageOutput(found["logits"][0].double(), found["heat"][0], detections))


def _on_cpu(found: RawDetections | None) -> RawDetections | None:
    if found is None:
        return None
    return RawDetections(found.boxes.cpu(), found.scores.cpu(), found.labels.cpu())


def _checked(output: ImageOutput) -> ImageOutput:
    if not bool(torch.isfinite(output.logits).all() and torch.isfinite(output.heat).all()):
        raise OutputNotFinite
    return output
