"""Notebooks: text under its headings, code, and what it printed."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse import reading
from assistant.parse.file import File


def read(*cells: Any, **more: Any) -> Reading:
    data = json.dumps({"nbformat": 4, "cells": list(cells), **more}).encode()
    return reading.read(File("book.ipynb", data))


def texts(*cells: Any) -> list[tuple[str, str]]:
    found = read(*cells)
    assert found.status is Status.READY, found
    return [(section.label, section.text) for section in found.sections]


def prose(text: str) -> dict[str, Any]:
    return {"cell_type": "markdown", "source": text.splitlines(keepends=True)}


def code(text: str, *outputs: Any) -> dict[str, Any]:
    return {"cell_type": "code", "source": text, "outputs": list(outputs)}


def test_cells_stand_under_the_headings_of_those_before_them() -> None:
    assert texts(
        prose("# Rain\n\nHow much *rain* fell."),
        prose("## Data"),
        code("x = 1\nif x:\n    go()"),
        prose("Then:\n\n### Mean\n\nIt is 3."),
    ) == [
        ("", "How much rain fell."),
        ("Data", "x = 1\nif x:\n    go()\n\nThen:"),
        ("Data > Mean", "It is 3."),
    ]


def test_the_first_heading_is_the_title() -> None:
    assert read(code("1"), prose("# Rain\n\nWords.")).title == "Rain"
    assert read(code("1")).title == "book"


def test_cells_before_any_heading_are_called_by_their_number() -> None:
    assert texts(prose("Hello."), code("1 + 1")) == [("cell 1", "Hello."), ("cell 2", "1 + 1")]


def test_a_mark_in_code_is_no_heading() -> None:
    assert texts(prose("```\n# no heading\n```"), code("# nor this")) == [
        ("cell 1", "# no heading"),
        ("cell 2", "# nor this"),
    ]


def test_printed_text_is_read_and_pictures_pages_and_errors_are_not() -> None:
    found = texts(
        code(
            "go()",
            {"output_type": "stream", "text": ["12 chairs\n"]},
            {"output_type": "display_data", "data": {"image/png": "QUJD" * 200}},
            {
                "output_type": "execute_result",
                "data": {"text/html": "<b>7</b>", "text/plain": "\x1b[31m7"},
            },
            {"output_type": "error", "traceback": ["Traceback ..."]},
        )
    )
    assert [text for _, text in found] == ["go()", "12 chairs", "7"]


def test_a_long_output_is_cut() -> None:
    found = texts(code("x", {"output_type": "stream", "text": "line\n" * 10_000}))
    assert len(found[1][1]) < 6000
    assert found[1][1].endswith("…")


def test_notebooks_of_version_3_are_read() -> None:
    old = {
        "nbformat": 3,
        "worksheets": [
            {
                "cells": [
                    {"cell_type": "heading", "level": 2, "source": ["Old"]},
                    {
                        "cell_type": "code",
                        "input": ["print(1)"],
                        "outputs": [{"output_type": "pyout", "text": ["1"]}],
                    },
                ]
            }
        ],
    }
    found = reading.read(File("old.ipynb", json.dumps(old).encode()))
    assert [(s.label, s.text) for s in found.sections] == [("", "print(1)\n\n1")]
    assert found.title == "Old"


def test_an_empty_notebook_has_no_text() -> None:
    assert read().status is Status.NO_TEXT


@pytest.mark.parametrize("content", ["[1]", '{"a": 1}', "{oops"])
def test_what_is_no_notebook_is_damaged(content: str) -> None:
    assert reading.read(File("x.ipynb", content.encode())).status is Status.DAMAGED


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(
        st.sampled_from(["cell_type", "source", "outputs", "text", "data", "text/plain"]), inner
    ),
    max_leaves=10,
)  # fmt: skip


@given(st.lists(JSON), st.sampled_from(["markdown", "code", "heading", "raw"]), JSON)
def test_wild_cells_are_read(cells: list[Any], kind: str, source: Any) -> None:
    cell = {"cell_type": kind, "source": source, "outputs": cells, "level": source}
    found = read(*cells, cell)
    assert found.status in (Status.READY, Status.NO_TEXT)
    assert all(s.text.strip() for s in found.sections)
