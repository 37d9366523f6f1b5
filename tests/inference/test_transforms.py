from __future__ import annotations

import pytest
import torch

from inference.training.config import AugmentConfig
from inference.training.transforms import geometry, mixed, photometric

STILL = AugmentConfig(
    degrees=0,
    translate=0,
    scale=0,
    flip=False,
    gamma=0,
    brightness=0,
    contrast=0,
    noise=0,
    cutout=0,
)


def spot() -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """A bright rectangle and its box."""
    image = torch.zeros(1, 64, 64, dtype=torch.uint8)
    image[0, 10:20, 30:50] = 255
    return image, torch.tensor([[30.0, 10.0, 50.0, 20.0]]), torch.tensor([3])


def test_nothing_asked_changes_nothing() -> None:
    image, boxes, labels = spot()
    moved, moved_boxes, moved_labels = geometry(STILL)(image, boxes, labels)
    assert torch.equal(moved, image)
    assert torch.equal(moved_boxes, boxes)
    assert torch.equal(moved_labels, labels)
    grey = torch.rand(2, 1, 8, 8)
    torch.testing.assert_close(photometric(grey, STILL), grey)


@pytest.mark.parametrize("seed", range(8))
def test_boxes_follow_the_picture(seed: int) -> None:
    torch.manual_seed(seed)
    config = AugmentConfig(degrees=0, translate=0.1, scale=0.15, flip=True)
    image, boxes, _ = geometry(config)(*spot())
    rows, columns = torch.nonzero(image[0] > 127, as_tuple=True)
    drawn = [columns.min(), rows.min(), columns.max() + 1, rows.max() + 1]
    torch.testing.assert_close(boxes[0], torch.stack(drawn).float(), atol=1.1, rtol=0)


def test_a_box_that_leaves_the_picture_is_dropped_with_its_label() -> None:
    image, _, labels = spot()
    gone = torch.tensor([[62.0, 10.0, 64.0, 20.0]])  # 2 px wide: no finding any more
    _, boxes, labels = geometry(STILL)(image, gone, labels)
    assert boxes.shape == (0, 4)
    assert labels.shape == (0,)


def test_an_image_without_boxes_passes() -> None:
    image, _, _ = spot()
    empty = torch.empty(0, 4), torch.empty(0, dtype=torch.int64)
    _, boxes, _ = geometry(AugmentConfig())(image, *empty)
    assert boxes.shape == (0, 4)


def test_grey_values_change_but_stay_in_range() -> None:
    torch.manual_seed(1)
    grey = torch.rand(4, 1, 32, 32)
    out = photometric(grey, AugmentConfig())
    assert out.min() >= 0
    assert out.max() <= 1
    assert (out - grey).abs().mean() > 0.01


def test_mixup_mixes_targets_in_the_shares_of_the_pictures() -> None:
    torch.manual_seed(2)
    grey = torch.tensor([0.0, 1.0]).view(2, 1, 1, 1).expand(2, 1, 4, 4)
    targets = torch.tensor([[0.0, 1.0], [1.0, 1.0]])
    known = torch.tensor([[True, True], [True, False]])
    for _ in range(8):
        pictures, mixed_targets, mixed_known = mixed(grey, targets, known, 1.0)
        # The first label is 1 exactly where the picture is white.
        torch.testing.assert_close(mixed_targets[:, 0], pictures.mean(dim=(1, 2, 3)))
        assert mixed_known[:, 0].all()
    # The second label is known of one image alone: a mixture of both does not know it.
    assert not mixed_known[:, 1].all()
