"""Measure the input gate on images that it was not fitted on.

python -m inference.evaluation.gate --data DIR --split FILE --lungs DIR --gate DIR --out DIR
    [--strange DIR --strange-files NAME ...] [--elsewhere DIR]

``--data``: labels.csv and images/ of frontal radiographs; only its test patients are looked at.
``--strange``: a folder of real radiographs that are no human chests. ``--elsewhere``: a folder of
frontal radiographs of other hospitals. False alarms are those by pixels; what a header says is
another matter and not counted here.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from cxrportal.common.errors import exit_status
from inference.evaluation.bootstrap import draw_patients
from inference.evaluation.gate_data import Radiograph, adults, phantom_grey, some
from inference.evaluation.strangers import Grey, strangers, variants
from inference.predict.lungs import LungSegmenter
from inference.predict.quality import HeaderFacts, InputGate, Verdict
from inference.training.images import read_grey
from inference.training.splits import TEST, load_split

EXPECTED = {
    "inverted": "inverted",
    "turned_90": "turned",
    "turned_180": "turned",
    "turned_270": "turned",
    "cropped": "cropped",
}
NOT_A_CHEST = "not_frontal_chest"
PLAIN, DRAWN, ELSEWHERE = "radiograph", "drawn phantom", "radiograph of other hospitals"
PHANTOM_SEEDS = range(100_000, 100_030)  # beyond those that the gate was fitted on


@dataclass(frozen=True, slots=True)
class KindResult:
    """How many of ``images`` were warned of or refused; ``refused`` of them; ``named``: with the
    reason that is true. ``low`` and ``high``: 95 % interval of the share with any reason.
    """

    kind: str
    images: int
    flagged: int
    refused: int
    named: int
    low: float
    high: float
    reasons: tuple[tuple[str, int], ...]

    @property
    def share(self) -> float:
        return self.flagged / self.images


def wilson(hits: int, count: int) -> tuple[float, float]:
    """95 % interval of a share. Source: Wilson, JASA 1927."""
    z, share = 1.959964, hits / count
    middle = share + z * z / (2 * count)
    half = z * math.sqrt(share * (1 - share) / count + z * z / (4 * count * count))
    low, high = (middle - half) / (1 + z * z / count), (middle + half) / (1 + z * z / count)
    return max(0.0, low), min(1.0, high)


def by_patient(flagged: list[bool], patients: list[str], seed: int = 0) -> tuple[float, float]:
    """95 % interval of a share by bootstrap over patients, or Wilson's where that is wider."""
    hits = np.array(flagged, dtype=np.float64)
    samples = draw_patients(patients, 1000, seed)
    shares = samples @ hits / samples.sum(axis=1)
    low, high = np.percentile(shares, (2.5, 97.5))
    plain = wilson(int(hits.sum()), len(hits))
    return min(float(low), plain[0]), max(float(high), plain[1])


def summarise(
    kind: str, verdicts: list[Verdict], expected: str, patients: list[str] | None = None
) -> KindResult:
    """What the gate said of the images of one kind."""
    seen = [verdict.from_pixels for verdict in verdicts]
    flagged = [bool(reasons) for reasons in seen]
    counts: dict[str, int] = {}
    for reasons in seen:
        for reason in reasons:
            counts[reason.code] = counts.get(reason.code, 0) + 1
    if patients is None:
        low, high = wilson(sum(flagged), len(flagged))
    else:
        low, high = by_patient(flagged, patients)
    return KindResult(
        kind=kind,
        images=len(verdicts),
        flagged=sum(flagged),
        refused=sum(any(reason.refuses for reason in reasons) for reasons in seen),
        named=sum(any(reason.code == expected for reason in reasons) for reasons in seen),
        low=low,
        high=high,
        reasons=tuple(sorted(counts.items())),
    )


Judge = Callable[[Grey], Verdict]


def judge_by(lungs: Path, gate: Path) -> Judge:
    """Lungs and gate as the application runs them, without a header."""
    segmenter = LungSegmenter.load(lungs)
    loaded = InputGate.load(gate, lungs_sha256=segmenter.sha256)
    return lambda grey: loaded.judge(grey, segmenter.segment(grey), HeaderFacts())


