"""The words of a piece of LaTeX: one paragraph, heading or cell at a time.

pylatexenc turns accents, symbols and formulas into characters. It takes more than its share of
time on long text and gives up on some; such a piece only loses its commands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from typing import Any

_PIECE_LIMIT = 20_000  # characters
_DEPTH_LIMIT = 30
_ARGUMENT_LIMIT = 20_000
_BRACE = re.compile(r"\\.|[{}]", re.S)
_MARKUP = re.compile(r"[\\${}~^_`']|--")
_SHOWN_KEY = re.compile(
    r"\s?~?\\(?:cite[a-zA-Z]*|[cC]ref|(?:auto|page|name|eq|v)?ref)\*?\s*(?:\[[^\]]{0,200}\]\s*){0,2}"
    r"\{([^{}]{0,500})\}"
)
_LINK = re.compile(r"\\href\s*\{[^{}]{0,2000}\}")
_ADDRESS = re.compile(r"\\(?:url|path|nolinkurl)\s*\{([^{}]{0,2000})\}")
_CODE = re.compile(r"\\(?:verb|lstinline)\*?([^\sa-zA-Z{*])(.{0,500}?)\1")
_DROPPED = re.compile(
    r"\\(?:label|index|vspace|hspace|input|include|includegraphics|bibliography|bibliographystyle"
    r"|color|pagestyle|thispagestyle|setlength|addtolength|setcounter|addtocounter|usepackage"
    r"|hyphenation|includepdf|lstinputlisting|verbatiminput|import|subfile|vskip|hskip|pagenumbering"
    r"|definecolor|graphicspath|phantomsection|addcontentsline|linespread|fontsize|selectfont|rule"
    r"|raisebox|scalebox|resizebox|setstretch|captionsetup|newcounter|usecounter|newlength"
    r"|documentclass|theoremstyle|bibinfo|bibnamefont|bibfnamefont|cellcolor|markboth|markright"
    r"|nocite|tableofcontents|listoffigures|listoftables|maketitle|newblock|printbibliography)"
    r"(?![a-zA-Z])\*?\s*(?:\[[^\[\]]{0,500}\]\s*)*(?:\{[^{}]{0,500}\}){0,3}"
)
# the first argument is not shown, the last one is
_LAST_SHOWN = re.compile(
    r"\\(?:textcolor|colorbox|multicolumn|multirow|parbox|makebox|fontfamily|foreignlanguage)\*?"
    r"\s*(?:\[[^\[\]]{0,100}\])?((?:\{[^{}]{0,100}\}|\*){1,2})(?=\s*\{)"
)
_COMMAND = re.compile(r"\\[A-Za-z]+\*?|[{}$~]|\\(?=.)")
_DEFINED = re.compile(r"\\[A-Za-z]+")
_LINE_BREAK = re.compile(r"\\\\(?:\s*\[[^\]\n]{0,20}\])?|\\newline\b")


def argument(text: str, place: int, limit: int = _ARGUMENT_LIMIT) -> tuple[str, int]:
    """What stands in the braces at `place`, and where they end. Braces that never close end
    with the line, so that one of them does not swallow the rest."""
    if text[place : place + 1] != "{":
        return "", place
    depth = 0
    for brace in _BRACE.finditer(text, place, place + limit):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        if not depth and brace[0] == "}":
            return text[place + 1 : brace.start()], brace.end()
    end = text.find("\n", place)
    end = len(text) if end < 0 else end
    return text[place + 1 : end], end


def words(text: str, defined: Mapping[str, str]) -> str:
    """`text` as it is shown. `defined`: commands that stand for some words."""
    if not _MARKUP.search(text):
        return " ".join(text.split())
    if len(text) > _PIECE_LIMIT:
        return _stripped(text)
    codes: list[str] = []

    def keep(found: re.Match[str]) -> str:
        codes.append(found[2])
        return f" CODE{len(codes) - 1}EDOC "

    text = _CODE.sub(keep, text)
    text = _DEFINED.sub(lambda found: defined.get(found[0], found[0]), text)
    text = _DROPPED.sub(" ", _SHOWN_KEY.sub(r" [\1]", text))
    text = _ADDRESS.sub(_address, _LINK.sub(" ", _LAST_SHOWN.sub(" ", text)))
    text = _LINE_BREAK.sub("\n", text)
    shown = _converted(text)
    for number, code in enumerate(codes):
        shown = shown.replace(f"CODE{number}EDOC", code)
    return " ".join(shown.split())


def _address(found: re.Match[str]) -> str:
    return re.sub(r"(?<!\\)([%#&_~$])", r"\\\1", found[1]).replace("\\~", "\\textasciitilde{}")


def _converted(text: str) -> str:
    if not _MARKUP.search(text):
        return text
    depth = deepest = 0
    for brace in _BRACE.finditer(text):
        depth += {"{": 1, "}": -1}.get(brace[0], 0)
        deepest = max(deepest, depth)
    if deepest > _DEPTH_LIMIT or text.count("\\begin") > _DEPTH_LIMIT:
        return _stripped(text)
    try:
        return str(_converter().latex_to_text(text, tolerant_parsing=True))
    except Exception:  # it raises more than its own errors on odd input
        return _stripped(text)


def _stripped(text: str) -> str:
    return " ".join(_COMMAND.sub(" ", text).split())


@cache
def _converter() -> Any:
    import logging

    from pylatexenc.latex2text import LatexNodes2Text

    logging.getLogger("pylatexenc").setLevel(logging.CRITICAL)
    return LatexNodes2Text(math_mode="text")
