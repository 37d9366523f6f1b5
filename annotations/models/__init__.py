from annotations.models.finding import Finding, Review
from annotations.models.release import Release
from annotations.models.report import SignedReport

__all__ = ["Finding", "Release", "Review", "SignedReport"]
