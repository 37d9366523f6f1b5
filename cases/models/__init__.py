from cases.models.case import Case, CaseEvent
from cases.models.image import Image, Upload

__all__ = ["Case", "CaseEvent", "Image", "Upload"]
