from __future__ import annotations

import pytest
import torch

from inference.networks.errors import ModelCorrupt
from inference.training.blend import blend

LATER = {"w": torch.tensor([4.0, 8.0]), "steps": torch.tensor(7), "detector": torch.tensor([1.0])}
EARLIER = {"w": torch.tensor([0.0, 0.0]), "steps": torch.tensor(3)}


def test_shared_weights_move_and_the_rest_stays() -> None:
    mixed = blend(LATER, EARLIER, 0.25)
    assert mixed["w"].tolist() == [3.0, 6.0]
    assert mixed["steps"] == 7
    assert mixed["detector"].tolist() == [1.0]
    assert blend(LATER, EARLIER, 1.0)["w"].tolist() == [0.0, 0.0]


def test_other_weights_or_shares_are_refused() -> None:
    with pytest.raises(ModelCorrupt):
        blend(LATER, {"w": torch.zeros(3)}, 0.5)
    with pytest.raises(ModelCorrupt):
        blend(LATER, {"other": torch.zeros(1)}, 0.5)
    with pytest.raises(ModelCorrupt):
        blend(LATER, EARLIER, 1.5)
