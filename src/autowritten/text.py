"""What a post says once zero-width marks, look-alike letters and markup noise are taken off, and what was taken off.

Two steps, both pure and both used in training as well as in scoring: `normalise` undoes obfuscation and tells how much
of it there was; `mask` replaces mentions and links by the placeholders that public data sets use.
Genuine writing must come through whole, so every rule below has a script it must not touch.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from html.entities import html5

# Ranges of regular-expression character classes.
_LATIN = "A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u02af\u1e00-\u1eff"
_CYRILLIC = "\u0400-\u0481\u048a-\u052f\u1c80-\u1c8a\ua640-\ua66d\ua680-\ua69b"
_GREEK = "\u0370-\u0373\u0376\u0377\u037b-\u037d\u037f\u0386\u0388-\u03ff\u1f00-\u1fbc\u1fc2-\u1fcc\u1fd0-\u1ffc"
_ARABIC = "\u0600-\u0605\u0610-\u061a\u0620-\u06ff\u0700-\u074f\u0750-\u08ff"
_INDIC = "\u0900-\u0dff\u0f00-\u109f\u1780-\u17b3\u17b6-\u17d3"
_EMOJI = "\u00a9\u00ae\u203c\u2049\u2100-\u27ff\u2900-\u2bff\u3030\u303d\u3297\u3299\U0001f000-\U0001faff"
_BIDI = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_ZERO_WIDTH = (
    "\u00ad\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200d\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0f\ufeff"
    "\uffa0\ufff0-\ufffb\U0001d173-\U0001d17a\U000e0000-\U000e0fff"
)
_CONTROL = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff"

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

# Look-alikes of Latin letters: the single-letter, same-shape rows of Unicode's confusables.txt (UTS #39, version 15.1,
# https://www.unicode.org/Public/security/latest/confusables.txt) for Cyrillic and Greek. The first of several wins on
# the way back from Latin; letters that hardly anyone writes in the other script are no target there.
_TO_LATIN = {
    "cyrillic": dict(
        zip("асԁеһіјорԛѕѵԝхуүӏАВСЕԌНІЈКМОРЅТѴԜХУҮӀ", "acdehijopqsvwxyylABCEGHIJKMOPSTVWXYYI", strict=True),
    ),
    "greek": dict(zip("αιοσρυνγϲϳΑΒΕΖΗΙΚΜΝΟΡΤΥΧϹͿ", "aioopuvycjABEZHIKMNOPTYXCJ", strict=True)),
}


def _plain_forms(blocks: tuple[tuple[int, int], ...], *, latin_only: bool) -> dict[int, str]:
    """Map the letters and numbers of some blocks to their NFKC form."""
    plain = {}
    for code in (code for block in blocks for code in range(*block)):
        char = chr(code)
        form = unicodedata.normalize("NFKC", char)
        wanted = form.isascii() or re.fullmatch(f"[{_LATIN}{_GREEK}∇∂]+", form) if latin_only else form.isalnum()
        if form != unicodedata.normalize("NFC", char) and wanted and char not in _KEPT_STYLES:
            plain[code] = form
    return plain


def _from_latin(to_latin: dict[str, str], rare: str) -> dict[str, str]:
    back: dict[str, str] = {}
    for char, latin in to_latin.items():
        if char not in rare:
            back.setdefault(latin, char)
    return back


def _without_astral(chars: str) -> str:
    """Leave the ranges beyond U+FFFF out of a character class."""
    return re.sub("[\U00010000-\U0010ffff](?:-[\U00010000-\U0010ffff])?", "", chars)


def _char_class(codes: list[int]) -> str:
    """Write code points as the inside of a character class, neighbours joined into ranges."""
    ranges: list[list[int]] = []
    for code in sorted(codes):
        if ranges and ranges[-1][1] == code - 1:
            ranges[-1][1] = code
        else:
            ranges.append([code, code])
    return "".join(f"{re.escape(chr(first))}-{re.escape(chr(last))}" for first, last in ranges)


# What each script's look-alikes become, by target script.
_LOOKALIKES = {
    "latin": _TO_LATIN["cyrillic"] | _TO_LATIN["greek"],
    "cyrillic": _from_latin(_TO_LATIN["cyrillic"], "ԁԛѕѵԝӏԌЅѴԜӀү"),
    "greek": _from_latin(_TO_LATIN["greek"], "ϲϳϹͿ"),
}
_STYLED = _plain_forms(_STYLED_BLOCKS, latin_only=True) | {0x1F150 + i: chr(65 + i) for i in range(26)}
_FULL_WIDTH = _plain_forms(_WIDTH_BLOCKS, latin_only=False)
_RADICALS = {c: unicodedata.normalize("NFKC", chr(c)) for c in (0x2E9F, 0x2EF3, *range(0x2F00, 0x2FD6))}  # ⼈ for 人
_LIGATURES = _plain_forms(_LIGATURE_BLOCKS, latin_only=False)
# Combining marks (canonical class above 0). The blocks that hold them are listed because a walk over all of Unicode
# takes 60 ms at import; a test checks that none is missing.
_MARK_BLOCKS = ((0x300, 0x3100), (0xA66F, 0xABEE), (0xFB1E, 0xFB1F), (0xFE20, 0xFE30), (0x101FD, 0x11F43),
                (0x1612F, 0x16FF2), (0x1BC9E, 0x1BC9F), (0x1D165, 0x1D245), (0x1E000, 0x1E94B))  # fmt: skip
_THAI_LAO = "\u0e31\u0e34-\u0e3a\u0e47-\u0e4e\u0eb1\u0eb4-\u0ebc\u0ec8-\u0ece"  # they stack, whatever their class
_MARKS = _THAI_LAO + _char_class([c for block in _MARK_BLOCKS for c in range(*block) if unicodedata.combining(chr(c))])
_ZALGO = "\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20f0\ufe20-\ufe2f"

_STYLED_CLASS = f"[{_char_class(list(_STYLED))}]"
_WIDTH_CLASS = f"[{_char_class(list(_FULL_WIDTH))}]"
_LIGATURE_CLASS = f"[{_char_class(list(_LIGATURES))}]"
_SMALL_CAPITAL_RUN = re.compile(f"[{''.join(_SMALL_CAPITALS)}]{{2,}}")  # alone they are phonetic letters

# A few searches tell the ordinary post, which needs nothing but its white space folded. A class without astral ranges
# is several times faster to search for, so those are asked only when the text has such characters.
_SUSPECT_CHARS = (
    f"&\u2800{_CONTROL}{_BIDI}{_ZERO_WIDTH}{_ZALGO}{''.join(_SMALL_CAPITALS)}"
    f"{_STYLED_CLASS[1:-1]}{_WIDTH_CLASS[1:-1]}{_LIGATURE_CLASS[1:-1]}{_char_class(list(_RADICALS))}"
)
_ASTRAL = re.compile("[\U00010000-\U0010ffff]")
_SUSPECT = re.compile(f"[{_without_astral(_SUSPECT_CHARS)}]")
_SUSPECT_ASTRAL = re.compile(f"[{_SUSPECT_CHARS}]|[{_MARKS}][{_MARKS}]{{4}}")
# Ordering the marks of a long stack takes quadratic time, so stacks are looked for before NFC is.
_TALL_STACK = re.compile(f"[{_without_astral(_MARKS)}][{_without_astral(_MARKS)}]{{4}}")
_CYRILLIC_OR_GREEK = re.compile(f"[{_CYRILLIC}{_GREEK}]")
_MIXED = re.compile(  # the brackets of a pair of neighbours, in either order
    f"[{_LATIN}][{_CYRILLIC}{_GREEK}]|[{_CYRILLIC}][{_LATIN}{_GREEK}]|[{_GREEK}][{_LATIN}{_CYRILLIC}]"
)
_SCRIPTS = {name: re.compile(f"[{chars}]") for name, chars in
            (("latin", _LATIN), ("cyrillic", _CYRILLIC), ("greek", _GREEK))}  # fmt: skip
_WORD = re.compile(f"[{_LATIN}{_CYRILLIC}{_GREEK}{_ZALGO}]+")
_TWIN_WORD = re.compile(
    f"(?<![{_LATIN}{_CYRILLIC}{_GREEK}{_ZALGO}])[{''.join(_LOOKALIKES['latin'])}]+(?![{_LATIN}{_CYRILLIC}{_GREEK}{_ZALGO}])"
)
# VPNом, PDFа, TNFα, αSyn, αx: an acronym's ending, a symbol or a formula in the other script is normal writing.
_HONEST_MIX = re.compile(f"[A-Z]{{2,}}[а-яёіїєα-ω]{{1,3}}|[α-ω][A-Z][A-Za-z]*|(?=.?[{_GREEK}])..")

_ENTITY = re.compile(r"&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|[A-Za-z][A-Za-z0-9]{1,31});")
_SURROGATE_PAIR = re.compile("[\ud800-\udbff][\udc00-\udfff]")
_VOICED_NARROW_KANA = re.compile("[ｦ-ﾝ][ﾞﾟ]")  # the marks alone are the eyes of (ﾟдﾟ)
_CONTROLS = re.compile(f"[{_CONTROL}]+")
_BIDIS = re.compile(f"[{_BIDI}]+")
_PLAIN_ZERO_WIDTH = re.compile(  # all but joiners, variation selectors and tags, which have honest uses
    "[\u00ad\u034f\u115f\u1160\u17b4\u17b5\u200b\u2060-\u2065\u206a-\u206f\u3164\ufe00-\ufe0d\ufeff\uffa0\ufff0-\ufffb"
    "\U0001d173-\U0001d17a\U000e0000-\U000e001f\U000e0080-\U000e00ff\U000e01f0-\U000e0fff]+"
    "|(?<![\u1800-\u18aa])[\u180b-\u180f]+"  # Mongolian needs its own selectors
)
# One text or emoji selector may follow an emoji or a keycap's digit, one glyph variant a Han letter.
_SELECTORS = re.compile(f"[\ufe0e\ufe0f](?<![{_EMOJI}].)(?!(?<=[#*0-9].)\u20e3)")
_HAN_VARIANTS = re.compile("[\U000e0100-\U000e01ef](?<![\u3400-\u9fff\U00020000-\U0003ffff].)")
_TAGS = re.compile("(\U0001f3f4[\U000e0061-\U000e007a]{3,6}\U000e007f)|[\U000e0020-\U000e007f]")  # flags of regions
_REPEATED_JOINERS = re.compile("(?<=[\u200c\u200d])[\u200c\u200d]+")
_JOINERS = re.compile(  # those to take out: between what letters or emoji a joiner means something
    f"[\u200c\u200d](?:(?<![{_ARABIC}{_INDIC}{_EMOJI}\ufe0f].)|(?<=[{_ARABIC}].)(?![{_ARABIC}])"
    f"|(?<=[{_EMOJI}\ufe0f]\u200d)(?![{_EMOJI}])|(?<=[{_EMOJI}\ufe0f]\u200c))"
)
_LONG_STACK = re.compile(f"([{_MARKS}]{{8}})[{_MARKS}]+")  # cut before NFC
_STACK = re.compile(f"([{_ZALGO}]{{2}})[{_ZALGO}]+|([{_MARKS}]{{4}})[{_MARKS}]+")  # Hebrew or Tibetan may need four

_MAX_PASSES = 8


@dataclass(frozen=True, slots=True)
class Normalised:
    """A normalised post.

    Attributes:
        text: the post as it reads, in NFC, single spaces, edges stripped; empty if nothing is left.
        obfuscation: how many characters (words for `lookalike`, entities for `html_entities`) were undone, by name;
            only what was found. `control` (control marks, NUL, lone surrogates), `zero_width`, `stacked_marks`,
            `lookalike` and `styled_letters` seldom come from an honest keyboard; `bidi` (direction marks),
            `full_width` (wide and narrow forms), `ligatures` and `html_entities` often do.
    """

    text: str
    obfuscation: dict[str, int] = field(default_factory=dict)


def normalise(text: str) -> Normalised:
    """Undo obfuscation and encoding noise in a post, and count it.

    Idempotent, and linear in the length of the text. NFKC is applied to letters and numbers only: on punctuation it
    would turn the Chinese ，！？ into ASCII and make genuine posts look odd to a language model. Look-alike letters are
    undone only inside words of mixed script (and then in the short words around them), so Russian and Greek stay whole;
    Kangxi radicals become the Han letters they copy. Does not mask mentions or links.

    Args:
        text: any string, lone surrogates and NUL included.

    Returns:
        The readable text and the counts of what was undone.
    """
    text = " ".join(text.split())
    if _is_plain(text):
        return Normalised(text)
    found: Counter[str] = Counter()
    for _ in range(_MAX_PASSES):
        before, text = text, _normalise_once(text, found)
        if text == before or _is_plain(text):
            break
    return Normalised(text, {name: count for name, count in sorted(found.items()) if count})


def _is_plain(text: str) -> bool:
    if _SUSPECT.search(text):
        return False
    if text.isascii():
        return True
    if (_CYRILLIC_OR_GREEK.search(text) and _MIXED.search(text)) or _TALL_STACK.search(text):
        return False
    if _ASTRAL.search(text) and _SUSPECT_ASTRAL.search(text):
        return False
    return unicodedata.is_normalized("NFC", text)


def _normalise_once(text: str, found: Counter[str]) -> str:
    text = _unescape_all(text, found) if "&" in text else text
    text = _SURROGATE_PAIR.sub(_join_surrogates, " ".join(text.split()).replace("\u2800", " "))
    for name, pattern, kept in _REMOVALS:
        text = _drop(name, pattern, kept, text, found)
    text = _VOICED_NARROW_KANA.sub(lambda match: _compose(match, found), text)
    for name, pattern, table in _REPLACEMENTS:
        if hits := len(pattern.findall(text)):
            found[name] += hits
            text = text.translate(table)
    text = _SMALL_CAPITAL_RUN.sub(lambda match: _plain_capitals(match, found), text)
    text = _drop("stacked_marks", _LONG_STACK, r"\1", text, found)
    text = _drop("stacked_marks", _STACK, r"\1\2", unicodedata.normalize("NFC", text), found)
    if _CYRILLIC_OR_GREEK.search(text) and _MIXED.search(text):
        text = _undo_lookalikes(text, found)
    return " ".join(text.split())


_REMOVALS = (
    ("control", _CONTROLS, ""),
    ("bidi", _BIDIS, ""),
    ("zero_width", _PLAIN_ZERO_WIDTH, ""),
    ("zero_width", _TAGS, r"\1"),
    ("zero_width", _SELECTORS, ""),
    ("zero_width", _HAN_VARIANTS, ""),
    ("zero_width", _REPEATED_JOINERS, ""),
    ("zero_width", _JOINERS, ""),
)
_REPLACEMENTS = (
    ("styled_letters", re.compile(_STYLED_CLASS), _STYLED),
    ("full_width", re.compile(_WIDTH_CLASS), _FULL_WIDTH),
    ("ligatures", re.compile(_LIGATURE_CLASS), _LIGATURES),
    ("lookalike", re.compile(f"[{_char_class(list(_RADICALS))}]"), _RADICALS),
)


def _drop(name: str, pattern: re.Pattern[str], kept: str, text: str, found: Counter[str]) -> str:
    shorter = pattern.sub(kept, text)
    found[name] += len(text) - len(shorter)
    return shorter


def _unescape_all(text: str, found: Counter[str]) -> str:
    for _ in range(_MAX_PASSES):  # &amp;lt; and deeper
        before, text = text, _ENTITY.sub(lambda match: _unescape(match, found), text)
        if text == before:
            return text
    # Nested deeper than any real post: break what is left, or the work would grow with depth times length.
    return text.replace("&", " ")


def _unescape(match: re.Match[str], found: Counter[str]) -> str:
    entity = match.group()
    # html.unescape alone would also read the start of an unknown name (&notice; -> ¬ice;).
    char = html.unescape(entity) if entity[1] == "#" else html5.get(entity[1:], entity)
    found["html_entities"] += char != entity
    return char


def _join_surrogates(match: re.Match[str]) -> str:
    return match.group().encode("utf-16-le", "surrogatepass").decode("utf-16-le")


def _compose(match: re.Match[str], found: Counter[str]) -> str:
    found["full_width"] += 2
    return unicodedata.normalize("NFKC", match.group())


def _plain_capitals(match: re.Match[str], found: Counter[str]) -> str:
    found["styled_letters"] += len(match.group())
    return "".join(_SMALL_CAPITALS[char] for char in match.group())


def _undo_lookalikes(text: str, found: Counter[str]) -> str:
    before = found["lookalike"]
    text = _WORD.sub(lambda match: _one_script(match, found), text)
    letters = {name: len(script.findall(text)) for name, script in _SCRIPTS.items()}
    if found["lookalike"] > before and letters["latin"] > 2 * (letters["cyrillic"] + letters["greek"]):
        # The post is a disguised Latin one, so its short words made of look-alikes alone (а, со) are disguised too.
        whole = _TWIN_WORD.findall(text)
        found["lookalike"] += sum(map(len, whole))
        text = _TWIN_WORD.sub(lambda match: "".join(_LOOKALIKES["latin"][char] for char in match.group()), text)
    return text


def _one_script(match: re.Match[str], found: Counter[str]) -> str:
    """Write a word of mixed script in the one script that all its letters can take, the most frequent first."""
    word = match.group()
    if not _MIXED.search(word) or _HONEST_MIX.fullmatch(word):
        return word
    letters = unicodedata.normalize("NFD", word)
    counts = {name: len(script.findall(letters)) for name, script in _SCRIPTS.items()}
    total = sum(counts.values())
    for target in sorted(counts, key=lambda name: -counts[name]):
        # A minority may still be the true script if it is Latin (раураl); a lone Greek letter is mostly a symbol (IκB).
        if not counts[target] or (target != "latin" and counts[target] * 2 < total + (target == "greek")):
            continue
        twins, native = _LOOKALIKES[target], _SCRIPTS[target]
        foreign = [char for char in letters if char not in twins and not native.match(char) and char.isalpha()]
        if not foreign:
            found["lookalike"] += total - counts[target]
            table = str.maketrans(twins)
            return unicodedata.normalize("NFC", letters.translate(table))
    return word


_URL = re.compile(
    r"(?i:https?://|www\.)[!-;=?-~]+"  # ASCII only: Chinese text often follows a link without a space
    r"|(?<![\w.@-])(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}/[!-;=?-~]*"
    r"|[<\[{]{1,2}(?i:url|link|https?)[>\]}]{1,2}|\bHTTPURL\b|网页链接"  # BERTweet's word; Weibo's word for t.cn/…
)
_MENTION = re.compile(
    # Not after ASCII letters or digits, where @ belongs to an e-mail address; Chinese may stand right before it.
    r"(?<![A-Za-z0-9_.+-])[@＠]\w+(?:-+\w+|\.\w+)*(?:@\w[\w-]*(?:\.[\w-]+)+)*"
    r"|[<\[{]{1,2}(?:user|username|mention)[>\]}]{1,2}",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Replace mentions by `@user` and links by `http`, so that real ones and data sets' placeholders look the same.

    The two words are those of TweetEval and XLM-T (Barbieri et al. 2020, 2022), on which many models were trained.
    E-mail addresses stay.

    Args:
        text: a post, normalised or not.

    Returns:
        The post with `@someone`, `@USER`, `<username>` … as `@user` and `https://…`, `www.…`, `t.cn/…`, `<url>`,
        `[URL]` … as `http`.
    """
    if "@" in text or "＠" in text or "<" in text or "[" in text or "{" in text:
        text = _MENTION.sub("@user", text)
    return _URL.sub("http", text)
