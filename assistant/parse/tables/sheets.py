"""Spreadsheets: XLSX, XLSM, XLTX, XLSB, XLS and ODS, sheet by sheet, each row with its headings.

calamine gives the values of cells as they were last saved: nothing is calculated and no macro runs.
It gives no number formats (10% is 0.1) and shows errors (#DIV/0!) as empty cells. Hidden sheets are
read too, they are the person's own data, and their labels say so: without that, a label could not
be looked up.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from typing import Any, TypeVar

from assistant.domain import Reading, Section, Status
from assistant.parse.archive import LOCKED, Archive
from assistant.parse.file import File
from assistant.parse.tables.cells import shown
from assistant.parse.tables.rows import TEXT_LIMIT, Tables
from assistant.parse.tables.sheet_parts import Parts
from assistant.text import clean, one_line, shorten

_CHECK_EVERY = 1000  # rows between two looks at the clock
_MERGED_ROWS = 10_000
_MERGED_COLUMNS = 200
_MERGED_WORDS = 200  # characters: a longer text is no label of its rows
_NAME_LIMIT = 100  # characters of a sheet's name
_OLE = bytes.fromhex("d0cf11e0a1b11ae1")
_OLD = "application/vnd.ms-excel"
_FILEPASS = 0x2F  # the record of an XLS file that says how it is encrypted
_BOUNDSHEET = 0x85  # the list of sheets: no such record comes after it

T = TypeVar("T")


def read(file: File) -> Reading:
    from python_calamine import CalamineWorkbook, PasswordError

    if file.data.startswith(_OLE):
        if _has_password(file.data):
            return LOCKED
        parts = Parts(media_type=_OLD)
    else:
        with Archive(file.data) as archive:  # refuses a zip bomb before the library unpacks it
            parts = Parts.of(archive)
        if parts.locked:
            return LOCKED
    try:
        book = _calm(lambda: CalamineWorkbook.from_filelike(io.BytesIO(file.data)))
    except PasswordError:
        return LOCKED
    sheets = _Sheets(file, book, parts)
    sheets.read()
    return sheets.reading(one_line(clean(parts.title)) or file.stem)


class _Sheets:
    """Goes through the sheets; notes what could not be read and why."""

    def __init__(self, file: File, book: Any, parts: Parts) -> None:
        self._file = file
        self._book = book
        self._parts = parts
        self._sections: list[Section] = []
        self._size = 0
        self._broken: list[str] = []
        self._spread: list[str] = []
        self._stopped = ""

    def read(self) -> None:
        for facts in self._book.sheets_metadata:
            name = shorten(clean(facts.name), _NAME_LIMIT) or "Sheet"
            if not self._stopped and self._file.out_of_time:
                self._stopped = f"Sheet {name} and those after it were not read."
            if self._stopped:
                return
            hidden = str(facts.visible) != "SheetVisibleEnum.Visible"
            label = f"{name} (hidden)" if hidden else name
            # charts and macros of old files come as sheets of values that no reader sees
            if str(facts.typ) == "SheetTypeEnum.WorkSheet":
                self._sheet(facts.name, label)
            self._sections.extend(self._parts.notes(facts.name, label))

    def _sheet(self, name: str, label: str) -> None:
        if name in self._parts.spread:
            self._spread.append(label)
            return
        if name in self._parts.broken:
            self._broken.append(label)
            return
        tables = Tables(label)
        try:
            self._rows(_calm(lambda: self._book.get_sheet_by_name(name)), label, tables)
        except MemoryError:
            raise
        except Exception:  # a broken sheet does not cost the others, nor its own first rows
            self._broken.append(label)
        self._sections.extend(tables.sections())
        self._size += tables.size

    def _rows(self, sheet: Any, label: str, tables: Tables) -> None:
        # the rows come from row 1 on, the columns from the first one in use
        merges = _Merges(sheet)
        for number, row in enumerate(sheet.iter_rows(), start=1):
            empty = row.count("") == len(row)
            cells = [] if empty else [shown(value) for value in row]
            tables.add(number, cells, merges.fill(number, cells))
            too_much = self._size + tables.size > TEXT_LIMIT
            if too_much or (number % _CHECK_EVERY == 0 and self._file.out_of_time):
                self._stopped = f"Sheet {label} was read to row {number:,}, and nothing after that."
                return

    def reading(self, title: str) -> Reading:
        reasons = []
        remedies = []
        if self._broken:
            reasons.append(f"{_named(self._broken)} could not be read to the end.")
            remedies.append("Open the file in the program that made it and save it again.")
        if self._spread:
            reasons.append(f"{_named(self._spread)} has cells that are too far apart.")
            remedies.append("Delete what stands in the last rows and columns.")
        if self._stopped:
            reasons.append(f"It is very long. {self._stopped}")
            remedies.append("Split it into smaller files.")
        sections = tuple(self._sections)
        status = Status.READY
        if reasons:
            only_spread = self._spread and not self._broken
            lost = Status.TOO_LARGE if only_spread else Status.DAMAGED
            status = Status.PARTLY if sections else lost
        return Reading(
            title,
            self._parts.media_type,
            sections,
            status,
            " ".join(reasons),
            " ".join(remedies),
            properties=self._parts.facts,
        )


class _Merges:
    """Cells that reach over several rows or columns: their words are put in each of them."""

    def __init__(self, sheet: Any) -> None:
        left = sheet.start[1] if sheet.start else 0
        self._coming = sorted(
            (top + 1, first - left, bottom + 1, last - left)
            for (top, first), (bottom, last) in sheet.merged_cell_ranges or ()
            if bottom - top < _MERGED_ROWS and last - first < _MERGED_COLUMNS and first >= left
        )
        self._coming.reverse()
        self._open: list[tuple[int, int, int, str]] = []  # last row, first and last column, words

    def fill(self, number: int, cells: list[str]) -> bool:
        """Fill the cells of a row; True if one of them reaches over several columns."""
        self._open = [merge for merge in self._open if merge[0] >= number]
        while self._coming and self._coming[-1][0] <= number:
            _, first, bottom, last = self._coming.pop()
            words = cells[first] if first < len(cells) else ""
            if 0 < len(words) <= _MERGED_WORDS and len(self._open) < _MERGED_COLUMNS:
                self._open.append((bottom, first, last, words))
        wide = False
        for _, first, last, words in self._open:
            # alone in its row, it is a title over the table or a note in it
            if any(cell for n, cell in enumerate(cells) if not first <= n <= last):
                wide = wide or last > first
                for column in range(first, min(last + 1, len(cells))):
                    cells[column] = cells[column] or words
        return wide


# --- old files -----------------------------------------------------------------------------


def _has_password(data: bytes) -> bool:
    """Whether an XLS file is encrypted: its workbook then says so before it lists its sheets."""
    import olefile

    with suppress(Exception), olefile.OleFileIO(io.BytesIO(data)) as ole:
        for name in ("Workbook", "Book"):
            if ole.exists(name):
                return _is_encrypted(ole.openstream(name).read())
    return False


def _is_encrypted(workbook: bytes) -> bool:
    place = 0
    while place + 4 <= len(workbook):
        record = int.from_bytes(workbook[place : place + 2], "little")
        if record == _FILEPASS:
            return True
        if record == _BOUNDSHEET:
            return False
        place += 4 + int.from_bytes(workbook[place + 2 : place + 4], "little")
    return False


def _calm(step: Callable[[], T]) -> T:
    """What `step` returns. calamine's panics are no `Exception`: here they become one."""
    try:
        return step()
    except (Exception, KeyboardInterrupt, SystemExit):
        raise
    except BaseException as panic:
        raise ValueError(str(panic)) from panic


def _named(labels: list[str]) -> str:
    return f"Sheet {labels[0]}" if len(labels) == 1 else f"Sheets {', '.join(labels)}"
