"""The library: sources, documents, passages, words and vectors. The only SQL in the house.

SQLite is the truth. One transaction a document, so that a kill at any moment leaves a library
that opens. Knows nothing of files, models or how vectors are searched.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from assistant import text
from assistant.domain import Passage, Status
from assistant.store.documents import (
    DOCUMENT_COLUMNS,
    HAS_TEXT,
    Documents,
    FileFacts,
    KnownFile,
    chunk_hash,
    document_of,
    in_scope,
)

_MOST_VALUES = 900  # in one statement; older SQLite takes 999
_BM25 = "bm25(chunk_words, 2.0, 2.0, 1.0)"  # title, heading, text; the best is the lowest

__all__ = ["FileFacts", "KnownFile", "Store", "chunk_hash"]


class Store(Documents):
    """What the library holds. Opens, and when needed creates, its file."""

    def section_text(self, section_id: int) -> str:
        """The whole text of a section; '' when it has gone meanwhile."""
        return str(self.one("SELECT text FROM sections WHERE id = ?", section_id) or "")

    # --- passages ---------------------------------------------------------------------------

    def search_words(
        self, query: Sequence[str], limit: int, scope: str = "", absent: Sequence[int] = ()
    ) -> list[int]:
        """Chunk ids by BM25, best first. A title or heading counts double a word in the text.

        Terms are quoted, so that nothing in them is read as FTS5 syntax.

        Args:
            absent: ids of sources to leave out, but for what has a duplicate.
        """
        if not (match := _any_of(query)):
            return []
        inside, values = _scope(scope, absent)
        rows = self.rows(
            "SELECT w.rowid FROM chunk_words w JOIN chunks c ON c.id = w.rowid"
            " JOIN sections e ON e.id = c.section_id JOIN documents d ON d.id = e.document_id"
            f" WHERE chunk_words MATCH ? {inside}"
            f" ORDER BY {_BM25}, w.rowid LIMIT ?",
            match,
            *values,
            limit,
        )
        return [int(row[0]) for row in rows]

    def word_scores(self, query: Sequence[str], chunk_ids: Sequence[int]) -> dict[int, float]:
        """BM25, the higher the better, of those of these chunks in which a word occurs."""
        if not (match := _any_of(query)):
            return {}
        # the plus makes it one pass over the words: a look-up for each chunk takes 20 times as long
        rows = self.rows(
            f"SELECT rowid, -{_BM25} FROM chunk_words WHERE chunk_words MATCH ?"
            f" AND +rowid IN ({','.join('?' * len(chunk_ids))})",
            match,
            *chunk_ids,
        )
        return {int(chunk): float(score) for chunk, score in rows}

    def frequency(self, term: str) -> int:
        """In how many passages the word occurs, whatever its ending."""
        if not _is_word(term):
            return 0
        found = self.one(
            "SELECT count(*) FROM chunk_words WHERE chunk_words MATCH ?", _phrase(term)
        )
        return int(found)

    def vocabulary(self, letter: str, shortest: int, longest: int) -> list[tuple[str, int]]:
        """(stem, passages with it) of the words that begin with `letter`, by length of the stem."""
        with self.translated():
            # of this connection alone, so that it can be made on a read-only disk too
            self.connection().execute(
                "CREATE VIRTUAL TABLE IF NOT EXISTS temp.vocabulary"
                " USING fts5vocab('main', 'chunk_words', 'row')"
            )
        return [
            (str(term), int(count))
            for term, count in self.rows(
                "SELECT term, doc FROM temp.vocabulary WHERE term >= ? AND term < ?"
                " AND length(term) BETWEEN ? AND ?",
                letter,
                chr(ord(letter) + 1),
                shortest,
                longest,
            )
        ]

    def text_with(self, term: str) -> str:
        """The title, heading and words of some passage in which the word occurs; '' for none."""
        rows = self.rows(
            "SELECT t.title, t.label, t.text FROM chunk_texts t WHERE t.id ="
            " (SELECT rowid FROM chunk_words WHERE chunk_words MATCH ? LIMIT 1)",
            _phrase(term),
        )
        return "\n".join(rows[0]) if rows else ""

    def paths_like(self, word: str, limit: int) -> list[str]:
        """Up to `limit` paths of documents with text that have `word` in them."""
        rows = self.rows(
            f"SELECT path FROM documents WHERE status IN {HAS_TEXT} AND instr(lower(path), ?)"
            " ORDER BY path LIMIT ?",
            word,
            limit,
        )
        return [str(row[0]) for row in rows]

    def chunk_ids_in(self, scope: str, absent: Sequence[int] = ()) -> list[int]:
        """The chunks that `search_words` would look through."""
        inside, values = _scope(scope, absent)
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
            f"SELECT {DOCUMENT_COLUMNS}, c.id, e.id, e.label, e.page, c.start, c.stop,"
            " substr(e.text, c.start + 1, c.stop - c.start)"
            " FROM chunks c JOIN sections e ON e.id = c.section_id"
            " JOIN documents d ON d.id = e.document_id JOIN sources s ON s.id = d.source_id"
            f" WHERE c.id IN ({marks})",
            *chunk_ids,
        )
        found = {}
        for row in rows:
            chunk_id, section_id, label, page, start, stop, words = row[13:]
            found[int(chunk_id)] = Passage(
                0,
                chunk_id,
                section_id,
                document_of(row[:13]),
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

    def embedded_ids(self, embedder: str) -> list[int]:
        """The ids of the chunks that this embedder has embedded."""
        rows = self.rows(
            "SELECT c.id FROM chunks c JOIN vectors v ON v.hash = c.hash AND v.embedder = ?",
            embedder,
        )
        return [int(row[0]) for row in rows]

    def vectors(self, embedder: str, ids: Sequence[int]) -> Iterator[tuple[int, bytes]]:
        """(chunk id, embedding as little-endian float32) of those of these chunks that have one."""
        for start in range(0, len(ids), _MOST_VALUES):
            some = ids[start : start + _MOST_VALUES]
            yield from self.rows(
                "SELECT c.id, v.vector FROM chunks c JOIN vectors v ON v.hash = c.hash"
                f" AND v.embedder = ? WHERE c.id IN ({','.join('?' * len(some))}) ORDER BY c.id",
                embedder,
                *some,
            )

    def has_vectors_of_others(self, embedder: str) -> bool:
        """Whether passages were embedded by another search model than this."""
        return bool(self.one("SELECT 1 FROM vectors WHERE embedder != ? LIMIT 1", embedder))

    def missing_vectors(
        self, embedder: str, texts: Sequence[tuple[str, str, str]]
    ) -> list[tuple[bytes, str]]:
        """(hash, text to embed) of those (title, label, words) that this embedder has not seen."""
        wanted = {chunk_hash(*parts): text.in_context(*parts) for parts in texts}
        return [
            (key, words)
            for key, words in wanted.items()
            if not self.one("SELECT 1 FROM vectors WHERE hash = ? AND embedder = ?", key, embedder)
        ]


def _is_word(term: str) -> bool:
    """Whether FTS5 can look it up: a NUL would end its query in the middle."""
    return "\0" not in term and any(c.isalnum() for c in term)


def _phrase(term: str) -> str:
    """`term` as an FTS5 string: nothing in it is syntax."""
    return '"' + term.replace('"', '""') + '"'


def _any_of(query: Sequence[str]) -> str:
    """The FTS5 query for passages with one of these words at least; '' when there is none."""
    return " OR ".join(_phrase(t) for t in dict.fromkeys(query) if _is_word(t))


def _scope(pattern: str, absent: Sequence[int]) -> tuple[str, tuple[object, ...]]:
    """SQL that keeps documents of this scope, and leaves out those of sources that are absent."""
    inside, values = in_scope(pattern)
    if absent:
        inside += (
            f" AND (d.source_id NOT IN ({','.join('?' * len(absent))}) OR d.sha256 IN"
            " (SELECT sha256 FROM documents WHERE status = ?))"
        )
        values = (*values, *absent, Status.DUPLICATE.value)
    return inside, values
