"""Evaluate: python -m inference.evaluation.run --checkpoint C --data D --out DIR"""

from __future__ import annotations

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from cxrportal.common.errors import PortalError
from inference.evaluation.collect import Collected, collect
from inference.evaluation.evaluate import Evaluation, Setting, evaluate
from inference.evaluation.report import to_json_text, to_markdown
from inference.networks.files import checkpoint_sha256
from inference.predict.predictor import Predictor
from inference.training.config import DataConfig
from inference.training.datasets import load_chestxray14
from inference.training.errors import DataRefused
from inference.training.splits import PARTS, TEST, load_split

SPLIT = "split.csv"


def evaluate_predictor(
    predictor: Predictor, collected: Collected, *, data: str, part: str
) -> Evaluation:
    setting = Setting(
        data=data,
        part=part,
        thresholds=predictor.description.thresholds,
        box_thresholds=predictor.box_thresholds,
    )
    return evaluate(collected, setting)


def run(arguments: argparse.Namespace) -> None:
    predictor = Predictor.load(
        arguments.checkpoint,
        sha256=arguments.sha256 or checkpoint_sha256(arguments.checkpoint),
        threads=arguments.threads,
    )
    dataset = load_chestxray14(arguments.data, DataConfig())
    split = load_split(arguments.split or arguments.checkpoint / SPLIT)
    indices = dataset.of_patients(split.patients(arguments.part))
    if not indices:
        raise DataRefused(f"No image of the data belongs to a {arguments.part} patient.")
    collected = collect(
        predictor,
        dataset,
        indices,
        lambda done: print(f"\r{done} / {len(indices)}", end="", file=sys.stderr, flush=True),
    )
    print(file=sys.stderr)
    result = evaluate_predictor(predictor, collected, data=dataset.name, part=arguments.part)
    arguments.out.mkdir(parents=True, exist_ok=True)
    text = to_markdown(result)
    model = asdict(predictor.identity)
    (arguments.out / "metrics.json").write_text(to_json_text(result, model), encoding="utf-8")
    title = f"# {model['name']} {model['version']} ({model['sha256'][:12]})\n\n"
    (arguments.out / "metrics.md").write_text(title + text, encoding="utf-8")
    print(text)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.evaluation.run", description=__doc__)
    parser.add_argument("--checkpoint", type=Path, required=True)
    parser.add_argument("--data", type=Path, required=True, help="ChestX-ray14-style folder")
    parser.add_argument("--out", type=Path, required=True, help="gets metrics.json, metrics.md")
    parser.add_argument("--sha256", default="", help="refuse any other checkpoint")
    parser.add_argument("--split", type=Path, help="default: the checkpoint's own split.csv")
    parser.add_argument("--part", choices=PARTS, default=TEST)
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    try:
        run(parser.parse_args(argv))
    except PortalError as error:
        print(f"{error.code}: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
