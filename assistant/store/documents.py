"""Sources and their files: what was seen, what became of each, what was read from it."""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import Any

from assistant import config, text
from assistant.domain import (
    Chunk,
    Document,
    Facts,
    Reading,
    Seen,
    Source,
    Status,
    name_as_text,
    path_of,
)
from assistant.store.database import Database

DOCUMENT_COLUMNS = (
    "s.bundled, s.folder, d.path, d.title, d.media_type, d.size, d.mtime_ns, d.changed_ns,"
    " d.status, d.reason, d.remedy, d.sha256, d.files"
)
HAS_TEXT = f"({', '.join(repr(status.value) for status in Status if status.has_text)})"


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the library knows of a file. `reader`: the version of the readers that read it."""

    facts: Facts
    sha256: str
    status: Status
    reader: str
    reason: str = ""
    files: int = 1


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it was read. `path` is relative to its source, `sha256` of the bytes read."""

    path: str
    facts: Facts
    sha256: str
    reader: str


class Documents(Database):
    """The half of the store that indexing writes."""

    # --- sources ----------------------------------------------------------------------------

    def add_source(self, folder: Path | None) -> Source:
        """The source for `folder`, created when new; None is the bundled corpus."""
        key = (int(folder is None), "" if folder is None else name_as_text(str(folder)))
        with self.writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO sources (bundled, folder, added) VALUES (?, ?, ?)",
                (*key, time.time()),
            )
        return next(
            s for s in self.sources() if (s.folder == folder or (s.bundled and folder is None))
        )

    def sources(self) -> tuple[Source, ...]:
        rows = self.rows(
            "SELECT s.id, s.bundled, s.folder, coalesce(sum(d.files), 0) FROM sources s"
            " LEFT JOIN documents d ON d.source_id = s.id GROUP BY s.id ORDER BY s.id"
        )
        return tuple(
            Source(int(i), *_place(bool(bundled), str(folder)), bool(bundled), int(count))
            for i, bundled, folder, count in rows
        )

    def folders(self) -> dict[int, Path]:
        """Where each source stands, by its id: quick, as it counts no files."""
        rows = self.rows("SELECT id, bundled, folder FROM sources")
        return {int(i): _place(bool(bundled), str(folder))[1] for i, bundled, folder in rows}

    def remove_source(self, source: Source) -> None:
        with self.writing() as connection:
            _unindex(connection, "d.source_id = ?", source.id)
            rows = connection.execute(
                "DELETE FROM documents WHERE source_id = ? RETURNING sha256", (source.id,)
            ).fetchall()
            connection.execute("DELETE FROM sources WHERE id = ?", (source.id,))
            _release_duplicates(connection, {str(row[0]) for row in rows if row[0]})
        self.drop_unused_vectors()

    # --- documents --------------------------------------------------------------------------

    def known_files(self, source: Source) -> dict[str, KnownFile]:
        rows = self.rows(
            "SELECT path, size, mtime_ns, changed_ns, sha256, status, reader, reason, files"
            " FROM documents WHERE source_id = ?",
            source.id,
        )
        return {
            path: KnownFile(Facts(size, mtime, changed), sha, Status(status), reader, reason, files)
            for path, size, mtime, changed, sha, status, reader, reason, files in rows
        }

    def list_files(self, source: Source, found: Sequence[Seen]) -> None:
        """Account for what stands in a folder, before any of it is read.

        What was read from one of these files before is forgotten.
        """
        with self.writing() as connection:
            gone = _delete_documents(connection, source.id, [seen.path for seen in found])
            connection.executemany(
                "INSERT INTO documents (source_id, path, title, media_type, sha256, size, mtime_ns,"
                " changed_ns, status, reason, remedy, reader, files)"
                " VALUES (?, ?, '', '', '', ?, ?, ?, ?, ?, ?, '', ?)",
                [
                    (
                        source.id,
                        seen.path,
                        seen.facts.size,
                        seen.facts.mtime_ns,
                        seen.facts.changed_ns,
                        seen.status.value,
                        seen.reason,
                        seen.remedy,
                        seen.files,
                    )
                    for seen in found
                ],
            )
            _release_duplicates(connection, gone)

    def original_of(self, sha256: str, source: Source, path: str) -> Document | None:
        """Another file with these very bytes, whose text the library holds."""
        rows = self.rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d JOIN sources s ON s.id = d.source_id"
            f" WHERE d.sha256 = ? AND d.status IN {HAS_TEXT}"
            " AND NOT (d.source_id = ? AND d.path = ?) ORDER BY d.id LIMIT 1",
            sha256,
            source.id,
            path,
        )
        return document_of(rows[0]) if rows else None

    def duplicates_of(self, document: Document) -> list[Document]:
        """Files with the very bytes that `document` was read from, and so the same passages."""
        rows = self.rows(
            f"SELECT {DOCUMENT_COLUMNS} FROM documents d JOIN sources s ON s.id = d.source_id"
            " WHERE d.sha256 = ? AND d.status = ? ORDER BY d.id",
            document.sha256,
            Status.DUPLICATE.value,
        )
        return [document_of(row) for row in rows]

    def holds_size(self, size: int) -> bool:
        """Whether a file of this many bytes has been read: only such can have a duplicate."""
        return bool(
            self.one(
                f"SELECT 1 FROM documents WHERE size = ? AND status IN {HAS_TEXT} LIMIT 1", size
            )
        )

    def put_document(
        self, source: Source, file: FileFacts, reading: Reading, chunks: Sequence[Sequence[Chunk]]
    ) -> None:
        """Replace what the library holds of a file. `chunks`: one sequence a section, in order."""
        with self.writing() as connection:
            replaced = _delete_documents(connection, source.id, [file.path])
            document_id = connection.execute(
                "INSERT INTO documents (source_id, path, title, media_type, sha256, size, mtime_ns,"
                " changed_ns, status, reason, remedy, reader, scanned)"
                " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    source.id,
                    file.path,
                    reading.title,
                    reading.media_type,
                    file.sha256,
                    file.facts.size,
                    file.facts.mtime_ns,
                    file.facts.changed_ns,
                    reading.status.value,
                    reading.reason,
                    reading.remedy,
                    file.reader,
                    reading.scanned,
                ),
            ).lastrowid
            connection.executemany(
                "INSERT INTO properties (document_id, key, value) VALUES (?, ?, ?)",
                [(document_id, key, value) for key, value in reading.properties],
            )
            for position, (section, spans) in enumerate(zip(reading.sections, chunks, strict=True)):
                section_id = connection.execute(
                    "INSERT INTO sections (document_id, position, label, page, text)"
                    " VALUES (?, ?, ?, ?, ?)",
                    (document_id, position, section.label, section.page, section.text),
                ).lastrowid
                connection.executemany(
                    "INSERT INTO chunks (section_id, start, stop, hash) VALUES (?, ?, ?, ?)",
                    [
                        (
                            section_id,
                            c.start,
                            c.end,
                            chunk_hash(reading.title, section.label, c.text),
                        )
                        for c in spans
                    ],
                )
            connection.execute(
                "INSERT INTO chunk_words (rowid, title, label, text)"
                " SELECT id, title, label, text FROM chunk_texts WHERE document_id = ?",
                (document_id,),
            )
            _release_duplicates(connection, replaced)

    def refresh_facts(self, source: Source, path: str, facts: Facts) -> None:
        """The same bytes with a new date: keep everything that was read from them."""
        with self.writing(counts=False) as connection:
            connection.execute(
                "UPDATE documents SET mtime_ns = ?, changed_ns = ?"
                " WHERE source_id = ? AND path = ?",
                (facts.mtime_ns, facts.changed_ns, source.id, path),
            )

    def move_document(self, source: Source, path: str, to: str, title: str, facts: Facts) -> None:
        """The same bytes under a new name: passages and vectors stay, words learn the title."""
        with self.writing() as connection:
            connection.execute(
                "DELETE FROM documents WHERE source_id = ? AND path = ?", (source.id, to)
            )
            _unindex(connection, "d.source_id = ? AND d.path = ?", source.id, path)
            connection.execute(
                "UPDATE documents SET path = ?, title = ?, mtime_ns = ?, changed_ns = ?"
                " WHERE source_id = ? AND path = ?",
                (to, title, facts.mtime_ns, facts.changed_ns, source.id, path),
            )
            connection.execute(
                "INSERT INTO chunk_words (rowid, title, label, text)"
                " SELECT t.id, t.title, t.label, t.text FROM chunk_texts t JOIN documents d"
                " ON d.id = t.document_id WHERE d.source_id = ? AND d.path = ?",
                (source.id, to),
            )
            # its duplicates name it: they are to be looked at again
            connection.execute(
                "UPDATE documents SET status = ?, reason = '', remedy = '' WHERE status = ?"
                " AND sha256 = (SELECT sha256 FROM documents WHERE source_id = ? AND path = ?)",
                (Status.WAITING.value, Status.DUPLICATE.value, source.id, to),
            )

    def remove_documents(self, source: Source, paths: Sequence[str]) -> None:
        with self.writing() as connection:
            _release_duplicates(connection, _delete_documents(connection, source.id, paths))

    def documents(self, *statuses: Status) -> Iterator[Document]:
        """The files of all sources, or those with one of these statuses, by their names."""
        marks = ", ".join("?" * len(statuses))
        where = f"WHERE d.status IN ({marks})" if statuses else ""
        with self.translated():
            for row in self.connection().execute(
                f"SELECT {DOCUMENT_COLUMNS} FROM documents d JOIN sources s ON s.id = d.source_id"
                f" {where} ORDER BY s.id, d.path",
                [status.value for status in statuses],
            ):
                yield document_of(row)

    def described(self, scope: str = "") -> list[tuple[Document, tuple[tuple[str, str], ...]]]:
        """Every file that the library accounts for, by name, with what it tells of itself.

        Args:
            scope: a glob pattern that paths, or their last parts, must match.
        """
        inside, values = in_scope(scope)
        told: dict[int, list[tuple[str, str]]] = {}
        for document_id, key, value in self.rows(
            "SELECT p.document_id, p.key, p.value FROM properties p JOIN documents d"
            f" ON d.id = p.document_id WHERE 1 {inside} ORDER BY p.rowid",
            *values,
        ):
            told.setdefault(document_id, []).append((key, value))
        rows = self.rows(
            f"SELECT {DOCUMENT_COLUMNS}, d.id FROM documents d JOIN sources s"
            f" ON s.id = d.source_id WHERE 1 {inside} ORDER BY s.id, d.path",
            *values,
        )
        return [(document_of(row[:-1]), tuple(told.get(row[-1], ()))) for row in rows]

    def count_files(self) -> int:
        """Entries of the catalogue: files, and ignored folders."""
        return int(self.one("SELECT count(*) FROM documents"))

    def lengths(self) -> dict[tuple[Path, str], int]:
        """Characters of text by (folder, path) of the documents that have any. Reads all text."""
        rows = self.rows(
            f"SELECT {DOCUMENT_COLUMNS}, sum(length(e.text)) FROM sections e JOIN documents d"
            " ON d.id = e.document_id JOIN sources s ON s.id = d.source_id GROUP BY d.id"
        )
        found = ((document_of(row[:-1]), int(row[-1])) for row in rows)
        return {(document.folder, document.path): length for document, length in found}

    def title_of(self, source: Source, path: str) -> str:
        return str(
            self.one(
                "SELECT title FROM documents WHERE source_id = ? AND path = ?", source.id, path
            )
            or ""
        )

    def counts(self, source: Source | None = None) -> dict[Status, int]:
        """How many files have each status."""
        where, values = ("WHERE source_id = ?", (source.id,)) if source else ("", ())
        rows = self.rows(
            f"SELECT status, sum(files) FROM documents {where} GROUP BY status", *values
        )
        found = {Status(status): int(count) for status, count in rows}
        return {status: found[status] for status in Status if found.get(status)}

    def outdated(self, reader: str) -> dict[int, int]:
        """By source id, how many files with text another version of the readers than this read."""
        rows = self.rows(
            f"SELECT source_id, count(*) FROM documents WHERE status IN {HAS_TEXT}"
            " AND reader != ? GROUP BY source_id",
            reader,
        )
        return {int(source): int(count) for source, count in rows}

    def scans(self, source: Source) -> dict[str, int]:
        """Files with pages that OCR has still to read, and how many those are."""
        rows = self.rows(
            "SELECT path, scanned FROM documents WHERE source_id = ? AND scanned > 0 ORDER BY path",
            source.id,
        )
        return {str(path): int(pages) for path, pages in rows}

    def forget_scans(self, source: Source, path: str) -> None:
        with self.writing(counts=False) as connection:
            connection.execute(
                "UPDATE documents SET scanned = 0 WHERE source_id = ? AND path = ?",
                (source.id, path),
            )

    def has_text(self, source: Source, path: str) -> bool:
        """Whether passages come from this file."""
        return bool(
            self.one(
                "SELECT 1 FROM documents WHERE source_id = ? AND path = ?"
                f" AND status IN {HAS_TEXT}",
                source.id,
                path,
            )
        )

    def sources_with_waiting(self) -> set[int]:
        """Ids of the sources that hold files still to be read."""
        rows = self.rows(
            "SELECT DISTINCT source_id FROM documents WHERE status = ?", Status.WAITING.value
        )
        return {int(row[0]) for row in rows}

    def drop_unused_vectors(self, embedder: str = "") -> None:
        """Forget embeddings that no chunk refers to, and with `embedder` those of all others."""
        unused = "FROM vectors WHERE hash NOT IN (SELECT hash FROM chunks)"
        values = []
        if embedder:
            unused += " OR embedder != ?"
            values = [embedder]
        if self.one(f"SELECT 1 {unused} LIMIT 1", *values):
            with self.writing() as connection:
                connection.execute(f"DELETE {unused}", values)


