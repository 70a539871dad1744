"""Questions about the library are answered from its catalogue; all others are left alone."""

from __future__ import annotations

import datetime
import json
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from assistant import catalogue, config
from assistant.catalogue.dates import spans
from assistant.catalogue.vocabulary import PHRASES
from assistant.cli.questions import _answer_as_json
from assistant.config import Settings
from assistant.domain import (
    Answer,
    Chunk,
    Decision,
    Done,
    Facts,
    Finish,
    Found,
    Listed,
    Listing,
    Question,
    Reading,
    Section,
    Seen,
    Source,
    Status,
)
from assistant.plain import AnswerLines
from assistant.service import Assistant
from assistant.store import FileFacts, Store
from tests.fakes import HashEmbedder, ScriptedEngine

TODAY = datetime.date(2027, 3, 1)
QUESTIONS = Path(__file__).parent / "eval" / "questions.jsonl"
PDF, MARKDOWN, MAIL = "application/pdf", "text/markdown", "message/rfc822"
WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
Pairs = tuple[tuple[str, str], ...]


def put(
    store: Store, source: Source, path: str, title: str, kind: str, *told: tuple[str, str]
) -> None:
    """A document that was read. Its text is as long as its title says its name."""
    words = f"{title}. " * len(title)
    reading = Reading(title, kind, (Section("", words),), properties=told)
    day = datetime.datetime(2026, 1, 10 + len(path) % 10, 12, tzinfo=datetime.UTC)
    facts = Facts(len(words), int(day.timestamp()) * 10**9, 1)
    file = FileFacts(path, facts, f"sha of {path}", "3")
    store.put_document(source, file, reading, [(Chunk(0, len(title), title),)])


def of(author: str, day: str, *keywords: str) -> Pairs:
    return (("author", author), ("date", day), *(("keywords", word) for word in keywords))


def guide(topic: str, reviewed: str, place: str, licence: str, *more: tuple[str, str]) -> Pairs:
    facts = {"topic": topic, "reviewed": reviewed, "jurisdiction": place, "licence": licence}
    return (*facts.items(), *more)


def fill(store: Store, folder: Path) -> None:
    """The papers of a village hall."""
    hall = store.add_source(folder)
    put(
        store, hall, "minutes/2024/march.pdf", "Minutes of March", PDF,
        *of("Amina Okafor", "2024-03-05", "rent", "heating"),
    )  # fmt: skip
    put(
        store, hall, "minutes/2024/autumn.docx", "Autumn minutes", WORD,
        *of("Bo Lindqvist", "2024-09-10", "rent"),
    )  # fmt: skip
    put(
        store, hall, "accounts/budget 2025.xlsx", "Budget", SHEET,
        *of("Amina Okafor", "2025-01-02", "rent", "insurance"),
    )  # fmt: skip
    put(store, hall, "letters/lease.eml", "Lease renewal", MAIL, *of("Harbour Council", "2025-06"))
    put(
        store, hall, "guides/boiler.md", "Using the boiler", MARKDOWN,
        *guide("heating-and-hot-water", "2023-05-01", "Scotland", "CC0 1.0"),
        ("keywords", "safety"), ("sources", "Gas Safe Register, leaflet of 2022"),
        ("language", "English"), ("summary", "How to light the boiler."),
    )  # fmt: skip
    put(
        store, hall, "guides/opening-up.md", "Opening and closing the hall: a checklist", MARKDOWN,
        *guide("Running the hall", "2025-02-01", "England and Wales", "CC BY 4.0"),
        ("keywords", "safety"), ("keywords", "keys"), ("owner", "Cy"), ("language", "English"),
    )  # fmt: skip
    put(
        store, hall, "guides/café.md", "The café", MARKDOWN,
        *guide("Running the hall", "2025-02-01", "England and Wales", "CC BY 4.0"),
        ("keywords", "organisation"), ("language", "Welsh"),
    )  # fmt: skip
    nothing = Facts(1, 1, 1)
    store.list_files(
        hall,
        [
            Seen("photos/roof.jpg", nothing, Status.NO_TEXT, "It holds no text.", ""),
            Seen("old/plan.pdf", nothing, Status.LOCKED, "It is locked.", ""),
            Seen("old/copy.pdf", nothing, Status.DUPLICATE, "It is a copy.", ""),
            Seen("cache", nothing, Status.IGNORED, "It is hidden.", "", files=12),
        ],
    )


