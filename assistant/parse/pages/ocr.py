"""Words in pictures, with RapidOCR: the optional extra "ocr".

`recognise` turns pixels into text in reading order. Its models lie inside the package and are
named by their files, so that nothing is ever looked for on the network. It needs about 2.1 GB of
address space in all.
"""

from __future__ import annotations

import os
from functools import cache
from pathlib import Path
from typing import Any

from assistant.parse.archive import TooLarge
from assistant.parse.pages.layout import Line, in_reading_order
from assistant.text import clean, one_line

REMEDY = 'To read the words in pictures, install the extra: pip install "small-assistant[ocr]"'
# The longer side, in pixels, that pictures are read at: A4 at 171 dots an inch. On clean print
# 1240 to 2400 gave the same words at much the same speed; 2000 leaves room for small letters.
SIDE = 2000
THREADS = 2
_MODELS = {
    "Det": "PP-OCRv6_det_small.onnx",
    "Rec": "PP-OCRv6_rec_small.onnx",
}
_SLICES = 12  # of a picture as long as a page of the web
_SAMPLES = 5  # lines that tell which way is up
_SURE = 0.5  # of its words; a line below it is no print, or a stain


def recognise(image: Any) -> str:
    """The words of a picture, paragraphs apart; '' when there are none.

    `image`: unsigned bytes (rows, columns, 3) in the order red, green, blue.
    """
    texts = (_text(part) for part in _slices(image))
    return "\n\n".join(filter(None, texts))


def _text(image: Any) -> str:
    import numpy as np

    # the models were trained on pictures as OpenCV reads them: blue first
    image = np.ascontiguousarray(_padded(image)[:, :, ::-1])
    found = _run(image, find_lines=True)
    if found.boxes is None:
        return ""
    if turns := _turns(image, np.asarray(found.boxes)):
        image = np.ascontiguousarray(np.rot90(image, turns))
        found = _run(image, find_lines=True)
        if found.boxes is None:
            return ""
    lines = [
        _line(box, words)
        for box, words, score in zip(found.boxes, found.txts, found.scores, strict=True)
        if score >= _SURE
    ]
    return in_reading_order([line for line in lines if line.words])


def _run(image: Any, find_lines: bool) -> Any:
    """The library's findings; without `find_lines`, the picture is taken for one line."""
    try:
        return _engine()(image, use_det=find_lines, use_cls=False, use_rec=True)
    except Exception as error:  # it hides what it was: where it failed, memory had run out
        raise TooLarge from error


def _line(box: Any, words: str) -> Line:
    (left, top), (right, bottom) = box.min(axis=0).tolist(), box.max(axis=0).tolist()
    return Line(left, top, right, bottom, one_line(clean(words)))


@cache
def _engine() -> Any:
    import rapidocr

    folder = Path(rapidocr.__file__).parent / "models"
    threads = min(THREADS, os.cpu_count() or 1)
    return rapidocr.RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.max_side_len": SIDE,
            "Global.text_score": 0.0,  # all lines, to see which way is up
            # one line at a time: less memory, and no slower on a processor
            "Rec.rec_batch_num": 1,
            "EngineConfig.onnxruntime.intra_op_num_threads": threads,
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
            **{f"{part}.model_path": str(folder / name) for part, name in _MODELS.items()},
        }
    )


# --- the picture ------------------------------------------------------------------------------


def _slices(image: Any) -> list[Any]:
    """A picture much taller than wide in parts, each cut where a row is emptiest."""
    height, width = image.shape[:2]
    part = int(width * 1.4)
    if height <= max(SIDE, 2 * width) or height > part * _SLICES:
        return [image]
    parts = []
    start = 0
    while height - start > part * 1.3:
        span = image[start + int(part * 0.8) : start + part, :, 1]
        end = start + int(part * 0.8) + int(span.std(axis=1).argmin())
        parts.append(image[start:end])
        start = end
    return [*parts, image[start:]]


def _padded(image: Any) -> Any:
    """With a white margin where it is a strip: the finder of lines blows up short sides."""
    import numpy as np

    height, width = image.shape[:2]
    shape = (max(height, int(width / 2.5)), max(width, int(height / 2.5)))
    if shape == (height, width):
        return image
    padded = np.full((*shape, 3), 255, dtype=image.dtype)
    padded[:height, :width] = image
    return padded


def _turns(image: Any, boxes: Any) -> int:
    """How many quarter turns, against the clock, set the print upright.

    Its lines are tried both ways round: the library's own model for that, which looks at each line
    alone, takes many an upright one for one upside down.
    """
    import numpy as np

    low, high = np.maximum(boxes.min(axis=1), 0).astype(int), boxes.max(axis=1).astype(int)
    spans = high - low
    tall = spans[:, 1] > 1.5 * spans[:, 0]
    lengths = spans.max(axis=1)
    on_side = int(lengths[tall].sum() * 2 > lengths.sum())
    upright = inverted = 0.0
    for number in spans[:, on_side].argsort()[::-1][:_SAMPLES]:
        (left, top), (right, bottom) = low[number], high[number]
        line = np.rot90(image[top : bottom + 1, left : right + 1], on_side)
        upright += _score(line)
        inverted += _score(np.rot90(line, 2))
    return on_side + 2 * (inverted > upright)


def _score(line: Any) -> float:
    """How sure the reader is of the words in the picture of one line."""
    import numpy as np

    found = _run(np.ascontiguousarray(line), find_lines=False)
    return float(found.scores[0]) if found.scores else 0.0
