r"""The character encoding of an export: told from its bytes, with bad bytes kept apart instead of lost.

Text is decoded with an error handler of our own, `keep_bytes`, that turns every undecodable byte b into the lone
surrogate U+DC00+b. A row with such a character is rejected, and its exact bytes can still be written down. (Python's
`surrogateescape` does the same for bytes from 0x80 up only, which is not enough for UTF-16 and GB18030.)
"""

from __future__ import annotations

import codecs
import re
from collections.abc import Iterable

from autowritten.errors import UsageError

HANDLER = "autowritten.keep_bytes"
_KEPT = re.compile("[\udc00-\udcff]")


def _keep_bytes(error: UnicodeError) -> tuple[str, int]:
    """Codec error handler: undecodable bytes to U+DC00 and up."""
    if not isinstance(error, UnicodeDecodeError):
        raise error
    return "".join(chr(0xDC00 + byte) for byte in error.object[error.start : error.end]), error.end


codecs.register_error(HANDLER, _keep_bytes)


def has_bad_bytes(text: str) -> bool:
    """Say whether decoded text holds bytes that are not characters of its encoding."""
    try:
        text.encode()  # several times as fast as a search, and no good text fails
    except UnicodeEncodeError:
        return _KEPT.search(text) is not None
    return False


def escape_bad_bytes(text: str) -> str:
    r"""Write text with kept bytes in a form that can be read back: `\xNN` for such a byte, `\\` for a backslash."""
    return _KEPT.sub(lambda match: f"\\x{ord(match[0]) - 0xDC00:02x}", text.replace("\\", "\\\\"))


def check_encoding(name: str) -> str:
    """Return the codec's own name for an encoding the user named.

    Raises:
        UsageError: there is no such text encoding.
    """
    try:
        info = codecs.lookup(name)
    except LookupError:
        raise UsageError(f"--encoding: no encoding {name!r}; try utf-8, gb18030, utf-16, cp1252, big5") from None
    try:
        bytes(range(256)).decode(info.name, HANDLER)  # what is no text encoding, or can't go on after an error, fails
    except (LookupError, UnicodeError):
        raise UsageError(f"--encoding: {name!r} is no encoding that files are written in") from None
    return info.name


def detect_encoding(head: bytes, where: str = "the input", rest: Iterable[bytes] = ()) -> str:
    """Detect the encoding of a file.

    A byte-order mark decides. Without one: UTF-8 (with a few broken places allowed, so that one damaged line does not turn a
    whole file into mojibake), then UTF-16 if the text comes out as people write, then GB18030 if it comes out as everyday
    Chinese, then cp1252 if the accents stand alone among plain letters, as they do in western European words. Before a file is
    taken for one of the last two, the rest of it is looked at: sequences of UTF-8 further on overrule a stray byte at the start.

    Args:
        head: the start of the file, decompressed; some 100 KB make it sure.
        where: the file, for the message.
        rest: what comes after, in pieces; it is read only where the head leaves a doubt.

    Returns:
        A Python codec name: `utf-8`, `utf-8-sig`, `utf-16`, `utf-16-le`, `utf-16-be`, `utf-32`, `gb18030` or `cp1252`.

    Raises:
        UsageError: none of these; a wrong guess would score nonsense, so the user has to name the encoding.
    """
    if marked := _by_mark(head):
        return marked
    good, broken = _utf8_sequences(head)
    controls = sum(head.count(byte) for byte in _CONTROLS)
    # Bytes of another encoding hardly ever form the longer sequences of UTF-8, so few of them outweigh a broken one.
    if good >= 2 * broken and controls < _MANY_CONTROLS * len(head):
        return "utf-8"
    if wide := _utf16(head):
        return wide
    if good >= 2 * broken:
        return "utf-8"  # with zero bytes, which reading reports row by row
    found = _single_byte_or_chinese(head)
    more = head[-3:]
    for piece in rest if broken <= _STRAY * max(head.count(b"\n"), 1) or not found else ():
        more_good, more_broken = _utf8_sequences(more + piece)
        good, broken, more = good + more_good, broken + more_broken, piece[-3:]
    if good >= 2 * broken:
        return "utf-8"
    if found:
        return found
    raise UsageError(
        f"{where}: can't tell the character encoding. "
        "Name it with --encoding (gb18030, big5, shift_jis, euc_kr, cp1251 …)"
    )


_CONTROLS = [bytes([byte]) for byte in (*range(9), *range(14, 32))]
_MANY_CONTROLS = 0.1
"""Share of zero and control bytes from which a file may be UTF-16: half of the bytes of Latin, Greek and Cyrillic are such."""
_STRAY = 0.05
"""Broken bytes per line up to which they may be strays in a file of UTF-8."""
_EVERYDAY = 0.95
_SCRIPTS = re.compile(
    "[\t\n\r\x20-\x7e\xa0-\u024f\u0370-\u052f\u05d0-\u06ff\u0900-\u0dff\u0e00-\u0e7f\u1e00-\u1fff\u2000-\u206f\u20a0-\u20bf"
    "\u2190-\u27bf\u3000-\u30ff\uac00-\ud7a3\uff00-\uffef\ufe0f\U0001f000-\U0001faff]"
)
"""Characters of scripts in wide use; Chinese characters are asked for apart."""


def _utf8_sequences(data: bytes) -> tuple[int, int]:
    """Return how many characters of several bytes there are, and how many broken bytes; a cut at the end does not count."""
    text = data.decode("utf-8", HANDLER)
    tail = text[-3:] if len(data) >= 64 else ""
    broken = len(_KEPT.findall(text)) - len(_KEPT.findall(tail))
    return sum(1 for char in text if char > "\x7f") - len(_KEPT.findall(text)), broken


def _utf16(head: bytes) -> str | None:
    """Return UTF-16 without a mark if the bytes come out as text that people write, with the marks that any export has."""
    for name in ("utf-16-le", "utf-16-be"):
        text = head[: len(head) // 2 * 2].decode(name, HANDLER)
        plain = sum(1 for char in text if char in '\n\r\t ,;:"{}0123456789')
        usual = sum(
            1
            for char in text
            if _SCRIPTS.match(char) or ("\u4e00" <= char <= "\u9fff" and char.encode("gb2312", "ignore"))
        )
        if plain and usual >= _EVERYDAY * len(text):
            return name
    return None


def _single_byte_or_chinese(head: bytes) -> str | None:
    if _is_everyday_chinese(head):
        return "gb18030"
    high = re.findall(rb"[\x80-\xff]+", head)
    # Western words have their accents one by one; in Cyrillic, Greek and East Asian encodings they come in runs.
    return "cp1252" if sum(len(run) <= 2 for run in high) >= 0.9 * len(high) else None


def _by_mark(head: bytes) -> str | None:
    for mark, name in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark it starts with
        (codecs.BOM_UTF32_BE, "utf-32"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if head.startswith(mark):
            return name
    return None


def _is_everyday_chinese(head: bytes) -> bool:
    """Whether the bytes, read as GB18030, are Chinese as it is written: nearly all characters of the GB2312 set.

    French in cp1252 often decodes as GB18030 too, but to rare characters (the second byte of a pair is a plain letter).
    """
    text = head.decode("gb18030", HANDLER)
    chinese = [char for char in text if char > "\x7f"]
    broken = sum(1 for char in chinese if _KEPT.match(char))
    everyday = sum(1 for char in chinese if char.encode("gb2312", "ignore"))
    return everyday >= 0.8 * len(chinese) and 20 * broken <= len(chinese)
