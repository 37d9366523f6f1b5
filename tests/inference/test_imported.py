"""Weights of other projects give here what they give there, and nothing that was never trained."""

from __future__ import annotations

import importlib.util
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from django.core.management import CommandError, call_command
from safetensors.torch import save_file
from torch import Tensor, nn

from inference.models import ModelVersion
from inference.networks.checkpoint import load_checkpoint
from inference.networks.errors import ModelCorrupt, ModelMissing
from inference.networks.imported import (
    XRAY_TARGETS,
    ForeignWeights,
    import_classifier,
    read_weights,
)
from inference.networks.vision import torchvision
from inference.predict.errors import LabelUnknown
from inference.predict.preprocess import normalised
from inference.services.importing import (
    KNOWN,
    PackageMissing,
    torchvision_import,
    torchxrayvision_import,
)
from inference.services.serving import predictor_of, unload
from tests.inference.support import radiograph

POINTS = tuple(0.01 * (index + 1) for index in range(18))


@pytest.fixture(scope="module")
def densenet() -> nn.Module:
    """The published layout: torchvision's DenseNet-121 with one input channel and 18 outputs."""
    torch.manual_seed(2)
    network: nn.Module = torchvision.models.densenet121(weights=None, num_classes=18)
    network.features.conv0 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    return network.eval()


@pytest.fixture
def store(tmp_path: Path, settings, db: None) -> Path:
    settings.MODEL_DIR = tmp_path / "models"
    return tmp_path / "models"


def saved(network: nn.Module, path: Path, **more: object) -> Path:
    state: dict[str, object] = {name: value.clone() for name, value in network.state_dict().items()}
    if path.suffix == ".safetensors":
        save_file({**state, **more}, path)  # type: ignore[arg-type]
    else:
        torch.save({**state, **more}, path)
    return path


def xray(grey: np.ndarray) -> Tensor:
    """As the publisher scales it: [0, 255] to [-1024, 1024], one channel."""
    return torch.from_numpy((2 * grey - 1) * 1024)[None, None].float()


def test_a_densenet_gives_the_scores_of_its_publisher(densenet, tmp_path: Path) -> None:
    path = saved(densenet, tmp_path / "weights.pt", op_threshs=torch.tensor(POINTS))
    imported = import_classifier(
        read_weights(path, XRAY_TARGETS), name="xrv", known=KNOWN, origin="here"
    )
    about = imported.description
    grey = radiograph(224, 224)
    expected = densenet(xray(grey))[0]
    inputs = normalised(torch.from_numpy(grey)[None, None], about.preprocessing)
    torch.testing.assert_close(inputs, xray(grey), atol=1e-2, rtol=1e-5)
    found = imported.network.predict(inputs).logits[0]
    kept = [XRAY_TARGETS.index(label) for label in about.labels]
    torch.testing.assert_close(found, expected[kept], atol=1e-3, rtol=1e-4)
    assert about.thresholds == pytest.approx([POINTS[index] for index in kept])
    assert about.preprocessing.size_px == 224
    assert about.calibration is None


def test_untrained_and_unknown_outputs_are_left_out(densenet) -> None:
    points = tuple(math.nan if index == 4 else point for index, point in enumerate(POINTS))
    targets = ("", *XRAY_TARGETS[1:])
    imported = import_classifier(
        ForeignWeights(densenet.state_dict(), targets, points), name="x", known=KNOWN, origin="here"
    )
    labels = imported.description.labels
    assert "Atelectasis" not in labels
    assert "Edema" not in labels
    assert "Lung Opacity" in labels
    assert imported.dropped == (
        "output 0", "Edema", "Lung Lesion", "Fracture", "Enlarged Cardiomediastinum",
    )  # fmt: skip
    assert len(labels) == 13


def test_without_operating_points_nothing_is_ever_proposed(densenet) -> None:
    weights = ForeignWeights(densenet.state_dict(), XRAY_TARGETS)
    about = import_classifier(weights, name="x", known=KNOWN, origin="here").description
    assert set(about.thresholds) == {1.0}


def test_older_names_of_layers_are_understood(densenet) -> None:
    older = {
        name.replace("norm1.", "norm.1.").replace("conv2.", "conv.2."): value
        for name, value in densenet.state_dict().items()
    }
    import_classifier(ForeignWeights(older, XRAY_TARGETS), name="x", known=KNOWN, origin="here")


def test_a_resnet_is_taken_over_with_its_own_size(tmp_path: Path) -> None:
    torch.manual_seed(3)
    inner: nn.Module = torchvision.models.resnet50(weights=None, num_classes=18)
    inner.conv1 = nn.Conv2d(1, 64, 7, stride=2, padding=3, bias=False)
    outer = nn.Module()
    outer.model = inner.eval()
    weights = read_weights(saved(outer, tmp_path / "r.safetensors"), XRAY_TARGETS)
    imported = import_classifier(weights, name="x", known=KNOWN, origin="here")
    assert imported.description.preprocessing.size_px == 512
    image = xray(radiograph(128, 128))
    kept = [XRAY_TARGETS.index(label) for label in imported.description.labels]
    torch.testing.assert_close(
        imported.network.predict(image).logits[0], inner(image)[0][kept], atol=1e-3, rtol=1e-3
    )


