"""From files to a report."""

from __future__ import annotations

from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from inference.eda.errors import AnnotationsRefused
from inference.eda.read import read_annotations
from inference.predict.labels import VINDR14

HEAD = "image_id,class_name,class_id,rad_id,x_min,y_min,x_max,y_max\n"
ROWS = (
    "a,Cardiomegaly,3,R1,10,20,30,40\n"
    "a,Cardiomegaly,3,R2,10,20,30,41\n"
    "b,No finding,14,R1,,,,\n"
    "b,No finding,14,R2,,,,\n"
)


@pytest.fixture
def files(tmp_path: Path) -> tuple[Path, Path]:
    annotations, sizes = tmp_path / "train.csv", tmp_path / "sizes.csv"
    annotations.write_text(HEAD + ROWS)
    sizes.write_text("image_id,dim0,dim1,age,sex,view\na,100,200,063Y,f,PA\nb,100,200,40,M,AP\n")
    return annotations, sizes


def test_rows_and_facts_are_read(files: tuple[Path, Path]) -> None:
    table = read_annotations(*files)
    assert table.classes == VINDR14
    assert table.label.tolist() == [3, 3, -1, -1]
    assert table.facts[0].width_px == 200.0
    assert table.facts[0].height_px == 100.0
    assert (table.facts[0].age_years, table.facts[0].sex, table.facts[0].view) == (63.0, "F", "PA")


def test_the_command_writes_figures_tables_and_one_page(
    files: tuple[Path, Path], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    annotations, sizes = files
    out = tmp_path / "out"
    call_command("eda", str(annotations), sizes=sizes, out=out)
    page = (out / "report.html").read_text()
    assert "2 images, 4 annotations by 2 readers" in page
    assert page.count("data:image/png;base64,") == len(list((out / "figures").glob("*.png")))
    assert {path.stem for path in (out / "figures").glob("*.svg")} >= {
        "annotations_per_class", "reader_by_class", "box_areas", "places", "together", "ages",
    }  # fmt: skip
    assert "<script" not in page
    assert (out / "classes.csv").read_text().splitlines()[1].startswith("Cardiomegaly,2,2,1,50.0")
    assert "4 annotations of 2 images" in capsys.readouterr().out


def test_the_same_data_gives_the_same_page(files: tuple[Path, Path], tmp_path: Path) -> None:
    for name in ("one", "two"):
        call_command("eda", str(files[0]), out=tmp_path / name, title="Same")
    for file in ("report.html", "figures/images_per_class.svg"):
        one, two = ((tmp_path / name / file).read_bytes() for name in ("one", "two"))
        assert one == two


def test_names_from_a_file_cannot_write_markup(tmp_path: Path) -> None:
    path = tmp_path / "train.csv"
    path.write_text(HEAD + "a,<script>alert(1)</script>,0,R1,1,1,2,2\n")
    call_command("eda", str(path), out=tmp_path / "out")
    assert "<script" not in (tmp_path / "out" / "report.html").read_text()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("image_id,class_name\n", "has no column"),
        (HEAD + "a,ILD,5,R1,1,2,x,4\n", "line 2: 'x' is no number"),
        (HEAD + "a,ILD,5,R1,1,2,,4\n", "line 2: '' is no number"),
        (HEAD + ",ILD,5,R1,1,2,3,4\n", "line 2: image_id or class_name is empty"),
    ],
)
def test_a_bad_file_is_refused_with_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "train.csv"
    path.write_text(text)
    with pytest.raises(AnnotationsRefused, match=said):
        read_annotations(path)
    with pytest.raises(CommandError, match="annotations_refused"):
        call_command("eda", str(path), out=tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_missing_file_is_refused(tmp_path: Path) -> None:
    with pytest.raises(AnnotationsRefused, match="cannot be read"):
        read_annotations(tmp_path / "none.csv")
