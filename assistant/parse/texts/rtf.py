"""RTF: paragraphs, tables and notes under their headings; what is hidden or only data goes.

A small reader of its own: groups and control words are walked once, without recursion. What
a group is for (its destination) decides whether its words are shown, kept apart or dropped.
"""

from __future__ import annotations

import dataclasses
import re
from dataclasses import dataclass

from assistant.domain import Reading, Section, Status
from assistant.parse.file import File
from assistant.parse.outline import Outline, cut, cut_short
from assistant.parse.texts.rtf_flow import BULLET, CHARSETS, Flow, codec
from assistant.text import one_line

_TOKEN = re.compile(
    r"\\([a-zA-Z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-fA-F]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.S,
)
_DEPTH_LIMIT = 1000  # groups inside groups: deeper ones share the properties of the last
_TOKENS_BETWEEN_LOOKS_AT_THE_CLOCK = 20_000
_SYMBOLS = 2  # the character set of fonts whose letters are little pictures
_CHARACTERS = {
    "tab": "\t",
    "line": "\n",
    "lbr": "\n",
    "softline": "\n",
    "emdash": "—",
    "endash": "–",
    "bullet": "•",
    "lquote": "‘",
    "rquote": "’",
    "ldblquote": "“",
    "rdblquote": "”",
    **dict.fromkeys(("emspace", "enspace", "qmspace"), " "),
}
_ESCAPED = {"~": "\N{NO-BREAK SPACE}", "_": "-", "\\": "\\", "{": "{", "}": "}", "\t": "\t"}
# destinations that are shown although they carry the mark "may be ignored"
_KNOWN = frozenset("ud shppict shpinst do picprop annotation nesttableprops moMath mr".split())
_DEAD = frozenset(
    """colortbl listtable listoverridetable list listoverride pntxta pntxtb fldinst nonesttables
    nonshppict shprslt objdata xe rxe tc tcn ftnsep ftnsepc ftncn aftnsep aftnsepc aftncn filetbl
    revtbl rsidtbl formfield datafield mmathPr""".split()
)
_MUTED = frozenset("info pict shpinst do picprop nesttableprops sp".split())
_APART = {
    **dict.fromkeys(("footnote", "annotation", "shptxt", "dptxbxtext"), "note"),
    **dict.fromkeys(("header", "headerl", "headerr", "headerf"), "header"),
    **dict.fromkeys(("footer", "footerl", "footerr", "footerf"), "footer"),
    "listtext": "marker",
    "pntext": "marker",
    "title": "title",
    "sn": "name",
    "sv": "value",
}
_PATH = re.compile(
    r"[A-Za-z]:\\|\w+://|\Z"
)  # Word describes a picture by its file when nobody does
_HEADING = re.compile(r"heading ([1-9])", re.I)


def read(file: File) -> Reading:
    reader = _Reader()
    finished = reader.walk(file)
    outline = Outline()
    for level, text in reader.body.finish():
        if level:
            outline.heading(level, text)
        else:
            outline.add(text)
    title = one_line(reader.title) or outline.first_heading or file.stem
    sections = list(outline.sections(title))
    for label, blocks in reader.margins.items():
        sections.extend(cut(Section(label, "\n\n".join(blocks))))
    reading = Reading(title, "application/rtf", tuple(sections))
    if not finished:
        return cut_short(reading)
    ends_well = file.data.rstrip(b"\0\r\n\t ").endswith(b"}")
    if reader.lost or (reader.breaks_off and not ends_well):
        return dataclasses.replace(
            reading,
            status=Status.PARTLY,
            reason="It breaks off before its end; the rest of it is missing.",
            remedy="Open it in the program that made it and save it again.",
        )
    return reading


@dataclass(slots=True)
class _Group:
    """What holds until the brace closes. `dead`: nothing inside is shown; `muted`: only what
    names a destination of its own."""

    flow: Flow
    role: str = ""
    dead: bool = False
    muted: bool = False
    hidden: bool = False
    deleted: bool = False
    font: int = -1
    fallback: int = 1  # characters to skip after a \u
    level: int = 0
    in_table: bool = False
    ignorable: bool = False


