"""Reads side by side, ready to be drawn: numbers tie a box in a picture to its line in the list."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from annotations.adjudication.measured import (
    MeasuredLine,
    consensus_measurements,
    readers_measurements,
)
from annotations.adjudication.selectors import LETTERS, Comparison, OwnRead, rulings_of
from annotations.comparison.changes import Change, ChangeKind
from annotations.comparison.matching import Group
from annotations.comparison.types import StatedFinding, StatedRead
from annotations.models import Finding, Review
from annotations.selectors import stated_read
from cases.models import Case, Image
from inference.presentation import NAMES

CONSENSUS = "consensus"


@dataclass(frozen=True, slots=True)
class Mark:
    """A box in original pixels; without a number for what only the adjudicator states."""

    number: int | None
    name: str
    x: float
    y: float
    width: float
    height: float
    differs: bool


@dataclass(frozen=True, slots=True)
class Pane:
    """One image as one read has it. ``style`` names its line: reader-a, reader-b, consensus."""

    title: str
    style: str
    marks: tuple[Mark, ...]
    measured: tuple[MeasuredLine, ...]


@dataclass(frozen=True, slots=True)
class Picture:
    """One image and its panes; ``text_px``: the size of numbers in original pixels."""

    image: Image
    caption: str
    text_px: float
    panes: tuple[Pane, ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """What one read says to one line; ``words`` is empty where it does not state it."""

    letter: str
    key: str
    words: str
    comment: str
    taken: bool


@dataclass(frozen=True, slots=True)
class Line:
    """One finding across the reads; ``said`` tells who states it in words."""

    number: int
    key: str
    name: str
    caption: str
    said: str
    statements: tuple[Statement, ...]
    settled: bool
    left_out: bool


@dataclass(frozen=True, slots=True)
class Reader:
    letter: str
    style: str
    review: Review
    read: StatedRead


@dataclass(frozen=True, slots=True)
class SideBySide:
    """``differences`` and ``agreed`` are numbered together, the differences first; ``measured``
    holds what the readers measured.
    """

    readers: tuple[Reader, ...]
    pictures: tuple[Picture, ...]
    differences: tuple[Line, ...]
    agreed: tuple[Line, ...]
    measured: tuple[MeasuredLine, ...]

    @property
    def unsettled(self) -> int:
        return sum(not line.settled for line in self.differences)


def side_by_side(case: Case, compared: Comparison, consensus: Review | None) -> SideBySide:
    """Everything the page shows; ``consensus`` is the one being written, or the fixed one."""
    images = list(Image.objects.filter(case=case, state="DONE").order_by("created_at", "id"))
    captions = {str(image.pk): f"Image {n}" for n, image in enumerate(images, start=1)}
    readers = tuple(
        Reader(LETTERS[n], f"reader-{LETTERS[n].lower()}", review, read)
        for n, (review, read) in enumerate(zip(compared.reviews, compared.reads, strict=True))
    )
    rulings = rulings_of(consensus) if consensus else {}
    ordered = [*compared.differences, *compared.agreed]
    lines = [
        _line(number, group, captions, rulings) for number, group in enumerate(ordered, start=1)
    ]
    split = len(compared.differences)
    measured = readers_measurements(compared, consensus)
    shown = measured + consensus_measurements(consensus)
    return SideBySide(
        readers=readers,
        pictures=tuple(
            _picture(
                image,
                captions[str(image.pk)],
                _panes(image, readers, ordered, consensus, shown),
            )
            for image in images
        ),
        differences=tuple(lines[:split]),
        agreed=tuple(lines[split:]),
        measured=measured,
    )


def _line(
    number: int, group: Group, captions: Mapping[str, str], rulings: Mapping[str, str]
) -> Line:
    taken = rulings.get(group.first.key)
    letters = [LETTERS[n] for n, member in enumerate(group.members) if member is not None]
    said = f"only {' and '.join(letters)}" if not group.agreed else "all readers"
    return Line(
        number=number,
        key=group.first.key,
        name=_name(group.first),
        caption=captions.get(group.first.image, ""),
        said=said,
        statements=tuple(
            _statement(LETTERS[n], member, taken) for n, member in enumerate(group.members)
        ),
        settled=taken is not None,
        left_out=taken == "",
    )


def _statement(letter: str, finding: StatedFinding | None, taken: str | None) -> Statement:
    if finding is None:
        return Statement(letter, "", "", "", taken=False)
    side = Finding.Laterality(finding.laterality).label.lower() if finding.laterality else ""
    certainty = Finding.Certainty(finding.certainty).label.lower()
    place = "box" if finding.box else "whole image"
    words = ", ".join(word for word in (place, certainty, side) if word)
    return Statement(letter, finding.key, words, finding.comment, taken=taken == finding.key)


def _panes(
    image: Image,
    readers: tuple[Reader, ...],
    groups: list[Group],
    consensus: Review | None,
    measured: tuple[MeasuredLine, ...],
) -> tuple[Pane, ...]:
    here = [line for line in measured if line.image == str(image.pk)]
    panes = [
        Pane(
            f"{reader.letter}: {reader.review.reader}",
            reader.style,
            tuple(
                _mark(number, member, differs=not group.agreed)
                for number, group in enumerate(groups, start=1)
                if (member := group.members[n]) and member.box and member.image == str(image.pk)
            ),
            tuple(line for line in here if line.letter == reader.letter),
        )
        for n, reader in enumerate(readers)
    ]
    if consensus is not None:
        stated = [f for f in stated_read(consensus).findings if f.image == str(image.pk) and f.box]
        marks = tuple(_mark(None, finding, differs=False) for finding in stated)
        own = tuple(line for line in here if not line.letter)
        panes.append(Pane("Consensus", CONSENSUS, marks, own))
    return tuple(panes)


def _mark(number: int | None, finding: StatedFinding, *, differs: bool) -> Mark:
    x_min, y_min, x_max, y_max = finding.box or (0.0, 0.0, 0.0, 0.0)
    return Mark(number, _name(finding), x_min, y_min, x_max - x_min, y_max - y_min, differs)


def _picture(image: Image, caption: str, panes: tuple[Pane, ...]) -> Picture:
    return Picture(image, caption, round(max(image.rows, image.columns) / 28, 1), panes)


@dataclass(frozen=True, slots=True)
class OwnLine:
    """One of the reader's reads in words. ``committed_at`` is None for one that was not blind."""

    review: Review
    committed_at: datetime | None
    before: tuple[str, ...] = ()
    changed: tuple[str, ...] = ()


def own_line(own: OwnRead) -> OwnLine:
    if own.committed is None or own.changes is None:
        return OwnLine(own.review, None)
    changed = [change_words(change) for change in own.changes.findings]
    if own.changes.no_finding:
        changed.append(f"“No finding” {'taken back' if own.committed.no_finding else 'ticked'}")
    if own.changes.impression:
        changed.append("Impression rewritten")
    before = tuple(_name(finding) for finding in own.committed.findings)
    return OwnLine(own.review, own.review.committed.at, before, tuple(changed))


def change_words(change: Change) -> str:
    """``"Nodule is now Mass"``, ``"Effusion: box moved (IoU 0.72)"``."""
    before, after = change.before, change.after
    if before is None or after is None:
        stated = after or before
        return f"{_name(stated)} {change.kind.value}" if stated else ""
    if change.kind is ChangeKind.LABEL:
        return f"{_name(before)} is now {_name(after)}"
    if change.iou is None:
        places = ("box" if one.box else "whole image" for one in (before, after))
        return f"{_name(after)}: {' became '.join(places)}"
    return f"{_name(after)}: box moved (IoU {change.iou:.2f})"


def _name(finding: StatedFinding) -> str:
    return NAMES.get(finding.label, finding.label)