def in_scope(pattern: str) -> tuple[str, tuple[object, ...]]:
    """SQL that keeps documents whose path, or its last part, matches a glob pattern."""
    if not pattern:
        return "", ()
    lowered = pattern.lower()
    return "AND (lower(d.path) GLOB ? OR lower(d.path) GLOB ?)", (lowered, f"*/{lowered}")


def chunk_hash(title: str, label: str, words: str) -> bytes:
    """What an embedding is filed under: the same words in the same context, the same vector."""
    import hashlib

    return hashlib.sha256(text.in_context(title, label, words).encode()).digest()


def document_of(row: Sequence[Any]) -> Document:
    bundled, folder, path, title, media_type, size, mtime, changed, *rest = row
    status, reason, remedy, sha256, files = rest
    name, place = _place(bool(bundled), str(folder))
    return Document(
        name,
        place,
        str(path),
        str(title),
        str(media_type),
        Facts(int(size), int(mtime), int(changed)),
        Status(str(status)),
        str(reason),
        str(remedy),
        str(sha256),
        int(files),
    )


def _place(bundled: bool, folder: str) -> tuple[str, Path]:
    if bundled:
        return "bundled library", config.bundled("corpus")
    return PurePath(folder).name or folder, path_of(Path(), folder)


def _delete_documents(
    connection: sqlite3.Connection, source_id: int, paths: Sequence[str]
) -> set[str]:
    """Returns the hashes of the files whose text went with them."""
    hashes = set()
    for path in paths:
        _unindex(connection, "d.source_id = ? AND d.path = ?", source_id, path)
        rows = connection.execute(
            "DELETE FROM documents WHERE source_id = ? AND path = ? RETURNING sha256, status",
            (source_id, path),
        ).fetchall()
        hashes |= {sha for sha, status in rows if Status(status).has_text}
    return hashes


def _unindex(connection: sqlite3.Connection, where: str, *values: object) -> None:
    """Take chunks out of the full-text index; it must be told the words it once was given."""
    connection.execute(
        "INSERT INTO chunk_words (chunk_words, rowid, title, label, text)"
        " SELECT 'delete', t.id, t.title, t.label, t.text FROM chunk_texts t"
        f" JOIN documents d ON d.id = t.document_id WHERE {where}",
        values,
    )


def _release_duplicates(connection: sqlite3.Connection, hashes: set[str]) -> None:
    """A duplicate whose original has gone waits to be read itself."""
    connection.executemany(
        "UPDATE documents SET status = ?, reason = '', remedy = ''"
        " WHERE sha256 = ? AND status = ? AND NOT EXISTS"
        " (SELECT 1 FROM documents o WHERE o.sha256 = documents.sha256"
        f" AND o.status IN {HAS_TEXT})",
        [(Status.WAITING.value, sha, Status.DUPLICATE.value) for sha in hashes],
    )
