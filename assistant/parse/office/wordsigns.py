"""Signs in Word that are no plain characters: symbols named by their font, parts of equations."""

from __future__ import annotations

import re
from typing import Any

_SYMBOLS = {
    "Symbol": dict(
        zip(
            "abgdezhqiklmnxoprstufcywABGDEZHQIKLMNXOPRSTUFCYW",
            "αβγδεζηθικλμνξοπρστυφχψωΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ",
            strict=True,
        )
    ),
    "Wingdings": {"\xfe": "☑", "\xfd": "☒", "\xa8": "☐", "\xfc": "✓", "\xfb": "✗", "\xe0": "→"},
}


def around(element: Any) -> tuple[str, str]:
    """What stands before and after a part of an equation, or a word's reading, on one line."""
    if element.tag in ("m_num", "m_den"):
        slash = "/" if element.tag == "m_den" else ""
        long = len("".join(t.text or "" for t in element.iter("m_t"))) > 1
        return (f"{slash}(", ")") if long else (slash, "")
    if element.tag == "m_nary":
        sign = element.find("m_naryPr/m_chr")
        return ("∫" if sign is None else sign.get("m_val", ""), "")
    return {
        "m_sup": ("^", ""),
        "m_sub": ("_", ""),
        "m_rad": ("√(", ")"),
        "m_d": ("(", ")"),
        "m_oMathPara": ("", "\n"),
        "w_rt": ("(", ") "),
    }.get(element.tag, ("", ""))


def symbol(element: Any) -> str:
    """A sign that is named by its place in a font; '' where only that font knows it."""
    code = element.get("w_char") or ""
    if not re.fullmatch(r"[0-9A-Fa-f]{2,4}", code):
        return ""
    number = int(code, 16)
    if 0xE000 <= number <= 0xF8FF:  # the private places that symbol fonts use
        return _SYMBOLS.get(element.get("w_font") or "", {}).get(chr(number & 0xFF), "")
    return chr(number)
