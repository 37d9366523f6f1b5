"""Small networks, checkpoints and data for the tests of the pure packages."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image

from inference.networks.checkpoint import save_checkpoint
from inference.networks.description import BoxRules, Description, Preprocessing, Provenance
from inference.networks.detector import DetectorConfig
from inference.networks.multitask import MultiTaskNetwork, NetworkConfig

LABELS = ("Cardiomegaly", "Mass", "Edema")
BOXED = ("Cardiomegaly", "Mass")
SIZE_PX = 64


def small_network(
    *, head: str = "linear", neck: str | None = "light", backbone: str = "mobilenet_v2"
) -> MultiTaskNetwork:
    """Random weights from a fixed seed, in evaluation mode.

    The batch norms have seen some noise: with their first statistics the features die out.
    """
    torch.manual_seed(5)
    detector = None
    if neck is not None:
        sizes = (8.0, 16.0, 32.0)
        detector = DetectorConfig(
            BOXED, neck=neck, channels=16, representation_size=16, anchor_sizes_px=sizes
        )
    config = NetworkConfig(LABELS, backbone, head, hidden_units=8, dropout=0.1, detector=detector)
    network = MultiTaskNetwork(config).train()
    with torch.no_grad():
        for _ in range(6):
            network.losses(torch.randn(4, 3, SIZE_PX, SIZE_PX), [None] * 4)
    return network.eval()


def describe(network: MultiTaskNetwork) -> Description:
    boxed = () if network.config.detector is None else network.config.detector.labels
    return Description(
        name="small",
        version="0.0.1",
        label_set="chestxray14",
        network=network.config,
        preprocessing=Preprocessing(SIZE_PX),
        thresholds=(0.5,) * len(network.config.labels),
        boxes=BoxRules((0.1,) * len(boxed), 0.5 if boxed else 0.0),
        calibration=None,
        metrics=(),
        provenance=Provenance("random weights", "0" * 64, "0" * 64, "nothing", "Apache-2.0"),
    )


def save_small(folder: Path, network: MultiTaskNetwork | None = None) -> str:
    """Returns the identity of the checkpoint."""
    chosen = network or small_network()
    return save_checkpoint(chosen, describe(chosen), folder)


def radiograph(rows: int = 90, columns: int = 120, seed: int = 1) -> NDArray[np.float32]:
    return np.random.default_rng(seed).random((rows, columns), dtype=np.float32)


def write_folder(folder: Path, images: list[tuple[str, str, str]], boxes: list[str]) -> None:
    """A ChestX-ray14-style folder: (name, patient, labels) of 64 x 64 px images; CSV box lines."""
    (folder / "images").mkdir(parents=True)
    with (folder / "labels.csv").open("w", newline="") as stream:
        csv.writer(stream).writerows([("image", "patient_id", "labels"), *images])
    header = "image,label,x_min_px,y_min_px,x_max_px,y_max_px"
    (folder / "boxes.csv").write_text("\n".join([header, *boxes]) + "\n")
    for number, (name, _, _) in enumerate(images):
        grey = (radiograph(64, 64, seed=number) * 255).astype(np.uint8)
        Image.fromarray(grey).save(folder / "images" / name)
