from __future__ import annotations

import math

from inference.training.history import EpochRow, read_log, write_log

ROWS = tuple(EpochRow(n, 1 / n, 0.5, 0.25, 0.7, math.nan, 2.0, 0.9, 1e-3) for n in (1, 2, 3))


def test_what_is_written_is_read_again(tmp_path) -> None:
    write_log(ROWS, tmp_path / "log.csv")
    again = read_log(tmp_path / "log.csv", up_to=3)
    assert [row.epoch for row in again] == [1, 2, 3]
    assert again[1].loss == 0.5
    assert math.isnan(again[0].ap40)


def test_epochs_after_the_state_are_forgotten(tmp_path) -> None:
    write_log(ROWS, tmp_path / "log.csv")
    assert [row.epoch for row in read_log(tmp_path / "log.csv", up_to=2)] == [1, 2]
    assert read_log(tmp_path / "log.csv", up_to=0) == ()


def test_a_log_of_before_the_validation_loss_is_read(tmp_path) -> None:
    (tmp_path / "log.csv").write_text(
        "epoch,loss,classification,detection,auroc,ap40,seconds\n1,2,1,1,0.6,nan,9\n"
    )
    (row,) = read_log(tmp_path / "log.csv", up_to=1)
    assert (row.loss, row.auroc) == (2.0, 0.6)
    assert math.isnan(row.validation_loss)


def test_without_a_log_there_are_no_rows(tmp_path) -> None:
    assert read_log(tmp_path / "none.csv", up_to=5) == ()
