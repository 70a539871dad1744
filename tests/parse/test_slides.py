"""PPTX: a section for each slide, with its title, tables, charts, notes and comments."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Status
from assistant.parse.file import File
from assistant.parse.reading import read
from tests.conftest import SHARED

COMMON = "http://schemas.openxmlformats.org/"
NAMES = (
    f'xmlns:p="{COMMON}presentationml/2006/main" xmlns:a="{COMMON}drawingml/2006/main" '
    f'xmlns:c="{COMMON}drawingml/2006/chart" xmlns:dgm="{COMMON}drawingml/2006/diagram" '
    f'xmlns:r="{COMMON}officeDocument/2006/relationships" '
    f'xmlns:mc="{COMMON}markup-compatibility/2006"'
)
Parts = dict[str, str]  # kind of relation -> what the part holds


def pptx(*slides: str | tuple[str, Parts], more: Parts | None = None, names: str = NAMES) -> bytes:
    """A deck of these slides, each its shapes and its parts. `more`: the deck's own parts."""
    members: dict[str, str] = {}
    entries = ""
    deck: list[tuple[str, str]] = []
    for number, slide in enumerate(slides):
        shapes, parts = (slide, {}) if isinstance(slide, str) else slide
        name = f"slides/slide{number}.xml"
        members[f"ppt/{name}"] = (
            shapes
            if shapes.startswith("<broken")
            else f"<p:sld {names}><p:cSld><p:spTree>{shapes}</p:spTree></p:cSld></p:sld>"
        )
        related = [(kind, f"{kind}{number}.xml") for kind in parts]
        members.update({f"ppt/slides/{kind}{number}.xml": parts[kind] for kind in parts})
        members[f"ppt/slides/_rels/slide{number}.xml.rels"] = relations(related)
        entries += f'<p:sldId r:id="slide{number}"/>'
        deck.append((f"slide{number}", name))
    for kind, content in (more or {}).items():
        members[f"ppt/{kind}.xml"] = content
        deck.append((kind, f"{kind}.xml"))
    members["ppt/presentation.xml"] = (
        f"<p:presentation {names}><p:sldIdLst>{entries}</p:sldIdLst></p:presentation>"
    )
    members["ppt/_rels/presentation.xml.rels"] = relations(deck)
    data = io.BytesIO()
    with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
        for name, content in members.items():
            file.writestr(name, content)
    return data.getvalue()


def relations(each: Sequence[tuple[str, str]]) -> str:
    inner = "".join(
        f'<Relationship Id="{kind}" Type="x/{kind}" Target="{name}"/>' for kind, name in each
    )
    return f"<Relationships>{inner}</Relationships>"


def shape(*paragraphs: str, kind: str = "", hidden: str = "0") -> str:
    gap = f'<p:ph type="{kind}"/>' if kind else ""
    body = "".join(p if p.startswith("<a:p>") else line(p) for p in paragraphs)
    return (
        f'<p:sp><p:nvSpPr><p:cNvPr hidden="{hidden}"/><p:nvPr>{gap}</p:nvPr></p:nvSpPr>'
        f"<p:txBody>{body}</p:txBody></p:sp>"
    )


def line(words: str, properties: str = "", level: int = 0) -> str:
    return f'<a:p><a:pPr lvl="{level}">{properties}</a:pPr><a:r><a:t>{words}</a:t></a:r></a:p>'


def texts(data: bytes, name: str = "a.pptx") -> list[tuple[str, str]]:
    reading = read(File(name, data))
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


# --- slides -----------------------------------------------------------------------------


def test_slides_are_labelled_by_number_and_title() -> None:
    data = pptx(
        shape("Come in.") + shape("Welcome", kind="ctrTitle"),
        shape("No title here."),
        shape("The end", kind="title"),
    )
    assert texts(data) == [
        ("slide 1: Welcome", "Come in."),
        ("slide 2", "No title here."),
        ("slide 3: The end", "The end"),
    ]
    assert read(File("a.pptx", data)).title == "Welcome"


def test_a_long_title_loses_no_word() -> None:
    long = "word " * 60 + "last"
    [(label, text)] = texts(pptx(shape(long, kind="title")))
    assert len(label) < 150
    assert text == long


def test_bullets_and_numbers_are_kept_and_stay_together() -> None:
    number = '<a:buAutoNum type="arabicPeriod"/>'
    letter = '<a:buAutoNum type="alphaLcParenR"/>'
    data = pptx(
        shape("One", line("deep", level=1), "Two", kind="body")
        + shape(
            line("Plain", "<a:buNone/>"),
            line("First", number),
            line("inner", letter, 1),
            line("Second", number),
            line("dash", '<a:buChar char="-"/>'),
        )
    )
    assert texts(data) == [
        (
            "slide 1",
            "- One\n  - deep\n- Two\n\nPlain\n\n1. First\n  a. inner\n2. Second\n- dash",
        )
    ]


