"""Heat maps of all labels: the closed form of the shipped network against the grad-cam package."""

from __future__ import annotations

import time

import numpy as np
import torch

from inference.networks.checkpoint import load_checkpoint
from inference.networks.files import checkpoint_sha256
from inference.predict.boxes import letterbox_for
from inference.predict.explain import heat_maps
from inference.predict.explain_methods import GRAD_CAM, heat_by
from inference.services.registry import SHIPPED_MODEL
from tests.benchmarks.measure import median_ms, print_table

REPEATS = 5


def test_all_heat_maps_against_the_grad_cam_package() -> None:
    torch.set_num_threads(1)
    loaded = load_checkpoint(SHIPPED_MODEL, sha256=checkpoint_sha256(SHIPPED_MODEL))
    network, side = loaded.network, loaded.description.preprocessing.size_px
    image = torch.randn(1, 3, side, side, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        features = network.backbone(image)
        forward = median_ms(lambda: network.head(network.backbone(image)[-1]), REPEATS)
        closed = median_ms(lambda: network.head.grad_cam(features[-1]), REPEATS)
        heat = network.head.grad_cam(features[-1])
    drawn = median_ms(lambda: heat_maps(heat[0], letterbox_for((3000, 2500), side)), REPEATS)
    began = time.perf_counter()
    reference = heat_by(GRAD_CAM, network, image).numpy()
    package = (time.perf_counter() - began) * 1000
    ours = forward + closed
    labels = len(network.config.labels)
    rows = [
        ["classifier alone", f"{forward:.1f}", f"{forward / ours:.2f}"],
        [f"classifier and {labels} maps, closed form", f"{ours:.1f}", "1.00"],
        [
            f"{labels} maps by the package, label by label",
            f"{package:.0f}",
            f"{package / ours:.0f}",
        ],
        ["drawing the maps in the image's geometry", f"{drawn:.1f}", f"{drawn / ours:.2f}"],
    ]
    print_table(f"Heat maps, {side} px", ("step", "ms", "x closed form"), rows)
    scale = max(1.0, float(np.abs(reference).max()))
    assert np.abs(heat[0].numpy() - reference).max() <= 1e-5 * scale
