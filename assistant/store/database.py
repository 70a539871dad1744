"""The SQLite file: schema, numbered migrations, connections, transactions, plain errors.

Each thread gets a connection of its own; writers wait for each other, readers never wait. A
library on a read-only disk can still be read. Knows nothing of what the tables mean.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from assistant.errors import (
    AssistantError,
    DiskFull,
    LibraryBusy,
    LibraryDamaged,
    LibraryError,
    LibraryGone,
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
    """
    INSERT INTO meta VALUES ('identity', hex(randomblob(16)));
    ALTER TABLE documents ADD COLUMN changed_ns INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE documents ADD COLUMN files INTEGER NOT NULL DEFAULT 1;  -- an ignored folder: more
    ALTER TABLE documents ADD COLUMN scanned INTEGER NOT NULL DEFAULT 0;  -- pages for OCR to read
    CREATE INDEX documents_by_hash ON documents (sha256);
    CREATE INDEX documents_by_size ON documents (size);
    CREATE INDEX documents_by_status ON documents (status);
    """,
    """
    CREATE TABLE properties (
        document_id INTEGER NOT NULL REFERENCES documents ON DELETE CASCADE,
        key TEXT NOT NULL,              -- in lower case; a key with several values has several rows
        value TEXT NOT NULL
    );
    CREATE INDEX properties_of_document ON properties (document_id);
    """,
)


class Database:
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
        self._opened = False
        try:
            with self.translated():
                self._migrate()
            self._opened = True
        except BaseException:
            self.close()
            raise

    # --- connections and errors ---------------------------------------------------------

    def connection(self) -> sqlite3.Connection:
        connection: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if connection is None:
            connection = self._connect()
            self._local.connection = connection
            with self._lock:
                self._connections.append(connection)
        return connection

    def _connect(self) -> sqlite3.Connection:
        # a library that went while it was open is not made anew
        suffix = "?mode=rw" if self._opened else ""
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
        if version < len(_MIGRATIONS) and self.read_only:
            raise LibraryError(
                "This library was made by an older version of assistant, and stands where nothing "
                "can be written.",
                "Copy its folder to another disk and open it there with --home FOLDER.",
            )
        if version < len(_MIGRATIONS):
            self._apply_migrations()

    def _version(self) -> int:
        return int(self.connection().execute("PRAGMA user_version").fetchone()[0])

    def _version_for_writing(self) -> int:
        """The version, after trying a real write: a lock alone is granted on a read-only disk."""
        connection = self.connection()
        connection.execute("BEGIN IMMEDIATE")
        try:
            version = self._version()
            connection.execute(f"PRAGMA user_version = {version}")
        finally:
            connection.execute("ROLLBACK")
        return version

    def _apply_migrations(self) -> None:
        connection = self.connection()
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
    def translated(self) -> Iterator[None]:
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
        if "disk i/o error" in message.lower() or (self._opened and not self.path.exists()):
            return LibraryGone(self.path.parent)
        if isinstance(error, sqlite3.OperationalError) and _is_read_only(error):
            return LibraryReadOnly(self.path.parent)
        if isinstance(error, sqlite3.IntegrityError):
            return LibraryError(
                "The library was changed by another program meanwhile.",
                "Nothing is damaged. Run the same command again.",
            )
        return LibraryDamaged(self.path)

    @contextmanager
    def writing(self, *, counts: bool = True) -> Iterator[sqlite3.Connection]:
        """One transaction. If it `counts`, it makes a new generation of the library."""
        with self.translated():
            connection = self.connection()
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

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self.translated():
            return self.connection().execute(sql, values).fetchall()

    def one(self, sql: str, *values: object) -> Any:
        row = self.rows(sql, *values)
        return row[0][0] if row else None

    # --- small facts ----------------------------------------------------------------------

    def note(self, key: str) -> str:
        """A remembered word, '' when there is none."""
        return str(self.one("SELECT value FROM meta WHERE key = ?", key) or "")

    def set_note(self, key: str, value: str) -> None:
        with self.writing(counts=False) as connection:
            connection.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (key, value))

    def identity(self) -> str:
        """A random name that this library file alone has."""
        return self.note("identity")

    def generation(self) -> int:
        """Grows with every change; caches are keyed by it."""
        return int(self.note("generation") or 0)


def _statements(script: str) -> Iterator[str]:
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""


def _is_read_only(error: sqlite3.OperationalError) -> bool:
    return any(words in str(error) for words in ("readonly", "read-only", "unable to open"))
