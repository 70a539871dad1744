"""OpenDocument texts, presentations and flat files. (The plainest cases are in test_readers.)"""

from __future__ import annotations

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read

OASIS = "urn:oasis:names:tc:opendocument:xmlns:"
NAMES = " ".join(
    [
        *(
            f'xmlns:{short}="{OASIS}{name}:1.0"'
            for short, name in {
                "office": "office",
                "text": "text",
                "table": "table",
                "style": "style",
                "draw": "drawing",
                "presentation": "presentation",
                "chart": "chart",
                "svg": "svg-compatible",
            }.items()
        ),
        'xmlns:dc="http://purl.org/dc/elements/1.1/"',
        'xmlns:xlink="http://www.w3.org/1999/xlink"',
        'xmlns:math="http://www.w3.org/1998/Math/MathML"',
    ]
)


def odf(kind: str, body: str, styles: str = "", parts: dict[str, str] | None = None) -> bytes:
    members = {
        "mimetype": f"application/vnd.oasis.opendocument.{kind}",
        "content.xml": f"<office:document-content {NAMES}><office:automatic-styles>{styles}"
        f"</office:automatic-styles><office:body><office:{kind}>{body}</office:{kind}>"
        "</office:body></office:document-content>",
        **(parts or {}),
    }
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def flat(kind: str, body: str) -> bytes:
    return (
        f'<?xml version="1.0"?><office:document {NAMES} office:mimetype="x"><office:body>'
        f"<office:{kind}>{body}</office:{kind}></office:body></office:document>"
    ).encode()


def texts(data: bytes, name: str = "a.odt") -> list[tuple[str, str]]:
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


def words(body: str, styles: str = "", parts: dict[str, str] | None = None) -> str:
    return "\n\n".join(text for _, text in texts(odf("text", body, styles, parts)))


def p(content: str, style: str = "") -> str:
    return f'<text:p text:style-name="{style}">{content}</text:p>'


def cell(content: str, more: str = "") -> str:
    return f"<table:table-cell {more}>{p(content)}</table:table-cell>"


def table(*rows: str) -> str:
    inner = "".join(f"<table:table-row>{row}</table:table-row>" for row in rows)
    return f"<table:table>{inner}</table:table>"


def items(*contents: str) -> str:
    return "".join(f"<text:list-item>{content}</text:list-item>" for content in contents)


NUMBERS = (
    '<text:list-style style:name="L"><text:list-level-style-number text:level="1" '
    'style:num-format="1" style:num-suffix="."/><text:list-level-style-bullet text:level="2"/>'
    '<text:list-level-style-number text:level="3" style:num-format="a" style:num-suffix=")" '
    'text:display-levels="1"/></text:list-style>'
)


# --- texts ------------------------------------------------------------------------------


def test_lists_keep_their_numbers_at_every_level() -> None:
    deepest = f"<text:list>{items(p('deeper'))}</text:list>"
    deep = f"<text:list>{items(p('deep') + deepest)}</text:list>"
    inner = items(p("One"), p("Two") + deep, p("Three"))
    assert words(f"<text:list text:style-name='L'>{inner}</text:list>", NUMBERS) == (
        "1. One\n2. Two\n  - deep\n    a) deeper\n3. Three"
    )


def test_a_list_that_goes_on_counts_on_and_another_begins_again() -> None:
    start = f'<text:list text:style-name="L">{items(p("a"), p("b"))}</text:list>'
    goes_on = f'<text:list text:style-name="L" text:continue-numbering="true">{items(p("c"))}'
    body = start + p("Then:") + goes_on + "</text:list>" + p("New:") + start
    assert words(body, NUMBERS) == "1. a\n2. b\n\nThen:\n\n3. c\n\nNew:\n\n1. a\n2. b"


def test_headings_carry_the_number_that_a_reader_sees() -> None:
    numbered = (
        '<text:outline-style><text:outline-level-style text:level="1" style:num-format="1" '
        'style:num-suffix="."/><text:outline-level-style text:level="2" style:num-format="1" '
        'text:display-levels="2"/></text:outline-style>'
    )
    body = (
        "<text:h text:outline-level='1'>Start</text:h><text:h text:outline-level='1'>Keys</text:h>"
        "<text:h text:outline-level='2'>Spare</text:h>" + p("Here.")
    )
    data = odf("text", body, numbered)
    assert texts(data) == [("2. Keys > 2.1 Spare", "Here.")]


def test_deleted_text_is_not_read() -> None:
    body = (
        "<text:tracked-changes><text:changed-region><text:deletion>"
        + p("No.")
        + "</text:deletion></text:changed-region></text:tracked-changes>"
        + p("Yes.")
    )
    assert words(body) == "Yes."


def test_hidden_text_is_not_read() -> None:
    hidden = (
        '<style:style style:name="H"><style:text-properties text:display="none"/></style:style>'
        '<style:style style:name="Child" style:parent-style-name="H"/>'
    )
    body = (
        p("Shown.<text:span text:style-name='H'>Obey.</text:span>")
        + p("Obey.", "H")
        + p("Obey.", "Child")
        + f"<text:section text:display='none'>{p('Obey.')}</text:section>"
    )
    assert words(body, hidden) == "Shown."


