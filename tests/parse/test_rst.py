"""reStructuredText: structure is kept, unknown directives and roles keep their words."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read as read_file
from assistant.parse.texts import rst


def read(content: str, name: str = "guide.rst") -> Reading:
    return read_file(File(name, content.encode()))


def words(content: str) -> str:
    reading = read(content)
    assert reading.status is Status.READY, reading
    return "\n\n".join(section.text for section in reading.sections)


def test_sections_become_labels() -> None:
    reading = read("Guide\n=====\n\nHello.\n\nMoney\n-----\n\nOne.\n\nGrants\n~~~~~~\n\nTwo.\n")
    assert (reading.title, reading.media_type) == ("Guide", "text/x-rst")
    assert [(s.label, s.text) for s in reading.sections] == [
        ("", "Hello."),
        ("Money", "One."),
        ("Money > Grants", "Two."),
    ]


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("*i* **b** ``code`` `link <http://x.org>`_", "i b code link"),
        (":ref:`the hall <hall>` :py:func:`~a.b.open` :unknown:`x`", "the hall open x"),
        ("|logo| here\n\n.. |logo| image:: x.png\n   :alt: Our logo", "Our logo here"),
        ("Bad ** and ` here", "Bad ** and ` here"),
        ("| one\n| two", "one\ntwo"),
        ("Run::\n\n   a  b\n", "Run:\n\na  b"),
        ("Text [#f]_\n\n.. [#f] A note.", "Text 1\n\n[1] A note."),
        (":Author: Ann", "Author: Ann"),
        ("term\n   Meaning.", "term: Meaning."),
        ("-a  all of it", "-a: all of it"),
        ("   Quote.\n\n   -- Ann", "Quote.\n\n— Ann"),
    ],
)
def test_markup_goes_and_words_stay(content: str, text: str) -> None:
    assert words(content) == text


def test_lists_keep_their_marks_and_numbers() -> None:
    assert words("- a lamp\n\n  - or two\n\n- a cup\n\n\n3. Open\n4. Close\n") == (
        "- a lamp\n\n  - or two\n\n- a cup\n\n3. Open\n\n4. Close"
    )


@pytest.mark.parametrize(
    "table",
    [
        "====== =====\nDay    Opens\n====== =====\nMonday 10\n====== =====\n",
        "+--------+-------+\n| Day    | Opens |\n+========+=======+\n"
        "| Monday | 10    |\n+--------+-------+\n",
        ".. list-table::\n   :header-rows: 1\n\n   * - Day\n     - Opens\n"
        "   * - Monday\n     - 10\n",
        ".. csv-table::\n   :header: Day, Opens\n\n   Monday, 10\n",
    ],
)
def test_table_rows_carry_their_column_headings(table: str) -> None:
    assert words(table) == "Day: Monday; Opens: 10."


@pytest.mark.parametrize(
    ("directive", "text"),
    [
        (".. note:: Bring a lamp.", "Note: Bring a lamp."),
        (".. versionadded:: 2.1\n   More.", "New in version 2.1 More."),
        (".. seealso::\n\n   The other.", "See also\n\nThe other."),
        (".. tabs::\n\n   .. tab:: First\n\n      Words.", "First\n\nWords."),
        (".. code-block:: python\n   :caption: x\n\n   print(1)", "print(1)"),
        (".. figure:: a.png\n   :alt: A door\n\n   A caption.", "A door\n\nA caption."),
        (".. only:: html\n\n   Words.", "Words."),
        (".. image:: a.png\n   :alt: A door", "A door"),
    ],
)
def test_directives_keep_their_words(directive: str, text: str) -> None:
    assert words(directive) == text


def test_what_does_not_parse_is_kept_without_messages() -> None:
    text = words("Before.\n\n==== ==\nbad  table here\n==== ==\n\nAfter.")
    assert "bad" in text
    assert "Malformed" not in text
    assert "table" in text


@pytest.mark.parametrize(
    "directive",
    [
        ".. include:: {path}",
        ".. literalinclude:: {path}",
        ".. raw:: html\n   :file: {path}",
        ".. csv-table::\n   :file: {path}",
        ".. raw:: html\n\n   <b>secret</b>",
        ".. toctree::\n\n   secret",
        ".. a comment: secret",
        ".. _secret:",
    ],
)
def test_no_other_file_and_nothing_hidden_is_read(directive: str, tmp_path: Path) -> None:
    secret = tmp_path / "a.txt"
    secret.write_text("secret", encoding="utf-8")
    assert words("Shown.\n\n" + directive.format(path=secret)) == "Shown."


@pytest.mark.parametrize(
    "content",
    [
        "x" * 30_000,
        "".join("  " * depth + "- key\n\n" for depth in range(400)),
        "The key. " * 300_000,
    ],
    ids=["long line", "deep list", "large"],
)
def test_what_is_too_much_for_the_parser_is_read_as_plain_text(content: str) -> None:
    assert read(content).status is Status.READY


@settings(max_examples=40)
@given(
    st.lists(
        st.sampled_from(
            "=====\n~-----\n~.. note::~.. x::~\n\n~   ~- ~1. ~`~**~|~_~:a:`~::\n\n~+--+\n"
            "~.. [1] ~[1]_~.. |a| ~== ==\n~\\~>>> ".split("~")
        )
        | st.text("ab \n", max_size=4),
        max_size=25,
    )
)
def test_wild_input_is_read(parts: list[str]) -> None:
    reading = rst.read(File("a.rst", "".join(parts).encode()))
    assert all(section.text.strip() for section in reading.sections)
