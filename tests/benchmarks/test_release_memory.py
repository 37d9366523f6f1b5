"""How much memory the writers of a release take for 100,000 annotations, above an idle process."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from tests.benchmarks.measure import print_table

SCRIPT = """
import sys
from pathlib import Path
from annotations.exports.coco import CocoInfo
from annotations.exports.tables import write_tables
from annotations.exports.types import ExportAnnotation, ExportImage, ExportRecord, Split
from annotations.releases.formats import CATEGORIES, open_formats

def resident_kib(name):
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(name))

def records(images, each):
    for n in range(images):
        image = ExportImage(f"I{n:09d}", f"images/I{n:09d}.png", 2000, 2500, f"P{n:09d}",
                            split=Split.TRAIN)
        boxes = ((10.5 * k + 1, 20.25, 10.5 * k + 400, 600.125) for k in range(each))
        yield ExportRecord(image, tuple(
            ExportAnnotation(image.key, "nodule", "R1", "2024-01-01", box) for box in boxes))

folder, images, each = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3])
info = CocoInfo("d", "v")
def write(where, images, each):
    where.mkdir()
    with open_formats(where, "union") as formats:
        return write_tables(records(images, each), where, categories=CATEGORIES, info=info,
                            also=formats.writers)
write(folder / "warm", 10, each)
idle = resident_kib("VmRSS")
counts = write(folder / "all", images, each)
print(counts.boxes, idle, resident_kib("VmHWM"))
"""


def test_the_memory_of_the_writers(tmp_path: Path) -> None:
    images, each = 10_000, 10
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, str(tmp_path), str(images), str(each)],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    boxes, idle_kib, peak_kib = (int(cell) for cell in done.stdout.split())
    above = (peak_kib - idle_kib) / 1024
    row = (f"{boxes:,} boxes of {images:,} images", f"{idle_kib / 1024:.0f}", f"{above:.1f}")
    print_table("Memory of a release's writers", ("", "idle MiB", "above MiB"), [row])
    assert boxes == 100_000
    assert above <= 100
