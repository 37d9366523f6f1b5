from inference.models.analysis import Detection, HeatMap, InferenceRun, LungMask, ModelVersion
from inference.models.retraining import ModelActivation, PromotionCheck, TrainingRun

__all__ = [
    "Detection",
    "HeatMap",
    "InferenceRun",
    "LungMask",
    "ModelActivation",
    "ModelVersion",
    "PromotionCheck",
    "TrainingRun",
]