class _Reader:
    """Walks the tokens; `body` gathers the document, `margins` headers and footers, each once."""

    def __init__(self) -> None:
        self.body = Flow()
        self.title = ""
        self.breaks_off = False  # groups were still open at the end
        self.lost = False  # raw bytes were announced beyond the end
        self.margins: dict[str, list[str]] = {}
        self._group = _Group(self.body)
        self._stack: list[_Group] = []
        self._deeper = 0
        self._skip = 0  # characters that only repeat a \u for old programs
        self._bytes = bytearray()  # of one encoding, not yet decoded
        self._default = "cp1252"
        self._default_font = -1
        self._fonts: dict[int, str | None] = {}  # None: its letters are pictures
        self._defined = 0  # the font or style whose definition we are in
        self._levels: dict[int, int] = {}  # style -> level of heading
        self._merges = False  # the cell being defined belongs to the one above
        self._property = ""  # the name of a shape's property, before its value

    def walk(self, file: File) -> bool:
        """False when the time ran out."""
        text = file.data.decode("latin-1")
        place, count = 0, 0
        while token := _TOKEN.match(text, place):
            place = token.end()
            count += 1
            if count % _TOKENS_BETWEEN_LOOKS_AT_THE_CLOCK == 0 and file.out_of_time:
                return False
            word, number, code, symbol, brace, plain = token.groups()
            if plain is not None:
                self._plain(plain)
            elif code:
                self._byte(int(code, 16))
            elif word == "bin":  # raw bytes follow, braces among them
                place += max(int(number or 0), 0)
                self.lost = self.lost or place > len(text)
            elif word:
                self._word(word, None if number is None else int(number))
            elif symbol:
                self._symbol(symbol)
            elif brace == "{":
                self._open()
            elif brace:
                self._close()
        self._decode()
        self.breaks_off = bool(self._stack)
        while self._stack:
            self._close()
        return True

    def _open(self) -> None:
        self._decode()
        self._skip = 0
        if len(self._stack) >= _DEPTH_LIMIT:
            self._deeper += 1
            return
        self._stack.append(self._group)
        self._group = dataclasses.replace(self._group, ignorable=False)
        if self._group.role == "styles":
            self._defined = 0
            self._redirect("style")

    def _close(self) -> None:
        self._decode()
        self._skip = 0
        if self._deeper:
            self._deeper -= 1
        elif self._stack:
            group, self._group = self._group, self._stack.pop()
            if group.flow is not self._group.flow:
                self._keep(group.role, group.flow.text())

    def _redirect(self, role: str) -> None:
        """What this group says is kept apart from the text around it."""
        self._group.role, self._group.flow, self._group.muted = role, Flow(), False

    def _keep(self, role: str, text: str) -> None:
        """A group that was kept apart ends."""
        flow = self._group.flow
        if role == "note" and text:
            flow.notes.append(text)
        elif role in ("header", "footer") and text:
            blocks = self.margins.setdefault(role, [])
            if text not in blocks:
                blocks.append(text)
        elif role == "marker":
            text = text.strip("•·")
            flow.marker = f"{text} " if any(map(str.isalnum, text)) else BULLET
        elif role == "title":
            self.title = text
        elif role == "style" and (found := _HEADING.match(text)):
            self._levels[self._defined] = int(found[1])
        elif role == "style" and text.startswith("Title;"):
            self._levels[self._defined] = 1
        elif role == "name":
            self._property = text
        elif role == "value" and self._property == "wzDescription" and not _PATH.match(text):
            flow.words.append(f" {text} ")

    # --- words ------------------------------------------------------------------------------

    @property
    def _shown(self) -> bool:
        group = self._group
        return not (group.dead or group.muted or group.hidden or group.deleted)

    def _plain(self, text: str) -> None:
        if self._skip:
            skipped = min(self._skip, len(text))
            self._skip -= skipped
            text = text[skipped:]
        if self._shown:
            self._bytes += text.encode("latin-1")

    def _byte(self, value: int) -> None:
        if self._skip:
            self._skip -= 1
        elif self._shown:
            self._bytes.append(value)

    def _say(self, text: str) -> None:
        self._decode()
        if self._shown:
            self._group.flow.words.append(text)

    def _decode(self) -> None:
        if not self._bytes:
            return
        encoding = self._fonts.get(self._group.font, self._default)
        if encoding is None:
            text = "".join(chr(b) if b < 128 else "•" if b == 0xB7 else " " for b in self._bytes)
        else:
            text = self._bytes.decode(encoding or self._default, "replace")
        self._bytes.clear()
        self._group.flow.words.append(text)

    # --- control words ------------------------------------------------------------------------

    def _symbol(self, symbol: str) -> None:
        if symbol == "*":
            self._group.ignorable = True
        elif symbol in "\r\n":
            self._word("par", None)
        elif symbol in _ESCAPED:
            if self._skip:
                self._skip -= 1
            else:
                self._say(_ESCAPED[symbol])

    def _word(self, word: str, number: int | None) -> None:
        self._decode()
        group = self._group
        if self._deeper or group.dead:
            return
        if group.ignorable and word not in _KNOWN and word not in _APART:
            group.dead = True
        elif word in _CHARACTERS:
            if self._skip:
                self._skip -= 1
            else:
                self._say(_CHARACTERS[word])
        elif word == "u":
            self._unicode(number or 0)
        elif word in _DEAD:
            group.dead = True
        elif word in _APART:
            self._redirect(_APART[word])
        elif word in _MUTED:
            group.muted = True
        elif (step := getattr(self, f"_on_{word}", None)) is not None:
            step(number)
        group.ignorable = False
        if word not in _CHARACTERS and word != "u":
            self._skip = 0

    def _unicode(self, number: int) -> None:
        number += 0x10000 if number < 0 else 0
        if 0xF000 <= number <= 0xF0FF:  # the letters of symbol fonts
            number = ord("•" if number == 0xF0B7 else " ")
        self._say(chr(number) if 0 < number <= 0x10FFFF else "")
        self._skip = self._group.fallback

    def _on_par(self, _: int | None) -> None:
        if self._shown or not self._group.muted:
            group = self._group
            group.flow.end_paragraph(0 if group.in_table else group.level, group.in_table)

    _on_sect = _on_page = _on_par

    def _on_pard(self, _: int | None) -> None:
        self._group.level, self._group.in_table = 0, False

    def _on_s(self, number: int | None) -> None:
        if self._group.role == "style":
            self._defined = number or 0
        else:
            self._group.level = self._levels.get(number or 0, 0)

    def _on_outlinelevel(self, number: int | None) -> None:
        level = (number or 0) + 1 if 0 <= (number or 0) < 9 else 0
        if self._group.role == "style":
            self._levels[self._defined] = level
        else:
            self._group.level = level

    def _on_intbl(self, _: int | None) -> None:
        self._group.in_table = True

    def _on_trowd(self, _: int | None) -> None:
        self._group.flow.merged = []
        self._merges = False

    def _on_clvmrg(self, _: int | None) -> None:
        self._merges = True

    def _on_cellx(self, _: int | None) -> None:
        self._group.flow.merged.append(self._merges)
        self._merges = False

    def _on_cell(self, _: int | None) -> None:
        self._group.flow.end_cell()

    def _on_row(self, _: int | None) -> None:
        self._group.flow.end_row()

    def _on_nestcell(self, _: int | None) -> None:
        self._group.flow.words.append("; ")

    def _on_nestrow(self, _: int | None) -> None:
        self._group.flow.words.append("\n")

    # how letters are shown, and what bytes they are

    def _on_v(self, number: int | None) -> None:
        self._group.hidden = number != 0

    def _on_deleted(self, number: int | None) -> None:
        self._group.deleted = number != 0

    def _on_plain(self, _: int | None) -> None:
        self._group.hidden = False
        self._group.font = self._default_font

    def _on_f(self, number: int | None) -> None:
        if self._group.role == "fonts":
            self._defined = number or 0
        else:
            self._group.font = number or 0

    def _on_deff(self, number: int | None) -> None:
        self._default_font = self._group.font = number or 0

    def _on_fcharset(self, number: int | None) -> None:
        if self._group.role == "fonts":
            known = CHARSETS.get(number or 0, "")
            self._fonts[self._defined] = None if number == _SYMBOLS else known

    def _on_cpg(self, number: int | None) -> None:
        if self._group.role == "fonts":
            self._fonts[self._defined] = codec(number or 0)

    def _on_ansicpg(self, number: int | None) -> None:
        self._default = codec(number or 0) or self._default

    def _on_mac(self, _: int | None) -> None:
        self._default = "mac_roman"

    def _on_pc(self, _: int | None) -> None:
        self._default = "cp437"

    def _on_pca(self, _: int | None) -> None:
        self._default = "cp850"

    def _on_uc(self, number: int | None) -> None:
        self._group.fallback = min(max(number or 0, 0), 16)

    # destinations that are neither shown nor dropped as a whole

    def _on_fonttbl(self, _: int | None) -> None:
        self._group.role, self._group.muted = "fonts", True

    def _on_stylesheet(self, _: int | None) -> None:
        self._group.role, self._group.muted = "styles", True

    def _on_upr(self, _: int | None) -> None:  # the same words twice: old, and in Unicode
        self._group.muted = True

    def _on_ud(self, _: int | None) -> None:
        self._group.muted = False
