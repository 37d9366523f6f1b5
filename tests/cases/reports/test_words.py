"""The report never says more than was stated."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta, timezone

from cases.reports import words
from cases.reports.content import Decision, ModelBlock, PatientBlock, ProposalCounts, ReaderBlock
from tests.cases.reports.samples import BOXED, WHOLE, make_content


def test_no_finding_is_said_only_by_the_reader() -> None:
    assert words.no_finding(make_content(findings=())) == "No finding was stated."
    stated = make_content(findings=(), no_finding=True)
    assert words.no_finding(stated) == "Dr Reader stated: no finding."
    unnamed = replace(stated, reader=ReaderBlock("", ""))
    assert words.no_finding(unnamed) == "The reader stated: no finding."


def test_a_number_is_a_probability_only_when_calibrated() -> None:
    assert words.decided(BOXED, calibrated=False) == "Accepted, model score 0.88"
    assert words.decided(BOXED, calibrated=True) == "Accepted, model probability 0.88"


def test_how_a_finding_was_decided() -> None:
    corrected = replace(BOXED, decision=Decision.CORRECTED, model_score=None)
    assert words.decided(corrected, calibrated=False) == "Corrected model proposal"
    assert words.decided(WHOLE, calibrated=False) == "Stated by the reader"
    drawn = replace(WHOLE, box=BOXED.box)
    assert words.decided(drawn, calibrated=False) == "Drawn by the reader"


def test_a_failed_analysis_never_reads_as_one_that_found_nothing() -> None:
    failed = ModelBlock(name="m", unavailable_reason="out of memory")
    said = " ".join([words.unavailable(failed), *words.analysis(failed, ProposalCounts())])
    assert said.startswith("Analysis unavailable: out of memory")
    assert "no finding" not in said
    done = words.analysis(ModelBlock(name="m"), ProposalCounts())
    assert done[0] == "The model proposed no finding above its thresholds."


def test_undecided_proposals_are_told() -> None:
    said = words.analysis(ModelBlock(name="m"), ProposalCounts(1, 2, 3, 4))
    assert said[0] == "Proposals: 1 accepted, 2 corrected, 3 rejected, 4 undecided."
    assert said[1] == "Undecided proposals are not part of this report."


def test_times_are_told_in_utc_and_on_the_signers_clock() -> None:
    moment = datetime(2026, 1, 1, 2, 30, tzinfo=timezone(timedelta(hours=5, minutes=30)))
    assert words.utc(moment) == "2025-12-31 21:00:00 UTC"
    assert words.as_stated(moment) == "2026-01-01 02:30:00 (UTC+05:30)"
    assert words.as_stated(datetime(2026, 1, 1, tzinfo=UTC)) == ""


def test_birth_date_and_age() -> None:
    assert words.born(PatientBlock("", "", date(1957, 3, 2), 0)) == "1957-03-02 (age 0)"
    assert words.born(PatientBlock("", "")) == "not stated"


def test_status_tells_draft_final_and_amended() -> None:
    assert words.status(make_content(signed_at=None)) == "Version 1, draft"
    assert words.status(make_content()) == "Version 1, final"
    assert words.status(make_content(version=3, supersedes=2)) == "Version 3, amended"
