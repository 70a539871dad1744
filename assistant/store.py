"""The library's SQLite database: the truth, and the only SQL in the house.

Documents, their sections and chunks, a full-text index, embeddings as BLOBs. One transaction a
document, so that a kill at any moment leaves a database that opens. Each thread gets a
connection of its own; writers wait for each other, readers never wait.

Knows nothing of files, models or how vectors are searched.
"""

from __future__ import annotations

import sqlite3
import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from assistant import config, text
from assistant.domain import Chunk, Document, Passage, Reading, Source, Status
from assistant.errors import (
    AssistantError,
    DiskFull,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryReadOnly,
)

# Append, never edit: `PRAGMA user_version` counts how many have been applied.
_MIGRATIONS = (
    """
    CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL);
    CREATE TABLE sources (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        bundled INTEGER NOT NULL,
        folder TEXT NOT NULL,           -- '' when bundled: its place moves with the program
        added REAL NOT NULL,
        UNIQUE (bundled, folder)
    );
    CREATE TABLE documents (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        source_id INTEGER NOT NULL REFERENCES sources ON DELETE CASCADE,
        path TEXT NOT NULL,
        title TEXT NOT NULL,
        media_type TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size INTEGER NOT NULL,
        mtime_ns INTEGER NOT NULL,
        status TEXT NOT NULL,
        reason TEXT NOT NULL,
        remedy TEXT NOT NULL,
        reader TEXT NOT NULL,           -- the version of our readers that made this of the file
        UNIQUE (source_id, path)
    );
    CREATE TABLE sections (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        position INTEGER NOT NULL,
        label TEXT NOT NULL,
        page INTEGER,
        text TEXT NOT NULL
    );
    CREATE INDEX sections_of_document ON sections (document_id);
    CREATE TABLE chunks (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        section_id INTEGER NOT NULL REFERENCES sections ON DELETE CASCADE,
        start INTEGER NOT NULL,
        stop INTEGER NOT NULL,
        hash BLOB NOT NULL              -- of what is embedded: title, label and text
    );
    CREATE INDEX chunks_of_section ON chunks (section_id);
    CREATE INDEX chunks_by_hash ON chunks (hash);
    CREATE VIEW chunk_texts AS
        SELECT c.id AS id, d.title AS title, s.label AS label,
               substr(s.text, c.start + 1, c.stop - c.start) AS text,
               c.hash AS hash, s.document_id AS document_id
        FROM chunks c JOIN sections s ON s.id = c.section_id
                      JOIN documents d ON d.id = s.document_id;
    CREATE VIRTUAL TABLE chunk_words USING fts5 (
        title, label, text, content='chunk_texts', content_rowid='id',
        tokenize="porter unicode61 remove_diacritics 2"
    );
    CREATE TABLE vectors (
        hash BLOB NOT NULL, embedder TEXT NOT NULL, vector BLOB NOT NULL,
        UNIQUE (hash, embedder)
    );
    """,
)

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


