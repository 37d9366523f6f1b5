from cases.models.burned_in import BurnedInReview, TextCheck
from cases.models.case import Case, CaseEvent
from cases.models.image import Image, Upload

__all__ = ["BurnedInReview", "Case", "CaseEvent", "Image", "TextCheck", "Upload"]
