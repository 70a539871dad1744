"""The words in which people ask about a library, and what each does in a question.

The longest phrase that fits counts. A word that stands in none of these lists carries meaning of
its own: it must be a value of the catalogue, or the question is about something else.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, auto

from assistant.text import words


class Role(Enum):
    COUNT = auto()
    LIST = auto()
    WHICH = auto()
    WHEN = auto()
    WHO = auto()
    WHERE = auto()
    BE = auto()  # at the beginning: a question of yes or no
    DO = auto()  # the same
    HAVE = auto()
    GIVE = auto()  # what documents do with a fact: give, carry, mention
    NOUN = auto()  # a document, whatever it is called
    FILE = auto()
    THING = auto()  # anything, something
    LIBRARY = auto()
    YOU = auto()
    KEY = auto()  # a fact by its name: author, topic
    VERB = auto()  # a fact by what was done: written by, filed under
    LINK = auto()  # a preposition
    NOT = auto()
    ALL = auto()
    EACH = auto()
    SAME = auto()
    OWN = auto()  # their, its
    COMPARE = auto()  # with a date: before, since
    AMOUNT = auto()  # with a number: more than, at least
    NUMBER = auto()
    MOST = auto()  # newest, largest
    AND = auto()
    OR = auto()
    STATUS = auto()
    FORMAT = auto()
    THE = auto()
    A = auto()
    NOTHING = auto()  # says nothing of what is asked
    STOP = auto()  # never stands in a question about the library
    # found in the question, not in these lists
    DATE = auto()
    NAME = auto()  # a value that stands in the catalogue
    WORD = auto()  # any other word


@dataclass(frozen=True, slots=True)
class Mark:
    """What a phrase does. `value`: which key, which preposition, which end of an order."""

    role: Role
    value: str = ""
    plural: bool = False


_ASKING = {
    (Role.COUNT, ""): """how many, how many different, number of, total number of, count, count of,
        count up""",
    (
        Role.LIST,
        "",
    ): """list, list of, list me, show, show me, give me, tell me, name, name me, find,
        find me, display, print, let me see, enumerate, titles of, can i see, could i see,
        i want to see, i would like to see, i d like to see""",
    (Role.WHICH, ""): """which, what, which ones, which one, which of, what else""",
    (Role.WHEN, ""): """when, on what date, on which date, what date, which date, on what day,
        what day, which day, how recently, how long ago, how recent, how old, how up to date""",
    (Role.WHO, ""): "who, by whom, whom",
    (Role.WHERE, ""): "where, whereabouts",
    (Role.BE, ""): "is, are, was, were, be, been, being, has been, have been, re",
    (Role.DO, ""): "do, does, did",
    (Role.HAVE, ""): """have, has, had, ve, got, have got, has got, hold, holds, contain, contains,
        include, includes, there, exist, exists, offer, offers, comprise, comprises, do i have,
        do we have, have i, have we, come with, comes with, can i find, can we find, can i read""",
    (Role.GIVE, ""): """give, gives, giving, given, carry, carries, carrying, bear, bears, state,
        states, stated, mention, mentions, mentioning, mentioned, names, named, naming, lists,
        listed, shows, record, records, recorded, use, uses, used, quote, quotes, appear,
        appears, occur, occurs""",
    (Role.YOU, ""): "you, your, i, we, my, our, us, this assistant, the assistant",
    (Role.THING, ""): "anything, something, everything, anything at all",
    (Role.STOP, ""): """read, reads, have to, has to, had to, got to, do i, do we, do i have to,
        do we have to, can i, can we, did i""",
    (Role.THE, ""): "the, this, these",
    (Role.A, ""): "a, an",
    (Role.NOTHING, ""): """please, kindly, that, here, can you, could you, would you, will you,
        i want to know, i would like to know, i d like to know, do you know, could you tell me,
        can you tell me, let me know, in total, total, altogether, in all, overall, all told,
        all together, currently, now, at the moment, at present, so far, on record, just, only,
        plain, simply, exactly, actually, available, whole, entire, both, distinct, different,
        various, separate, individual, any, some, also, too, as well, at all, ever""",
}
_DOCUMENTS = {
    (Role.NOUN, ""): """document, doc, page, guide, article, paper, text, leaflet, factsheet,
        fact sheet, handout, booklet, manual, handbook, report, entry, publication, title,
        book""",
    (Role.FILE, ""): "file",
    (
        Role.LIBRARY,
        "",
    ): "library, collection, catalogue, catalog, corpus, archive, knowledge base, shelf",
}
_FACTS = {
    "topic": """topic, subject, subject area, subject heading, theme, category, area, heading,
        section, topic area""",
    "keywords": "keyword, key word, key term, tag, label, index term",
    "author": "author, writer, creator",
    "date": "date, publication date, date of publication",
    "reviewed": """review date, date of review, review, date reviewed, last review,
        last review date, date of last review, date of the last review""",
    "updated": "last update, date of the last update, date of last update",
    "changed": "last change, modification date, date of the last change",
    "licence": "licence, license, licence term, license term, copyright licence",
    "jurisdiction": """jurisdiction, part of the world, part of the uk, country, nation, region,
        legal area, legal system, territory""",
    "sources": "source, reference, citation",
    "summary": "summary, abstract, description",
    "language": "language",
    "format": """format, file format, type, file type, type of file, kind of file, document type,
        type of document, kind of document, media type, type of files, kind of files,
        type of documents, kind of documents""",
    "folder": "folder, directory, subfolder",
    "size": "size, file size, how big, how large",
    "length": "length, how long",
    "path": "path, file name, filename, location",
}
_DEEDS = {
    "topic": """filed, filed under, filed in, filed as, sorted, sorted under, sorted into,
        sorted by,
        grouped, grouped under, grouped into, grouped by, classed under, classed as, classified,
        classified under, classified as, categorised, categorised under, categorised as,
        categorized, categorized under, categorized as, listed under, placed under, belong to,
        belongs to, belonging to, shelved, shelved under, kept under, stored under, found under,
        divided into, organised into, organised by, organised under, organized into, organized by,
        organized under, arranged into, arranged by, arranged under, split into, broken into,
        come under, comes under, fall under, falls under, sit under, sits under, on the topic of,
        on the topic, on the subject of, under the heading, under the heading of""",
    "keywords": """tagged, tagged with, tagged as, labelled, labelled with, labelled as, labeled,
        labeled with, labeled as, marked with, indexed under, indexed with""",
    "author": """write, wrote, written by, authored, authored by, created by, composed by,
        drafted by,
        penned by, prepared by, compiled by""",
    "date": "dated, published, issued, released, created, written, come out, came out",
    "reviewed": """reviewed, checked, looked over, gone over, verified, rechecked, last reviewed,
        last checked, last looked over, last gone over, last verified""",
    "updated": """updated, revised, brought up to date, refreshed, last updated, last revised,
        last brought up to date""",
    "changed": "changed, modified, edited, last changed, last modified, last edited",
    "licence": """licensed, licensed under, licenced, licenced under, released under,
        published under, shared under, available under, issued under""",
    "jurisdiction": """written for, apply to, applies to, apply in, applies in, intended for,
        meant for, valid in, valid for, made for, apply, applies, meant, intended""",
    "sources": """cite, cites, cited, citing, credit, credits, crediting, draw on, draws on,
        drawing on, based on, rely on, relies on, relying on, rest on, rests on, refer to,
        refers to""",
    "path": "kept, stored, found, located, saved",
}
_LINKS = {
    "about": """about, on, regarding, concerning, dealing with, to do with, relating to, related to,
        around, talk about, talks about, deal with, deals with, devoted to, to, covering,
        discussing, discuss, discusses, concern, concerns, look at, looks at,
        focused on, focusing on, cover, covers, covered""",
    "in": "in, inside, within, under, among, amongst, come in, comes in",
    "from": "from",
    "by": "by",
    "for": "for, aimed at",
    "of": "of",
    "as": "as, as one of",
    "with": "with, having, whose, at, into",
    "called": "called, titled, entitled",
}
_COMPARING = {
    "before": "before, earlier than, prior to, older than",
    "after": "after, later than, newer than, more recently than, more recent than",
    "since": "since, on or after, starting",
    "until": "until, till, up to, on or before, no later than",
    "in": "during",
}
_AMOUNTS = {
    "more": "more than, over, above",
    "least": "at least, no fewer than, a minimum of",
    "fewer": "fewer than, less than",
    "most": "at most, no more than, a maximum of",
}
_ENDS = {
    "newest": """newest, latest, most recent, most recently, last, most up to date""",
    "oldest": "oldest, earliest, least recent, least recently, longest ago, first",
    "largest": "largest, biggest",
    "smallest": "smallest",
    "longest": "longest, lengthiest",
    "shortest": "shortest, briefest",
    "most": """most, most often, most common, commonest, most frequent, most frequently,
        largest number of, greatest number of, highest number of, most used, most commonly""",
    "fewest": """fewest, least, least often, smallest number of, lowest number of, rarest,
        least common, least used""",
}
_STATUSES = {
    "unread": """could not be read, cannot be read, not be read, not read, were not read,
        was not read, unread, have not been read, has not been read, not been read, failed, skipped,
        not indexed, could not be indexed""",
    "read": "were read, was read, been read, have been read, are read, fully read, indexed",
    "partly": "partly read, only partly read, read in part",
    "waiting": "still to be read, waiting, waiting to be read, yet to be read",
    "duplicate": "duplicate, duplicates, duplicated, copies",
    "ignored": "ignored, left alone",
    "no text": "empty, without text, no text, without any text",
    "locked": "locked, password protected, with a password, encrypted",
    "damaged": "damaged, broken, corrupt, corrupted",
    "unsupported": "unsupported, not supported, of an unsupported type",
    "too large": "too large, too big",
    "unreadable": "unreadable, could not be opened, cannot be opened",
}
FORMATS = {
    "PDF": "pdf, pdf document, pdf file",
    "Word": "word document, word file, docx, docx file, word format, microsoft word",
    "spreadsheet": "spreadsheet, excel file, excel, workbook, xlsx, xlsx file",
    "presentation": "presentation, slide deck, powerpoint, powerpoint file, slide show, pptx",
    "e-mail": "email, e mail, email message, eml file",
    "web page": "web page, webpage, html, html file, html page",
    "Markdown": "markdown, markdown file, markdown document, md file",
    "plain text": "plain text, text file, plain text file, txt file",
    "e-book": "e book, ebook, epub, epub file",
    "OpenDocument text": "opendocument text, odt, odt file",
    "rich text": "rtf, rtf file, rich text file",
    "picture": "picture, photo, photograph, image, scan",
    "zip archive": "zip, zip file, zip archive",
}
_NUMBERS = "zero one two three four five six seven eight nine ten eleven twelve".split()


def _phrases(table: str) -> list[tuple[str, ...]]:
    return [tuple(words(phrase)) for phrase in table.split(",")]


def _plurals(phrase: tuple[str, ...]) -> list[tuple[str, ...]]:
    """With an "s" at the noun: "topics"; "types of file" and "types of files"."""
    if "of" not in phrase:
        return [(*phrase[:-1], _several(phrase[-1]))]
    of = phrase.index("of")
    head = (*phrase[: of - 1], _several(phrase[of - 1]))
    return [(*head, *phrase[of:]), (*head, *phrase[of:-1], _several(phrase[-1]))]


def _several(noun: str) -> str:
    return f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeo" else f"{noun}s"


def _all() -> dict[tuple[str, ...], Mark]:
    found: dict[tuple[str, ...], Mark] = {}
    tables = [
        *((Mark(Role.VERB, key), table) for key, table in _DEEDS.items()),
        *((Mark(role, value), table) for (role, value), table in _ASKING.items()),
        *((Mark(Role.LINK, value), table) for value, table in _LINKS.items()),
        *((Mark(Role.COMPARE, value), table) for value, table in _COMPARING.items()),
        *((Mark(Role.AMOUNT, value), table) for value, table in _AMOUNTS.items()),
        *((Mark(Role.MOST, value), table) for value, table in _ENDS.items()),
        *((Mark(Role.STATUS, value), table) for value, table in _STATUSES.items()),
        *((Mark(Role.NUMBER, str(number)), word) for number, word in enumerate(_NUMBERS)),
        *((Mark(role), table) for role, table in _SMALL.items()),
    ]
    nouns = [
        *((Mark(role, value), table) for (role, value), table in _DOCUMENTS.items()),
        *((Mark(Role.KEY, key), table) for key, table in _FACTS.items()),
        *((Mark(Role.FORMAT, name), table) for name, table in FORMATS.items()),
    ]
    for mark, table in nouns:
        for phrase in _phrases(table):
            many = Mark(mark.role, mark.value, plural=True)
            found.update({phrase: mark, **dict.fromkeys(_plurals(phrase), many)})
    for mark, table in tables:
        found.update(dict.fromkeys(_phrases(table), mark))
    return found


_SMALL = {
    Role.NOT: """not, no, without, other than, except, except for, apart from, besides, excluding,
        different from, neither, lack, lacks, lacking, missing, never, outside,
        anything but""",
    Role.ALL: "all, every, all of, every one of, every single",
    Role.EACH: "each, per, for each, in each, for every, in every, under each",
    Role.SAME: "same, identical, one and the same, share, in common",
    Role.OWN: "their, its",
    Role.AND: "and, plus, as well as, but, yet",
    Role.OR: "or, either, nor",
}

PHRASES = _all()
LONGEST = max(map(len, PHRASES))