def test_shapes_in_groups_and_alternatives_are_read_once() -> None:
    choice = f"<mc:Choice>{shape('New.')}</mc:Choice><mc:Fallback>{shape('Old.')}</mc:Fallback>"
    data = pptx(
        f"<p:grpSp>{shape('Grouped.')}<p:grpSp>{shape('Deeper.')}</p:grpSp></p:grpSp>"
        f"<mc:AlternateContent>{choice}</mc:AlternateContent>"
    )
    assert texts(data) == [("slide 1", "Grouped.\n\nDeeper.\n\nNew.")]


def test_hidden_shapes_and_slide_numbers_are_not_read() -> None:
    data = pptx(shape("Shown.") + shape("Obey.", hidden="1") + shape("7", kind="sldNum"))
    assert texts(data) == [("slide 1", "Shown.")]


def test_a_hidden_slide_is_read() -> None:
    data = pptx(shape("Spare."), names=NAMES)
    assert texts(data.replace(b"<p:sld ", b'<p:sld show="0" ')) == [("slide 1", "Spare.")]


def test_what_stands_on_every_slide_is_read_once() -> None:
    layout = (
        f"<p:sldLayout {NAMES}><p:cSld><p:spTree>{shape('Town hall')}"
        f"{shape('Click to add a title', kind='title')}</p:spTree></p:cSld></p:sldLayout>"
    )
    # both slides use the same layout
    first = (shape("One.") + shape("Call us.", kind="ftr"), {"slideLayout": layout})
    data = pptx(first, shape("Two.") + shape("Call us.", kind="ftr"))
    assert texts(data) == [("slide 1", "One.\n\nCall us.\n\nTown hall"), ("slide 2", "Two.")]


def test_tables_carry_their_column_headings_also_across_merged_cells() -> None:
    def cell(words: str, more: str = "") -> str:
        return f"<a:tc {more}><a:txBody>{line(words)}</a:txBody></a:tc>"

    rows = (
        cell("Day") + cell("Opens") + cell("Closes"),
        cell("Monday", 'rowSpan="2"') + cell("shut", 'gridSpan="2"') + cell("", 'hMerge="1"'),
        cell("", 'vMerge="1"') + cell("9") + cell("10"),
    )
    table = "".join(f"<a:tr>{row}</a:tr>" for row in rows)
    assert texts(pptx(f"<p:graphicFrame><a:tbl>{table}</a:tbl></p:graphicFrame>")) == [
        (
            "slide 1",
            "Day: Monday; Opens: shut; Closes: shut.\n\nDay: Monday; Opens: 9; Closes: 10.",
        )
    ]


def test_charts_and_smart_art_are_read() -> None:
    chart = (
        f"<c:chartSpace {NAMES}><c:title><a:t>Visitors</a:t></c:title><c:ser><c:tx><c:v>2024</c:v>"
        '</c:tx><c:cat><c:pt idx="0"><c:v>May</c:v></c:pt></c:cat>'
        '<c:val><c:pt idx="0"><c:v>5</c:v></c:pt></c:val></c:ser></c:chartSpace>'
    )
    diagram = f"<dgm:dataModel {NAMES}>{line('Chair')}{line('Treasurer')}</dgm:dataModel>"
    shapes = (
        '<p:graphicFrame><c:chart r:id="chart"/></p:graphicFrame>'
        '<p:graphicFrame><dgm:relIds r:dm="diagramData"/></p:graphicFrame>'
    )
    data = pptx((shapes, {"chart": chart, "diagramData": diagram}))
    assert texts(data) == [("slide 1", "Visitors\n\nMay; 2024: 5.\n\nChair\nTreasurer")]


def test_notes_and_comments_follow_their_slide() -> None:
    notes = (
        f"<p:notes {NAMES}><p:cSld><p:spTree>{shape('Say it slowly.', kind='body')}"
        f"{shape('7', kind='sldNum')}</p:spTree></p:cSld></p:notes>"
    )
    comments = f'<p:cmLst {NAMES}><p:cm authorId="1"><p:text>Is it?</p:text></p:cm></p:cmLst>'
    authors = f'<p:cmAuthorLst {NAMES}><p:cmAuthor id="1" name="Amina"/></p:cmAuthorLst>'
    data = pptx(
        (shape("Hello."), {"notesSlide": notes, "comments": comments}),
        more={"commentAuthors": authors},
    )
    assert texts(data) == [
        ("slide 1", "Hello.\n\nNotes: Say it slowly.\n\nComment by Amina: Is it?")
    ]


