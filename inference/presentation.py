"""An analysis as JSON."""

from __future__ import annotations

from typing import Any

from inference.models import InferenceRun
from inference.predict.ctr import REASONS
from inference.predict.labels import VOCABULARY, vocabulary_code

NAMES = {term.code: term.name for term in VOCABULARY}


def model_json(run: InferenceRun) -> dict[str, Any] | None:
    model = run.model_version
    if model is None:
        return None
    return {
        "name": model.name,
        "version": model.version,
        "sha256": model.sha256,
        "calibrated": model.calibrated,
        "url": f"/models/{model.pk}/",
        "facts_url": f"/api/v1/models/{model.pk}/facts/",
    }


def run_json(run: InferenceRun, *, hidden: bool) -> dict[str, Any]:
    """State and, unless ``hidden`` (a blind read), scores and heat maps."""
    done = run.state == InferenceRun.State.DONE and not hidden
    elapsed = (
        (run.finished_at - run.started_at).total_seconds()
        if run.finished_at and run.started_at
        else None
    )
    return {
        "id": str(run.pk),
        "image": str(run.image_id),
        "state": run.state,
        "code": run.code,
        "message": run.message,
        "model": model_json(run),
        "hidden": hidden,
        "scores": _scores(run) if done else [],
        "heatmaps": _heatmaps(run) if done else None,
        "quality": {"refused": False, "reasons": []} | run.quality,
        "lungs": _lungs(run) if done else None,
        "elapsed_s": elapsed,
        "timings_s": run.timings_s,
    }


def _scores(run: InferenceRun) -> list[dict[str, Any]]:
    rows = [d for d in run.detections.all() if d.x_min is None]
    rows.sort(key=lambda d: (-d.score, d.ordinal))
    return [
        {
            "label": vocabulary_code(d.label),
            "model_label": d.label,
            "name": NAMES[vocabulary_code(d.label)],
            "score": d.score,
            "threshold": d.threshold,
        }
        for d in rows
    ]


def _heatmaps(run: InferenceRun) -> dict[str, Any] | None:
    heatmap = getattr(run, "heatmap", None)
    if heatmap is None:
        return None
    return {
        "labels": [vocabulary_code(label) for label in heatmap.labels],
        "rows": heatmap.rows,
        "columns": heatmap.columns,
        "url": f"/api/v1/analyses/{run.pk}/heatmaps/",
    }


def _lungs(run: InferenceRun) -> dict[str, Any] | None:
    """Where the label map is; areas; the experimental ratio with its lines, or why it is blank."""
    mask = getattr(run, "lungmask", None)
    if mask is None:
        return None
    return {
        "rows": mask.rows,
        "columns": mask.columns,
        "url": f"/api/v1/analyses/{run.pk}/lungs/",
        "left_area_px": mask.left_area_px,
        "right_area_px": mask.right_area_px,
        "ratio": mask.ratio,
        "ratio_lines": mask.ratio_lines,
        "ratio_missing": REASONS.get(mask.ratio_missing, ""),
        "experimental": True,
    }
