"""What docs/extraction.md lists is what is written."""

from __future__ import annotations

import re

from cases.dicom.extraction.attributes import ATTRIBUTES
from cases.dicom.extraction.features.table import feature_columns
from cases.dicom.extraction.metadata import OWN_COLUMNS
from tests.rules.conventions import ROOT

PAGE = (ROOT / "docs" / "extraction.md").read_text(encoding="utf-8")


def test_the_documented_attributes_and_treatments_are_those_of_the_table() -> None:
    listed, module = [], ""
    for line in PAGE.split("## Columns of the metadata")[1].splitlines():
        if line.startswith("**"):
            module = line.strip("*")
        elif module and line.startswith("- "):
            how, words = line.removeprefix("- ").split(": ")
            listed += [(module, word, how) for word in words.split(", ")]
    table = [(row.module, row.keyword, row.treatment.value) for row in ATTRIBUTES]
    assert sorted(listed) == sorted(table)


def test_our_own_columns_are_listed() -> None:
    assert all(f"`{name}`" in PAGE for name in OWN_COLUMNS)


def test_the_number_and_the_families_of_features_are_told() -> None:
    assert f"{len(feature_columns())} features" in PAGE
    families = {re.split(r"[_\d]", name)[0] for name in feature_columns()}
    assert all(f"`{family}" in PAGE for family in families)
