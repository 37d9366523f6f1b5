"""A network as one OpenVINO graph: logits, heat maps and boxes from a single pass."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from inference.networks.errors import ExportFailed
from inference.networks.multitask import MultiTaskNetwork

GRAPH, GRAPH_WEIGHTS = "graph.xml", "graph.bin"
INPUT = "images"
CLASSIFIER_OUTPUTS = ("logits", "heat")
# "finite" says whether the detector's raw outputs were numbers: it drops those that are not.
DETECTOR_OUTPUTS = (*CLASSIFIER_OUTPUTS, "finite", "boxes", "scores", "labels")


class OnePass(nn.Module):
    """(1, C, S, S) -> the tensors of ``output_names``, for one image. Boxes as RawDetections."""

    def __init__(self, network: MultiTaskNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, images: Tensor) -> tuple[Tensor, ...]:
        features = self.network.backbone(images)
        top = features[-1]
        whole = (self.network.head(top), self.network.head.grad_cam(top))
        if self.network.detector is None:
            return whole
        found, finite = self.network.detector.detect(features, (images.shape[2], images.shape[3]))
        return (*whole, finite, found[0].boxes, found[0].scores, found[0].labels)


def output_names(network: MultiTaskNetwork) -> tuple[str, ...]:
    return CLASSIFIER_OUTPUTS if network.detector is None else DETECTOR_OUTPUTS


def openvino() -> Any:
    """The one door to OpenVINO. Its usage telemetry is left out: a portal calls nobody.

    Raises ImportError where it is not installed.
    """
    # A module that is None cannot be imported; OpenVINO then takes its silent stand-in.
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino as package  # heavy: 100 MB of libraries that only a serving process needs

    return package


def export_openvino(network: MultiTaskNetwork, size_px: int, folder: Path) -> None:
    """Write GRAPH and GRAPH_WEIGHTS into ``folder``. The graph takes (1, C, size_px, size_px).

    ``network``: on the CPU, in evaluation mode. Weights stay float32, so that the precision is the
    choice of who compiles it. Raises ExportFailed.
    """
    package = openvino()
    channels = network.config.input_channels
    example = torch.zeros(1, channels, size_px, size_px)
    try:
        graph = _converted(OnePass(network).eval(), example)
    except (RuntimeError, ValueError, TypeError) as error:
        raise ExportFailed(f"The network cannot be exported: {error}"[:400]) from error
    graph.inputs[0].get_tensor().set_names({INPUT})
    for output, name in zip(graph.outputs, output_names(network), strict=True):
        output.get_tensor().set_names({name})
    graph.reshape([1, channels, size_px, size_px])
    package.save_model(graph, str(folder / GRAPH), compress_to_fp16=False)


def _converted(module: OnePass, example: Tensor) -> Any:
    # heavy: as openvino()
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import (  # heavy: as above
        TorchScriptPythonDecoder,
    )

    with torch.no_grad(), warnings.catch_warnings():
        # Tracing warns of each size that becomes a constant: the graph has one size on purpose.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(module, (example,), strict=False, check_trace=False)
        decoder = TorchScriptPythonDecoder(traced, example_input=(example,))
        frontend = FrontEndManager().load_by_framework("pytorch")
        return frontend.convert(frontend.load(decoder))
