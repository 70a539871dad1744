"""The library: sources, documents, passages, words and vectors. The only SQL in the house.

SQLite is the truth. One transaction a document, so that a kill at any moment leaves a library
that opens. Knows nothing of files, models or how vectors are searched.
"""

from __future__ import annotations

import sqlite3
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import config, text
from assistant.domain import Chunk, Document, Passage, Reading, Source, Status
from assistant.store.database import Database

_DOCUMENT_COLUMNS = (
    "d.path, d.title, d.media_type, d.size, d.status, d.reason, d.remedy, s.bundled, s.folder"
)


@dataclass(frozen=True, slots=True)
class KnownFile:
    """What the last index run saw of a file. `mtime_ns`: nanoseconds since the epoch."""

    size: int
    mtime_ns: int
    sha256: str
    status: Status
    reader: str


@dataclass(frozen=True, slots=True)
class FileFacts:
    """A file as it is now. `path` is relative to its source."""

    path: str
    size: int
    mtime_ns: int
    sha256: str
    reader: str


class Store(Database):
    """What the library holds. Opens, and when needed creates, its file."""

    # --- sources ----------------------------------------------------------------------------

    def add_source(self, folder: Path | None) -> Source:
        """The source for `folder`, created when new; None is the bundled corpus."""
        key = (int(folder is None), "" if folder is None else str(folder))
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
            "SELECT s.id, s.bundled, s.folder, count(d.id) FROM sources s"
            " LEFT JOIN documents d ON d.source_id = s.id GROUP BY s.id ORDER BY s.id"
        )
        return tuple(
            Source(int(i), *_place(bool(bundled), str(folder)), bool(bundled), int(count))
            for i, bundled, folder, count in rows
        )

    def remove_source(self, source: Source) -> None:
        with self.writing() as connection:
            _unindex(connection, "d.source_id = ?", source.id)
            connection.execute("DELETE FROM sources WHERE id = ?", (source.id,))
        self.drop_unused_vectors()

    # --- documents --------------------------------------------------------------------------

    def known_files(self, source: Source) -> dict[str, KnownFile]:
        rows = self.rows(
            "SELECT path, size, mtime_ns, sha256, status, reader FROM documents"
            " WHERE source_id = ?",
            source.id,
        )
        return {
            path: KnownFile(size, mtime, sha, Status(status), reader)
            for path, size, mtime, sha, status, reader in rows
        }

    def put_document(
        self, source: Source, file: FileFacts, reading: Reading, chunks: Sequence[Sequence[Chunk]]
    ) -> None:
        """Replace what the library holds of a file. `chunks`: one sequence a section, in order."""
        with self.writing() as connection:
            _delete_documents(connection, source.id, [file.path])
            document_id = connection.execute(
                "INSERT INTO documents (source_id, path, title, media_type, sha256, size, mtime_ns,"
                " status, reason, remedy, reader) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    source.id,
                    file.path,
                    reading.title,
                    reading.media_type,
                    file.sha256,
                    file.size,
                    file.mtime_ns,
                    reading.status.value,
                    reading.reason,
                    reading.remedy,
                    file.reader,
                ),
            ).lastrowid
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

    def refresh_facts(self, source: Source, file: FileFacts) -> None:
        """The same bytes with a new date: keep everything that was read from them."""
        with self.writing() as connection:
            connection.execute(
                "UPDATE documents SET size = ?, mtime_ns = ? WHERE source_id = ? AND path = ?",
                (file.size, file.mtime_ns, source.id, file.path),
            )

    def remove_documents(self, source: Source, paths: Sequence[str]) -> None:
        with self.writing() as connection:
            _delete_documents(connection, source.id, paths)

    def documents(self, *, not_ready: bool = False) -> tuple[Document, ...]:
        where = "WHERE d.status != 'ready'" if not_ready else ""
        rows = self.rows(
            f"SELECT {_DOCUMENT_COLUMNS} FROM documents d JOIN sources s ON s.id = d.source_id"
            f" {where} ORDER BY s.id, d.path"
        )
        return tuple(_document(row) for row in rows)

    def section_text(self, section_id: int) -> str:
        """The whole text of a section; '' when it has gone meanwhile."""
        return str(self.one("SELECT text FROM sections WHERE id = ?", section_id) or "")

    # --- passages ---------------------------------------------------------------------------

    def search_words(self, query: Sequence[str], limit: int, scope: str = "") -> list[int]:
        """Chunk ids by BM25, best first. A title or heading counts double a word in the text.

        Terms are quoted, so that nothing in them is read as FTS5 syntax.
        """
        terms = [_phrase(t) for t in dict.fromkeys(query) if _is_word(t)]
        if not terms:
            return []
        inside, values = _scope(scope)
        rows = self.rows(
            "SELECT w.rowid FROM chunk_words w JOIN chunks c ON c.id = w.rowid"
            " JOIN sections e ON e.id = c.section_id JOIN documents d ON d.id = e.document_id"
            f" WHERE chunk_words MATCH ? {inside}"
            " ORDER BY bm25(chunk_words, 2.0, 2.0, 1.0), w.rowid LIMIT ?",
            " OR ".join(terms),
            *values,
            limit,
        )
        return [int(row[0]) for row in rows]

    def frequency(self, term: str) -> int:
        """In how many passages the word occurs, whatever its ending."""
        if not _is_word(term):
            return 0
        found = self.one(
            "SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?", _phrase(term)
        )
        return int(found)

    def chunk_ids_in(self, scope: str) -> list[int]:
        inside, values = _scope(scope)
        rows = self.rows(
            "SELECT c.id FROM chunks c JOIN sections e ON e.id = c.section_id"
            f" JOIN documents d ON d.id = e.document_id WHERE 1 {inside}",
            *values,
        )
        return [int(row[0]) for row in rows]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of these chunks, unnumbered (0); chunks that have gone are left out."""
        marks = ",".join("?" * len(chunk_ids))
        rows = self.rows(
            f"SELECT {_DOCUMENT_COLUMNS}, c.id, e.id, e.label, e.page, c.start, c.stop,"
            " substr(e.text, c.start + 1, c.stop - c.start)"
            " FROM chunks c JOIN sections e ON e.id = c.section_id"
            " JOIN documents d ON d.id = e.document_id JOIN sources s ON s.id = d.source_id"
            f" WHERE c.id IN ({marks})",
            *chunk_ids,
        )
        found = {}
        for row in rows:
            chunk_id, section_id, label, page, start, stop, words = row[9:]
            found[int(chunk_id)] = Passage(
                0,
                chunk_id,
                section_id,
                _document(row[:9]),
                label,
                page,
                start,
                stop,
                words,
            )
        return found

    def count_passages(self, embedder: str = "") -> int:
        """How many chunks there are; with `embedder`, how many it has embedded."""
        if not embedder:
            return int(self.one("SELECT count(*) FROM chunks"))
        return int(
            self.one(
                "SELECT count(*) FROM chunks c JOIN vectors v ON v.hash = c.hash"
                " AND v.embedder = ?",
                embedder,
            )
        )

    # --- vectors ------------------------------------------------------------------------------

    def not_embedded(
        self, embedder: str, limit: int, after: int = 0
    ) -> tuple[list[tuple[bytes, str]], int]:
        """Up to `limit` (hash, text to embed) that this embedder has not seen, and a bookmark.

        Give the bookmark as `after` to go on: what was passed is not looked at again.
        """
        rows = self.rows(
            "SELECT t.id, t.hash, t.title, t.label, t.text FROM chunk_texts t WHERE t.id IN"
            " (SELECT c.id FROM chunks c WHERE c.id > ? AND NOT EXISTS"
            "  (SELECT 1 FROM vectors v WHERE v.hash = c.hash AND v.embedder = ?)"
            "  ORDER BY c.id LIMIT ?) ORDER BY t.id",
            after,
            embedder,
            limit,
        )
        texts = {h: text.in_context(title, label, words) for _, h, title, label, words in rows}
        return list(texts.items()), rows[-1][0] if rows else after

    def put_vectors(self, embedder: str, rows: Iterable[tuple[bytes, bytes]]) -> None:
        with self.writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (hash, embedder, vector) VALUES (?, ?, ?)",
                [(h, embedder, vector) for h, vector in rows],
            )

    def vectors(self, embedder: str) -> Iterator[tuple[int, bytes]]:
        """(chunk id, embedding as little-endian float32) of every embedded chunk, by chunk id."""
        with self.translated():
            yield from self.connection().execute(
                "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.hash = c.hash"
                " WHERE v.embedder = ? ORDER BY c.id",
                (embedder,),
            )

    def drop_unused_vectors(self) -> None:
        """Forget embeddings that no chunk refers to any more."""
        unused = "FROM vectors WHERE hash NOT IN (SELECT hash FROM chunks)"
        if self.one(f"SELECT count(*) {unused}"):
            with self.writing() as connection:
                connection.execute(f"DELETE {unused}")


def chunk_hash(title: str, label: str, words: str) -> bytes:
    """What an embedding is filed under: the same words in the same context, the same vector."""
    import hashlib

    return hashlib.sha256(text.in_context(title, label, words).encode()).digest()


def _place(bundled: bool, folder: str) -> tuple[str, Path]:
    path = config.bundled("corpus") if bundled else Path(folder)
    return ("bundled library" if bundled else path.name or str(path)), path


def _document(row: Sequence[Any]) -> Document:
    path, title, media_type, size, status, reason, remedy, bundled, folder = row
    name, place = _place(bool(bundled), str(folder))
    return Document(
        name,
        place,
        str(path),
        str(title),
        str(media_type),
        int(size),
        Status(str(status)),
        str(reason),
        str(remedy),
    )


def _is_word(term: str) -> bool:
    """Whether FTS5 can look it up: a NUL would end its query in the middle."""
    return "\0" not in term and any(c.isalnum() for c in term)


def _phrase(term: str) -> str:
    """`term` as an FTS5 string: nothing in it is syntax."""
    return '"' + term.replace('"', '""') + '"'


def _scope(pattern: str) -> tuple[str, tuple[str, ...]]:
    """SQL that keeps documents whose path, or its last part, matches a glob pattern."""
    if not pattern:
        return "", ()
    lowered = pattern.lower()
    return "AND (lower(d.path) GLOB ? OR lower(d.path) GLOB ?)", (lowered, f"*/{lowered}")


def _delete_documents(connection: sqlite3.Connection, source_id: int, paths: Sequence[str]) -> None:
    for path in paths:
        _unindex(connection, "d.source_id = ? AND d.path = ?", source_id, path)
        connection.execute(
            "DELETE FROM documents WHERE source_id = ? AND path = ?", (source_id, path)
        )


def _unindex(connection: sqlite3.Connection, where: str, *values: object) -> None:
    """Take chunks out of the full-text index; it must be told the words it once was given."""
    connection.execute(
        "INSERT INTO chunk_words (chunk_words, rowid, title, label, text)"
        " SELECT 'delete', t.id, t.title, t.label, t.text FROM chunk_texts t"
        f" JOIN documents d ON d.id = t.document_id WHERE {where}",
        values,
    )