def test_what_does_not_fit_is_corrupt(densenet, tmp_path: Path) -> None:
    state = densenet.state_dict()
    for weights, complaint in (
        (ForeignWeights(state, XRAY_TARGETS[:17]), "17 names"),
        (ForeignWeights(state, ("",) * 18), "no trained output"),
        (ForeignWeights(state, XRAY_TARGETS, (0.5,)), "operating point"),
        (ForeignWeights({**state, "more": torch.zeros(1)}, XRAY_TARGETS), "do not fit"),
    ):
        with pytest.raises(ModelCorrupt, match=complaint):
            import_classifier(weights, name="x", known=KNOWN, origin="here")
    (tmp_path / "text.pt").write_text("no weights")
    with pytest.raises(ModelCorrupt):
        read_weights(tmp_path / "text.pt", XRAY_TARGETS)
    with pytest.raises(ModelMissing):
        read_weights(tmp_path / "nowhere.pt", XRAY_TARGETS)


def test_a_pickled_module_is_not_opened(tmp_path: Path) -> None:
    torch.save(nn.Linear(2, 2), tmp_path / "module.pt")
    with pytest.raises(ModelCorrupt, match="runs code"):
        read_weights(tmp_path / "module.pt", XRAY_TARGETS)


def test_the_command_registers_scores_that_say_they_are_scores(
    densenet, tmp_path: Path, store, capsys
) -> None:
    path = saved(densenet, tmp_path / "all.pt", op_threshs=torch.tensor(POINTS))
    call_command("model", "import-torchxrayvision", str(path), "--activate")
    said = capsys.readouterr().out
    assert "xrv-all imported" in said
    assert "left out: Lung Lesion, Fracture, Enlarged Cardiomediastinum" in said
    model = ModelVersion.objects.get()
    assert (model.stage, model.calibrated, model.metrics) == ("active", False, {})
    assert "scores, not probabilities" in model.card
    assert "Fracture" not in model.labels
    unload()
    prediction = predictor_of(model).predict(radiograph(120, 90))
    unload()
    assert prediction.labels == tuple(model.labels)
    assert not prediction.calibrated
    assert prediction.heatmaps.maps.shape == (15, 96, 72)
    call_command("model", "import-torchxrayvision", str(path))  # again: the same row
    assert ModelVersion.objects.count() == 1


@pytest.mark.skipif(
    importlib.util.find_spec("torchxrayvision") is not None, reason="its package is installed"
)
def test_published_weights_need_their_package(store) -> None:
    with pytest.raises(PackageMissing) as caught:
        torchxrayvision_import(source="densenet121-res224-all")
    assert caught.value.code == "package_missing"
    assert not ModelVersion.objects.exists()


@pytest.fixture(scope="module")
def faster_rcnn() -> nn.Module:
    torch.manual_seed(4)
    network: nn.Module = torchvision.models.detection.fasterrcnn_resnet50_fpn(
        weights=None, weights_backbone=None, num_classes=3
    )
    return network.eval()


def test_a_torchvision_detector_is_taken_over_tensor_by_tensor(
    faster_rcnn, tmp_path: Path, store
) -> None:
    path = saved(faster_rcnn, tmp_path / "detector.pth")
    model = torchvision_import(source=path, labels=("Cardiomegaly", "Pleural effusion"))
    loaded = load_checkpoint(Path(model.path), sha256=model.sha256)
    assert loaded.description.box_labels == ("Cardiomegaly", "Pleural effusion")
    assert loaded.description.labels == ()
    images = torch.rand(1, 3, 128, 128)
    theirs = list(faster_rcnn.backbone(images).values())
    ours = loaded.network.detector.neck(loaded.network.backbone(images))
    assert len(theirs) == len(ours) == 5
    for one, two in zip(theirs, ours, strict=True):
        torch.testing.assert_close(two, one, atol=1e-4, rtol=1e-3)
    for one, two in zip(
        faster_rcnn.rpn.head(theirs), loaded.network.detector.rpn.head(ours), strict=True
    ):
        for expected, found in zip(one, two, strict=True):
            torch.testing.assert_close(found, expected, atol=1e-4, rtol=1e-3)
    regions = torch.rand(5, 256, 7, 7)
    expected = faster_rcnn.roi_heads.box_predictor(faster_rcnn.roi_heads.box_head(regions))
    roi = loaded.network.detector.roi
    for one, two in zip(expected, roi.box_predictor(roi.box_head(regions)), strict=True):
        torch.testing.assert_close(two, one)


def test_a_detector_with_other_classes_or_unknown_labels_is_refused(
    faster_rcnn, tmp_path: Path, store
) -> None:
    path = saved(faster_rcnn, tmp_path / "detector.pth")
    with pytest.raises(ModelCorrupt, match="2 classes"):
        torchvision_import(source=path, labels=("Mass",))
    with pytest.raises(LabelUnknown):
        torchvision_import(source=path, labels=("Mass", "Dog"))
    with pytest.raises(CommandError, match="model_missing"):
        call_command("model", "import-torchvision", "nowhere.pth", "--labels", "Mass")
    assert not ModelVersion.objects.exists()
