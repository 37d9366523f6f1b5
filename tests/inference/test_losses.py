from __future__ import annotations

import math

import pytest
import torch

from inference.training.config import OptimConfig
from inference.training.losses import (
    Criterion,
    classification_loss,
    composite_loss,
    criterion_for,
    positive_weights,
    smoothed,
)

ONES = torch.ones(2)


def test_cross_entropy_by_hand() -> None:
    # Logit 0 costs ln 2 either way; the positive of weight 3 costs it three times.
    logits, targets = torch.zeros(1, 2), torch.tensor([[1.0, 0.0]])
    known = torch.ones(1, 2, dtype=torch.bool)
    loss = classification_loss(logits, targets, known, torch.tensor([3.0, 1.0]))
    assert loss.item() == pytest.approx(2 * math.log(2))


def test_an_unknown_label_is_not_a_negative() -> None:
    logits = torch.tensor([[0.0, 50.0]], requires_grad=True)
    known = torch.tensor([[True, False]])
    loss = classification_loss(logits, torch.zeros(1, 2), known, ONES)
    assert loss.item() == pytest.approx(math.log(2))
    (gradient,) = torch.autograd.grad(loss, logits)
    assert gradient[0, 1] == 0


def test_nothing_known_costs_nothing() -> None:
    known = torch.zeros(1, 2, dtype=torch.bool)
    assert classification_loss(torch.ones(1, 2), torch.ones(1, 2), known, ONES) == 0


def test_positive_weights_are_the_capped_root_of_the_ratio() -> None:
    # One positive in ten: sqrt(9) = 3; with one of them unknown sqrt(8); none at all: the cap.
    targets = torch.zeros(10, 3)
    targets[0, :2] = 1.0
    known = torch.ones(10, 3, dtype=torch.bool)
    known[9, 1] = False
    weights = positive_weights(targets, known, cap=3.0)
    assert weights.tolist() == pytest.approx([3.0, math.sqrt(8), 3.0])


def test_positive_weights_may_be_the_ratio_or_none() -> None:
    targets, known = torch.zeros(10, 1), torch.ones(10, 1, dtype=torch.bool)
    targets[0] = 1.0
    assert positive_weights(targets, known, 20.0, "ratio").tolist() == [9.0]
    assert positive_weights(targets, known, 5.0, "ratio").tolist() == [5.0]
    assert positive_weights(targets, known, 5.0, "none").tolist() == [1.0]


def test_focal_loss_by_hand() -> None:
    # Logit 0 is probability 1/2: with gamma 2 a quarter of ln 2 is left.
    known = torch.ones(1, 1, dtype=torch.bool)
    loss = classification_loss(torch.zeros(1, 1), torch.ones(1, 1), known, torch.ones(1), 2.0)
    assert loss.item() == pytest.approx(math.log(2) / 4, rel=1e-6)


def test_focal_loss_forgets_what_is_easy() -> None:
    known = torch.ones(1, 2, dtype=torch.bool)
    logits = torch.tensor([[4.0, -4.0]])
    targets = torch.tensor([[1.0, 1.0]])
    easy, hard = (
        torch.autograd.grad(
            classification_loss(value, targets[:, :1], known[:, :1], torch.ones(1), 2.0), value
        )[0].abs()
        for value in (
            logits[:, :1].clone().requires_grad_(),
            logits[:, 1:].clone().requires_grad_(),
        )
    )
    assert hard.item() > 1000 * easy.item()


def test_a_probability_that_meets_its_soft_target_has_a_finite_slope() -> None:
    logits = torch.zeros(1, 1, requires_grad=True)
    known = torch.ones(1, 1, dtype=torch.bool)
    loss = classification_loss(logits, torch.full((1, 1), 0.5), known, torch.ones(1), 0.5)
    (gradient,) = torch.autograd.grad(loss, logits)
    assert torch.isfinite(gradient).all()


def test_without_labels_the_loss_is_nothing() -> None:
    empty = torch.zeros(3, 0, requires_grad=True)
    loss = Criterion(torch.ones(0))(empty, torch.zeros(3, 0), torch.zeros(3, 0, dtype=torch.bool))
    assert loss.item() == 0.0
    assert loss.requires_grad


def test_the_configuration_chooses_the_loss() -> None:
    targets, known = torch.zeros(10, 1), torch.ones(10, 1, dtype=torch.bool)
    targets[0] = 1.0
    plain = criterion_for(targets, known, OptimConfig())
    focal = criterion_for(targets, known, OptimConfig(loss="focal", positive_weight="none"))
    assert (plain.weights.tolist(), plain.focal_gamma) == ([3.0], 0.0)
    assert (focal.weights.tolist(), focal.focal_gamma) == ([1.0], 2.0)


def test_smoothing_moves_towards_one_half() -> None:
    assert smoothed(torch.tensor([0.0, 1.0]), 0.1).tolist() == pytest.approx([0.05, 0.95])


def test_the_composite_is_the_weighted_sum() -> None:
    parts = {"a": torch.tensor(2.0), "b": torch.tensor(3.0)}
    assert composite_loss(torch.tensor(1.0), parts, 0.5).item() == 3.5
    assert composite_loss(torch.tensor(1.0), {}, 0.5).item() == 1.0