def test_comments_and_text_boxes_stand_after_their_paragraph() -> None:
    comment = f"<office:annotation><dc:creator>Amina</dc:creator>{p('Is it?')}</office:annotation>"
    box = (
        f"<draw:frame><svg:desc>no</svg:desc><draw:text-box>{p('In the box.')}</draw:text-box>"
        "</draw:frame>"
    )
    assert words(p(f"The key{comment}{box} is here.") + p("Next.")) == (
        "The key is here.\n\nComment by Amina: Is it?\n\nIn the box.\n\nNext."
    )


def test_merged_cells_are_in_each_of_their_places() -> None:
    covered = "<table:covered-table-cell/>"
    body = table(
        cell("Day") + cell("Opens") + cell("Closes"),
        cell("Monday", "table:number-rows-spanned='2'")
        + cell("shut", "table:number-columns-spanned='2'")
        + covered,
        covered + cell("9", "table:number-columns-repeated='2'"),
    )
    assert words(body) == (
        "Day: Monday; Opens: shut; Closes: shut.\n\nDay: Monday; Opens: 9; Closes: 9."
    )


def test_a_heading_in_a_table_is_read() -> None:
    inner = "<table:table-cell><text:h>Keys</text:h></table:table-cell>"
    assert words(table(inner + cell("b"))) == "Keys; b"


def test_headers_and_footers_are_read_once_each() -> None:
    styles = (
        f"<office:document-styles {NAMES}><office:master-styles><style:master-page>"
        f"<style:header>{p('Town hall')}</style:header>"
        f"<style:header-left>{p('Town hall')}</style:header-left>"
        f"<style:footer>{p('<text:page-number>3</text:page-number>')}</style:footer>"
        "</style:master-page></office:master-styles></office:document-styles>"
    )
    data = odf("text", p("Hello."), parts={"styles.xml": styles})
    assert texts(data) == [("", "Hello."), ("Page header", "Town hall")]


def test_the_figures_of_a_chart_and_an_equation_are_read() -> None:
    chart = (
        f"<office:document-content {NAMES}><chart:chart><chart:title>{p('Visitors')}</chart:title>"
        + table(cell("") + cell("2024"), cell("May") + cell("5"))
        + "</chart:chart></office:document-content>"
    )
    equation = f"<math:math {NAMES}><math:mi>a</math:mi><math:mo>=</math:mo></math:math>"
    body = p("<draw:object xlink:href='./Object 1'/>") + p("<draw:object xlink:href='Object 2'/>")
    parts = {"Object 1/content.xml": chart, "Object 2/content.xml": equation}
    assert words(body, parts=parts) == "Visitors\n\nMay; 2024: 5.\n\na ="


@pytest.mark.parametrize("name", ["../../etc/passwd", "/etc/passwd", "http://example.org/x", ""])
def test_objects_outside_the_file_are_not_read(name: str) -> None:
    assert words(p("Hello.") + p(f"<draw:object xlink:href='{name}'/>")) == "Hello."


def test_a_date_that_changes_each_day_is_no_text() -> None:
    body = p("On <text:date>today</text:date><text:date text:fixed='true'>1 May</text:date>.")
    assert words(body) == "On 1 May."


def test_broken_styles_do_not_cost_the_document() -> None:
    assert words(p("Hello."), parts={"styles.xml": "<broken", "meta.xml": "<broken"}) == "Hello."


# --- presentations ------------------------------------------------------------------------


def shape(content: str, kind: str = "") -> str:
    named = f'presentation:class="{kind}"' if kind else ""
    return f"<draw:frame {named}><draw:text-box>{content}</draw:text-box></draw:frame>"


def test_slides_are_labelled_by_number_and_title() -> None:
    body = (
        f"<draw:page>{shape(p('Hello.'))}{shape(p('Welcome'), 'title')}"
        f"<presentation:notes>{shape(p('Say it slowly.'), 'notes')}"
        f"{shape(p('7'), 'page-number')}</presentation:notes></draw:page>"
        f"<draw:page><draw:g><draw:custom-shape>{p('Grouped.')}</draw:custom-shape></draw:g>"
        f"{shape(p('7'), 'page-number')}</draw:page>"
        f"<draw:page>{shape(p('The end'), 'title')}</draw:page>"
    )
    assert texts(odf("presentation", body), "a.odp") == [
        ("slide 1: Welcome", "Hello.\n\nNotes: Say it slowly."),
        ("slide 2", "Grouped."),
        ("slide 3: The end", "The end"),
    ]


