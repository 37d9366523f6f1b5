"""Make a checkpoint: tune on validation patients, test once, write weights, description and card.

python -m inference.training.ship --config FILE --data DIR --weights best.pt --out DIR --from TEXT
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from dataclasses import asdict, replace
from pathlib import Path

import torch

from cxrportal.common.errors import PortalError
from inference.evaluation.collect import Collected, collect
from inference.evaluation.report import to_metrics
from inference.evaluation.run import SPLIT, evaluate_predictor
from inference.networks.checkpoint import save_checkpoint
from inference.networks.description import (
    BoxRules,
    Description,
    JsonObject,
    Preprocessing,
    Provenance,
)
from inference.networks.files import CARD
from inference.networks.multitask import MultiTaskNetwork
from inference.predict.predictor import Predictor
from inference.training.blend import blend
from inference.training.card import CardFacts, write_card
from inference.training.config import TrainingConfig, load_config
from inference.training.preparation import (
    Prepared,
    build_network,
    load_state,
    prepare,
    start_from,
)
from inference.training.splits import PARTS, TEST, VALIDATION
from inference.training.tune import tune, untuned

LICENCE = "Apache-2.0"


def describe(
    config: TrainingConfig, prepared: Prepared, network: MultiTaskNetwork, started_from: str
) -> Description:
    training: JsonObject = asdict(config)
    return Description(
        name=config.name,
        version=config.version,
        label_set="chestxray14",
        network=network.config,
        preprocessing=Preprocessing(config.size_px),
        thresholds=(0.0,) * len(network.config.labels),
        boxes=BoxRules((0.0,) * len(prepared.dataset.box_labels if network.detector else ())),
        calibration=None,
        metrics=(),
        provenance=Provenance(
            data=f"{_data_name(config)}, {len(prepared.dataset.records)} images",
            data_sha256=prepared.dataset.sha256,
            split_sha256=prepared.split.sha256,
            started_from=started_from,
            licence=LICENCE,
            training=training,
        ),
    )


def ship(arguments: argparse.Namespace) -> str:
    """Returns the identity of the checkpoint under ``--out``."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = load_config(arguments.config)
    with tempfile.TemporaryDirectory() as scratch:
        work = Path(scratch)
        prepared = prepare(config, arguments.data, work)
        network = build_network(config, prepared.dataset)
        start_from(network, arguments.weights)
        if arguments.blend:
            earlier = load_state(arguments.blend)
            network.load_state_dict(blend(network.state_dict(), earlier, arguments.share))
        draft = untuned(describe(config, prepared, network, arguments.started_from))
        _, validation = _collect(network, draft, prepared, VALIDATION, work / "draft")
        tuned = tune(draft, validation)
        predictor, test = _collect(network, tuned.description, prepared, TEST, work / "tuned")
        result = evaluate_predictor(
            predictor, test, data=_data_name(config), part="test (held-out patients)"
        )
    final = replace(tuned.description, metrics=to_metrics(result))
    identity = save_checkpoint(network, final, arguments.out)
    prepared.split.save(arguments.out / SPLIT)
    card = write_card(tuned, _facts(prepared), result)
    (arguments.out / CARD).write_text(card, encoding="utf-8")
    return identity


def _collect(
    network: MultiTaskNetwork, about: Description, prepared: Prepared, part: str, folder: Path
) -> tuple[Predictor, Collected]:
    """Through the stored, half-precision weights: what ships is what is measured."""
    predictor = Predictor.load(folder, sha256=save_checkpoint(network, about, folder))
    return predictor, collect(predictor, prepared.dataset, prepared.indices(part))


def _data_name(config: TrainingConfig) -> str:
    return "ChestX-ray14" if config.data.kind == "chestxray14" else "synthetic phantoms"


def _facts(prepared: Prepared) -> CardFacts:
    rows = []
    for part in PARTS:
        records = [prepared.dataset.records[index] for index in prepared.indices(part)]
        patients = len({record.patient_id for record in records})
        boxed = sum(bool(record.boxes) for record in records)
        rows.append((part, patients, len(records), boxed))
    return CardFacts(tuple(rows))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.ship", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="best.pt of the training")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint's folder")
    parser.add_argument("--from", dest="started_from", required=True, help="start, in words")
    parser.add_argument("--blend", type=Path, help="best.pt of the stage before, to average with")
    parser.add_argument("--share", type=float, default=0.5, help="weight of the stage before")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    try:
        sys.stdout.write(f"{ship(parser.parse_args(argv))}\n")
    except PortalError as error:
        sys.stderr.write(f"{error.code}: {error}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