def test_newer_comments_are_read_with_their_replies() -> None:
    comments = (
        f'<x:cmLst xmlns:x="urn:new" {NAMES}><x:cm authorId="A"><x:replyLst><x:reply authorId="B">'
        f"<x:txBody>{line('It is.')}</x:txBody></x:reply></x:replyLst>"
        f"<x:txBody>{line('Is it?')}</x:txBody></x:cm></x:cmLst>"
    )
    authors = '<x:authorLst xmlns:x="urn:new"><x:author id="A" name="Amina"/></x:authorLst>'
    data = pptx((shape("Hello."), {"comments": comments}), more={"authors": authors})
    assert texts(data) == [
        ("slide 1", "Hello.\n\nComment by Amina: Is it?\n\nComment by someone: It is.")
    ]


# --- files ------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["a.pptm", "a.ppsx", "a.ppsm", "a.potx"])
def test_shows_and_decks_with_macros_are_read(name: str) -> None:
    assert texts(pptx(shape("Hello.")), name) == [("slide 1", "Hello.")]


def test_the_strict_form_is_read_like_the_common_one() -> None:
    names = " ".join(
        f'xmlns:{short}="http://purl.oclc.org/ooxml/{name}"'
        for short, name in {
            "p": "presentationml/main",
            "a": "drawingml/main",
            "r": "officeDocument/relationships",
        }.items()
    )
    assert texts(pptx(shape("Hello."), names=names)) == [("slide 1", "Hello.")]


def test_a_broken_slide_does_not_cost_the_others() -> None:
    reading = read(File("a.pptx", pptx(shape("One."), "<broken", shape("Three."))))
    assert reading.status is Status.PARTLY
    assert [s.label for s in reading.sections] == ["slide 1", "slide 3"]
    assert "Slide 2 could not be read" in reading.reason
    assert reading.remedy


def test_a_deck_of_broken_slides_is_damaged() -> None:
    assert read(File("a.pptx", pptx("<broken"))).status is Status.DAMAGED


def test_a_deck_without_words_holds_no_text() -> None:
    assert read(File("a.pptx", pptx(""))).status is Status.NO_TEXT


def test_time_that_is_up_returns_what_there_is() -> None:
    reading = read(File("a.pptx", pptx(shape("Hello.")), deadline=0))
    assert reading.sections == ()
    assert reading.reason


def test_groups_in_groups_without_end_are_read() -> None:
    data = pptx("<p:grpSp>" * 3000 + shape("The key.") + "</p:grpSp>" * 3000)
    assert texts(data) == [("slide 1", "The key.")]


@pytest.mark.parametrize("span", ["999999", "-1", "x"])
def test_absurd_spans_cost_nothing(span: str) -> None:
    cell = f'<a:tc gridSpan="{span}"><a:txBody>{line("x")}</a:txBody></a:tc>'
    row = f"<a:tr>{cell * 200}</a:tr>"
    found = texts(pptx(f"<p:graphicFrame><a:tbl>{row * 20}</a:tbl></p:graphicFrame>"))
    assert sum(len(text) for _, text in found) < 50_000


TAGS = st.sampled_from(
    """p:sp p:nvSpPr p:nvPr p:ph p:txBody a:p a:pPr a:r a:t a:br a:fld a:buAutoNum a:buNone p:grpSp
    p:graphicFrame a:tbl a:tr a:tc a:txBody c:chart dgm:relIds mc:AlternateContent mc:Choice
    p:cNvPr p:pic""".split()
)
VALUES = st.sampled_from(["0", "1", "-1", "99999999", "x", "title", "body", "slidenum", "true"])


@st.composite
def trees(draw: st.DrawFn, depth: int = 0) -> str:
    tag = draw(TAGS)
    inner = draw(st.sampled_from(["", "words", "&#xA0;"]))
    if depth < 6:
        inner += "".join(draw(st.lists(trees(depth + 1), max_size=4)))
    value = draw(VALUES)
    names = "type lvl gridSpan rowSpan hMerge startAt hidden r:id r:dm authorId".split()
    attributes = " ".join(f'{name}="{value}"' for name in names)
    return f"<{tag} {attributes}>{inner}</{tag}>"


@given(st.lists(trees(), max_size=6))
def test_any_tree_of_elements_is_read(blocks: list[str]) -> None:
    tree = "".join(blocks)
    parts = dict.fromkeys(("notesSlide", "comments", "slideLayout", "1"), f"<x {NAMES}>{tree}</x>")
    reading = read(File("a.pptx", pptx((tree, parts), tree)))
    assert reading.status in (Status.READY, Status.NO_TEXT), reading
    assert all(section.text.strip() for section in reading.sections)
    assert "\n" not in "".join(section.label for section in reading.sections)


@pytest.mark.skipif(not SHARED.is_dir(), reason="the shared collection of files is not here")
@pytest.mark.parametrize(
    "name", ["tika__testPPT.ppsx", "tika__testPPT.pptm", "docling__powerpoint_bad_text.pptx"]
)
def test_files_that_others_refuse_are_read(name: str) -> None:
    file = SHARED / "documents" / "pptx" / name
    assert read(File(name, file.read_bytes())).status is Status.READY
