"""What a reader is given: a file's name and bytes, and how long reading it may take."""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from pathlib import PurePosixPath

# A document inside an archive, inside an e-mail, inside an archive: deeper is not looked into.
DEPTH_LIMIT = 3


@dataclass(frozen=True, slots=True)
class File:
    """`deadline`: a reading of `time.monotonic()`; a reader of many parts returns what it has by
    then, with the status `partly`. `depth`: in how many archives the file stands. `ocr`: words in
    pictures are to be recognised; set only where the extra is installed."""

    name: str
    data: bytes = field(repr=False)
    deadline: float = math.inf
    depth: int = 0
    ocr: bool = False

    @property
    def stem(self) -> str:
        return PurePosixPath(self.name).stem

    @property
    def ending(self) -> str:
        """In lower case, with its dot; '' when there is none."""
        return PurePosixPath(self.name).suffix.lower()

    @property
    def out_of_time(self) -> bool:
        return time.monotonic() > self.deadline

    def member(self, name: str, data: bytes) -> File:
        """A file found inside this one."""
        return File(name, data, self.deadline, self.depth + 1, self.ocr)
