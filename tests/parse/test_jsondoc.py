"""JSON: each object a record, numbers as they are written, broken ends survived."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse import reading
from assistant.parse.data import jsondoc
from assistant.parse.file import File


def read(content: str, name: str = "list.json") -> Reading:
    return reading.read(File(name, content.encode()))


def texts(content: str) -> list[tuple[str, str]]:
    found = read(content)
    assert found.status is Status.READY, found
    return [(section.label, section.text) for section in found.sections]


def test_objects_in_a_list_are_records() -> None:
    assert texts('{"rooms":[{"name":"Hall","size":80},{"name":"Attic","size":1.50}]}') == [
        ("rooms 1 to 2", "name: Hall; size: 80.\n\nname: Attic; size: 1.50.")
    ]


def test_a_list_without_a_name_holds_records() -> None:
    assert texts('[{"a":"x"},{"a":"y"}]') == [("record 1 to 2", "a: x.\n\na: y.")]


def test_names_of_nested_values_stand_together() -> None:
    assert texts('{"address":{"streetName":"High Street"},"tags":["a","b"]}') == [
        ("", "address street Name: High Street; tags: a, b.")
    ]


def test_long_texts_are_paragraphs_and_keep_their_lines() -> None:
    long = "A long story.\nIt goes on. " * 20
    found = texts(json.dumps([{"name": "Story", "text": long}, {"name": "B", "text": "b"}]))
    assert found[0][1].startswith("name: Story.\n\nA long story.\nIt goes on.")


def test_a_long_record_is_told_in_parts_under_its_name() -> None:
    value = {f"key{n}": {"text": "words " * 20} for n in range(40)}
    found = texts(json.dumps([{"name": "Hall", **value}, {"name": "B"}]))
    assert "Hall > key3" in [label for label, _ in found]


def test_a_name_that_comes_twice_loses_nothing() -> None:
    assert texts('{"a":"x","a":"y"}') == [("", "a: x, y.")]


def test_what_says_nothing_is_left_out() -> None:
    assert texts('{"a":NaN,"b":null,"c":"","d":{},"e":[],"f":true}') == [("", "f: true.")]


def test_rows_of_cells_are_a_table() -> None:
    assert texts('{"t":[["Day","Opens"],["Monday",10],["Friday",12]]}') == [
        ("", "t: Day: Monday; Opens: 10. Day: Friday; Opens: 12.")
    ]


def test_outlines_on_a_map_are_left_out_and_places_kept() -> None:
    found = texts(
        '{"type":"FeatureCollection","features":[{"geometry":{"coordinates":[-0.1,51.5]},'
        '"properties":{"name":"Hall"}},{"geometry":{"coordinates":[[[1,2],[3,4]]]},'
        '"properties":{"name":"Park"}}]}'
    )
    assert found[-1][1] == (
        "geometry coordinates: -0.1, 51.5; properties name: Hall.\n\nproperties name: Park."
    )


def test_web_pages_in_values_are_read_as_words() -> None:
    assert texts('{"a":"<p>Soup &amp; <b>bread</b></p>"}') == [("", "a: Soup & bread.")]


def test_json_lines_are_records() -> None:
    assert texts('{"a":"x"}\n{"a":"y"}\n') == [("record 1 to 2", "a: x.\n\na: y.")]


def test_of_json_lines_those_that_are_whole_are_read() -> None:
    found = read('{"a":"x"}\n{"a": oops}\n{"a":"z"}\n{"a":', "x.jsonl")
    assert found.status is Status.PARTLY
    assert "2 places" in found.reason
    assert found.sections[0].text == "a: x.\n\na: z."


@pytest.mark.parametrize(
    "content",
    [
        '{"a": "x", "b": [1, {"c": "tex',
        '{\n "a": "x",\n "b": oops\n}',
        '{"a": "x", "b": "[ {, unfinished',
    ],
)
def test_a_file_that_breaks_off_is_read_up_to_there(content: str) -> None:
    found = read(content)
    assert found.status is Status.PARTLY
    assert found.reason
    assert found.remedy
    assert found.sections[0].text.startswith("a: x")


def test_a_file_of_which_nothing_can_be_read_is_damaged() -> None:
    assert read("{oops").status is Status.DAMAGED


@pytest.mark.parametrize("content", ["[" * 100_000, '{"a":' * 500 + "1" + "}" * 500])
def test_endless_nesting_is_refused_plainly(content: str) -> None:
    found = read(content)
    assert found.status is Status.TOO_LARGE
    assert "inside one another" in found.reason


def test_the_title_is_what_the_file_calls_itself() -> None:
    assert read('{"title":"Opening hours","a":1}').title == "Opening hours"
    assert read('[{"title":"One"},{"title":"Two"}]').title == "list"


def test_what_was_read_in_time_is_kept() -> None:
    found = jsondoc.read(File("a.json", b'{"a":"x","b":[{"c":1},{"c":2}]}', deadline=0.0))
    assert found.status is Status.PARTLY
    assert found.sections[0].text == "a: x."


JSON = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)


@given(JSON)
def test_any_json_is_read(value: Any) -> None:
    found = jsondoc.read(File("a.json", json.dumps(value).encode()))
    assert found.status is Status.READY
    assert all(s.text.strip() and "\n" not in s.label for s in found.sections)


@given(st.text())
def test_wild_texts_end_in_a_status(text: str) -> None:
    assert all(s.text.strip() for s in read("{" + text).sections)
