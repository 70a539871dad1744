"""XML: prose under its headings, data as records, and nothing that grows or points elsewhere."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from assistant.domain import Reading, Status
from assistant.parse.data import xmldoc
from assistant.parse.file import File
from tests.conftest import SHARED

COLLECTION = SHARED / "documents" / "xml"


def read(content: str | bytes, deadline: float = float("inf")) -> Reading:
    data = content.encode() if isinstance(content, str) else content
    return xmldoc.read(File("notes.xml", data, deadline))


def texts(content: str | bytes) -> list[tuple[str, str]]:
    reading = read(content)
    assert reading.status is Status.READY, reading
    return [(section.label, section.text) for section in reading.sections]


# --- prose ------------------------------------------------------------------------------

ARTICLE = """<!DOCTYPE article PUBLIC "-//NLM//DTD JATS//EN" "JATS.dtd">
<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
<article-id pub-id-type="doi">10.1/x</article-id>
<title-group><article-title>Warm <i>halls</i></article-title></title-group>
<contrib><name><surname>Okafor</surname><given-names>Amina</given-names></name></contrib>
<abstract><p>Halls are cold.</p></abstract></article-meta></front>
<body><sec><label>1</label><title>Method</title><p>We used CO<sub>2</sub> and <xref>two</xref>
lamps.</p><sec><title>Rooms</title><p>Three rooms.</p></sec><p>It was night.</p></sec></body>
</article>"""


def test_an_article_is_read_under_its_headings() -> None:
    assert texts(ARTICLE)[-4:] == [
        ("Abstract", "Halls are cold."),
        ("1 Method", "We used CO2 and two lamps."),
        ("1 Method > Rooms", "Three rooms."),
        ("1 Method", "It was night."),
    ]


def test_an_article_is_called_by_its_title_which_is_not_repeated() -> None:
    reading = read(ARTICLE)
    assert reading.title == "Warm halls"
    assert all("Warm" not in section.text for section in reading.sections)


def test_people_are_called_as_people_are() -> None:
    assert "contrib name: Amina Okafor" in texts(ARTICLE)[0][1]


def test_a_heading_without_text_below_it_is_read_as_text() -> None:
    found = texts("<a><title>T</title><head>Only this</head><head>B</head><p>x</p></a>")
    assert found == [("", "Only this"), ("B", "x")]


def test_list_items_keep_a_mark() -> None:
    assert texts("<a><p>Bring:</p><list><item><p>a cup</p></item></list></a>") == [
        ("", "Bring:\n\n- a cup")
    ]


def test_a_block_among_words_stays_a_block() -> None:
    found = texts("<a><p>Before <table><tr><td>cell</td></tr></table> after</p></a>")
    assert found == [("", "Before\n\ncell\n\nafter")]


def test_code_keeps_its_lines() -> None:
    assert texts("<a><p>x</p><programlisting>one\n  <b>two</b></programlisting></a>") == [
        ("", "x\n\none\n  two")
    ]


def test_a_table_repeats_its_headings_beside_each_cell() -> None:
    found = texts(
        '<doc><p>x</p><table><tgroup><colspec colname="a"/><colspec colname="b"/>'
        "<thead><row><entry>Day</entry><entry>Opens</entry></row></thead>"
        '<tbody><row><entry morerows="1">Monday</entry><entry>10</entry></row>'
        "<row><entry>14</entry></row>"
        '<row><entry namest="a" nameend="b">closed</entry></row></tbody></tgroup></table></doc>'
    )
    assert found[0][1].split("\n\n")[1:] == [
        "Day: Monday; Opens: 10.",
        "Day: Monday; Opens: 14.",
        "Day: closed; Opens: closed.",
    ]


def test_comments_instructions_and_scripts_are_left_out() -> None:
    found = texts("<a><?go now?><p>Words<!-- not me --></p><script>alert(1)</script></a>")
    assert found == [("", "Words")]


def test_long_runs_of_letters_that_are_no_words_are_left_out() -> None:
    assert texts(f"<a><p>A picture: {'QUJD' * 100}</p></a>") == [("", "A picture:")]


def test_where_one_element_wraps_all_words_it_says_nothing() -> None:
    parts = "".join(f"<{n}><PDAT>Words of {n}.</PDAT></{n}>" for n in ("A", "B", "C", "D"))
    found = texts(f"<P><PARA><PDAT>N</PDAT><SB><PDAT>1</PDAT></SB></PARA>{parts}</P>")
    assert "N1" in found[0][1]
    assert "PDAT" not in str(found)


# --- data -------------------------------------------------------------------------------


def test_what_repeats_is_a_record_with_the_names_of_its_values() -> None:
    found = texts(
        '<library><book id="b1"><title>Soup</title><price currency="EUR">4</price></book>'
        "<book><title>Bread</title><author><firstName>Ann</firstName></author></book></library>"
    )
    assert found == [
        (
            "library > book 1 to 2",
            "id: b1; title: Soup; price EUR: 4.\n\ntitle: Bread; author first Name: Ann.",
        )
    ]


def test_an_element_that_is_named_by_an_attribute_goes_by_that_name() -> None:
    assert texts('<config><set name="colour">blue</set><set name="size">9</set></config>') == [
        ("config", "colour: blue; size: 9.")
    ]


def test_values_of_one_name_share_it() -> None:
    assert texts("<a><tag>x</tag><tag>y</tag><other>z</other></a>") == [
        ("a", "tag: x, y; other: z.")
    ]


def test_rows_that_hold_other_things_than_cells_are_records() -> None:
    rows = "<row><id>1</id><name>Hall</name></row><row><id>2</id><name>Attic</name></row>"
    assert texts(f"<table>{rows}</table>") == [
        ("table > row 1 to 2", "id: 1; name: Hall.\n\nid: 2; name: Attic.")
    ]


def test_many_records_are_labelled_with_their_numbers() -> None:
    records = "".join(f"<r><n>{n}</n><t>{'word ' * 40}</t></r>" for n in range(100))
    labels = [label for label, _ in texts(f"<l>{records}</l>")]
    assert labels[0].endswith("r 1 to 20")
    assert labels[-1].endswith("to 100")


def test_a_page_inside_an_element_is_read_as_a_page() -> None:
    page = "&lt;h1&gt;News&lt;/h1&gt;&lt;p&gt;The hall &amp;amp; café are open.&lt;/p&gt;"
    found = texts(f"<feed><item><text>{page}{'&lt;p&gt;More&lt;/p&gt;' * 30}</text></item></feed>")
    assert "The hall & café are open." in found[0][1]
    assert "<" not in str(found)


def test_a_business_report_says_the_period_of_each_figure() -> None:
    reading = read(
        '<xbrl><context id="c1"><period><instant>2025-12-31</instant></period></context>'
        '<dei:DocumentType xmlns:dei="d" contextRef="c1">10-K</dei:DocumentType>'
        '<AssetsCurrent contextRef="c1" decimals="0">12</AssetsCurrent></xbrl>'
    )
    assert reading.title == "10-K"
    assert "period: 2025-12-31" in reading.sections[0].text
    assert "Assets Current: 12" in reading.sections[0].text


# --- odd and broken files -----------------------------------------------------------------


def test_named_characters_of_a_document_type_that_is_not_loaded_are_read() -> None:
    words = "<a><p>one&nbsp;two &mdash; &agr; &unknown; A&B <![CDATA[x &amp; < y]]></p></a>"
    assert texts(words) == [("", "one two — α &unknown; A&B x &amp; < y")]


def test_entities_of_the_file_are_read_when_they_are_short_texts() -> None:
    assert texts('<!DOCTYPE a [<!ENTITY hall "Main &#233; Hall">]><a><p>&hall;</p></a>') == [
        ("", "Main é Hall")
    ]


@pytest.mark.parametrize(
    "entities",
    [
        '<!ENTITY x SYSTEM "file:///etc/passwd">',
        '<!ENTITY a "ha"><!ENTITY x "&a;&a;&a;">',
        '<!ENTITY x "<b>hidden</b>">',
    ],
)
def test_entities_that_point_elsewhere_or_unfold_are_refused(entities: str) -> None:
    reading = read(f"<!DOCTYPE a [{entities}]><a><p>Hello &x; you</p></a>")
    assert reading.status is Status.PARTLY
    assert "other files" in reading.reason
    assert [s.text for s in reading.sections] == ["Hello you"]


def test_parameter_entities_do_nothing() -> None:
    assert texts('<!DOCTYPE a [<!ENTITY % x SYSTEM "http://x/"> %x;]><a><p>Hi</p></a>') == [
        ("", "Hi")
    ]


def test_entities_grow_to_a_limit_only() -> None:
    reading = read(f'<!DOCTYPE a [<!ENTITY x "{"ha " * 60}">]><a><p>{"&x;" * 20000}</p></a>')
    assert sum(len(s.text) for s in reading.sections) < 2_000_000
    assert reading.status is Status.PARTLY


def test_several_documents_in_one_file_are_all_read() -> None:
    one = '<?xml version="1.0"?><!DOCTYPE a SYSTEM "a.dtd" [ ]><a><p>{}</p></a>'
    assert texts(one.format("First.") + one.format("Second.")) == [("", "First.\n\nSecond.")]


def test_a_broken_file_is_read_up_to_its_break() -> None:
    reading = read("<a><p>Good words.</p></b><p>Lost.</p></a>")
    assert reading.status is Status.PARTLY
    assert reading.remedy
    assert [s.text for s in reading.sections] == ["Good words."]


def test_prefixes_that_are_not_declared_and_stray_marks_do_no_harm() -> None:
    assert texts("<a><o:p>1 < 2 & 3 &#0; &#x1b;[31m</o:p></a>")[0][1].startswith("1 < 2 & 3")


@pytest.mark.parametrize("encoding", ["utf-16", "windows-1251", "iso-8859-1", "shift_jis"])
def test_the_encoding_that_a_file_declares_is_believed(encoding: str) -> None:
    word = {"windows-1251": "Привет, зал", "shift_jis": "会議の記録"}.get(encoding, "Café")
    content = f'<?xml version="1.0" encoding="{encoding}"?><a><p>{word}</p></a>'
    assert texts(content.encode(encoding)) == [("", word)]


@pytest.mark.parametrize("element", ["<a>x ", "<p>x <b>", '<a b="1"><c>'])
def test_deep_nesting_is_read_as_flat_words(element: str) -> None:
    assert read(element * 20_000).status in (Status.PARTLY, Status.READY)


def test_what_was_read_in_time_is_kept() -> None:
    reading = read("<a><p>x</p></a>", deadline=0.0)
    assert reading.status is Status.PARTLY
    assert "so long" in reading.reason


@given(st.lists(st.sampled_from(
    ["<a>", "</a>", "<p>", "</p>", "<title>", "</title>", "<table><tr><td>", "</td></tr></table>",
     "words ", "&amp;", "&x;", "<!--", "-->", "<![CDATA[", "]]>", "<?xml?>", '<b c="d">', "</b>",
     "<!DOCTYPE a [", "]>", "<!ENTITY x 'y'>", "\x00", "<xbrl>", "</xbrl>", "&#xFFFE;", "<li>"]
)))  # fmt: skip
def test_wild_xml_never_raises(parts: list[str]) -> None:
    for section in read("".join(parts)).sections:
        assert section.text.strip()
        assert "\n" not in section.label


@given(st.binary(max_size=300))
def test_wild_bytes_never_raise(data: bytes) -> None:
    assert all(section.text.strip() for section in read(b"<?xml?><a>" + data).sections)


@pytest.mark.skipif(not COLLECTION.is_dir(), reason=f"{COLLECTION} is not here")
def test_an_external_document_type_is_never_loaded() -> None:
    reading = read((COLLECTION / "tika__testXXE.xml").read_bytes())
    assert reading.sections == ()
