"""Subtitles (WebVTT, SRT): what is said as running text, labelled with the time it is said at."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass

from assistant.domain import Reading, Section
from assistant.parse.file import File
from assistant.parse.outline import cut
from assistant.parse.texts import plain
from assistant.text import clean, one_line

_TIME = r"(?:(\d{1,4}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"\s{{0,20}}{_TIME}\s{{0,20}}-->\s{{0,20}}{_TIME}")
_VOICE = re.compile(r"<v(?:\.[^\s<>]{0,100})?\s([^<>]{1,100})>")
_TAG = re.compile(r"</?[A-Za-z][^<>]{0,200}>|<\d[\d:.]{0,20}>|\{\\[^{}]{0,200}\}")
_TITLE = re.compile(r"WEBVTT[ \t]+-?[ \t]*(.{1,200})")
_ENDING = re.compile(r"[.!?…。！？][\"'”’)\]]*$")
_BLINK = 0.1  # seconds: cues that only move a line up on the screen are this short
_SECTION_SECONDS = 60
_SECTION_LENGTH = 900  # characters


@dataclass(frozen=True, slots=True)
class _Cue:
    start: float
    end: float
    lines: tuple[str, ...]


def read(file: File) -> Reading:
    text = clean(plain.decode(file.data))
    speech = _Speech()
    for cue in _without_repeats(_cues(text)):
        speech.add(cue)
    named = _TITLE.match(text)
    web = text.startswith("WEBVTT")
    return Reading(
        one_line(named[1]) if named else file.stem,
        "text/vtt" if web else "application/x-subrip",
        tuple(part for section in speech.sections() for part in cut(section)),
    )


def _cues(text: str) -> Iterator[_Cue]:
    """What stands under each line of times, up to a blank line; notes and styles have no times."""
    times: tuple[float, float] | None = None
    lines: list[str] = []
    for line in [*text.split("\n"), ""]:
        timing = _TIMING.match(line)
        if timing and lines and lines[-1].strip().isdecimal():
            lines.pop()  # no blank line before the next number
        if times and (timing or not line):
            yield _Cue(*times, tuple(lines))
            times, lines = None, []
        if timing:
            groups = timing.groups(default="0")
            times = (_seconds(groups[:4]), _seconds(groups[4:]))
        elif times:
            lines.append(line)


def _seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, seconds, fraction = parts
    return int(hours) * 3600 + int(minutes) * 60 + int(seconds) + int(fraction.ljust(3, "0")) / 1000


def _without_repeats(cues: Iterator[_Cue]) -> Iterator[_Cue]:
    """Rolling captions show each line again below or above the next: say it once."""
    before: tuple[str, ...] = ()
    for cue in cues:
        lines = tuple(line for line in cue.lines if _words(line))
        bare = tuple(map(_words, lines))
        again = next(
            (n for n in range(min(len(before), len(bare)), 0, -1) if before[-n:] == bare[:n]), 0
        )
        if again == len(bare) and cue.end - cue.start > _BLINK:
            again = 0  # said twice
        grown = len(before) == len(bare) == 1 and bare[0].startswith(f"{before[0]} ")
        if grown:
            lines = (bare[0].removeprefix(before[0]),)
        before = bare or before
        if lines[again:]:
            yield _Cue(cue.start, cue.end, lines[again:])


def _words(line: str) -> str:
    return one_line(html.unescape(_TAG.sub("", line)))


class _Speech:
    """Paragraphs of running speech; a section for about each minute, ended after a sentence."""

    def __init__(self) -> None:
        self._sections: list[Section] = []
        self._paragraphs: list[list[str]] = []
        self._start = 0.0
        self._size = 0
        self._speaker = ""

    def add(self, cue: _Cue) -> None:
        long = cue.start - self._start >= _SECTION_SECONDS or self._size > _SECTION_LENGTH
        if long and self._paragraphs and self._may_end():
            self._end()
        if not self._paragraphs:
            self._start = cue.start
        speaker = ""
        for line in cue.lines:
            before, *spoken = _VOICE.split(line)
            self._say(speaker, _words(before))
            for name, words in zip(spoken[::2], spoken[1::2], strict=True):
                speaker = one_line(name)
                self._say(speaker, _words(words))

    def _say(self, speaker: str, words: str) -> None:
        if not words:
            return
        self._size += len(words)
        # a dash stands before what another person says
        same = speaker == self._speaker and not words.startswith(("- ", "– ", "— "))
        if self._paragraphs and same:
            self._paragraphs[-1].append(words)
        else:
            self._paragraphs.append([f"{speaker}: {words}" if speaker else words])
        self._speaker = speaker

    def _may_end(self) -> bool:
        return self._size > 2 * _SECTION_LENGTH or bool(_ENDING.search(self._paragraphs[-1][-1]))

    def _end(self) -> None:
        text = "\n\n".join(" ".join(paragraph) for paragraph in self._paragraphs)
        minutes, seconds = divmod(int(self._start), 60)
        label = f"{minutes // 60}:{minutes % 60:02}:{seconds:02}"
        self._sections.append(Section(label, text))
        self._paragraphs, self._size = [], 0

    def sections(self) -> list[Section]:
        if self._paragraphs:
            self._end()
        return self._sections
