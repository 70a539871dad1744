"""What came of a PDF's pages, and the words that tell what could not be read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from assistant.domain import Reading, Section, Status
from assistant.parse.pages import ocr

MEDIA_TYPE = "application/pdf"
_REPRINT = "Open it in a PDF viewer; if it opens, print it to a new PDF file."

DAMAGED = Reading(
    media_type=MEDIA_TYPE,
    status=Status.DAMAGED,
    reason="The PDF is damaged or not a PDF.",
    remedy=_REPRINT,
)


@dataclass(slots=True)
class Found:
    """What came of the pages so far. Page numbers count from 1."""

    total: int
    ocr: bool = False  # whether text recognition was asked for
    texts: dict[int, str] = field(default_factory=dict)
    pictures: list[int] = field(default_factory=list)
    garbled: list[int] = field(default_factory=list)
    broken: list[int] = field(default_factory=list)
    seen: int = 0  # pages looked at before the time was up
    recognised: int = 0  # pictures looked at by text recognition
    attachments: list[tuple[str, Reading]] = field(default_factory=list)
    attached_bytes: int = 0

    @property
    def without_text(self) -> list[int]:
        return sorted(self.pictures + self.garbled)


def result(found: Found, title: str, sections: tuple[Section, ...]) -> Reading:
    scanned = len(found.without_text)
    if sections:
        reason = " ".join(_losses(found))
        status = Status.PARTLY if reason else Status.READY
        remedy = _remedy(found) if reason else ""
        return Reading(title, MEDIA_TYPE, sections, status, reason, remedy, scanned)
    if found.broken and not scanned:
        return DAMAGED
    status, reason, remedy = Status.NO_TEXT, _no_text(found), _remedy(found)
    if found.seen < found.total and not scanned:
        status, reason = Status.TOO_LARGE, "Reading it took too long."
    return Reading(title, MEDIA_TYPE, (), status, reason, remedy, scanned)


def _no_text(found: Found) -> str:
    its = f"Its {found.total:,} pages are" if found.total > 1 else "Its page is"
    if found.without_text:
        if len(found.without_text) < found.total or found.recognised:
            return " ".join(_losses(found))
        if found.garbled:
            return f"{its} printed in letters that cannot be told apart: a font lacks its names."
        return (
            f"{its} {'pictures' if found.total > 1 else 'a picture'} without text: probably a scan."
        )
    if found.recognised:
        return "No words were found in the pictures of its pages."
    return f"{its} without words."


def _losses(found: Found) -> list[str]:
    """A sentence for everything that was not read."""
    losses = []
    if found.seen < found.total:
        pages = f"Pages 1 to {found.seen:,} of {found.total:,} were read"
        losses.append(f"{pages}: it took too long.")
    if found.pictures:
        one = len(found.pictures) == 1
        what = "is a picture without text" if one else "are pictures without text"
        losses.append(f"{_named(found.pictures)} {what}.")
    if found.garbled:
        losses.append(f"The letters of {_named(found.garbled).lower()} could not be made out.")
    if found.broken:
        verb = "is" if len(found.broken) == 1 else "are"
        losses.append(f"{_named(found.broken)} {verb} damaged.")
    for name, inner in found.attachments:
        if inner.status not in (Status.READY, Status.NO_TEXT) and inner.reason:
            part = "in part only" if inner.status.has_text else "not"
            losses.append(f"Its attachment {name} was {part} read: {inner.reason}")
    return losses


def _remedy(found: Found) -> str:
    if found.without_text and not found.ocr:
        return ocr.REMEDY
    if found.seen < found.total or found.without_text:
        return "Split it into smaller files."
    if found.broken:
        return _REPRINT
    remedies = [inner.remedy for _, inner in found.attachments if inner.remedy]
    return remedies[0] if remedies else "Nothing to do, unless it should have words in it."


def _named(numbers: Sequence[int]) -> str:
    """
    >>> _named([3, 7, 9, 10, 11])
    'Pages 3, 7 and 9 to 11'
    """
    runs = _runs(numbers)
    if len(numbers) == 1:
        return f"Page {runs[0]}"
    if len(runs) > 8:
        return f"{len(numbers):,} pages (the first is page {numbers[0]:,})"
    return f"Pages {', '.join(runs[:-1])} and {runs[-1]}" if len(runs) > 1 else f"Pages {runs[0]}"


def _runs(numbers: Sequence[int]) -> list[str]:
    """Three and more in a row as "9 to 11"."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][-1] + 1:
            runs[-1].append(number)
        else:
            runs.append([number])
    told: list[str] = []
    for run in runs:
        told += [f"{run[0]:,} to {run[-1]:,}"] if len(run) > 2 else [f"{n:,}" for n in run]
    return told