class Store:
    """Opens, and when needed creates, the database at `path`.

    Raises:
        LibraryReadOnly, LibraryDamaged, LibraryError (made by a newer version).
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._local = threading.local()
        self._connections: list[sqlite3.Connection] = []
        self._lock = threading.Lock()
        self.read_only = False
        try:
            with self._translated():
                self._migrate()
        except BaseException:
            self.close()
            raise

    # --- connections and errors ---------------------------------------------------------

    def _connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        suffix = ""
        if self.read_only:
            # immutable: on a read-only disk not even readers can create WAL's side files; but what
            # a killed program left in the log is only read without it
            log = self.path.with_name(self.path.name + "-wal")
            unread = log.exists() and log.stat().st_size > 0
            suffix = "?mode=ro" if unread else "?mode=ro&immutable=1"
        connection = sqlite3.connect(
            self.path.absolute().as_uri() + suffix,
            uri=True,
            timeout=30,
            isolation_level=None,
            check_same_thread=False,
        )
        # SQLite's own lower() knows ASCII alone
        connection.create_function("lower", 1, str.lower, deterministic=True)
        connection.execute("PRAGMA foreign_keys = ON")
        if not self.read_only:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.execute("PRAGMA synchronous = NORMAL")
        return connection

    def _migrate(self) -> None:
        try:
            version = self._version_for_writing()
        except sqlite3.OperationalError as error:
            if not (_is_read_only(error) and self.path.exists()):
                raise
            self.close()
            self.read_only = True
            version = self._version()
        if version > len(_MIGRATIONS):
            raise LibraryError(
                "This library was made by a newer version of assistant.",
                "Update assistant, or choose another library with --home FOLDER.",
            )
        if version < len(_MIGRATIONS) and not self.read_only:
            self._apply_migrations()

    def _version(self) -> int:
        return int(self._connection().execute("PRAGMA user_version").fetchone()[0])

    def _version_for_writing(self) -> int:
        """The version, after trying a real write: a lock alone is granted on a read-only disk."""
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._version()
            connection.execute(f"PRAGMA user_version = {version}")
        finally:
            connection.execute("ROLLBACK")
        return version

    def _apply_migrations(self) -> None:
        connection = self._connection()
        connection.execute("BEGIN IMMEDIATE")  # two first starts at once: the second waits
        try:
            for number in range(self._version(), len(_MIGRATIONS)):
                for statement in _statements(_MIGRATIONS[number]):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number + 1}")
            connection.execute("COMMIT")
        except BaseException:
            connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        with self._lock:
            for connection in self._connections:
                connection.close()
            self._connections.clear()
        self._local = threading.local()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            raise self._plain(error) from error

    def _plain(self, error: sqlite3.Error) -> AssistantError:
        message = str(error)
        if "full" in message:
            return DiskFull()
        if "locked" in message or "busy" in message:
            return LibraryBusy()
        if isinstance(error, sqlite3.OperationalError) and _is_read_only(error):
            return LibraryReadOnly(self.path.parent)
        return LibraryDamaged(self.path)

    @contextmanager
    def _writing(self, *, counts: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction. If it `counts`, it makes a new generation of the library."""
        with self._translated():
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                if counts:
                    connection.execute(
                        "INSERT INTO meta VALUES ('generation', '1') ON CONFLICT (key)"
                        " DO UPDATE SET value = CAST(value AS INTEGER) + 1"
                    )
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._translated():
            return self._connection().execute(sql, values).fetchall()

    def _one(self, sql: str, *values: object) -> Any:
        row = self._rows(sql, *values)
        return row[0][0] if row else None

    # --- small facts ----------------------------------------------------------------------

    def note(self, key: str) -> str:
        """A remembered word, '' when there is none."""
        return str(self._one("SELECT value FROM meta WHERE key = ?", key) or "")

    def set_note(self, key: str, value: str) -> None:
        with self._writing(counts=False) as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def generation(self) -> int:
        """Grows with every change; caches are keyed by it."""
        return int(self.note("generation") or 0)

    # --- sources ----------------------------------------------------------------------------

    def add_source(self, folder: Path | None) -> Source:
        """The source for `folder`, created when new; None is the bundled corpus."""
        key = (int(folder is None), "" if folder is None else str(folder))
        with self._writing() as connection:
            connection.execute(
                "INSERT OR IGNORE INTO sources (bundled, folder, added) VALUES (?, ?, ?)",
                (*key, time.time()),
            )
        return next(
            s for s in self.sources() if (s.folder == folder or (s.bundled and folder is None))
        )

    def sources(self) -> tuple[Source, ...]:
        rows = self._rows(
            "SELECT s.id, s.bundled, s.folder, count(d.id) FROM sources s"
            " LEFT JOIN documents d ON d.source_id = s.id GROUP BY s.id ORDER BY s.id"
        )
        return tuple(
            Source(int(i), *_place(bool(bundled), str(folder)), bool(bundled), int(count))
            for i, bundled, folder, count in rows
        )

    def remove_source(self, source: Source) -> None:
        with self._writing() as connection:
            _unindex(connection, "d.source_id = ?", source.id)
            connection.execute("DELETE FROM sources WHERE id = ?", (source.id,))
        self.drop_unused_vectors()

    # --- documents --------------------------------------------------------------------------

    def known_files(self, source: Source) -> dict[str, KnownFile]:
        rows = self._rows(
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
        with self._writing() as connection:
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
        with self._writing() as connection:
            connection.execute(
                "UPDATE documents SET size = ?, mtime_ns = ? WHERE source_id = ? AND path = ?",
                (file.size, file.mtime_ns, source.id, file.path),
            )

    def remove_documents(self, source: Source, paths: Sequence[str]) -> None:
        with self._writing() as connection:
            _delete_documents(connection, source.id, paths)

    def documents(self, *, not_ready: bool = False) -> tuple[Document, ...]:
        where = "WHERE d.status != 'ready'" if not_ready else ""
        rows = self._rows(
            f"SELECT {_DOCUMENT_COLUMNS} FROM documents d JOIN sources s ON s.id = d.source_id"
            f" {where} ORDER BY s.id, d.path"
        )
        return tuple(_document(row) for row in rows)

    def section_text(self, section_id: int) -> str:
        """The whole text of a section; '' when it has gone meanwhile."""
        return str(self._one("SELECT text FROM sections WHERE id = ?", section_id) or "")

    # --- passages ---------------------------------------------------------------------------

    def search_words(self, query: Sequence[str], limit: int, scope: str = "") -> list[int]:
        """Chunk ids by BM25, best first. A title or heading counts double a word in the text.

        Terms are quoted, so that nothing in them is read as FTS5 syntax.
        """
        terms = [_phrase(t) for t in dict.fromkeys(query) if _is_word(t)]
        if not terms:
            return []
        inside, values = _scope(scope)
        rows = self._rows(
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
        found = self._one(
            "SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?", _phrase(term)
        )
        return int(found)

    def chunk_ids_in(self, scope: str) -> list[int]:
        inside, values = _scope(scope)
        rows = self._rows(
            "SELECT c.id FROM chunks c JOIN sections e ON e.id = c.section_id"
            f" JOIN documents d ON d.id = e.document_id WHERE 1 {inside}",
            *values,
        )
        return [int(row[0]) for row in rows]

    def passages(self, chunk_ids: Sequence[int]) -> dict[int, Passage]:
        """The passages of these chunks, unnumbered (0); chunks that have gone are left out."""
        marks = ",".join("?" * len(chunk_ids))
        rows = self._rows(
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
            return int(self._one("SELECT count(*) FROM chunks"))
        return int(
            self._one(
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
        rows = self._rows(
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
        with self._writing() as connection:
            connection.executemany(
                "INSERT OR REPLACE INTO vectors (hash, embedder, vector) VALUES (?, ?, ?)",
                [(h, embedder, vector) for h, vector in rows],
            )

    def vectors(self, embedder: str) -> Iterator[tuple[int, bytes]]:
        """(chunk id, embedding as little-endian float32) of every embedded chunk, by chunk id."""
        with self._translated():
            yield from self._connection().execute(
                "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.hash = c.hash"
                " WHERE v.embedder = ? ORDER BY c.id",
                (embedder,),
            )

    def drop_unused_vectors(self) -> None:
        """Forget embeddings that no chunk refers to any more."""
        unused = "FROM vectors WHERE hash NOT IN (SELECT hash FROM chunks)"
        if self._one(f"SELECT count(*) {unused}"):
            with self._writing() as connection:
                connection.execute(f"DELETE {unused}")


def chunk_hash(title: str, label: str, words: str) -> bytes:
    """What an embedding is filed under: the same words in the same context, the same vector."""
    import hashlib

    return hashlib.sha256(text.in_context(title, label, words).encode()).digest()


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _is_read_only(error: sqlite3.OperationalError) -> bool:
    return any(words in str(error) for words in ("readonly", "read-only", "unable to open"))


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
