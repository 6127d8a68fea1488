r"""The character encoding of an export: told from its bytes, with bad bytes kept apart instead of lost.

Text is decoded with an error handler of our own, `keep_bytes`, that turns every undecodable byte b into the lone
surrogate U+DC00+b. A row with such a character is rejected, and its exact bytes can still be written down. (Python's
`surrogateescape` does the same for bytes from 0x80 up only, which is not enough for UTF-16 and GB18030.)
"""

from __future__ import annotations

import codecs
import re

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


def detect_encoding(head: bytes, where: str = "the input") -> str:
    """Tell the encoding of a file from its first bytes.

    A byte-order mark decides. Without one: UTF-16 by its zero bytes, then UTF-8 (with a few broken places allowed, so
    that one damaged line does not turn a whole file into mojibake), then GB18030 if the text comes out as everyday
    Chinese, then cp1252 if the accents stand alone among plain letters, as they do in western European words.

    Args:
        head: the start of the file, decompressed; some 100 KB make it sure.
        where: the file, for the message.

    Returns:
        A Python codec name: `utf-8`, `utf-8-sig`, `utf-16`, `utf-16-le`, `utf-16-be`, `utf-32`, `gb18030` or `cp1252`.

    Raises:
        UsageError: none of these; a wrong guess would score nonsense, so the user has to name the encoding.
    """
    marked = _by_mark(head) or _by_zero_bytes(head)
    if marked:
        return marked
    text = head.decode("utf-8", HANDLER)
    broken = len(_KEPT.findall(text[:-4])) + sum(1 for char in text[-4:] if _KEPT.match(char) and len(head) < 64)
    multibyte = sum(1 for char in text if char > "\x7f") - broken
    # Bytes of another encoding hardly ever form the longer sequences of UTF-8, so few of them outweigh a broken one.
    if multibyte >= 2 * broken:
        return "utf-8"
    if _is_everyday_chinese(head):
        return "gb18030"
    high = re.findall(rb"[\x80-\xff]+", head)
    # Western words have their accents one by one; in Cyrillic, Greek and East Asian encodings they come in runs.
    if sum(len(run) <= 2 for run in high) >= 0.9 * len(high):
        return "cp1252"
    raise UsageError(
        f"{where}: can't tell the character encoding. "
        "Name it with --encoding (gb18030, big5, shift_jis, euc_kr, cp1251 …)"
    )


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


def _by_zero_bytes(head: bytes) -> str | None:
    """UTF-16 without a mark: the delimiters, digits and line ends of any export have one zero byte each."""
    sample = head[: len(head) // 2 * 2]
    even, odd = sample[::2].count(0), sample[1::2].count(0)
    least = len(sample) // 2 * 0.03
    if odd > least and odd > 10 * even:
        return "utf-16-le"
    if even > least and even > 10 * odd:
        return "utf-16-be"
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
