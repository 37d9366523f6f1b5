"""Make a checkpoint: tune on validation patients, test once, write weights, description and card.

python -m inference.training.ship --config FILE --data DIR --weights best.pt --out DIR --from TEXT
"""

from __future__ import annotations

import argparse
import shutil
import sys
import tempfile
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import torch

from cxrportal.common.errors import exit_status
from inference.evaluation.bootstrap import RESAMPLES
from inference.evaluation.collect import Collected, Lungs, NoLungs, collect
from inference.evaluation.drift import REFERENCE, reference_of, write_reference
from inference.evaluation.lungs import lungs_from
from inference.evaluation.report import to_metrics
from inference.evaluation.results import METRICS, ModelResult, make_report, write_report
from inference.evaluation.run import SPLIT, evaluate_predictor, model_result, progress
from inference.evaluation.thresholds import ThresholdRule
from inference.networks.checkpoint import save_checkpoint
from inference.networks.description import (
    BoxRules,
    Description,
    Preprocessing,
    Provenance,
)
from inference.networks.files import JsonObject
from inference.networks.multitask import MultiTaskNetwork
from inference.predict.predictor import Predictor
from inference.training.blend import blend
from inference.training.card import write_card
from inference.training.config import TrainingConfig, load_config
from inference.training.errors import DataRefused
from inference.training.facts import CardFacts, PartCounts, read_stage, write_facts
from inference.training.history import LOG
from inference.training.preparation import (
    Prepared,
    build_network,
    load_state,
    prepare,
    start_from,
)
from inference.training.splits import PARTS, TEST, VALIDATION
from inference.training.tune import DEFAULT_RULE, Tuned, tune, untuned

LICENCE = "Apache-2.0"


def describe(
    config: TrainingConfig, prepared: Prepared, network: MultiTaskNetwork, started_from: str
) -> Description:
    training: JsonObject = asdict(config)
    return Description(
        name=config.name,
        version=config.version,
        label_set=prepared.dataset.label_set,
        network=network.config,
        preprocessing=Preprocessing(config.size_px),
        thresholds=(0.0,) * len(network.config.labels),
        boxes=BoxRules((0.0,) * len(prepared.dataset.box_labels if network.detector else ())),
        calibration=None,
        metrics=(),
        provenance=Provenance(
            data=f"{_data_name(config, prepared)}, {len(prepared.dataset.records)} images",
            data_sha256=prepared.dataset.sha256,
            split_sha256=prepared.split.sha256,
            started_from=started_from,
            licence=LICENCE,
            training=training,
        ),
    )


@dataclass(frozen=True, slots=True)
class Candidate:
    """A network and what it is tuned and measured on. ``lungs`` judge its heat maps."""

    network: MultiTaskNetwork
    prepared: Prepared
    data: str
    lungs: Lungs
    resamples: int

    def collect(self, about: Description, part: str, folder: Path) -> tuple[Predictor, Collected]:
        """Through the stored, half-precision weights: what ships is what is measured."""
        indices = self.prepared.indices(part)
        if not indices:
            raise DataRefused(f"There is no {part} image to ship with.")
        predictor = Predictor.load(folder, sha256=save_checkpoint(self.network, about, folder))
        show = progress(part, len(indices))
        return predictor, collect(predictor, self.prepared.dataset, indices, show, self.lungs)

    def measure(self, tuned: Tuned, validation: Collected, folder: Path) -> ModelResult:
        """On the test patients, once; ``validation`` as it was collected for tuning."""
        predictor, test = self.collect(tuned.description, TEST, folder)
        write_reference(reference_of(f"{self.data}, test", test.labels, test.scores), folder)
        evaluation = evaluate_predictor(
            predictor,
            test,
            (self.data, "test (held-out patients)"),
            validation=replace(validation, scores=tuned.scores),
            resamples=self.resamples,
        )
        return model_result(predictor, evaluation, self.prepared.split, frozenset(test.patients))


