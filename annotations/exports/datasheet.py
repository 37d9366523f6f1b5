"""The datasheet of a release: what it holds, and what is missing from it; Markdown and HTML.

The questions follow Gebru et al., Datasheets for Datasets, CACM 2021, as far as counts can answer.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from html import escape
from pathlib import Path

from annotations.exports.files import whole_file
from annotations.exports.types import NO_FINDING, Category, ExportRecord

MARKDOWN_NAME, HTML_NAME = "datasheet.md", "datasheet.html"
FEW = 20  # positives below which a finding is called rare: no interval would be of use
NOT_STATED = "not stated"
CONSENT = (
    "Every patient in it consents to research use at the time of making. When a consent is "
    "withdrawn the release can no longer be downloaded, and the next number leaves the patient out."
)
Groups = tuple[tuple[str, tuple[tuple[str, int], ...]], ...]


@dataclass(frozen=True, slots=True)
class DatasheetFacts:
    """``left_out``: images by reason; ``dropped``: findings a label set cannot say, by set."""

    title: str
    made_on: str
    left_out: Mapping[str, int]
    dropped: Mapping[str, Mapping[str, int]]
    near_duplicates: int


class Census:
    """Counts by image while the records pass. A writer like the others."""

    def __init__(self, categories: tuple[Category, ...]) -> None:
        self._names = {category.code: category.name for category in categories}
        self._groups: dict[str, Counter[str]] = {
            name: Counter() for name in ("Finding", "Sex", "Age", "View", "Split")
        }
        self._readers: Counter[str] = Counter()
        self._patients: set[str] = set()
        self._normal = self.images = 0

    def add(self, record: ExportRecord) -> None:
        image = record.image
        self.images += 1
        self._patients.add(image.patient_key)
        labels = {statement.label for statement in record.statements}
        self._normal += labels == {NO_FINDING}
        self._groups["Finding"].update(self._names.get(label, "No finding") for label in labels)
        for name, value in (
            ("Sex", image.sex.value),
            ("Age", image.age_band),
            ("View", image.view.value),
            ("Split", image.split.value),
        ):
            self._groups[name][value or NOT_STATED] += 1
        self._readers.update({statement.reader_key for statement in record.statements})

    @property
    def patients(self) -> int:
        return len(self._patients)

    @property
    def normal_share(self) -> float:
        """Images of which every reader says "no finding"; 0 without images."""
        return self._normal / self.images if self.images else 0.0

    def groups(self) -> Groups:
        """Images by group; a reader's row counts the images they read."""
        tables = [
            (name, tuple(sorted(counts.items(), key=_by_age if name == "Age" else _by_count)))
            for name, counts in self._groups.items()
        ]
        readers = tuple(sorted(self._readers.items(), key=_by_count))
        return (*tables, ("Reader", readers))

    def gaps(self) -> tuple[str, ...]:
        """What a user of the data has to know is missing, in sentences."""
        found = self._groups["Finding"]
        rare = [f"{name} ({found[name]})" for name in self._names.values() if found[name] < FEW]
        gaps = [
            f"{self.normal_share:.1%} of the images are without any finding: this is not the "
            "share of a hospital, so predictive values do not carry over.",
            f"Findings on fewer than {FEW} images: {', '.join(rare) or 'none'}.",
        ]
        for name, expected in (("Sex", ("F", "M")), ("View", ("PA", "AP"))):
            missing = [value for value in expected if not self._groups[name][value]]
            if missing:
                gaps.append(f"{name}: no image of {', '.join(missing)}.")
        old = sum(count for band, count in self._groups["Age"].items() if band == "90+")
        if not old:
            gaps.append("Age: nobody of 90 years or older.")
        if len(self._readers) == 1:
            gaps.append("One reader read everything: agreement between readers cannot be told.")
        return tuple(gaps)


def _by_count(item: tuple[str, int]) -> tuple[int, str]:
    return -item[1], item[0]


def _by_age(item: tuple[str, int]) -> int:
    head = item[0].split("-")[0].rstrip("+")
    return int(head) if head.isdigit() else 999


def write_datasheet(census: Census, facts: DatasheetFacts, folder: Path) -> None:
    """Both files, each whole or not at all."""
    for name, text in (
        (MARKDOWN_NAME, _markdown(census, facts)),
        (HTML_NAME, _html(census, facts)),
    ):
        with whole_file(folder / name) as stream:
            stream.write(text.encode("utf-8"))


def _sentences(census: Census, facts: DatasheetFacts) -> Iterable[tuple[str, tuple[str, ...]]]:
    left = [f"{count} {reason}" for reason, count in sorted(facts.left_out.items())]
    dropped = [
        f"{name} cannot say: " + (", ".join(f"{code} ({n})" for code, n in sorted(codes.items())))
        for name, codes in sorted(facts.dropped.items())
        if codes
    ]
    return (
        (
            "What it is",
            (
                f"{census.images} de-identified chest radiographs of {census.patients} patients "
                f"with readers' findings, made on {facts.made_on}.",
                "Each image was read and signed by a clinician who saw the proposals of a model; "
                "the findings may lean towards what the model proposed.",
            ),
        ),
        (
            "What is missing",
            (
                *census.gaps(),
                f"Images left out: {', '.join(left) or 'none'}.",
                *(f"{line}." for line in dropped),
                f"Pairs of nearly the same picture in two splits: {facts.near_duplicates}.",
            ),
        ),
        ("Consent and use", (CONSENT, "Joining this data with other data to name a patient is "
                             "forbidden.")),
    )  # fmt: skip


def _markdown(census: Census, facts: DatasheetFacts) -> str:
    lines = [f"# Datasheet: {facts.title}"]
    for title, sentences in _sentences(census, facts):
        lines += ["", f"## {title}", "", *(f"- {sentence}" for sentence in sentences)]
    for title, rows in census.groups():
        lines += ["", f"## {title}", "", "| | images |", "|---|---|"]
        lines += [f"| {name} | {count} |" for name, count in rows]
    return "\n".join(lines) + "\n"


STYLE = (
    "body{font:15px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:56rem;padding:0 1rem}"
    "td,th{padding:.2rem .8rem;text-align:left}td.n{text-align:right}"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums}"
    "rect{fill:#2f6f9f}:root{color-scheme:light dark}"
)


def _html(census: Census, facts: DatasheetFacts) -> str:
    parts = [
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><style>{STYLE}</style>',
        f"<title>Datasheet: {escape(facts.title)}</title></head><body><main>",
        f"<h1>Datasheet: {escape(facts.title)}</h1>",
    ]
    for title, sentences in _sentences(census, facts):
        items = "".join(f"<li>{escape(sentence)}</li>" for sentence in sentences)
        parts.append(f"<h2>{escape(title)}</h2><ul>{items}</ul>")
    for title, rows in census.groups():
        parts.append(f"<h2>{escape(title)}</h2>{_bars(rows)}")
    return "\n".join([*parts, "</main></body></html>"]) + "\n"


def _bars(rows: tuple[tuple[str, int], ...]) -> str:
    """A table whose last column draws the count as a bar."""
    most = max((count for _, count in rows), default=1)
    body = "".join(
        f'<tr><td>{escape(name)}</td><td class="n">{count}</td><td><svg width="240" height="12" '
        f'aria-hidden="true"><rect width="{count / most * 240:.1f}" height="12"/></svg></td></tr>'
        for name, count in rows
    )
    head = "<thead><tr><th></th><th>Images</th><th></th></tr></thead>"
    return f"<table>{head}<tbody>{body}</tbody></table>"
