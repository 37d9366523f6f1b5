"""How a data set is to be read, as the row of the import keeps it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from annotations.importing.errors import LabelMapInvalid
from annotations.imports.types import Options, Resolver
from inference.predict.labels import VOCABULARY
from inference.training.label_maps import code_of

MOST_LABELS = 500


@dataclass(frozen=True, slots=True)
class ImportOptions:
    """``label_map``: (their label, our code) where the names alone do not tell.

    ``research_consent``: the data set's licence, or its patients, permit research use; without it
    its images stay out of releases.
    """

    reader: str = "annotator"
    empty_is_normal: bool = False
    research_consent: bool = False
    label_map: tuple[tuple[str, str], ...] = ()

    def as_json(self) -> dict[str, Any]:
        plain = asdict(self)
        plain["label_map"] = [list(pair) for pair in self.label_map]
        return plain

    @classmethod
    def from_json(cls, said: dict[str, Any]) -> ImportOptions:
        pairs = tuple((their, ours) for their, ours in said.get("label_map", ()))
        return cls(**{**said, "label_map": pairs})

    def reading(self) -> Options:
        return Options(self.reader, self.empty_is_normal)

    def resolver(self) -> Resolver:
        """Their label -> our code; case and outer spaces do not count."""
        mapped = {their.strip().lower(): ours for their, ours in self.label_map}

        def resolve(label: str) -> str:
            return mapped.get(label.strip().lower()) or code_of(label.strip())

        return resolve


def label_map_of(text: str) -> tuple[tuple[str, str], ...]:
    """Lines ``their label = our finding``, ours as a code or a name. Raises LabelMapInvalid."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    if len(lines) > MOST_LABELS:
        raise LabelMapInvalid(f"A label map has at most {MOST_LABELS} lines.")
    pairs = []
    for line in lines:
        theirs, mark, ours = line.rpartition("=")
        code = code_of(ours.strip())
        if not mark or not theirs.strip():
            raise LabelMapInvalid
        if not code:
            names = ", ".join(term.code for term in VOCABULARY)
            raise LabelMapInvalid(f"{ours.strip()[:60]!r} is none of our findings: {names}.")
        pairs.append((theirs.strip(), code))
    return tuple(pairs)
