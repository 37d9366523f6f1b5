"""The two questions of a non-inferiority margin, and Holm's correction. Standard library alone."""

from __future__ import annotations

import math
from collections.abc import Sequence


def holm(p_values: Sequence[float]) -> tuple[float, ...]:
    """Adjusted p values in the given order: running maximum of (n - rank) p, at most 1.

    Source: Holm, Scandinavian Journal of Statistics 1979; as statsmodels' multipletests "holm".
    """
    order = sorted(range(len(p_values)), key=lambda index: p_values[index])
    adjusted, highest = [0.0] * len(p_values), 0.0
    for rank, index in enumerate(order):
        highest = max(highest, min(1.0, (len(p_values) - rank) * p_values[index]))
        adjusted[index] = highest
    return tuple(adjusted)


def p_values(difference: float, error: float, margin: float) -> tuple[float, float]:
    """One-sided: of "inferior by more than the margin" and of "as good within the margin".

    Without spread (the same scores, patient for patient) the difference itself decides.
    """
    distance = difference + margin
    if error <= 0.0:
        return (0.0, 1.0) if distance < 0 else (1.0, 0.0)
    z = distance / error
    return 0.5 * math.erfc(-z / math.sqrt(2.0)), 0.5 * math.erfc(z / math.sqrt(2.0))
