"""Styled, wide and joined letters, and the radicals that look like Han letters: back to the plain ones."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter

from autowritten.text.charsets import GREEK, LATIN, char_class

# Letters an author styled: maths alphabets, superscripts, circled and squared capitals. Only those whose plain form is
# Latin or Greek, and never the marks people type for themselves (ª º ² ½ and the emoji Ⓜ).
_STYLED_BLOCKS = (
    (0x02B0, 0x02B9), (0x02E0, 0x02E5), (0x1D2C, 0x1D6B), (0x1D78, 0x1D79), (0x1D9B, 0x1DC0), (0x2071, 0x2072),
    (0x207F, 0x2080), (0x2090, 0x209D), (0x2102, 0x214F), (0x24B6, 0x24EA), (0x2C7C, 0x2C7E), (0x1D400, 0x1D800),
    (0x1F130, 0x1F150), (0x1FBF0, 0x1FBFA),
)  # fmt: skip
_KEPT_STYLES = frozenset("℀℁℅℆№℠℡™ℹ℻Ⓜ")
# Half-width Hangul and the compatibility jamo ㅋㅋ are left out: NFKC would turn them into joining jamo.
_WIDTH_BLOCKS = ((0xFF10, 0xFF1A), (0xFF21, 0xFF3B), (0xFF41, 0xFF5B), (0xFF66, 0xFFA0))
_LIGATURE_BLOCKS = (
    (0x0132, 0x0134), (0x017F, 0x0180), (0x01C4, 0x01CD), (0x01F1, 0x01F4), (0x2160, 0x2180), (0xFB00, 0xFB07),
    (0xFB4F, 0xFDFC), (0xFE80, 0xFEFD),
)  # fmt: skip
# Small capitals have no decomposition in Unicode; font generators use them as styled text.
_SMALL_CAPITALS = dict(zip("ᴀʙᴄᴅᴇꜰɢʜɪᴊᴋʟᴍɴᴏᴘꞯʀꜱᴛᴜᴠᴡʏᴢ", "abcdefghijklmnopqrstuvwyz", strict=True))


def _plain_forms(blocks: tuple[tuple[int, int], ...], *, latin_only: bool) -> dict[int, str]:
    """Map the letters and numbers of some blocks to their NFKC form."""
    plain = {}
    for code in (code for block in blocks for code in range(*block)):
        char = chr(code)
        form = unicodedata.normalize("NFKC", char)
        wanted = form.isascii() or re.fullmatch(f"[{LATIN}{GREEK}∇∂]+", form) if latin_only else form.isalnum()
        if form != unicodedata.normalize("NFC", char) and wanted and char not in _KEPT_STYLES:
            plain[code] = form
    return plain


_STYLED = _plain_forms(_STYLED_BLOCKS, latin_only=True) | {0x1F150 + i: chr(65 + i) for i in range(26)}
_FULL_WIDTH = _plain_forms(_WIDTH_BLOCKS, latin_only=False)
_RADICALS = {c: unicodedata.normalize("NFKC", chr(c)) for c in (0x2E9F, 0x2EF3, *range(0x2F00, 0x2FD6))}  # ⼈ for 人
_LIGATURES = _plain_forms(_LIGATURE_BLOCKS, latin_only=False)

_SMALL_CAPITAL_RUN = re.compile(f"[{''.join(_SMALL_CAPITALS)}]{{2,}}")  # alone they are phonetic letters
_VOICED_NARROW_KANA = re.compile("[ｦ-ﾝ][ﾞﾟ]")  # the marks alone are the eyes of (ﾟдﾟ)

_REPLACEMENTS = (
    ("styled_letters", re.compile(f"[{char_class(list(_STYLED))}]"), _STYLED),
    ("full_width", re.compile(f"[{char_class(list(_FULL_WIDTH))}]"), _FULL_WIDTH),
    ("ligatures", re.compile(f"[{char_class(list(_LIGATURES))}]"), _LIGATURES),
    ("lookalike", re.compile(f"[{char_class(list(_RADICALS))}]"), _RADICALS),
)
UNPLAIN = char_class([*_STYLED, *_FULL_WIDTH, *_LIGATURES, *_RADICALS, *map(ord, _SMALL_CAPITALS)])
"""All of them, as a character class without brackets."""


def undo_styles(text: str, found: Counter[str]) -> str:
    """Write plain letters for styled ones, and count them."""
    text = _VOICED_NARROW_KANA.sub(lambda match: _compose(match, found), text)
    for name, pattern, table in _REPLACEMENTS:
        if hits := len(pattern.findall(text)):
            found[name] += hits
            text = text.translate(table)
    return _SMALL_CAPITAL_RUN.sub(lambda match: _plain_capitals(match, found), text)


def _compose(match: re.Match[str], found: Counter[str]) -> str:
    found["full_width"] += 2
    return unicodedata.normalize("NFKC", match.group())


def _plain_capitals(match: re.Match[str], found: Counter[str]) -> str:
    found["styled_letters"] += len(match.group())
    return "".join(_SMALL_CAPITALS[char] for char in match.group())
