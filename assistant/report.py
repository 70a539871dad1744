"""The report card of a library: one web page to read or print, that loads nothing from elsewhere.

Every file that is not simply read stands in it with its reason and what to do.
"""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from html import escape

from assistant.domain import Document, LibraryStatus, Status
from assistant.plain import STATUS_WORDS, meaning_words
from assistant.text import clean, one_line

_STYLE = """
body { font: 11pt/1.4 sans-serif; margin: 2em auto; max-width: 60em; padding: 0 1em; color: #000; }
table { border-collapse: collapse; width: 100%; margin: 0.5em 0 1.5em; }
th, td { border: 1px solid #777; padding: 0.25em 0.5em; text-align: left; vertical-align: top; }
td.number { text-align: right; }
td.path { overflow-wrap: anywhere; }
tr { break-inside: avoid; }
h2 { break-after: avoid; }
"""
# the statuses that need somebody's hand come first, and those that need none are only counted
_LISTED = (
    Status.UNREADABLE,
    Status.LOCKED,
    Status.DAMAGED,
    Status.TOO_LARGE,
    Status.PARTLY,
    Status.NO_TEXT,
    Status.UNSUPPORTED,
    Status.WAITING,
    Status.DUPLICATE,
    Status.IGNORED,
)


def page(status: LibraryStatus, documents: Iterable[Document], today: datetime.date) -> str:
    """The page as HTML."""
    by_status: dict[Status, list[Document]] = {kind: [] for kind in _LISTED}
    for document in documents:
        if document.status in by_status:
            by_status[document.status].append(document)
    body = [
        f"<h1>Report card of the library, {today.day} {today:%B %Y}</h1>",
        f"<p>{escape(str(status.home))}</p>",
        _table(("Folder", "Files"), [(s.folder, f"{s.files:,}") for s in status.sources]),
        "<h2>Every file has one status</h2>",
        _counts(status),
        f"<p>{status.passages:,} passages. {escape(meaning_words(status))}</p>",
    ]
    for kind, found in by_status.items():
        if found:
            body.append(f"<h2>{_name(kind)} ({sum(d.files for d in found):,})</h2>")
            rows = [(_path(d), d.reason, d.remedy) for d in found]
            body.append(_table(("File", "Why", "What to do"), rows))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f"<title>Report card of the library</title><style>{_STYLE}</style></head>\n<body>\n"
        + "\n".join(body)
        + "\n</body></html>\n"
    )


def _counts(status: LibraryStatus) -> str:
    rows = [(_name(kind), f"{count:,}") for kind, count in status.counts.items()]
    return _table(("Status", "Files"), [*rows, ("Together", f"{status.files:,}")])


def _name(status: Status) -> str:
    return STATUS_WORDS[status].capitalize()


def _path(document: Document) -> str:
    return f"{document.source}: {one_line(clean(document.path))}"


def _table(head: tuple[str, ...], rows: Iterable[tuple[object, ...]]) -> str:
    lines = ["<table><tr>" + "".join(f"<th>{escape(name)}</th>" for name in head) + "</tr>"]
    for first, *rest in rows:
        cells = [f'<td class="path">{escape(str(first))}</td>']
        for cell in map(str, rest):
            kind = ' class="number"' if cell.replace(",", "").isdigit() else ""
            cells.append(f"<td{kind}>{escape(cell)}</td>")
        lines.append(f"<tr>{''.join(cells)}</tr>")
    return "\n".join([*lines, "</table>"])