def measure(
    judge: Judge, items: list[Radiograph], *, wrong: int, per_kind: int, strange: list[Path]
) -> Iterator[KindResult]:
    """One result a kind, as soon as it is known; the radiographs as they are come first."""
    plain = [judge(read_grey(item.path)) for item in items]
    patients = [item.patient_id for item in items]
    yield summarise(PLAIN, plain, "", patients)
    drawn = [judge(phantom_grey(seed)) for seed in PHANTOM_SEEDS]
    yield summarise(DRAWN, drawn, "")
    yield from _made_wrong(judge, some(items, wrong, seed=7))
    verdicts: dict[str, list[Verdict]] = {}
    for item in strangers(per_kind):
        if not item.for_fitting:
            verdicts.setdefault(item.kind, []).append(judge(item.grey))
    for kind, found in verdicts.items():
        yield summarise(kind, found, NOT_A_CHEST)
    for path in strange:
        yield summarise(path.name, [judge(read_grey(path))], NOT_A_CHEST)


def _made_wrong(judge: Judge, items: list[Radiograph]) -> Iterator[KindResult]:
    random = np.random.default_rng(11)
    found: dict[str, list[Verdict]] = {}
    for item in items:
        for kind, grey in variants(read_grey(item.path), random):
            found.setdefault(kind, []).append(judge(grey))
    for kind, verdicts in found.items():
        yield summarise(kind, verdicts, EXPECTED[kind])


def _elsewhere(judge: Judge, folder: Path | None) -> Iterator[KindResult]:
    if folder is not None:
        files = sorted(path for path in folder.iterdir() if path.is_file())
        yield summarise(ELSEWHERE, [judge(read_grey(path)) for path in files], "")


def to_markdown(results: list[KindResult]) -> str:
    lines = [
        "| images | n | warned or refused | 95 % interval | refused | right reason |",
        "|---|---|---|---|---|---|",
    ]
    lines += [
        f"| {r.kind} | {r.images} | {r.flagged} ({r.share:.1%}) | {r.low:.1%} to {r.high:.1%} | "
        f"{r.refused} | {r.named if r.kind not in (PLAIN, DRAWN, ELSEWHERE) else '-'} |"
        for r in results
    ]
    return "\n".join(lines) + "\n"


def run(arguments: argparse.Namespace) -> None:
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    items = adults(arguments.data, load_split(arguments.split), TEST)
    judge = judge_by(arguments.lungs, arguments.gate)
    strange = [arguments.strange / name for name in arguments.strange_files or ()]
    results = []
    measured = measure(
        judge, items, wrong=arguments.wrong, per_kind=arguments.strangers, strange=strange
    )
    for result in chain(measured, _elsewhere(judge, arguments.elsewhere)):
        results.append(result)
        sys.stdout.write(
            f"{result.kind}: {result.flagged} of {result.images}, {result.refused} refused "
            f"{dict(result.reasons)}\n"
        )
        sys.stdout.flush()
    arguments.out.mkdir(parents=True, exist_ok=True)
    table = [asdict(result) | {"reasons": dict(result.reasons)} for result in results]
    (arguments.out / "gate.json").write_text(json.dumps(table, indent=1) + "\n", encoding="utf-8")
    (arguments.out / "gate.md").write_text(to_markdown(results), encoding="utf-8")


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.evaluation.gate", description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="labels.csv and images/")
    parser.add_argument("--split", type=Path, required=True, help="patient_id, part")
    parser.add_argument("--lungs", type=Path, required=True, help="folder of the lung model")
    parser.add_argument("--gate", type=Path, required=True, help="folder of the gate")
    parser.add_argument("--out", type=Path, required=True, help="gate.json and gate.md")
    parser.add_argument("--strange", type=Path, help="real radiographs that are no human chests")
    parser.add_argument("--strange-files", nargs="*", help="their names in --strange")
    parser.add_argument("--elsewhere", type=Path, help="radiographs of other hospitals")
    parser.add_argument("--wrong", type=int, default=60, help="test images made wrong each way")
    parser.add_argument(
        "--strangers",
        type=int,
        default=60,
        help="made pictures a kind; half of them were for fitting",
    )
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: run(given))


if __name__ == "__main__":
    sys.exit(main())
