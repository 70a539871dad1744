"""The database: what goes in comes out, what is removed is gone, and faults are plain."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import tempfile
import threading
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from assistant import chunk, text
from assistant.domain import Facts, Reading, Section, Source, Status
from assistant.errors import LibraryDamaged, LibraryError, LibraryGone, LibraryReadOnly
from assistant.retrieve import query_words
from assistant.store import FileFacts, Store, chunk_hash
from tests.conftest import without_rights

EMBEDDER = "test@1"
# a fixture gives every example the same store: what an example leaves behind must not matter
shared_store = hypothesis_settings(
    deadline=None, max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "library.db"


@pytest.fixture
def store(database: Path) -> Iterator[Store]:
    opened = Store(database)
    yield opened
    opened.close()


@pytest.fixture
def source(store: Store, tmp_path: Path) -> Source:
    return store.add_source(tmp_path / "papers")


def facts(path: str, size: int = 10, mtime_ns: int = 20) -> FileFacts:
    return FileFacts(path, Facts(size, mtime_ns, 30), f"sha of {path}", "1")


def put(
    store: Store, source: Source, path: str, *sections: tuple[str, str] | str, title: str = "T"
) -> None:
    """Store a document; a section is its text, or (label, text)."""
    made = tuple(Section("", s) if isinstance(s, str) else Section(*s) for s in sections)
    reading = Reading(title, "text/plain", made)
    store.put_document(source, facts(path), reading, [tuple(chunk.split(s.text)) for s in made])


def paths(store: Store, query: str, scope: str = "") -> list[str]:
    found = store.search_words(query_words(query), 20, scope)
    passages = store.passages(found)
    return [passages[i].document.path for i in found]


@contextlib.contextmanager
def plain(database: Path) -> Iterator[sqlite3.Connection]:
    with contextlib.closing(sqlite3.connect(database)) as connection:
        yield connection


def count(database: Path, table: str) -> int:
    with plain(database) as connection:
        return int(connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0])


def check_word_index(database: Path) -> None:
    """FTS5 compares its index with itself and with the texts; it raises when they differ."""
    with plain(database) as connection:
        connection.execute("INSERT INTO chunk_words (chunk_words) VALUES ('integrity-check')")
        connection.execute(
            "INSERT INTO chunk_words (chunk_words, rank) VALUES ('integrity-check', 1)"
        )


def indexed_words(database: Path) -> set[str]:
    with plain(database) as connection:
        connection.execute("CREATE VIRTUAL TABLE temp.v USING fts5vocab(main, chunk_words, 'row')")
        return {row[0] for row in connection.execute("SELECT term FROM temp.v")}


# --- a new library --------------------------------------------------------------------


def test_a_new_file_gets_every_table_and_opens_again(database: Path) -> None:
    Store(database).close()
    with plain(database) as connection:
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master")}
    assert version >= 1
    assert {"meta", "sources", "documents", "sections", "chunks", "vectors"} <= tables
    reopened = Store(database)
    assert (reopened.sources(), reopened.count_passages(), reopened.read_only) == ((), 0, False)
    reopened.close()


def test_two_first_starts_at_once_make_one_whole_library(database: Path) -> None:
    errors: list[Exception] = []

    def start() -> None:
        try:
            Store(database).close()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=start) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert errors == []
    assert count(database, "documents") == 0


def test_what_was_stored_is_there_after_opening_again(database: Path, tmp_path: Path) -> None:
    first = Store(database)
    put(first, first.add_source(tmp_path), "keys.md", "The spare key hangs behind the door.")
    first.close()
    second = Store(database)
    assert paths(second, "key") == ["keys.md"]
    second.close()


# --- small facts ----------------------------------------------------------------------


def test_a_note_is_remembered_and_can_be_changed(store: Store) -> None:
    assert store.note("colour") == ""
    store.set_note("colour", "red")
    store.set_note("colour", "blue")
    assert store.note("colour") == "blue"


def test_the_generation_grows_with_every_change_of_content_alone(
    store: Store, source: Source
) -> None:
    generations = [store.generation()]
    put(store, source, "a.txt", "Words.")
    generations.append(store.generation())
    store.put_vectors(EMBEDDER, [(b"h", b"v")])
    generations.append(store.generation())
    store.remove_documents(source, ["a.txt"])
    generations.append(store.generation())
    assert generations == sorted(set(generations))
    store.set_note("a", "b")
    paths(store, "words")
    assert store.generation() == generations[-1]


def test_the_same_folder_is_one_source(store: Store, tmp_path: Path) -> None:
    one = store.add_source(tmp_path / "a")
    assert store.add_source(tmp_path / "a").id == one.id
    assert store.add_source(tmp_path / "b").id != one.id
    bundled = store.add_source(None)
    assert store.add_source(None) == bundled
    assert bundled.bundled
    assert bundled.folder.is_dir()
    assert len(store.sources()) == 3


# --- documents ------------------------------------------------------------------------


def test_a_document_comes_back_as_passages_with_their_place(store: Store, source: Source) -> None:
    long = "\n\n".join(f"Paragraph {n} is about {' '.join(['chairs'] * 40)}." for n in range(12))
    reading = Reading(
        "Minutes", "application/pdf", (Section("p. 1", "Nothing.", 1), Section("p. 2", long, 2))
    )
    spans = [tuple(chunk.split(s.text)) for s in reading.sections]
    store.put_document(source, facts("minutes/May.pdf"), reading, spans)
    passages = list(store.passages(store.search_words(["chairs"], 50)).values())
    assert len(passages) == len(spans[1]) > 1
    for passage in passages:
        assert (passage.label, passage.page) == ("p. 2", 2)
        assert (passage.document.title, passage.document.path) == ("Minutes", "minutes/May.pdf")
        assert passage.document.file == source.folder / "minutes/May.pdf"
        whole = store.section_text(passage.section_id)
        assert whole == long
        assert whole[passage.start : passage.end] == passage.text


def test_passages_that_have_gone_are_left_out(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "Words.")
    (found,) = store.search_words(["words"], 5)
    assert set(store.passages([found, found + 1000])) == {found}
    assert store.passages([]) == {}
    assert store.section_text(10**6) == ""


def test_offsets_count_characters_also_beyond_the_basic_plane(store: Store, source: Source) -> None:
    words = "🙂🙂 会議 é\u0301 " * 300 + "end"
    put(store, source, "a.txt", words)
    for passage in store.passages(store.chunk_ids_in("")).values():
        assert words[passage.start : passage.end] == passage.text


def test_a_file_that_could_not_be_read_is_listed_with_its_reason(
    store: Store, source: Source
) -> None:
    put(store, source, "good.txt", "Words.")
    locked = Reading(status=Status.LOCKED, reason="It is locked.", remedy="Unlock it.")
    store.put_document(source, facts("locked.pdf"), locked, [])
    (document,) = store.documents(*(s for s in Status if not s.has_text))
    assert (document.path, document.status) == ("locked.pdf", Status.LOCKED)
    assert (document.reason, document.remedy) == ("It is locked.", "Unlock it.")
    assert [d.path for d in store.documents()] == ["good.txt", "locked.pdf"]


def test_known_files_say_what_was_seen_and_a_new_date_is_noted(
    store: Store, source: Source
) -> None:
    put(store, source, "a.txt", "Words.")
    before = store.known_files(source)["a.txt"]
    assert (before.facts, before.sha256, before.status, before.reader) == (
        Facts(10, 20, 30),
        "sha of a.txt",
        Status.READY,
        "1",
    )
    store.refresh_facts(source, "a.txt", Facts(10, 99, 31))
    assert store.known_files(source)["a.txt"].facts == Facts(10, 99, 31)
    assert paths(store, "words") == ["a.txt"]


def test_the_same_path_in_two_sources_is_two_documents(
    store: Store, source: Source, tmp_path: Path
) -> None:
    other = store.add_source(tmp_path / "other")
    put(store, source, "a.txt", "Apples here.")
    put(store, other, "a.txt", "Apples there.")
    store.remove_documents(other, ["a.txt"])
    assert paths(store, "apples") == ["a.txt"]
    assert set(store.known_files(source)) == {"a.txt"}
    assert store.known_files(other) == {}


# --- replacing and removing -----------------------------------------------------------


def test_a_replaced_document_leaves_nothing_of_the_old_one(
    store: Store, source: Source, database: Path
) -> None:
    put(store, source, "a.txt", ("Zebras", "Zebras graze."), ("Lions", "Lions sleep."), title="Zoo")
    put(store, source, "a.txt", "Apples ripen.", title="Orchard")
    assert [count(database, t) for t in ("documents", "sections", "chunks")] == [1, 1, 1]
    assert paths(store, "zebras lions zoo") == []
    assert paths(store, "apples") == ["a.txt"]
    assert indexed_words(database) == {"appl", "ripen", "orchard"}
    check_word_index(database)


@pytest.mark.parametrize("way", ["the document", "the source"])
def test_a_removed_document_leaves_no_row_anywhere(
    store: Store, source: Source, database: Path, way: str
) -> None:
    put(store, source, "a.txt", ("One", "Zebras graze."), ("Two", "Lions sleep. " * 100))
    put(store, source, "b.txt", "Zebras graze.")
    embed_all(store)
    if way == "the source":
        store.remove_source(source)
        assert store.sources() == ()
    else:
        store.remove_documents(source, ["a.txt", "b.txt", "never there.txt"])
        store.drop_unused_vectors()
    for table in ("documents", "sections", "chunks", "vectors", "chunk_words_docsize"):
        assert count(database, table) == 0, table
    assert indexed_words(database) == set()
    check_word_index(database)


def test_removing_a_source_keeps_the_others_and_what_they_share(
    store: Store, source: Source, database: Path, tmp_path: Path
) -> None:
    other = store.add_source(tmp_path / "other")
    put(store, source, "a.txt", "The same words.")
    put(store, other, "b.txt", "The same words.")
    embed_all(store)
    store.remove_source(source)
    assert paths(store, "same words") == ["b.txt"]
    assert store.count_passages(EMBEDDER) == store.count_passages() == 1
    check_word_index(database)


def test_chunk_ids_are_never_given_twice(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "Words.")
    old = store.chunk_ids_in("")
    store.remove_documents(source, ["a.txt"])
    put(store, source, "b.txt", "Words.")
    assert not set(old) & set(store.chunk_ids_in(""))


def test_a_document_that_fails_half_way_changes_nothing(
    store: Store, source: Source, database: Path
) -> None:
    put(store, source, "a.txt", "Apples ripen.")
    two = Reading("T", "text/plain", (Section("", "Zebras."), Section("", "Lions.")))
    with pytest.raises(ValueError, match="shorter"):
        store.put_document(source, facts("a.txt"), two, [tuple(chunk.split("Zebras."))])
    assert paths(store, "apples") == ["a.txt"]
    assert paths(store, "zebras") == []
    check_word_index(database)


words = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)


@shared_store
@given(
    steps=st.lists(
        st.tuples(st.sampled_from("abc"), st.none() | st.lists(st.tuples(words, words), max_size=3))
    )
)
def test_the_word_index_stays_true_whatever_is_put_replaced_and_removed(
    store: Store, source: Source, database: Path, steps: Sequence[tuple[str, list | None]]
) -> None:
    for path, sections in steps:
        if sections is None:
            store.remove_documents(source, [path])
        else:
            put(store, source, path, *sections, title=path.upper())
    check_word_index(database)
    assert count(database, "chunk_words_docsize") == store.count_passages()


# --- searching by words ---------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "content"),
    [
        ("marz", "Die Sitzung im März."),
        ("März", "Die Sitzung im MARZ."),
        ("cafes", "The repair café."),
        ("chair", "Forty folding chairs."),
        ("MEETINGS", "the meeting agreed"),
        ("Amina's accounts", "Amina keeps the account."),
        ("会議", "議題: 会議 です"),
        ("Ελλάδα", "στην ελλαδα"),
    ],
)
def test_words_are_found_without_regard_to_accents_case_and_endings(
    store: Store, source: Source, query: str, content: str
) -> None:
    put(store, source, "a.txt", content)
    put(store, source, "b.txt", "Something else.")
    assert paths(store, query) == ["a.txt"]


@pytest.mark.parametrize("word", ["Straße", "Σοφίας", "ﬁsh", "m²"])
def test_a_word_is_found_when_it_is_typed_as_it_is_written(
    store: Store, source: Source, word: str
) -> None:
    put(store, source, "a.txt", f"Here is {word} again.")
    assert paths(store, word) == ["a.txt"]


def test_a_title_or_heading_counts_more_than_the_text(store: Store, source: Source) -> None:
    put(store, source, "text.txt", "The budget and the chairs.", title="Minutes")
    put(store, source, "title.txt", "The accounts and the chairs.", title="Budget")
    put(store, source, "label.txt", ("Budget", "The accounts and the chairs."), title="Minutes")
    found = paths(store, "budget")
    assert len(found) == 3
    assert found[-1] == "text.txt"


def test_the_limit_holds_and_the_best_come_first(store: Store, source: Source) -> None:
    for number in range(5):
        put(store, source, f"{number}.txt", "apple " * (number + 1) + "pear " * (5 - number))
    assert len(store.search_words(["apple"], 3)) == 3
    assert paths(store, "apple")[0] == "4.txt"


def test_frequency_counts_passages_with_any_ending(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "One chair. Two chairs.")
    put(store, source, "b.txt", "Chairs.")
    assert (store.frequency("chair"), store.frequency("table")) == (2, 0)


@pytest.mark.parametrize(
    "term",
    [
        '"',
        '""',
        "*",
        "^a",
        "a*",
        "NEAR(",
        "AND",
        "NOT",
        "(",
        "-",
        "title:",
        "{a b}",
        "+",
        "'",
        "\\",
    ],
)
def test_search_operators_are_only_characters(store: Store, source: Source, term: str) -> None:
    put(store, source, "a.txt", "Words about apples.")
    assert store.search_words([term, "apples"], 5) == store.search_words(["apples"], 5)
    store.search_words([term], 5)


@shared_store
@given(
    query=st.lists(
        st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))
        | st.sampled_from(["OR", "NOT", "NEAR(a, 2)", 'a" OR "b', "chunk_words:x", "*", "--", ";"])
    )
)
def test_no_query_is_an_error(store: Store, source: Source, query: list[str]) -> None:
    if not store.count_passages():
        put(store, source, "a.txt", "Words about apples.")
    assert store.search_words(query, 5) in ([], store.chunk_ids_in(""))
    store.search_words(text.tokens(" ".join(query)), 5)
    for word in text.terms(" ".join(query)):
        assert store.frequency(word) in (0, 1)


def test_a_very_long_question_is_searched(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "Words about apples.")
    assert store.search_words([f"w{n}" for n in range(3000)] + ["apples"], 5) != []


@pytest.mark.parametrize("term", ["a\0b", '"', 'a"b'])
def test_no_term_can_break_out_of_its_quotes(store: Store, term: str) -> None:
    assert store.search_words([term], 5) == []
    assert store.frequency(term) == 0


# --- scope ----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("scope", "expected"),
    [
        ("", {"keys.md", "minutes/März 2024.txt", "minutes/old/1999.md"}),
        ("*.md", {"keys.md", "minutes/old/1999.md"}),
        ("*.MD", {"keys.md", "minutes/old/1999.md"}),
        ("minutes/*", {"minutes/März 2024.txt", "minutes/old/1999.md"}),
        ("keys.md", {"keys.md"}),
        ("1999.md", {"minutes/old/1999.md"}),
        ("März*", {"minutes/März 2024.txt"}),
        ("199?.md", {"minutes/old/1999.md"}),
        ("minutes", set()),
        ("'; DROP TABLE chunks; --", set()),
    ],
)
def test_a_scope_keeps_the_documents_whose_path_or_name_matches(
    store: Store, source: Source, scope: str, expected: set[str]
) -> None:
    for path in ("keys.md", "minutes/März 2024.txt", "minutes/old/1999.md"):
        put(store, source, path, "Words about apples.")
    assert set(paths(store, "apples", scope)) == expected
    inside = store.passages(store.chunk_ids_in(scope))
    assert {p.document.path for p in inside.values()} == expected


def test_a_scope_matches_capitals_with_accents(store: Store, source: Source) -> None:
    put(store, source, "Économie/Été.md", "Words about apples.")
    assert paths(store, "apples", "Été.md") == ["Économie/Été.md"]


# --- vectors --------------------------------------------------------------------------


def pending(store: Store, embedder: str = EMBEDDER, limit: int = 1000) -> list[tuple[bytes, str]]:
    return store.not_embedded(embedder, limit)[0]


def embed_all(store: Store, embedder: str = EMBEDDER) -> None:
    store.put_vectors(embedder, [(h, b"\0\0\x80?") for h, _ in pending(store, embedder)])


def test_what_is_not_embedded_comes_with_its_title_and_heading(
    store: Store, source: Source
) -> None:
    put(store, source, "a.txt", ("Grants", "Apply in May."), title="Funding")
    ((key, words_),) = pending(store)
    assert words_ == "Funding > Grants\nApply in May."
    assert key == chunk_hash("Funding", "Grants", "Apply in May.")


def test_the_same_words_in_the_same_place_are_embedded_once(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "The same words.")
    put(store, source, "b.txt", "The same words.")
    put(store, source, "c.txt", "The same words.", title="Another title")
    assert len(pending(store)) == 2
    assert len(pending(store, limit=1)) == 1
    embed_all(store)
    assert pending(store) == []
    assert store.count_passages(EMBEDDER) == store.count_passages() == 3
    assert sorted(store.embedded_ids(EMBEDDER)) == sorted(store.chunk_ids_in(""))


def test_the_bookmark_goes_on_where_the_last_call_ended(store: Store, source: Source) -> None:
    put(store, source, "a.txt", ("One", "First."), ("Two", "Second."), ("Three", "Third."))
    first, bookmark = store.not_embedded(EMBEDDER, 2)
    second, end = store.not_embedded(EMBEDDER, 2, bookmark)
    assert [w.split("\n")[1] for _, w in first + second] == ["First.", "Second.", "Third."]
    assert store.not_embedded(EMBEDDER, 2, end) == ([], end)


def test_vectors_come_back_as_they_were_put_and_are_replaced(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "Words.")
    ((key, _),) = pending(store)
    store.put_vectors(EMBEDDER, [(key, b"old")])
    store.put_vectors(EMBEDDER, [(key, b"\0new\xff")])
    assert [v for _, v in store.vectors(EMBEDDER, store.chunk_ids_in(""))] == [b"\0new\xff"]


def test_embedders_do_not_see_each_others_vectors(store: Store, source: Source) -> None:
    put(store, source, "a.txt", "Words.")
    embed_all(store, "one")
    assert store.count_passages("two") == 0
    assert store.embedded_ids("two") == []
    assert list(store.vectors("two", store.chunk_ids_in(""))) == []
    assert len(pending(store, "two")) == 1


def test_unchanged_passages_of_a_changed_document_keep_their_vectors(
    store: Store, source: Source
) -> None:
    put(store, source, "a.txt", ("One", "Stays as it is."), ("Two", "Will change."))
    embed_all(store)
    put(store, source, "a.txt", ("One", "Stays as it is."), ("Two", "Has changed."))
    assert [w for _, w in pending(store)] == ["T > Two\nHas changed."]


def test_only_vectors_that_nothing_refers_to_are_dropped(
    store: Store, source: Source, database: Path
) -> None:
    put(store, source, "a.txt", "Stays.")
    put(store, source, "b.txt", "Goes.")
    embed_all(store)
    store.remove_documents(source, ["b.txt"])
    store.drop_unused_vectors()
    assert count(database, "vectors") == 1
    assert store.count_passages(EMBEDDER) == 1
    generation = store.generation()
    store.drop_unused_vectors()  # nothing to drop: the caches stay valid
    assert store.generation() == generation


# --- faults ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "content", [b"This is a shopping list, not a database.\n" * 100, b"\0" * 8192, b"%PDF-1.4\n"]
)
def test_a_file_that_is_no_database_is_an_error_and_stays_as_it_is(
    database: Path, content: bytes
) -> None:
    database.write_bytes(content)
    with pytest.raises(LibraryDamaged, match=r"library\.db"):
        Store(database)
    assert database.read_bytes() == content


def test_a_database_damaged_in_the_middle_is_an_error_and_no_wrong_answer(
    database: Path, tmp_path: Path
) -> None:
    store = Store(database)
    source = store.add_source(tmp_path)
    for number in range(30):
        put(store, source, f"{number}.txt", f"Apples {number}. " * 200)
    store.close()
    data = bytearray(database.read_bytes())
    data[4096:] = b"\xa5" * (len(data) - 4096)
    database.write_bytes(data)

    def use() -> None:
        damaged = Store(database)
        try:
            damaged.documents()
            damaged.search_words(["apples"], 5)
        finally:
            damaged.close()

    with pytest.raises(LibraryDamaged):
        use()


def test_a_library_of_a_newer_version_is_refused_and_left_alone(database: Path) -> None:
    Store(database).close()
    with plain(database) as connection:
        connection.execute("PRAGMA user_version = 99")
    with pytest.raises(LibraryError, match="newer version") as error:
        Store(database)
    assert type(error.value) is LibraryError
    with plain(database) as connection:
        assert connection.execute("PRAGMA user_version").fetchone()[0] == 99


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(LibraryReadOnly):
        Store(tmp_path / "missing" / "library.db")


@pytest.fixture
def locked_library() -> Iterator[Path]:
    """A library with one document, in a folder where nobody may write."""
    folder = Path(tempfile.mkdtemp())  # tmp_path lies where nobody else may look
    store = Store(folder / "library.db")
    put(store, store.add_source(folder), "keys.md", "The spare key hangs behind the door.")
    store.close()
    (folder / "library.db").chmod(0o444)
    folder.chmod(0o555)
    yield folder / "library.db"
    folder.chmod(0o755)
    shutil.rmtree(folder)


def test_a_library_on_a_read_only_disk_can_be_read(locked_library: Path) -> None:
    with without_rights():
        store = Store(locked_library)
        assert store.read_only
        assert paths(store, "key") == ["keys.md"]
        with pytest.raises(LibraryReadOnly):
            store.set_note("a", "b")
        with pytest.raises(LibraryReadOnly):
            put(store, store.sources()[0], "b.md", "New.")
        assert paths(store, "key") == ["keys.md"]
        store.close()
    assert [p.name for p in locked_library.parent.iterdir()] == ["library.db"]


def test_a_library_on_a_read_only_disk_is_known_as_such_after_a_kill(tmp_path: Path) -> None:
    store = Store(tmp_path / "library.db")
    put(store, store.add_source(tmp_path), "keys.md", "The spare key hangs behind the door.")
    folder = Path(tempfile.mkdtemp())
    for file in tmp_path.glob("library.db*"):  # as a kill leaves it: all still in the log
        shutil.copyfile(file, folder / file.name)
        (folder / file.name).chmod(0o444)
    store.close()
    folder.chmod(0o555)
    try:
        with without_rights():
            copy = Store(folder / "library.db")
            assert paths(copy, "key") == ["keys.md"]
            assert copy.read_only
            copy.close()
    finally:
        folder.chmod(0o755)
        shutil.rmtree(folder)


# --- threads --------------------------------------------------------------------------


def test_threads_read_and_write_at_once(store: Store, source: Source, database: Path) -> None:
    errors: list[Exception] = []
    done = threading.Event()
    seen: list[int] = []

    def write(letter: str) -> None:
        try:
            for number in range(40):
                put(store, source, f"{letter}{number}.txt", f"Apples {letter} {number}. " * 5)
                if number % 4 == 0:
                    store.remove_documents(source, [f"{letter}{number}.txt"])
        except Exception as error:
            errors.append(error)

    def read() -> None:
        try:
            while not done.is_set():
                found = store.passages(store.search_words(["apples"], 100))
                assert all("Apples" in p.text for p in found.values())
                seen.append(len(found))
        except Exception as error:
            errors.append(error)

    reader = threading.Thread(target=read)
    writers = [threading.Thread(target=write, args=(letter,)) for letter in "ab"]
    for thread in (reader, *writers):
        thread.start()
    for thread in writers:
        thread.join(120)
    done.set()
    reader.join(120)
    assert errors == []
    assert seen
    assert len(paths(store, "apples")) == 20  # as many as were asked for
    assert store.count_passages() == 60
    check_word_index(database)


def test_a_reader_does_not_wait_for_a_writer(store: Store, source: Source, database: Path) -> None:
    put(store, source, "a.txt", "Words about apples.")
    with plain(database) as connection:
        connection.isolation_level = None
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("DELETE FROM documents")
        assert paths(store, "apples") == ["a.txt"]
        connection.execute("ROLLBACK")


# --- a library that went, or is old ---------------------------------------------------------------


def test_a_library_that_went_while_it_was_open_is_not_made_anew(tmp_path: Path) -> None:
    home = tmp_path / "stick"
    home.mkdir()
    store = Store(home / "library.db")
    shutil.rmtree(home)
    home.mkdir()
    with ThreadPoolExecutor(1) as other_thread, pytest.raises(LibraryGone):
        other_thread.submit(store.sources).result()
    assert not list(home.iterdir())
    store.close()


def test_an_older_library_on_a_read_only_disk_is_told_of(locked_library: Path) -> None:
    locked_library.parent.chmod(0o755)
    locked_library.chmod(0o644)
    with closing(sqlite3.connect(locked_library)) as connection:
        connection.execute("PRAGMA user_version = 1")
    locked_library.chmod(0o444)
    locked_library.parent.chmod(0o555)
    with without_rights(), pytest.raises(LibraryError, match="older version"):
        Store(locked_library)


# --- what documents tell of themselves ------------------------------------------------------------


def test_properties_stay_with_their_document(
    store: Store, source: Source, database: Path, tmp_path: Path
) -> None:
    told = (("author", "Amina"), ("keywords", "keys"), ("keywords", "hall"))
    reading = Reading("T", "text/plain", (Section("", "Words."),), properties=told)
    for path in ("Minutes/a.txt", "b.txt"):
        store.put_document(source, facts(path), reading, [tuple(chunk.split("Words."))])
    assert [(d.path, pairs) for d, pairs in store.described()] == [
        ("Minutes/a.txt", told),
        ("b.txt", told),
    ]
    assert [d.path for d, _ in store.described("minutes/*")] == ["Minutes/a.txt"]
    store.move_document(source, "b.txt", "c.txt", "c", Facts(10, 20, 30))
    assert {d.path: pairs for d, pairs in store.described("c.txt")} == {"c.txt": told}
    assert store.lengths() == {
        (tmp_path / "papers", "Minutes/a.txt"): 6,
        (tmp_path / "papers", "c.txt"): 6,
    }
    put(store, source, "c.txt", "Other words.")
    assert [pairs for _, pairs in store.described("c.txt")] == [()]
    store.remove_documents(source, ["Minutes/a.txt"])
    assert count(database, "properties") == 0


def test_an_older_library_gets_the_table_and_keeps_its_documents(
    store: Store, source: Source, database: Path
) -> None:
    put(store, source, "a.txt", "Apples ripen.")
    store.close()
    with plain(database) as connection:
        connection.execute("DROP TABLE properties")
        connection.execute("PRAGMA user_version = 2")
    again = Store(database)
    assert [(d.path, pairs) for d, pairs in again.described()] == [("a.txt", ())]
    again.close()
