"""Technical words that may pass a de-identification. A header's text is free text, whatever its
type: what is not listed here does not pass.

Source: the defined and enumerated terms of DICOM PS3.3 C.7.3 to C.8.11, PS3.16 CID 4 and 4010.
"""

from __future__ import annotations

import re

_WORDS = """
    M F O CR DX ORIGINAL PRIMARY DERIVED SECONDARY POST_PROCESSED RELAXATION
    MONOCHROME1 MONOCHROME2 IDENTITY INVERSE LINEAR LINEAR_EXACT SIGMOID LIN LOG
    US OD HU Z_EFF HGML
    L R U B LEFT RIGHT UNPAIRED BOTH
    HFP HFS HFDR HFDL FFDR FFDL FFP FFS SITTING
    CHEST THORAX ABDOMEN PELVIS HIP KNEE ANKLE FOOT HAND WRIST ELBOW SHOULDER SKULL HEAD NECK
    SPINE CSPINE TSPINE LSPINE RIB CLAVICLE STERNUM EXTREMITY ARM LEG BREAST FEMUR HUMERUS
    PA AP LL RL LLD RLD LLO RLO LATERAL LAT OBLIQUE LORDOTIC DECUBITUS
    FOR_PRESENTATION FOR_PROCESSING YES NO 00 01
    FIDUCIAL GEOMETRY
    AUTOMATIC MANUAL NORMAL ABNORMAL ABORTED
    NONE FIXED TILTING SOFT TISSUE COLUMN MAMMOGRAPHIC C-ARM CEILING CHEST_STAND
    STRIP WEDGE BUTTERFLY MULTIPLE FLAT ALUMINUM COPPER MOLYBDENUM RHODIUM SILVER TIN NIOBIUM
    TUNGSTEN EUROPIUM LEAD PLASTIC FIBER IN_FOCUS FOCUSED PARALLEL CROSSED RECIPROCATING
    RECTANGULAR CIRCULAR POLYGONAL ROUND RECTANGLE HEXAGONAL
    DIRECT SCINTILLATOR STORAGE FILM AREA SLOT
    LANDSCAPE PORTRAIT 18CMX24CM 8INX10IN 24CMX30CM 10INX12IN 30CMX35CM 30CMX40CM 11INX14IN
    35CMX35CM 14INX14IN 35CMX43CM 14INX17IN
    SINGLE_PHASE THREE_PHASE CONST_POTENTIAL
    ISO_10918_1 ISO_14495_1 ISO_15444_1 ISO_15444_2
    DV DI DF WSD SD SI DRW SYN HUMAN
"""
TERMS = frozenset(_WORDS.split())
# Coded concepts of views, chest anatomy and species, by their code alone (a meaning is free text).
CODE_MEANINGS = {
    "272479007": "postero-anterior",
    "R-10214": "postero-anterior",
    "399348003": "antero-posterior",
    "R-10206": "antero-posterior",
    "399173006": "left lateral",
    "R-10236": "left lateral",
    "399198007": "right lateral",
    "R-10232": "right lateral",
    "399067008": "lateral",
    "51185008": "Chest",
    "T-D3000": "Chest",
    "43799004": "Chest cavity",
    "337915000": "homo sapiens",
    "L-85B00": "homo sapiens",
}
_DIRECTION = re.compile(r"[LRAPHF]{1,3}")  # Patient Orientation (0020,0020)
_VENDORS = {
    "AGFA": "Agfa",
    "CANON": "Canon",
    "CARESTREAM": "Carestream",
    "DEL MEDICAL": "Del Medical",
    "DRTECH": "DRTECH",
    "FUJI": "Fujifilm",
    "GENERAL ELECTRIC": "GE",
    "GE HEALTHCARE": "GE",
    "GE MEDICAL": "GE",
    "HOLOGIC": "Hologic",
    "KODAK": "Kodak",
    "KONICA": "Konica Minolta",
    "LODOX": "Lodox",
    "PHILIPS": "Philips",
    "SAMSUNG": "Samsung",
    "SHIMADZU": "Shimadzu",
    "SIEMENS": "Siemens",
    "SWISSRAY": "Swissray",
    "TOSHIBA": "Toshiba",
    "VAREX": "Varex",
    "VARIAN": "Varian",
    "VATECH": "Vatech",
    "VIEWORKS": "Vieworks",
}


def listed_term(text: str) -> str:
    """The term in capitals, empty where it is none of the listed ones."""
    word = text.strip().upper()
    known = word.replace(" ", "_") in TERMS or word in TERMS
    return word if known or _DIRECTION.fullmatch(word) else ""


def listed_terms(texts: tuple[str, ...]) -> tuple[str, ...]:
    """Every value up to the last listed one, an unlisted one before it as empty text."""
    found = [listed_term(text) for text in texts]
    while found and not found[-1]:
        found.pop()
    return tuple(found)


def vendor(text: str) -> str:
    """The name of a known maker within the text, else empty."""
    said = text.upper()
    return next((name for word, name in _VENDORS.items() if word in said), "")
