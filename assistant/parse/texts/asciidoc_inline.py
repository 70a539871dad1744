"""The marks inside a paragraph of AsciiDoc: bold, links, footnotes, attributes."""

from __future__ import annotations

import html
import re

from assistant.text import one_line

_GROWTH_LIMIT = 20_000  # characters that attributes may add to a paragraph
_MARKUP = re.compile(r"[^\w\s.,;!?-]|\n")
_REFERENCE = re.compile(r"(?<!\\)\{([\w-]{1,100})\}")
_BUILT_IN = {
    **dict.fromkeys(("empty", "blank", "zwsp", "wj"), ""),
    **dict.fromkeys(("sp", "nbsp"), " "),
    "plus": "+",
    "asterisk": "*",
    "tilde": "~",
    "vbar": "|",
    "caret": "^",
    "startsb": "[",
    "endsb": "]",
    "amp": "&",
    "lt": "<",
    "gt": ">",
    "apos": "'",
    "quot": '"',
    "backslash": "\\",
    "backtick": "`",
    "deg": "°",
    "cpp": "C++",
    "two-colons": "::",
    "two-semicolons": ";;",
    "lsquo": "‘",
    "rsquo": "’",
    "ldquo": "“",
    "rdquo": "”",
}
_PASSED = re.compile(r"\+{3}(.{0,2000}?)\+{3}|\bpass:[a-z,]{0,20}\[([^\]]{0,2000})\]", re.S)
_NOTE = re.compile(
    r"\s*\bfootnote(?:ref)?:[\w-]{0,100}\[((?:[^\[\]]|\[[^\[\]]{0,500}\]){0,2000})\]"
)
_CROSS = re.compile(r"<<([^<>,\n]{1,200})(?:,([^<>]{0,500}))?>>")
_INDEX = re.compile(r"\(\(\([^()]{0,500}\)\)\)|\b(?:indexterm|anchor):[\w-]{0,100}\[[^\]]{0,500}\]")
_FLOW_INDEX = re.compile(r"\(\(([^()]{1,300})\)\)")
_MACRO = re.compile(
    r"\b(https?|ftp|irc|link|xref|mailto|image|icon|kbd|btn|menu|stem|latexmath|asciimath|indexterm2)"
    r":([^\s\[\]]{0,1000})\[((?:[^\[\]]|\[[^\[\]]{0,200}\]){0,1000})\]"
)
_ANCHOR = re.compile(r"\[\[[^\[\]]{1,200}\]\]|\[[.#][\w .#%-]{1,100}\](?=[#*_`])|\[\w{1,30}\](?=#)")
_QUOTES = (
    (re.compile(r"\"`(\S[^`]{0,2000})`\""), r"“\1”"),
    (re.compile(r"'`(\S[^`]{0,2000})`'"), r"‘\1’"),
    (re.compile(r"(?<=\w)`'"), "’"),
)
_MARKS = (
    *(
        re.compile(pattern.replace("X", re.escape(mark)))
        for mark in "`*_#"
        for pattern in (
            r"(?<!\\)XX((?:(?!XX).){1,2000}?)XX",
            r"(?<![\w\\X])X(?=[^\sX])([^X]{0,2000}?(?<=\S))X(?!\w)",
        )
    ),
    re.compile(r"(?<!\\)\^(\S{1,100}?)\^"),
    re.compile(r"(?<!\\)~(\S{1,100}?)~"),
)
_ESCAPE = re.compile(r"\\(?=[*_`#^~{<\[\\'\"(]|\w+:)")
_ATTRIBUTES = re.compile(r",\s*[\w-]+\s*=.*", re.S)
_BREAK = re.compile(r" \+\s*\n")


def words(text: str, attributes: dict[str, str]) -> tuple[str, list[str]]:
    """The words of a paragraph on one line for each forced break, and its footnotes."""
    if not _MARKUP.search(text):
        return text.rstrip() if text.startswith("  ") else one_line(text), []
    text = _with_attributes(text, attributes)
    notes: list[str] = []

    def note(found: re.Match[str]) -> str:
        if found[1].strip():
            notes.append(_plain(found[1]))
        return ""

    text = _NOTE.sub(note, text)
    lead = text[: len(text) - len(text.lstrip(" "))]
    lines = [one_line(line) for line in _BREAK.sub("\v", _plain(text)).split("\v")]
    return lead + "\n".join(filter(None, lines)), notes


def link_text(inside: str) -> str:
    """What is shown of `[text,window=_blank]`: a name or an alternative text."""
    inside = inside.strip()
    if quoted := re.match(r"\"([^\"]*)\"|'([^']*)'", inside):
        return quoted[1] or quoted[2] or ""
    if named := re.search(r"\balt=\"?([^\",]*)", inside):
        return named[1]
    if re.match(r"[\w-]+\s*=", inside):
        return ""
    return _ATTRIBUTES.sub("", inside).removesuffix("^").strip()


def alternative(inside: str) -> str:
    """The alternative text of a picture: the first of its attributes, or the one called so."""
    quoted = inside.lstrip().startswith(("'", '"'))
    return link_text(inside if quoted or "alt=" in inside else inside.partition(",")[0])


def _with_attributes(text: str, attributes: dict[str, str]) -> str:
    left = _GROWTH_LIMIT

    def value(found: re.Match[str]) -> str:
        nonlocal left
        name = found[1].lower()
        put = attributes.get(name, _BUILT_IN.get(name, found[0]))
        left -= len(put)
        return put if left > 0 else found[0]

    return _REFERENCE.sub(value, text)


def _plain(text: str) -> str:
    text = _PASSED.sub(lambda found: found[1] or found[2] or "", text)
    text = _INDEX.sub("", text)
    text = _FLOW_INDEX.sub(r"\1", text)
    text = _CROSS.sub(lambda m: m[2] or m[1].rsplit("#", 1)[-1].strip("_").replace("_", " "), text)
    text = _MACRO.sub(_shown, text)
    text = _ANCHOR.sub("", text)
    for quotes, put in _QUOTES:
        text = quotes.sub(put, text)
    for mark in _MARKS:
        text = mark.sub(r"\1", text)
    return html.unescape(_ESCAPE.sub("", text))


def _shown(found: re.Match[str]) -> str:
    kind, target, inside = found.groups()
    if kind in ("kbd", "btn", "stem", "latexmath", "asciimath", "indexterm2"):
        return inside
    if kind == "menu":
        return " > ".join(filter(None, [target, *re.split(r"\s*[>,]\s*", inside)]))
    if kind in ("image", "icon"):
        return alternative(inside)
    if shown := link_text(inside):
        return shown
    return f"{kind}:{target}" if kind in ("http", "https", "ftp", "irc") else target
