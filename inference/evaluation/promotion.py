"""Whether a candidate may replace the active model: paired, by finding and by subgroup.

Both models read the same images of a frozen release. A difference is candidate minus active;
patients are drawn with replacement, both models' numbers are drawn together. Two questions are
asked of each difference d with its bootstrap standard error s and the margin m:

- is it inferior?      H0: d >= -m, rejected by a small Phi((d + m) / s);
- is it as good?       H0: d <= -m, rejected by a small Phi(-(d + m) / s).

The first family (every finding of everybody and of every subgroup, with enough cases) is corrected
by Holm, since one false alarm in many would refuse; the means over findings have to be shown as
good. Models of two label sets are compared on the findings that they share; the rest is named.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from inference.evaluation.attributes import all_groups, groups_of
from inference.evaluation.collect import Collected
from inference.evaluation.noninferiority import holm
from inference.evaluation.paired import (
    ALL_FINDINGS,
    AP40,
    AS_GOOD,
    AUROC,
    EVERYBODY,
    FEW,
    INFERIOR,
    OPEN,
    Part,
    Rule,
    Tested,
)
from inference.evaluation.shared_labels import in_words_of, shared_labels

NEVER = 1.0


@dataclass(frozen=True, slots=True)
class Outcome:
    """``reasons``: why promotion is refused; none: it may go ahead.

    ``active_alone``, ``candidate_alone``: findings, and "boxes of" findings, that only one of the
    two models knows: not comparable.
    """

    images: int
    patients: int
    rule: Rule
    tests: tuple[Tested, ...]
    reasons: tuple[str, ...]
    active_alone: tuple[str, ...] = ()
    candidate_alone: tuple[str, ...] = ()

    @property
    def passed(self) -> bool:
        return not self.reasons


def lost_proposals(active: Mapping[str, float], candidate: Mapping[str, float]) -> list[str]:
    """Names that the active model proposes and the candidate never does, by their thresholds.

    A threshold of 1 or more stands where too few positives were there to choose one. Names that the
    candidate does not know at all are left to ``judge_promotion``.
    """
    return [
        name
        for name, threshold in active.items()
        if threshold < NEVER and candidate.get(name, 0.0) >= NEVER
    ]


def judge_promotion(active: Collected, candidate: Collected, rule: Rule) -> Outcome:
    """Raises EvaluationRefused unless both were collected over the same images, in one order."""
    whole = shared_labels(active.labels, candidate.labels)
    boxed = shared_labels(active.box_labels, candidate.box_labels)
    both = (active, in_words_of(active, candidate))
    tests = _tests(both, rule)
    decided = _decide(tests, rule)
    missing = _named(whole.active_alone, boxed.active_alone)
    reasons = [f"The candidate does not know {', '.join(missing)}."] if missing else []
    reasons += _reasons(decided, rule)
    return Outcome(
        len(active.records),
        len(set(active.patients)),
        rule,
        decided,
        tuple(reasons),
        missing,
        _named(whole.candidate_alone, boxed.candidate_alone),
    )


def _named(whole: Sequence[str], boxed: Sequence[str]) -> tuple[str, ...]:
    return (*whole, *(f"boxes of {label}" for label in boxed))


def _tests(both: tuple[Collected, Collected], rule: Rule) -> list[Tested]:
    """Every finding of everybody; of each subgroup those with enough cases; and the means of
    several findings.
    """
    whole = Part(EVERYBODY, both, rule)
    found = whole.findings(few=True) + whole.means()
    active, candidate = both
    for group in all_groups(active.records):
        rows = [n for n, record in enumerate(active.records) if group in groups_of(record)]
        named = f"{group.attribute}: {group.name}"
        part = Part(named, (active.take(rows), candidate.take(rows)), rule)
        each = part.findings(few=False)
        # the mean of a single finding is that finding: asked twice it would only cost power
        alone = {m for m in (AUROC, AP40) if sum(test.measure == m for test in each) == 1}
        found += [test for test in part.means() if test.measure not in alone] + each
    return found


def _decide(tests: Sequence[Tested], rule: Rule) -> tuple[Tested, ...]:
    """Holm over every number with enough cases; then a word for each."""
    judged = [index for index, test in enumerate(tests) if test.verdict != FEW]
    adjusted = dict(zip(judged, holm([tests[i].p_inferior for i in judged]), strict=True))
    decided = []
    for index, test in enumerate(tests):
        if index in adjusted:
            word = AS_GOOD if test.p_as_good <= rule.alpha / 2 else OPEN
            word = INFERIOR if adjusted[index] <= rule.alpha else word
            test = replace(test, p_adjusted=adjusted[index], verdict=word)
        decided.append(test)
    return tuple(decided)


def _reasons(tests: Sequence[Tested], rule: Rule) -> list[str]:
    reasons = [
        f"{test.measure.upper()} of {test.finding} ({test.group}) is inferior: "
        f"{test.difference:+.3f} ({test.low:+.3f} to {test.high:+.3f}), "
        f"adjusted p {test.p_adjusted:.4f}, {test.cases} cases."
        for test in tests
        if test.verdict == INFERIOR
    ]
    overall = [t for t in tests if t.finding == ALL_FINDINGS and t.group == EVERYBODY]
    for test in overall:
        if test.verdict == FEW:
            if test.measure == AUROC:
                reasons.append(
                    f"No finding has {rule.least_cases} patients with and without it: the release "
                    "is too small to compare on."
                )
        elif test.verdict == OPEN:
            reasons.append(
                f"Mean {test.measure.upper()} is not shown to be as good within "
                f"{rule.margin:g}: {test.difference:+.3f} ({test.low:+.3f} to {test.high:+.3f})."
            )
    return reasons
