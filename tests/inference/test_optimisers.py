from __future__ import annotations

import pytest
import torch

from inference.training.config import OptimConfig
from inference.training.optimisers import cosine, make_optimizer, make_schedule
from tests.inference.support import small_network

RATES = {"backbone_rate": 0.1, "head_rate": 0.2, "warm_up_share": 0.2}


def test_the_cosine_warms_up_in_a_line_and_ends_at_nothing() -> None:
    assert [cosine(step, 2, 10) for step in range(3)] == [0.5, 1.0, 1.0]
    assert cosine(6, 2, 10) == pytest.approx(0.5)
    assert cosine(10, 2, 10) == pytest.approx(0.0)


@pytest.mark.parametrize("optimizer", ["adamw", "sgd"])
@pytest.mark.parametrize("schedule", ["onecycle", "cosine"])
def test_both_rates_reach_their_height_and_fall(optimizer: str, schedule: str) -> None:
    config = OptimConfig(optimizer=optimizer, schedule=schedule, **RATES)  # type: ignore[arg-type]
    made = make_optimizer(small_network(neck=None), config)
    steps = make_schedule(made, config, 20)
    seen = []
    for _ in range(20):
        seen.append(sorted({group["lr"] for group in made.param_groups}))
        made.step()
        steps.step()
    assert max(seen) == pytest.approx([0.1, 0.2])
    assert seen[0][1] < 0.11
    assert seen[-1][1] < 0.01


def test_norms_and_biases_do_not_decay_and_backbone_and_heads_have_their_rates() -> None:
    network = small_network(neck=None)
    config = OptimConfig(optimizer="sgd", weight_decay=0.3, **RATES)  # type: ignore[arg-type]
    made = make_optimizer(network, config)
    of = {id(p): group for group in made.param_groups for p in group["params"]}
    bias = of[id(network.head.get_parameter("output.bias"))]
    weight = of[id(network.head.get_parameter("output.weight"))]
    first = of[id(next(network.backbone.parameters()))]
    assert (bias["weight_decay"], weight["weight_decay"]) == (0.0, 0.3)
    assert (weight["lr"], first["lr"]) == (0.2, 0.1)
    assert weight["nesterov"]
    assert isinstance(made, torch.optim.SGD)