def ship(arguments: argparse.Namespace) -> str:
    """Returns the identity of the checkpoint under ``--out``, which appears when it is whole."""
    if arguments.threads:
        torch.set_num_threads(arguments.threads)
    config = load_config(arguments.config)
    lungs = lungs_from(arguments.lungs) if arguments.lungs else NoLungs
    arguments.out.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=arguments.out.parent, prefix=".shipping-") as scratch:
        work = Path(scratch)
        final = work / "final"
        prepared = prepare(config, arguments.data, work)
        network = _network(config, prepared, arguments)
        name = _data_name(config, prepared)
        candidate = Candidate(network, prepared, name, lungs, arguments.resamples)
        draft = untuned(describe(config, prepared, network, arguments.started_from))
        _, validation = candidate.collect(draft, VALIDATION, work / "draft")
        tuned = tune(draft, validation, arguments.thresholds)
        measured = candidate.measure(tuned, validation, work / "tuned")
        about = replace(tuned.description, metrics=to_metrics(measured.evaluation))
        identity = save_checkpoint(network, about, final)
        write_report(make_report((replace(measured, sha256=identity),)), final / METRICS)
        write_facts(_facts(prepared, tuned, arguments), final)
        prepared.split.save(final / SPLIT)
        shutil.copyfile(work / "tuned" / REFERENCE, final / REFERENCE)
        write_card(final)
        _move(final, arguments.out)
    return identity


def _network(
    config: TrainingConfig, prepared: Prepared, arguments: argparse.Namespace
) -> MultiTaskNetwork:
    network = build_network(config, prepared.dataset)
    start_from(network, arguments.weights)
    if arguments.blend:
        earlier = load_state(arguments.blend)
        network.load_state_dict(blend(network.state_dict(), earlier, arguments.share))
    return network


def _move(folder: Path, out: Path) -> None:
    """Into place: as one where nothing stands yet, else file by file."""
    if not out.exists():
        folder.replace(out)
        return
    for file in sorted(folder.iterdir()):
        file.replace(out / file.name)


def _data_name(config: TrainingConfig, prepared: Prepared) -> str:
    return "synthetic phantoms" if config.data.kind == "phantoms" else prepared.dataset.name


def _facts(prepared: Prepared, tuned: Tuned, arguments: argparse.Namespace) -> CardFacts:
    parts = []
    for part in PARTS:
        records = [prepared.dataset.records[index] for index in prepared.indices(part)]
        patients = len({record.patient_id for record in records})
        boxed = sum(bool(record.boxes) for record in records)
        parts.append(PartCounts(part, patients, len(records), boxed))
    logs = arguments.log or [arguments.weights.parent / LOG]
    notes = list(arguments.note)
    if arguments.blend:
        notes.append(
            f"Weights averaged with those of the stage before, which count {arguments.share:g}"
        )
    stages = tuple(stage for log in logs if (stage := read_stage(log)))
    return CardFacts(tuple(parts), stages, tuned.check, tuned.rules, tuple(notes))


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="inference.training.ship", description=__doc__)
    parser.add_argument("--config", type=Path, required=True)
    parser.add_argument("--data", type=Path)
    parser.add_argument("--weights", type=Path, required=True, help="best.pt of the training")
    parser.add_argument("--out", type=Path, required=True, help="the checkpoint's folder")
    parser.add_argument("--from", dest="started_from", required=True, help="start, in words")
    parser.add_argument("--blend", type=Path, help="best.pt of the stage before, to average with")
    parser.add_argument("--share", type=float, default=0.5, help="weight of the stage before")
    parser.add_argument(
        "--thresholds",
        type=ThresholdRule.parse,
        default=DEFAULT_RULE,
        metavar="RULE",
        help="youden[:SPECIFICITY] (default) or sensitivity:SHARE, on the validation patients",
    )
    parser.add_argument("--note", action="append", default=[], help="a line for the card")
    parser.add_argument(
        "--log", type=Path, action="append", help="log.csv of each stage; default: beside --weights"
    )
    parser.add_argument("--lungs", type=Path, help="lung masks or a U-Net, to judge heat maps by")
    parser.add_argument("--resamples", type=int, default=RESAMPLES, help="of the bootstrap")
    parser.add_argument("--threads", type=int, default=0, help="CPU threads; 0: torch's default")
    given = parser.parse_args(argv)
    return exit_status(lambda: sys.stdout.write(f"{ship(given)}\n"))


if __name__ == "__main__":
    sys.exit(main())