@pytest.fixture(scope="module")
def hall(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    place = tmp_path_factory.mktemp("catalogue")
    with closing(Store(place / "library.db")) as store:
        fill(store, place / "hall papers")
        yield store


@pytest.fixture(scope="module")
def corpus_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The bundled corpus, read and embedded without any model. Do not change."""
    home = tmp_path_factory.mktemp("corpus") / "home"
    with closing(Assistant(config.load(home, {}), embedder=HashEmbedder())) as assistant:
        for _ in assistant.sync():
            pass
    return home


@pytest.fixture(scope="module")
def corpus(corpus_home: Path) -> Iterator[Store]:
    with closing(Store(config.load(corpus_home, {}).database)) as store:
        yield store


def ask(store: Store, question: str, scope: str = "") -> Listing:
    listing = catalogue.answer(question, store, scope, TODAY)
    assert listing is not None, question
    return listing


def names(listing: Listing) -> set[str]:
    """The documents by the last part of their paths, without endings."""
    return {Path(document.path).stem for document in listing.documents}


def told(listing: Listing) -> str:
    return "\n".join(listing.lines)


@cache
def rows() -> tuple[dict[str, Any], ...]:
    """The questions that may be tuned to."""
    every = [json.loads(line) for line in QUESTIONS.read_text("utf-8").splitlines()]
    return tuple(row for row in every if row["split"] == "dev")


# --- which, and how many --------------------------------------------------------------------------

ALL = {"march", "autumn", "budget 2025", "lease", "boiler", "opening-up", "café"}
WHICH: list[tuple[str, set[str]]] = [
    ("Which documents are there?", ALL),
    ("List all documents in the library.", ALL),
    ("Which documents are tagged rent?", {"march", "autumn", "budget 2025"}),
    ("Which papers carry the keyword RENT?", {"march", "autumn", "budget 2025"}),
    ("What is tagged safety?", {"boiler", "opening-up"}),
    ("Which documents are tagged rent but not heating?", {"autumn", "budget 2025"}),
    ("Which documents are tagged rent or keys?", {"march", "autumn", "budget 2025", "opening-up"}),
    ("Which documents are tagged both rent and heating?", {"march"}),
    ("Which documents are tagged organization?", {"café"}),  # spelt in another way
    ("Which documents did Amina Okafor write?", {"march", "budget 2025"}),
    ("Which documents were written by Okafor?", {"march", "budget 2025"}),
    ("Show me everything by Bo Lindqvist in the library.", {"autumn"}),
    ("Which documents have an author other than Amina Okafor?", {"autumn", "lease"}),
    ("Which documents have no author?", {"boiler", "opening-up", "café"}),
    ("Which documents don't give a date?", {"boiler", "opening-up", "café"}),
    ("Which documents are filed under running the hall?", {"opening-up", "café"}),
    ("What have you got on heating and hot water?", {"boiler"}),
    ("Is there anything in the library about the boiler?", {"boiler"}),
    ("Which guides apply to Scotland?", {"boiler"}),
    ("Which documents give a jurisdiction other than Scotland?", {"opening-up", "café"}),
    ("Which documents are in Welsh?", {"café"}),
    ("Which documents are under CC BY?", {"opening-up", "café"}),
    ("Which documents are licensed under Creative Commons?", {"opening-up", "café"}),
    ("Which documents cite the Gas Safe Register?", {"boiler"}),
    ("Which documents are in the minutes folder?", {"march", "autumn"}),
    ("What is in the folder 2024?", {"march", "autumn"}),
    ("Which PDFs are there?", {"march"}),
    ("Are there any Word documents or spreadsheets?", {"autumn", "budget 2025"}),
    ("Do you have any e-mails from Harbour Council?", {"lease"}),
    ("Which documents are not in Markdown?", {"march", "autumn", "budget 2025", "lease"}),
    ("Which documents were written before 2025?", {"march", "autumn"}),
    ("Which documents are dated since 1 January 2025?", {"budget 2025", "lease"}),
    ("Which documents are dated from 1 May 2024 to 31 January 2025?", {"autumn", "budget 2025"}),
    ("Which documents were issued in June 2025?", {"lease"}),
    ("Which documents have not been reviewed since 2024?", ALL - {"opening-up", "café"}),
    ("Which documents were reviewed in the last three years?", {"opening-up", "café"}),
    ("Which documents were reviewed more than three years ago?", {"boiler"}),
    ("Which documents has Amina Okafor written in 2025?", {"budget 2025"}),
    ("Which documents have more than one keyword?", {"march", "budget 2025", "opening-up"}),
    ("Is there a document called Lease renewal?", {"lease"}),
    ("Which documents have the owner Cy?", {"opening-up"}),
    ("Which document is about the cafe?", {"café"}),
]  # fmt: skip


@pytest.mark.parametrize(("question", "expected"), WHICH)
def test_documents_are_found_by_what_they_tell(
    hall: Store, question: str, expected: set[str]
) -> None:
    listing = ask(hall, question)
    assert names(listing) == expected
    assert listing.total == len(expected)
    assert all(document.title in told(listing) for document in listing.documents)


TOLD: list[tuple[str, int, str]] = [
    ("How many documents are there?", 7, "There are 7 documents."),
    ("How many documents are tagged rent?", 3, "3 documents with the keyword “rent”, of 7 in all"),
    ("How many topics are there?", 2, "- Running the hall: 2 documents"),
    ("How many files are there?", 22, "22 files: 7 ready, 1 duplicate, 12 ignored, 1 no text"),
    ("How many files could not be read?", 2, "photos/roof.jpg): no text"),
    ("Which files are locked?", 1, "old/plan.pdf): locked"),
    ("Who wrote the lease renewal document?", 1, "author: Harbour Council"),
    ("Who are the authors of the documents?", 3, "- Amina Okafor: 2 documents"),
    ("When was the guide on the boiler last checked?", 1, "review date: 1 May 2023"),
    ("When was the lease renewal e-mail dated?", 1, "date: June 2025"),
    ("What is the owner of the document Opening and closing the hall?", 1, "owner: Cy"),
    ("Which part of the world is the boiler guide written for?", 1, "jurisdiction: Scotland"),
    ("Which folder is the budget document in?", 1, "folder: accounts"),
    ("Where is march.pdf?", 1, "minutes/2024/march.pdf"),
    ("What is the boiler guide about?", 1, "How to light the boiler."),
    ("How many keywords does the budget document have?", 2, "2 keywords: rent; insurance"),
    ("What formats are there in the library?", 5, "- Markdown: 3 documents"),
    ("Which languages are used?", 2, "- English: 2 documents"),
    ("What is the newest document?", 1, "“Lease renewal” (letters/lease.eml) has the latest date"),
    ("Which document is the oldest?", 1, "“Minutes of March”"),
    ("Which document was reviewed first?", 1, "earliest review date: 1 May 2023"),
    ("Which document was reviewed most recently?", 2, "the latest review date, 1 February 2025"),
    ("Which are the two newest documents?", 2, "Lease renewal"),
    ("What is the longest document?", 1, "Opening and closing the hall"),
    ("Which is the shortest document?", 1, "“Budget”"),
    ("Which author wrote the most documents?", 1, "“Amina Okafor”: 2 documents"),
    ("Which topic has the fewest documents?", 1, "“heating-and-hot-water”: 1 document"),
    ("Which keyword is used most?", 1, "“rent”: 3 documents"),
    ("Which keywords have more than one document?", 2, "- rent: 3 documents"),
    ("How many documents are there by author?", 3, "- Bo Lindqvist: 1 document"),
    ("Are all documents in English?", 5, "No, 2 of 7 documents"),
    ("Do all documents have the same licence?", 2, "No: there are 2 different licences"),
    ("Is the boiler guide for Scotland?", 1, "Yes: “Using the boiler”"),
    ("Was the boiler guide reviewed after 2024?", 0, "No: “Using the boiler”"),
    ("Which documents were reviewed before 2020?", 0, "None: of 7 documents"),
    ("Is there any document that is not tagged xylophone?", 7, "Yes: there are 7"),
    ("Which documents are tagged xylophone?", 0, "None: of 7 documents there is none"),
    ("What is in the library?", 7, "The library holds 7 documents"),
    ("Which sources does the library have?", 1, "hall papers"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "total", "words"), TOLD)
def test_facts_are_told_in_plain_words(hall: Store, question: str, total: int, words: str) -> None:
    listing = ask(hall, question)
    assert words in told(listing)
    assert listing.total == total


def test_a_long_list_is_cut_short_for_people_alone(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "library.db")) as store:
        source = store.add_source(tmp_path)
        for number in range(100):
            put(store, source, f"{number:03}.md", f"Paper {number}", MARKDOWN, ("reviewed", "2026"))
        listing = ask(store, "List the documents.")
        assert len(listing.documents) == listing.total == 100
        assert len(listing.lines) == 32
        assert listing.lines[-1] == "... and 70 more"
        same = ask(store, "Which document was reviewed most recently?")
        assert same.lines == ("All 100 have the same review date: 2026.",)
        assert len(same.documents) == 100


def test_a_scope_limits_the_answer(hall: Store) -> None:
    assert names(ask(hall, "Which documents are tagged rent?", "minutes/*")) == {"march", "autumn"}
    assert ask(hall, "How many documents are there?", "*.md").total == 3
    assert ask(hall, "How many documents are there?", "nowhere/*").total == 0


def test_an_empty_library_has_nothing(tmp_path: Path) -> None:
    with closing(Store(tmp_path / "library.db")) as store:
        assert ask(store, "How many documents are there?").total == 0
        assert catalogue.answer("What is a repair café?", store) is None


# --- questions about something else ---------------------------------------------------------------

ORDINARY = """
How many documents do I need to open a bank account?
Which documents do I need for a DBS check?
What documents must a charity keep?
Which document explains the asset lock?
What does the document on community shares say about interest?
What does the label of a battery say?
What is a document?
What is a library?
What is a topic?
What are keywords?
What is the newest version of Linux?
What is the newest Linux?
What is the oldest repair café?
What is the longest word?
What is the latest on heat networks?
How many people are in a tool library?
How many items does a tool library have?
What is in a tool library?
Is the tool library open on Sunday?
How many articles has the Bristol Cable published?
How many articles does the Bristol Cable have?
How many pages does the heat networks document have?
How many pages should a newsletter have?
How long should a guide be?
How long is a meeting?
How old is the Bristol Cable?
How large is a heat network?
Who wrote the theory of change?
Who wrote the essay?
Who wrote the opera Carmen?
Who checks the documents?
Who reviewed the document on batteries?
When was community radio licensed?
When was the Bristol Cable founded?
When is the next meeting?
Which of those documents is newest?
How many of them are about energy?
What have you got on that?
What do you do about safeguarding?
What do I have to do about data protection?
Do you have volunteers?
Do you read PDFs?
Which formats can you read?
What file types does it read?
How do I list documents?
How do I add a document?
Where are my documents stored?
Where is the library?
Are my documents private?
Can it put a Polish leaflet into English for me?
What licence does a community radio need?
What does CC BY 4.0 mean?
Which country invented the repair café?
Which countries have repair cafés?
What is the jurisdiction of the ICO?
What are the sources of funding?
What sources of energy does a heat network use?
What topics should a first meeting cover?
What topics are covered in the first lessons on a computer?
Which tag goes on a tested appliance?
What date does Windows 10 support end?
What is the date today?
Is there a licence for community radio?
Is there anything to eat?
Are there any volunteers in digital inclusion?
Which papers are for the chair?
What documents are in a handover?
What is the title of the essay by Careful Trouble?
Summarise the document on community shares.
Compare the documents on batteries and spare parts.
List the steps for wiping a disk.
Name three things to put in the minutes.
library
documents
sources
""".strip().splitlines()


@pytest.mark.parametrize("question", ORDINARY)
def test_an_ordinary_question_is_left_to_the_search(
    corpus: Store, hall: Store, question: str
) -> None:
    assert catalogue.answer(question, corpus, "", TODAY) is None
    assert catalogue.answer(question, hall, "", TODAY) is None


@pytest.mark.parametrize("question", ["", " ", "?", "who", "how many " * 200, "“”", "1" * 400])
def test_what_is_no_question_is_left_to_the_search(hall: Store, question: str) -> None:
    assert catalogue.answer(question, hall, "", TODAY) is None


# --- the bundled corpus ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "row", [r for r in rows() if r["kind"] == "library"], ids=lambda r: str(r["id"])
)
def test_library_questions_are_answered(corpus: Store, row: dict[str, Any]) -> None:
    listing = ask(corpus, row["question"])
    words = told(listing).casefold()
    found = [answer.casefold() in words for answer in row["answers"]]
    assert all(found) if row["match"] == "all" else any(found)
    if "documents" in row:
        assert sorted(d.path for d in listing.documents) == sorted(row["documents"])


@pytest.mark.parametrize(
    "row", [r for r in rows() if r["kind"] != "library"], ids=lambda r: str(r["id"])
)
def test_other_questions_are_left_to_the_search(corpus: Store, row: dict[str, Any]) -> None:
    assert catalogue.answer(row["question"], corpus, "", TODAY) is None


# question, how many documents the answer is about, what it says
PARAPHRASES: list[tuple[str, int, str]] = [
    ("How many guides does the bundled library hold?", 82, "82 documents"),
    ("What's the total number of documents in the collection?", 82, "82 documents"),
    ("Count the documents.", 82, "82 documents"),
    ("Into how many subjects are the documents grouped?", 82, "11 different topics"),
    ("Which themes does the library cover?", 82, "- thinking-party: 15 documents"),
    ("How many documents are there on each topic?", 82, "- help: 6 documents"),
    ("Which topic has the most documents?", 15, "“thinking-party”: 15 documents"),
    ("Which topics have the fewest documents?", 10, "5 documents each"),
    ("Which topics have more than seven documents?", 39, "- data-and-ai: 8 documents"),
    ("How many community energy documents are there?", 7, "7 documents"),
    ("What's on the shelf about making and growing?", 5, "Saving seed"),
    ("Do you have anything on community networks?", 8, "Yes: there are 8 documents"),
    ("Name the documents in the repair and reuse folder.", 8, "Running a repair café"),
    ("What else is filed under help?", 6, "Adding your own documents"),
    ("Which documents sit under neither organising nor help?", 70, "70 documents"),
    ("Which documents are not filed under thinking party?", 67, "67 documents"),
    ("What topic does the podcast guide belong to?", 1, "topic: community-media"),
    ("Under what heading is the document on oral history filed?", 1, "community-media"),
    ("Which folder is the seed saving document in?", 1, "folder: making-and-growing"),
    ("Which documents apply outside the UK?", 1, "Heat networks"),
    ("For which country is the heat networks guide meant?", 1, "Great Britain"),
    ("Where does the heat networks document apply?", 1, "Great Britain (Northern Ireland"),
    ("Which country are most of the documents written for?", 81, "“UK”: 81 documents"),
    ("What licence are the texts published under?", 82, "All 82 have the same licence: CC BY"),
    ("Are all of the documents under CC BY 4.0?", 82, "Yes, all 82 documents"),
    ("Is anything not under Creative Commons?", 0, "None"),
    ("Which documents aren't licensed under Creative Commons?", 0, "None"),
    ("When was the guide to running a meeting last looked over?", 1, "23 November 2026"),
    ("How up to date is the document on theory of change?", 1, "23 November 2026"),
    ("What is the most recent review date?", 82, "All 82 have the same review date"),
    ("How many documents were checked in November 2026?", 82, "82 documents"),
    ("Were any documents reviewed before 2026?", 0, "None"),
    ("Which documents have not been checked for over a year?", 0, "None"),
    ("Which documents are labelled safeguarding?", 3, "Volunteers and safeguarding"),
    ("Which documents in digital inclusion have the keyword privacy?", 1, "public access"),
    ("Which keyword appears in the most documents?", 6, "“co-operative”: 6 documents"),
    ("What are the tags of the heat networks document?", 1, "district heating"),
    ("How many documents draw on the Energy Saving Trust?", 4, "4 documents"),
    ("Do any documents name the ICO in their sources?", 9, "Yes: there are 9 documents"),
    ("Have you got a list of the topics?", 82, "11 different topics"),
    ("How many documents credit Careful Trouble?", 32, "32 documents"),
    ("Which documents use the Energy Saving Trust as a source?", 4, "4 documents"),
    ("How many sources does the glossary document name?", 1, "7 sources"),
    ("Which document names the most sources?", 1, "Glossary of community technology"),
    ("Who is the author of the document on batteries?", 1, "gives no author"),
    ("Are there any PDFs or spreadsheets?", 0, "None"),
    ("What kinds of file are in the library?", 82, "Markdown"),
    ("What is the longest document in the help topic?", 1, "What this assistant stores and where"),
]  # fmt: skip


@pytest.mark.parametrize(("question", "documents", "words"), PARAPHRASES)
def test_the_same_in_other_words(corpus: Store, question: str, documents: int, words: str) -> None:
    listing = ask(corpus, question)
    assert words in told(listing)
    assert len(listing.documents) == documents


# --- whatever is asked ----------------------------------------------------------------------------

WORDS = [" ".join(phrase) for phrase in PHRASES]
VALUES = ["rent", "safety", "Amina Okafor", "Scotland", "CC BY", "2024", "boiler.md", "minutes"]
OTHERS = ["before 1 May 2024", "in the last 3 years", "“rent”", "how", "bank", "\x1b[31m", "𝟗", "7"]
some_words = st.lists(st.sampled_from([*WORDS, *VALUES * 20, *OTHERS * 10]), max_size=9)


@pytest.fixture(scope="module")
def hostile(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Store]:
    """Documents whose titles and values are questions, patterns, markup and nothing at all."""
    place = tmp_path_factory.mktemp("hostile")
    with closing(Store(place / "library.db")) as store:
        fill(store, place / "hall")
        source = store.add_source(place / "hostile")
        values = ["how many documents are there", "the", "(.*)+$", "not", "and", "2024-13-45", "“”"]
        for number, value in enumerate(values):
            facts = tuple((key, value) for key in ("topic", "keywords", "author", "date", "the"))
            path = f"{'x/' * number}\\udce9\x1b[2J{number}.md"
            put(store, source, path, value, "", *facts)
        yield store


@settings(max_examples=400, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(question=some_words.map(" ".join) | st.text(max_size=60))
def test_no_question_breaks_it_and_no_document_is_made_up(hostile: Store, question: str) -> None:
    listing = catalogue.answer(question, hostile, "", TODAY)
    if listing is not None:
        assert set(listing.documents) <= set(hostile.documents())
        assert 0 < len(listing.lines) <= 40
        assert all(line.isprintable() and line.strip() for line in listing.lines)


def test_a_value_that_is_a_question_does_not_hide_it(hostile: Store) -> None:
    assert ask(hostile, "How many documents are there?").total == 14
    assert ask(hostile, "Which documents are tagged “how many documents are there”?").total == 1


@pytest.mark.parametrize(
    ("words", "first", "last"),
    [
        ("on 3 may 2024", "2024-05-03", "2024-05-03"),
        ("the 3rd of may, 2024", "2024-05-03", "2024-05-03"),
        ("may 3, 2024", "2024-05-03", "2024-05-03"),
        ("3/5/2024", "2024-05-03", "2024-05-03"),
        ("2024-05-03", "2024-05-03", "2024-05-03"),
        ("feb 2024", "2024-02-01", "2024-02-29"),
        ("in 2024", "2024-01-01", "2024-12-31"),
        ("from may 2024 to 2 june 2025", "2024-05-01", "2025-06-02"),
        ("this year", "2027-01-01", "2027-12-31"),
        ("last month", "2027-02-01", "2027-02-28"),
        ("last week", "2027-02-22", "2027-02-28"),
        ("yesterday", "2027-02-28", "2027-02-28"),
        ("in the past two weeks", "2027-02-15", "9999-12-31"),
        ("older than a year", "0001-01-01", "2026-03-01"),
    ],
)
def test_dates_in_words(words: str, first: str, last: str) -> None:
    found = max(spans(words, TODAY), key=lambda each: each[1] - each[0])[2]
    assert (found.first.isoformat(), found.last.isoformat()) == (first, last)


def test_every_phrase_has_one_meaning() -> None:
    assert len(WORDS) == len(set(WORDS)) > 500


# --- through the service to the faces -------------------------------------------------------------


@pytest.fixture
def library(settings: Settings, tmp_path: Path) -> Iterator[Assistant]:
    folder = tmp_path / "papers"
    (folder / "minutes").mkdir(parents=True)
    for name, author in (("minutes/may.md", "Amina"), ("keys.md", "Bo")):
        text = (
            f"---\nauthor: {author}\ntags: [hall]\n---\n# About {author}\n\nThe key hangs here.\n"
        )
        (folder / name).write_text(text, encoding="utf-8")
    engine = ScriptedEngine("The key hangs here [1].")
    with closing(Assistant(settings, embedder=HashEmbedder(), engine=engine)) as assistant:
        for _ in assistant.sync((assistant.source_for(folder),)):
            pass
        yield assistant


def test_the_service_lists_and_wakes_no_model(library: Assistant) -> None:
    events = list(library.ask(Question("Which documents are tagged hall?")))
    assert [type(event) for event in events] == [Listed, Done]
    done = events[-1]
    assert isinstance(done, Done)
    answer = done.answer
    assert (answer.decision, answer.finish) == (Decision.CATALOGUE, Finish.CATALOGUE)
    assert answer.listing is not None
    assert {document.path for document in answer.listing.documents} == {"minutes/may.md", "keys.md"}
    engine = library.engine()
    assert isinstance(engine, ScriptedEngine)
    assert engine.prompts == []


def test_the_service_keeps_to_a_scope(library: Assistant) -> None:
    done = list(library.ask(Question("Who wrote the documents?", "minutes/*")))[-1]
    assert isinstance(done, Done)
    assert done.answer.listing is not None
    assert "Amina" in told(done.answer.listing)
    assert "Bo" not in told(done.answer.listing)


def test_other_questions_are_searched_as_ever(library: Assistant) -> None:
    first = next(iter(library.ask(Question("Where does the key hang?"))))
    assert isinstance(first, Found)


def test_a_changed_document_is_told_as_it_is_now(library: Assistant, tmp_path: Path) -> None:
    (tmp_path / "papers" / "keys.md").write_text("---\nauthor: Cy\n---\nNew.\n", encoding="utf-8")
    (tmp_path / "papers" / "minutes" / "may.md").rename(tmp_path / "papers" / "june.md")
    for _ in library.sync():
        pass
    done = list(library.ask(Question("Who are the authors of the documents?")))[-1]
    assert isinstance(done, Done)
    assert done.answer.listing is not None
    assert {line[:7] for line in done.answer.listing.lines[1:]} == {"- Amina", "- Cy: 1"}


def test_plain_lines_and_json_tell_it(library: Assistant) -> None:
    lines = AnswerLines()
    events = list(library.ask(Question("How many documents are tagged hall?")))
    plain = [line for event in events for line in lines.of(event)]
    assert plain[0] == "From the library's catalogue:"
    assert plain[1] == "  There are 2 documents with the keyword “hall”:"
    assert "Sources:" not in plain
    done = events[-1]
    assert isinstance(done, Done)
    row = json.loads(json.dumps(_answer_as_json(done)))
    assert (row["decision"], row["finish"]) == ("catalogue", "catalogue")
    assert row["listing"]["total"] == 2
    assert [d["path"] for d in row["listing"]["documents"]] == ["keys.md", "minutes/may.md"]
    assert row["listing"]["lines"] == [line.strip() for line in plain[1:]]


def test_an_answer_from_passages_has_no_listing(library: Assistant) -> None:
    done = list(library.ask(Question("Where does the key hang?")))[-1]
    assert isinstance(done, Done)
    assert isinstance(done.answer, Answer)
    assert _answer_as_json(done)["listing"] is None


def test_a_library_of_too_many_files_is_not_looked_through(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with closing(Store(tmp_path / "library.db")) as store:
        source = store.add_source(tmp_path)
        store.list_files(source, [Seen(f"{n}.txt", Facts(1, 1, 1)) for n in range(3)])
        assert catalogue.answer("How many files are there?", store) is not None
        monkeypatch.setattr("assistant.catalogue.MOST", 2)
        assert catalogue.answer("How many files are there?", store) is None
