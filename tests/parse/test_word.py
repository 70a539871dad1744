"""DOCX: what is read of a document, under which label, and what is not."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Mapping

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.file import File
from assistant.parse.reading import read
from tests.conftest import SHARED

COMMON = "http://schemas.openxmlformats.org/"
NAMES = (
    f'xmlns:w="{COMMON}wordprocessingml/2006/main" xmlns:a="{COMMON}drawingml/2006/main" '
    f'xmlns:c="{COMMON}drawingml/2006/chart" xmlns:m="{COMMON}officeDocument/2006/math" '
    f'xmlns:r="{COMMON}officeDocument/2006/relationships" '
    f'xmlns:mc="{COMMON}markup-compatibility/2006" xmlns:dgm="{COMMON}drawingml/2006/diagram"'
)
LEVEL = '<w:lvl w:ilvl="{}"><w:numFmt w:val="{}"/><w:lvlText w:val="{}"/></w:lvl>'


def docx(body: str, parts: Mapping[str, str] | None = None, names: str = NAMES) -> bytes:
    """A document of this body. `parts`: kind of relation -> what the part holds."""
    members = {"word/document.xml": f"<w:document {names}><w:body>{body}</w:body></w:document>"}
    relations = ""
    for number, (key, content) in enumerate((parts or {}).items()):
        members[f"word/part{number}.xml"] = content
        kind = key.rstrip("0123456789")
        relations += (
            f'<Relationship Id="{kind}" Type="{COMMON}relationships/{kind}" '
            f'Target="part{number}.xml"/>'
        )
    members["word/_rels/document.xml.rels"] = f"<Relationships>{relations}</Relationships>"
    return zipped(members)


def zipped(members: Mapping[str, str | bytes]) -> bytes:
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def p(words: str, style: str = "", more: str = "") -> str:
    named = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{named}{more}</w:pPr>{r(words)}</w:p>"


def r(words: str, properties: str = "") -> str:
    return f"<w:r><w:rPr>{properties}</w:rPr><w:t>{words}</w:t></w:r>"


def item(words: str, level: int = 0, number: int = 1) -> str:
    listed = f'<w:numPr><w:ilvl w:val="{level}"/><w:numId w:val="{number}"/></w:numPr>'
    return p(words, more=listed)


def cell(words: str, properties: str = "") -> str:
    return f"<w:tc><w:tcPr>{properties}</w:tcPr>{p(words)}</w:tc>"


def table(*rows: str) -> str:
    return f"<w:tbl>{''.join(f'<w:tr>{row}</w:tr>' for row in rows)}</w:tbl>"


def numbering(*levels: str, more: str = "") -> str:
    return (
        f'<w:numbering {NAMES}><w:abstractNum w:abstractNumId="0">{"".join(levels)}</w:abstractNum>'
        f'<w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>{more}</w:numbering>'
    )


def styles(*each: str) -> str:
    return f"<w:styles {NAMES}>{''.join(each)}</w:styles>"


def style(name: str, more: str = "", paragraph: str = "", kind: str = "paragraph") -> str:
    return (
        f'<w:style w:type="{kind}" w:styleId="{name}"><w:name w:val="{name}"/>{more}'
        f"<w:pPr>{paragraph}</w:pPr></w:style>"
    )


def texts(data: bytes, name: str = "a.docx") -> list[tuple[str, str]]:
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


def words(data: bytes) -> str:
    return "\n\n".join(text for _, text in texts(data))


# --- headings ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    "named",
    [
        pytest.param(style("heading 1"), id="by name"),
        pytest.param(style("Kop", paragraph='<w:outlineLvl w:val="0"/>'), id="by outline level"),
        pytest.param(
            style("heading 1") + style("Mine", '<w:basedOn w:val="heading 1"/>'), id="by its base"
        ),
    ],
)
def test_a_heading_is_known_by_its_style_in_any_language(named: str) -> None:
    name = named.rsplit('w:styleId="', maxsplit=1)[-1].split('"', maxsplit=1)[0]
    body = p("Hello.") + p("Keys", name) + p("Behind the door.")
    assert read(File("a.docx", docx(body, {"styles": styles(named)}))).title == "Keys"


def test_a_heading_carries_the_number_that_a_reader_sees() -> None:
    parts = {
        "styles": styles(
            style("heading 1", paragraph='<w:numPr><w:numId w:val="1"/></w:numPr>'),
            style(
                "heading 2",
                paragraph='<w:numPr><w:ilvl w:val="1"/><w:numId w:val="1"/></w:numPr>',
            ),
        ),
        "numbering": numbering(
            LEVEL.format(0, "decimal", "%1."), LEVEL.format(1, "lowerLetter", "%1.%2")
        ),
    }
    body = p("One", "heading 1") + p("Two", "heading 1") + p("Deep", "heading 2") + p("Words.")
    assert texts(docx(body, parts)) == [("2. Two > 2.a Deep", "Words.")]


def test_a_style_that_is_based_on_itself_is_read() -> None:
    looped = styles(style("A", '<w:basedOn w:val="B"/>'), style("B", '<w:basedOn w:val="A"/>'))
    assert words(docx(p("Hello.", "A"), {"styles": looped})) == "Hello."


def test_a_long_paragraph_in_a_heading_style_is_text() -> None:
    long = "A very long heading. " * 50
    data = docx(p(long, "heading 1"), {"styles": styles(style("heading 1"))})
    assert texts(data) == [("", long.strip())]


# --- lists ------------------------------------------------------------------------------


def test_list_items_keep_their_numbers_and_stay_together() -> None:
    parts = {
        "numbering": numbering(
            LEVEL.format(0, "decimal", "%1)"),
            LEVEL.format(1, "upperRoman", "%2."),
            LEVEL.format(2, "bullet", "·"),
        )
    }
    body = item("One") + item("Two") + item("deep", 1) + item("deeper", 2) + item("Three")
    assert words(docx(p("Bring:") + body + p("End."), parts)) == (
        "Bring:\n\n1) One\n2) Two\n  I. deep\n    - deeper\n3) Three\n\nEnd."
    )


def test_a_list_that_restarts_counts_anew() -> None:
    again = (
        '<w:num w:numId="2"><w:abstractNumId w:val="0"/><w:lvlOverride w:ilvl="0">'
        '<w:startOverride w:val="5"/></w:lvlOverride></w:num>'
    )
    parts = {"numbering": numbering(LEVEL.format(0, "decimal", "%1."), more=again)}
    body = item("a") + item("b") + p("Then:") + item("c", number=2) + item("d", number=2)
    assert words(docx(body, parts)) == "1. a\n2. b\n\nThen:\n\n5. c\n6. d"


# --- tables -----------------------------------------------------------------------------


def test_table_rows_carry_their_column_headings_also_across_merged_cells() -> None:
    body = table(
        cell("Day") + cell("Opens") + cell("Closes"),
        cell("Monday", '<w:vMerge w:val="restart"/>') + cell("10") + cell("12"),
        cell("", "<w:vMerge/>") + cell("shut", '<w:gridSpan w:val="2"/>'),
    )
    assert words(docx(body)) == (
        "Day: Monday; Opens: 10; Closes: 12.\n\nDay: Monday; Opens: shut; Closes: shut."
    )


def test_a_table_in_a_table_is_read_once() -> None:
    inner = f"<w:tc>{table(cell('deep') + cell('deeper'))}{p('')}</w:tc>"
    text = words(docx(table(cell("A") + cell("B"), inner + cell("x"))))
    assert text == "A: deep; deeper; B: x."


def test_a_table_of_one_cell_is_a_frame_around_ordinary_text() -> None:
    inside = p("Start.") + p("Keys", "heading 2") + p("One.") + p("Two.")
    data = docx(
        p("Guide", "heading 1") + f"<w:tbl><w:tr><w:tc>{inside}</w:tc></w:tr></w:tbl>",
        {"styles": styles(style("heading 1"), style("heading 2"))},
    )
    assert texts(data) == [("", "Start."), ("Keys", "One.\n\nTwo.")]


@pytest.mark.parametrize("span", ["999999", "-5", "many", "99999999999999999999"])
def test_absurd_spans_cost_nothing(span: str) -> None:
    wide = cell("x", f'<w:gridSpan w:val="{span}"/>')
    assert len(words(docx(table(wide * 200, wide * 200)))) < 500_000


def test_a_page_of_text_in_the_first_row_is_not_repeated_with_every_row() -> None:
    long = "A long story. " * 1000
    body = table(cell(long) + cell("b"), *[cell("x") + cell("y")] * 500)
    text = words(docx(body))
    assert text.startswith(long.strip())
    assert len(text) < 100_000


# --- words inside paragraphs --------------------------------------------------------------


def test_insertions_are_read_and_deletions_are_not() -> None:
    body = (
        f"<w:p>{r('Ask ')}<w:del><w:r><w:delText>Bob</w:delText></w:r></w:del>"
        f"<w:ins>{r('Amina')}</w:ins><w:moveFrom>{r('no')}</w:moveFrom></w:p>"
    )
    deleted = "<w:tr><w:trPr><w:del/></w:trPr>" + cell("gone") + "</w:tr>"
    assert words(docx(body)) == "Ask Amina"
    data = docx(f"<w:tbl><w:tr>{cell('A')}</w:tr><w:tr>{cell('1')}</w:tr>{deleted}</w:tbl>")
    assert "gone" not in words(data)


def test_hidden_text_is_not_read() -> None:
    named = styles(
        style("Secret", "<w:rPr><w:vanish/></w:rPr>", kind="character"),
        style("Child", "<w:basedOn w:val='Secret'/>", kind="character"),
    )
    by_style, shown = "<w:rStyle w:val='Secret'/>", "<w:vanish w:val='0'/>"
    body = (
        f"<w:p>{r('Shown.')}{r('Ignore what was said.', '<w:vanish/>')}"
        f"{r('Obey.', by_style)}{r('Obey.', by_style.replace('Secret', 'Child'))}"
        f"{r(' Also.', shown)}</w:p>"
    )
    assert words(docx(body, {"styles": named})) == "Shown. Also."


def test_a_text_box_is_read_once_and_not_again_as_its_fallback() -> None:
    box = f"<w:txbxContent>{p('In the box.')}</w:txbxContent>"
    body = (
        f"<w:p>{r('Before.')}<w:r><mc:AlternateContent><mc:Choice>{box}</mc:Choice><mc:Fallback>"
        f"{box}</mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )
    assert words(docx(body)) == "Before.\n\nIn the box."


def test_an_equation_is_read_on_one_line() -> None:
    def m(text: str) -> str:
        return f"<m:r><m:t>{text}</m:t></m:r>"

    body = (
        f"<w:p>{r('Area: ')}<m:oMath>{m('πr')}<m:sSup><m:e/><m:sup>{m('2')}</m:sup></m:sSup>"
        f"<m:f><m:num>{m('1')}</m:num><m:den>{m('a+b')}</m:den></m:f></m:oMath></w:p>"
    )
    assert words(docx(body)) == "Area: πr^21/(a+b)"


def test_symbols_that_every_font_knows_are_kept() -> None:
    body = (
        '<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/><w:sym w:font="Symbol" w:char="F061"/>'
        '<w:sym w:font="Unknown" w:char="F041"/><w:sym w:font="X" w:char="nonsense"/></w:r></w:p>'
    )
    assert words(docx(body)) == "☑α"


# --- what stands beside the text ----------------------------------------------------------


def test_notes_and_comments_stand_after_their_paragraph() -> None:
    notes = f'<w:footnotes {NAMES}><w:footnote w:id="2">{p("A copy.")}</w:footnote></w:footnotes>'
    comments = (
        f'<w:comments {NAMES}><w:comment w:id="0" w:author="Amina">{p("Is it?")}</w:comment>'
        "</w:comments>"
    )
    body = (
        f"<w:p>{r('The key')}<w:r><w:footnoteReference w:id='2'/></w:r>{r(' is here.')}"
        "<w:r><w:commentReference w:id='0'/></w:r></w:p>" + p("Next.")
    )
    assert words(docx(body, {"footnotes": notes, "comments": comments})) == (
        "The key is here.\n\nA copy.\n\nComment by Amina: Is it?\n\nNext."
    )


def test_headers_and_footers_are_read_once_each() -> None:
    head = f"<w:hdr {NAMES}>{p('Town hall')}</w:hdr>"
    parts = {
        "header": head,
        "header2": head,
        "footer": f"<w:ftr {NAMES}>{p('Call us.')}</w:ftr>",
        "footer2": f"<w:ftr {NAMES}>{p('12')}</w:ftr>",
    }
    assert texts(docx(p("Hello."), parts)) == [
        ("", "Hello."),
        ("Page header", "Town hall"),
        ("Page footer", "Call us."),
    ]


def test_the_figures_of_a_chart_are_a_table() -> None:
    def points(*values: str) -> str:
        return "".join(f'<c:pt idx="{n}"><c:v>{v}</c:v></c:pt>' for n, v in enumerate(values))

    chart = (
        f"<c:chartSpace {NAMES}><c:chart><c:title><a:t>Visitors</a:t></c:title><c:ser>"
        "<c:tx><c:v>2024</c:v></c:tx>"
        f"<c:cat>{points('May', 'June')}</c:cat><c:val>{points('4.2999999999999998', '5')}</c:val>"
        "</c:ser></c:chart></c:chartSpace>"
    )
    body = f"<w:p>{r('See:')}<w:r><c:chart r:id='chart'/></w:r></w:p>"
    assert words(docx(body, {"chart": chart})) == (
        "See:\n\nVisitors\n\nMay; 2024: 4.3.\n\nJune; 2024: 5."
    )


def test_smart_art_is_read() -> None:
    data = f"<dgm:dataModel {NAMES}><a:p><a:r><a:t>Chair</a:t></a:r></a:p></dgm:dataModel>"
    body = "<w:p><w:r><dgm:relIds r:dm='diagramData'/></w:r></w:p>"
    assert words(docx(body, {"diagramData": data})) == "Chair"


# --- packages ---------------------------------------------------------------------------


def test_the_strict_form_is_read_like_the_common_one() -> None:
    strict = 'xmlns:w="http://purl.oclc.org/ooxml/wordprocessingml/main"'
    assert words(docx(p("Hello."), names=strict)) == "Hello."


@pytest.mark.parametrize("name", ["a.docm", "a.dotx", "a.dotm"])
def test_templates_and_documents_with_macros_are_read(name: str) -> None:
    assert texts(docx(p("Hello.")), name) == [("", "Hello.")]


def test_the_document_is_found_by_its_relation() -> None:
    kind = f"{COMMON}officeDocument/2006/relationships/officeDocument"
    data = zipped(
        {
            "_rels/.rels": f'<Relationships><Relationship Id="a" Type="{kind}" Target="/word/x.xml"'
            "/></Relationships>",
            "word/x.xml": f"<w:document {NAMES}><w:body>{p('Hello.')}</w:body></w:document>",
        }
    )
    assert words(data) == "Hello."


def test_the_title_is_the_documents_own() -> None:
    core = '<x xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title> House\nrules </dc:title></x>'
    members = {
        "word/document.xml": f"<w:document {NAMES}><w:body>{p('Hello.')}</w:body></w:document>",
        "docProps/core.xml": core,
    }
    assert read(File("a.docx", zipped(members))).title == "House rules"
    assert read(File("minutes.docx", docx(p("Hello.")))).title == "minutes"


def test_control_characters_that_xml_forbids_do_not_cost_the_document() -> None:
    assert words(docx(p("Hel\x0blo&#x1F; you&#10;there."))) == "Hello you\nthere."


@pytest.mark.parametrize("kind", ["styles", "numbering", "footnotes", "header"])
def test_a_broken_part_does_not_cost_the_document(kind: str) -> None:
    body = p("Hello.") + "<w:p><w:r><w:footnoteReference w:id='1'/></w:r></w:p>"
    assert words(docx(body, {kind: "<broken"})) == "Hello."


def test_a_document_without_its_main_part_is_damaged() -> None:
    assert read(File("a.docx", zipped({"word/other.xml": "<a/>"}))).status is Status.DAMAGED


@pytest.mark.parametrize("target", ["../../../etc/passwd", "/etc/passwd", "file:///etc/passwd"])
def test_nothing_outside_the_file_is_read(target: str) -> None:
    members = {
        "word/document.xml": f"<w:document {NAMES}><w:body>{p('Hello.')}</w:body></w:document>",
        "word/_rels/document.xml.rels": "<Relationships><Relationship Id='a' Type='x/header' "
        f"Target='{target}'/></Relationships>",
    }
    assert words(zipped(members)) == "Hello."


def test_entities_are_refused() -> None:
    document = '<!DOCTYPE x [<!ENTITY e "ha">]><x>&e;</x>'
    data = zipped({"word/document.xml": document})
    assert read(File("a.docx", data)).status is Status.DAMAGED


@pytest.mark.parametrize(
    ("opened", "closed"),
    [
        ("<w:tbl><w:tr><w:tc>", "</w:tc></w:tr></w:tbl>"),
        ("<w:tbl><w:tr><w:tc><w:p/></w:tc><w:tc>", "</w:tc></w:tr></w:tbl>"),
        ("<w:sdt><w:sdtContent>", "</w:sdtContent></w:sdt>"),
        ("<w:p><w:r><w:txbxContent>", "</w:txbxContent></w:r></w:p>"),
        ("<w:p><w:ins>", "</w:ins></w:p>"),
    ],
)
def test_what_is_nested_without_end_is_read(opened: str, closed: str) -> None:
    reading = read(File("a.docx", docx(opened * 3000 + p("The key.") + closed * 3000)))
    assert reading.status is Status.READY
    assert "The key." in reading.sections[0].text


def test_time_that_is_up_returns_what_there_is() -> None:
    reading = read(File("a.docx", docx(p("Hello.")), deadline=0))
    assert reading.sections == ()
    assert reading.reason


# --- wild input -------------------------------------------------------------------------

TAGS = st.sampled_from(
    """w:p w:r w:t w:tbl w:tr w:tc w:tcPr w:vMerge w:gridSpan w:sdt w:sdtContent w:ins w:del w:sym
    w:txbxContent w:footnoteReference w:pPr w:numPr w:numId w:ilvl w:pStyle w:outlineLvl m:oMath m:f
    m:t m:nary m:naryPr m:chr mc:AlternateContent mc:Choice mc:Fallback c:chart dgm:relIds a:t w:tab
    w:rPr w:vanish w:rStyle""".split()
)
VALUES = st.sampled_from(["0", "1", "-1", "99999999", "x", "", "F0FE", "restart"])


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(TAGS)
    inner = draw(st.sampled_from(["", "words", "&#xA0;"]))
    if depth < 5:
        inner += "".join(draw(st.lists(trees(depth + 1), max_size=4)))
    value = draw(VALUES)
    attributes = f'w:val="{value}" w:id="{value}" r:id="{value}" w:char="{value}"'
    return f"<{tag} {attributes}>{inner}</{tag}>"


@given(st.lists(trees(), max_size=6))
def test_any_tree_of_elements_is_read(blocks: list[str]) -> None:
    parts = {"numbering": numbering(*blocks), "styles": styles(*blocks), "footnotes": "<a/>"}
    check(read(File("a.docx", docx("".join(blocks), parts))))


@given(st.data())
def test_a_spoilt_document_is_read_or_called_damaged(data: st.DataObject) -> None:
    whole = bytearray(docx(p("Hello.") + table(cell("A") + cell("B"))))
    for _ in range(data.draw(st.integers(1, 8))):
        whole[data.draw(st.integers(0, len(whole) - 1))] = data.draw(st.integers(0, 255))
    reading = read(File("a.docx", bytes(whole)))
    # the directory of the zip file may now claim any size
    refused = (Status.DAMAGED, Status.UNSUPPORTED, Status.TOO_LARGE, Status.NO_TEXT)
    assert reading.status in (Status.READY, *refused)


def check(reading: Reading) -> None:
    assert reading.status in (Status.READY, Status.NO_TEXT), reading
    assert all(section.text.strip() for section in reading.sections)
    assert "\n" not in "".join(section.label for section in reading.sections)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared collection of files is not here")
@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("docling__Strict.docx", "Transitional"),
        ("tika__testDOTM.dotm", ""),
        ("tika__testWORD_macros.docm", "quick brown fox"),
        ("tika__testWORD_template.dotx", ""),
    ],
)
def test_files_that_others_refuse_are_read(name: str, expected: str) -> None:
    file = SHARED / "documents" / "docx" / name
    reading = read(File(name, file.read_bytes()))
    assert reading.status is Status.READY
    assert expected in str(reading.sections) or name == "docling__Strict.docx"
