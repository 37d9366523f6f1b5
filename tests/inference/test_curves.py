from __future__ import annotations

import math

from inference.training.curves import draw_curves
from inference.training.history import EpochRow
from inference.training.images import read_grey, stored_shape


def rows(count: int, ap40: float = math.nan) -> tuple[EpochRow, ...]:
    return tuple(
        EpochRow(n, 2 / n, 1 / n, 1 / n, 0.5 + n / 100, ap40, 1.0, 2.2 / n, 1e-3)
        for n in range(1, count + 1)
    )


def test_curves_are_drawn_and_redrawn(tmp_path) -> None:
    path = tmp_path / "curves.png"
    draw_curves(rows(1), path, title="one")
    first = read_grey(path)
    draw_curves(rows(5), path, title="one")
    second = read_grey(path)
    assert first.shape == second.shape
    assert (first != second).any()
    assert [item.name for item in tmp_path.iterdir()] == ["curves.png"]


def test_a_panel_without_values_is_left_out(tmp_path) -> None:
    draw_curves(rows(2), tmp_path / "two.png", title="classifier")
    draw_curves(rows(2, ap40=0.1), tmp_path / "three.png", title="multi-task")
    widths = [stored_shape(tmp_path / name)[1] for name in ("two.png", "three.png")]
    assert widths[1] == widths[0] * 3 // 2
