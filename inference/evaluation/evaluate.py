"""All reported numbers of one model on one set of patients."""

from __future__ import annotations

from dataclasses import dataclass

from inference.evaluation.bootstrap import draw_patients
from inference.evaluation.collect import Collected
from inference.evaluation.errors import EvaluationRefused
from inference.evaluation.explainability import HeatResult, evaluate_heat
from inference.evaluation.findings import FindingsResult, evaluate_findings
from inference.evaluation.found_boxes import BoxesResult, evaluate_boxes
from inference.evaluation.scaling import CalibrationResult, compare_scalings
from inference.evaluation.setting import Setting
from inference.evaluation.subgroups import SubgroupResult, evaluate_subgroups


@dataclass(frozen=True, slots=True)
class Evaluation:
    """``findings`` None: a detector alone. ``boxes`` None: a classifier alone.

    ``thresholds_from``: how the thresholds came about, in words. ``resamples``: of the bootstrap.
    """

    data: str
    part: str
    images: int
    patients: int
    thresholds_from: str
    resamples: int
    findings: FindingsResult | None
    calibration: CalibrationResult | None
    boxes: BoxesResult | None
    heat: tuple[HeatResult, ...]
    subgroups: tuple[SubgroupResult, ...]


def evaluate(
    collected: Collected,
    setting: Setting,
    *,
    validation: Collected | None = None,
    coco: bool = True,
) -> Evaluation:
    """Intervals resample patients, not images. Raises EvaluationRefused without any image.

    ``validation``: other patients to fit probability scalings on. ``coco``: count the twelve COCO
    numbers too, which needs pycocotools.
    """
    if not collected.records:
        raise EvaluationRefused("There is no image to evaluate on.")
    counts = draw_patients(collected.patients, setting.resamples, setting.seed)
    return Evaluation(
        data=setting.data,
        part=setting.part,
        images=len(collected.records),
        patients=len(set(collected.patients)),
        thresholds_from=setting.thresholds_from,
        resamples=setting.resamples,
        findings=evaluate_findings(collected, setting.thresholds, counts),
        calibration=compare_scalings(collected, validation, counts),
        boxes=evaluate_boxes(collected, setting.box_thresholds, counts, coco=coco),
        heat=evaluate_heat(collected.heat, collected.labels, counts),
        subgroups=evaluate_subgroups(collected, setting, counts),
    )