def test_what_stands_on_every_slide_is_read_once() -> None:
    styles = (
        f"<office:document-styles {NAMES}><style:master-page style:name='M'>"
        f"{shape(p('Town hall'))}{shape(p('no'), 'title')}</style:master-page>"
        f"<style:master-page style:name='other'>{shape(p('no'))}</style:master-page>"
        "</office:document-styles>"
    )
    page = f"<draw:page draw:master-page-name='M'>{shape(p('Hello.'))}</draw:page>"
    footer = "<presentation:footer-decl>Call us.</presentation:footer-decl>"
    data = odf("presentation", footer + page * 2, parts={"styles.xml": styles})
    assert texts(data, "a.odp")[2:] == [("on every slide", "Call us.\n\nTown hall")]


def test_a_presentation_is_called_by_its_first_title() -> None:
    meta = f"<office:document-meta {NAMES}><dc:title>PowerPoint Presentation</dc:title>"
    parts = {"meta.xml": meta + "</office:document-meta>"}
    page = f"<draw:page>{shape(p('Welcome'), 'title')}</draw:page>"
    assert read(File("a.odp", odf("presentation", page, parts=parts))).title == "Welcome"


# --- flat files ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "data", "expected"),
    [
        ("a.fodt", flat("text", p("Hello.")), [("", "Hello.")]),
        (
            "a.fodp",
            flat("presentation", f"<draw:page>{shape(p('Hello.'))}</draw:page>"),
            [("slide 1", "Hello.")],
        ),
        (
            "a.fods",
            flat(
                "spreadsheet",
                table(cell("Day"), cell("Monday")).replace(
                    "<table:table>", "<table:table table:name='Hours'>"
                ),
            ),
            [("Hours", "Day: Monday.")],
        ),
    ],
)
def test_flat_files_are_read(name: str, data: bytes, expected: list[tuple[str, str]]) -> None:
    assert texts(data, name) == expected


def test_a_flat_file_without_a_body_is_damaged() -> None:
    assert read(File("a.fodt", flat("drawing", "x"))).status is Status.DAMAGED


# --- hostile and wild input ---------------------------------------------------------------


@pytest.mark.parametrize("count", ["999999999", "-1", "x", "99999"])
def test_absurd_repeat_counts_cost_nothing(count: str) -> None:
    wide = cell("x", f"table:number-columns-repeated='{count}'")
    far = "<table:table-cell table:number-columns-repeated='99999'/>"
    row = f"<table:table-row table:number-rows-repeated='{count}'>{wide}{far}</table:table-row>"
    text = words(f"<table:table>{row * 20}</table:table>" + p(f"a<text:s text:c='{count}'/>b"))
    assert len(text) < 100_000


ROW, ROW_END = "<table:table><table:table-row>", "</table:table-row></table:table>"
CELL, CELL_END = "<table:table-cell>", "</table:table-cell>"


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<text:list><text:list-item>", "</text:list-item></text:list>"),
        (ROW + CELL, CELL_END + ROW_END),
        (ROW + "<table:table-cell/>" + CELL, CELL_END + ROW_END),
        ("<text:section>", "</text:section>"),
        ("<text:p><draw:frame><draw:text-box>", "</draw:text-box></draw:frame></text:p>"),
        ("<text:p><text:note><text:note-body>", "</text:note-body></text:note></text:p>"),
        ("<text:p><text:span>", "</text:span></text:p>"),
    ],
)
def test_what_is_nested_without_end_is_read(opened: str, closed: str) -> None:
    assert "The key." in words(opened * 3000 + p("The key.") + closed * 3000)


TAGS = st.sampled_from(
    """text:p text:h text:list text:list-item text:list-header text:span text:s text:note
    text:note-body office:annotation table:table table:table-row table:table-cell text:section
    table:covered-table-cell table:table-header-rows draw:frame draw:text-box draw:object draw:g
    draw:page presentation:notes text:date text:ruby text:ruby-text text:tracked-changes""".split()
)
VALUES = st.sampled_from(["0", "1", "-1", "99999999", "x", "", "L", "title", "true", "none"])


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(TAGS)
    inner = draw(st.sampled_from(["", "words", "&#xA0;"]))
    if depth < 5:
        inner += "".join(draw(st.lists(trees(depth + 1), max_size=4))) + "tail"
    value = draw(VALUES)
    names = (
        "text:c text:outline-level text:style-name table:number-columns-repeated text:start-value "
        "table:number-rows-repeated table:number-columns-spanned presentation:class text:level "
        "style:name xlink:href text:display text:continue-numbering"
    )
    attributes = " ".join(f'{name}="{value}"' for name in names.split())
    return f"<{tag} {attributes}>{inner}</{tag}>"


@given(st.lists(trees(), max_size=6), st.sampled_from(["text", "presentation"]))
def test_any_tree_of_elements_is_read(blocks: list[str], kind: str) -> None:
    check(read(File("a", odf(kind, "".join(blocks), NUMBERS + "".join(blocks)))))


@given(st.lists(trees(), max_size=4))
def test_any_flat_tree_is_read(blocks: list[str]) -> None:
    check(read(File("a.fods", flat("spreadsheet", "".join(blocks)))))


def check(reading: Reading) -> None:
    assert reading.status in (Status.READY, Status.NO_TEXT), reading
    assert all(section.text.strip() for section in reading.sections)
    assert "\n" not in "".join(section.label for section in reading.sections)
