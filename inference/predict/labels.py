"""The findings' names: two published label sets and the coded union vocabulary that readers use.

Each label of a set has one term. The way back goes to the term's own label, else to its parent's
(a nodule is a "Nodule/Mass" of VinDr), else nowhere: what is dropped is returned, to be counted.

    term                        chestxray14          vindr14
    atelectasis                 Atelectasis          Atelectasis
    cardiomegaly                Cardiomegaly         Cardiomegaly
    consolidation               Consolidation        Consolidation
    effusion                    Effusion             Pleural effusion
    fibrosis                    Fibrosis             Pulmonary fibrosis
    infiltration                Infiltration         Infiltration
    pleural_thickening          Pleural_Thickening   Pleural thickening
    pneumothorax                Pneumothorax         Pneumothorax
    mass, nodule                Mass, Nodule         Nodule/Mass (parent)
    edema, pneumonia            Edema, Pneumonia     Lung Opacity (parent)
    emphysema, hernia           Emphysema, Hernia    dropped
    aortic_enlargement          dropped              Aortic enlargement
    calcification               dropped              Calcification
    interstitial_lung_disease   dropped              ILD
    lung_opacity                dropped              Lung Opacity
    nodule_or_mass              dropped              Nodule/Mass
    other_lesion                dropped              Other lesion

"No Finding" is the absence of findings, in no set a term.
Sources: Wang et al., CVPR 2017 (ChestX-ray14); Nguyen et al., Scientific Data 2022 (VinDr-CXR).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from inference.predict.errors import LabelUnknown

CHESTXRAY14 = (
    "Atelectasis",
    "Cardiomegaly",
    "Consolidation",
    "Edema",
    "Effusion",
    "Emphysema",
    "Fibrosis",
    "Hernia",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pleural_Thickening",
    "Pneumonia",
    "Pneumothorax",
)
# The eight that radiologists boxed (BBox_List_2017, where Infiltration is written "Infiltrate").
CHESTXRAY14_BOXED = (
    "Atelectasis",
    "Cardiomegaly",
    "Effusion",
    "Infiltration",
    "Mass",
    "Nodule",
    "Pneumonia",
    "Pneumothorax",
)
# In the order of the published class ids 0..13; 14 is "No finding".
VINDR14 = (
    "Aortic enlargement",
    "Atelectasis",
    "Calcification",
    "Cardiomegaly",
    "Consolidation",
    "ILD",
    "Infiltration",
    "Lung Opacity",
    "Nodule/Mass",
    "Other lesion",
    "Pleural effusion",
    "Pleural thickening",
    "Pneumothorax",
    "Pulmonary fibrosis",
)


@dataclass(frozen=True, slots=True)
class Term:
    """A finding of the union vocabulary. ``parent``: code of a wider term of the vocabulary.

    ``radlex`` and ``snomed_ct`` are empty where the equal concept is not certain.
    """

    code: str
    name: str
    radlex: str = ""
    snomed_ct: str = ""
    parent: str = ""
    chestxray14: str = ""
    vindr14: str = ""


VOCABULARY = (
    Term(
        "aortic_enlargement",
        "Aortic enlargement",
        vindr14="Aortic enlargement",
    ),
    Term(
        "atelectasis",
        "Atelectasis",
        radlex="RID28493",
        snomed_ct="46621007",
        chestxray14="Atelectasis",
        vindr14="Atelectasis",
    ),
    Term("calcification", "Calcification", radlex="RID5196", vindr14="Calcification"),
    Term(
        "cardiomegaly",
        "Cardiomegaly",
        snomed_ct="8186001",
        chestxray14="Cardiomegaly",
        vindr14="Cardiomegaly",
    ),
    Term(
        "consolidation",
        "Consolidation",
        radlex="RID43255",
        snomed_ct="95436008",
        parent="lung_opacity",
        chestxray14="Consolidation",
        vindr14="Consolidation",
    ),
    Term(
        "edema",
        "Pulmonary edema",
        radlex="RID4866",
        snomed_ct="19242006",
        parent="lung_opacity",
        chestxray14="Edema",
    ),
    Term(
        "effusion",
        "Pleural effusion",
        radlex="RID34539",
        snomed_ct="60046008",
        chestxray14="Effusion",
        vindr14="Pleural effusion",
    ),
    Term(
        "emphysema",
        "Emphysema",
        radlex="RID4799",
        snomed_ct="87433001",
        chestxray14="Emphysema",
    ),
    Term(
        "fibrosis",
        "Pulmonary fibrosis",
        snomed_ct="51615001",
        chestxray14="Fibrosis",
        vindr14="Pulmonary fibrosis",
    ),
    Term("hernia", "Hernia", chestxray14="Hernia"),
    Term(
        "infiltration",
        "Infiltration",
        parent="lung_opacity",
        chestxray14="Infiltration",
        vindr14="Infiltration",
    ),
    Term(
        "interstitial_lung_disease",
        "Interstitial lung disease",
        radlex="RID28799",
        snomed_ct="233703007",
        vindr14="ILD",
    ),
    Term("lung_opacity", "Lung opacity", radlex="RID28530", vindr14="Lung Opacity"),
    Term("mass", "Mass", radlex="RID3874", parent="nodule_or_mass", chestxray14="Mass"),
    Term("nodule", "Nodule", radlex="RID50149", parent="nodule_or_mass", chestxray14="Nodule"),
    Term("nodule_or_mass", "Nodule or mass", vindr14="Nodule/Mass"),
    Term("other_lesion", "Other lesion", vindr14="Other lesion"),
    Term(
        "pleural_thickening",
        "Pleural thickening",
        chestxray14="Pleural_Thickening",
        vindr14="Pleural thickening",
    ),
    Term(
        "pneumonia",
        "Pneumonia",
        radlex="RID5350",
        snomed_ct="233604007",
        parent="lung_opacity",
        chestxray14="Pneumonia",
    ),
    Term(
        "pneumothorax",
        "Pneumothorax",
        radlex="RID5352",
        snomed_ct="36118008",
        chestxray14="Pneumothorax",
        vindr14="Pneumothorax",
    ),
)
LABEL_SETS = {"chestxray14": CHESTXRAY14, "vindr14": VINDR14}
_TERMS = {term.code: term for term in VOCABULARY}


def _label_in(term: Term, label_set: str) -> str:
    return term.chestxray14 if label_set == "chestxray14" else term.vindr14


_CODES = {
    label: term.code
    for label_set in LABEL_SETS
    for term in VOCABULARY
    if (label := _label_in(term, label_set))
}


@dataclass(frozen=True, slots=True)
class Mapped:
    """Labels of a set, without repeats, in its order; ``dropped``: codes it has no label for."""

    labels: tuple[str, ...]
    dropped: tuple[str, ...]


def term(code: str) -> Term:
    """Raises LabelUnknown for a code that is not in the vocabulary."""
    if code not in _TERMS:
        raise LabelUnknown(f"The vocabulary has no term {code!r}.")
    return _TERMS[code]


def vocabulary_code(label: str) -> str:
    """The code of a label of either set (they agree where they share one). Raises LabelUnknown."""
    if label not in _CODES:
        raise LabelUnknown(f"No label set has {label!r}.")
    return _CODES[label]


def to_label_set(codes: Iterable[str], label_set: str) -> Mapped:
    """Vocabulary codes as labels of a set. Raises LabelUnknown for an unknown set or code."""
    if label_set not in LABEL_SETS:
        raise LabelUnknown(f"No label set is called {label_set!r}.")
    found: set[str] = set()
    dropped: list[str] = []
    for code in codes:
        label = _nearest_label(term(code), label_set)
        if label:
            found.add(label)
        else:
            dropped.append(code)
    return Mapped(tuple(item for item in LABEL_SETS[label_set] if item in found), tuple(dropped))


def _nearest_label(own: Term, label_set: str) -> str:
    label = _label_in(own, label_set)
    return label or (_nearest_label(_TERMS[own.parent], label_set) if own.parent else "")
