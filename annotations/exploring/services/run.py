"""Drawing what was asked for, and keeping figures, tables and the report."""

from __future__ import annotations

import tempfile
from pathlib import Path
from uuid import UUID

from annotations.exploring.selectors import annotations_of_database, annotations_of_release
from annotations.models import Exploration
from cxrportal.common.leases import carry_out
from cxrportal.common.storage import put_durable


def exploration_run(*, exploration_id: UUID) -> None:
    """Safe to run twice: the same data gives the same files under the same names."""
    rows = Exploration.objects.select_related("release")
    carry_out(
        Exploration.objects.all(),
        exploration_id,
        lambda token, lost: {"result": _explored(rows.get(pk=exploration_id))},
    )


def _explored(exploration: Exploration) -> dict[str, object]:
    # heavy: matplotlib, which only this needs
    from inference.eda.report import class_table
    from inference.eda.run import explore  # heavy: as above

    of = exploration.release
    table = annotations_of_release(of) if of else annotations_of_database(exploration)
    with tempfile.TemporaryDirectory(prefix="explore-") as folder:
        out = Path(folder)
        data = explore(table, out, str(exploration))
        names = sorted(p.relative_to(out).as_posix() for p in out.rglob("*") if p.is_file())
        for name in names:
            with (out / name).open("rb") as content:
                put_durable(file_key(exploration.pk, name), content)
    head, lines = class_table(data)
    return {
        "images": data.images,
        "statements": data.statements,
        "readers": len(data.readers),
        "without_finding": data.images_without_finding,
        "classes": {"head": list(head), "rows": [list(line) for line in lines]},
        "problems": [
            {"meaning": item.meaning, "count": item.count, "examples": list(item.examples)}
            for item in data.problems
        ],
        "files": names,
        "figures": [n for n in names if n.startswith("figures/") and n.endswith(".png")],
    }


def file_key(exploration_id: UUID, name: str) -> str:
    """Where a file of an exploration is stored."""
    return f"explorations/{exploration_id}/{name}"
