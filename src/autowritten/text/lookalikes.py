"""Letters of one script inside words of another that they look like letters of.

Words of one script stay whole, whatever the script. In a word of mixed script all letters have to have a look-alike, or
it is no disguise.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from functools import lru_cache

from autowritten.text.charsets import CYRILLIC, GENERIC_MARKS, GREEK, LATIN, char_class, without_astral
from autowritten.text.letters import TO_LATIN

_NAMED = {name: re.compile(f"[{chars}]") for name, chars in
          (("latin", LATIN), ("cyrillic", CYRILLIC), ("greek", GREEK))}  # fmt: skip
_IN_LATIN = [char for char in TO_LATIN if _NAMED["latin"].match(char)]  # ɑ ɡ …: phonetic letters
_ELSEWHERE = [char for char in TO_LATIN if not any(script.match(char) for script in _NAMED.values())]
_PHONETIC_TWINS = frozenset(_IN_LATIN)
_RARE = _PHONETIC_TWINS | frozenset(_ELSEWHERE)
RARE_TWINS = char_class([ord(char) for char in (*_IN_LATIN, *_ELSEWHERE)])
"""Look-alikes that are not Cyrillic or Greek, as a character class."""


def _to(script: str, rare: str) -> dict[str, str]:
    """Return what every look-alike is in Cyrillic or Greek; letters that hardly anyone writes there are left out."""
    back: dict[str, str] = {}
    for char, latin in TO_LATIN.items():
        if _NAMED[script].match(char) and char not in rare:
            back.setdefault(latin, char)
    return back | {char: back[latin] for char, latin in TO_LATIN.items() if latin in back and char not in back.values()}


_TWINS = {"latin": TO_LATIN, "cyrillic": _to("cyrillic", "ԁԛѕѵԝӏԌЅѴԜӀүЬҽꙇѡ"), "greek": _to("greek", "ϲϳϹͿϜϺϒϱᴦ")}

_RARE_TWIN = re.compile(f"[{RARE_TWINS}]")
_CYRILLIC_OR_GREEK = re.compile(f"[{CYRILLIC}{GREEK}]")
_PHONETIC = re.compile(f"(?![{RARE_TWINS}])[\u0250-\u02af\u02c8\u02cc\u02d0]")
_MIXED = re.compile(  # the brackets of a pair of neighbours, in either order
    f"[{LATIN}][{CYRILLIC}{GREEK}]|[{CYRILLIC}][{LATIN}{GREEK}]|[{GREEK}][{LATIN}{CYRILLIC}]"
)
# A word ends where a script begins that is written without spaces, or beside Latin words without one.
_LETTERS = (
    r"(?:(?![\u0e00-\u0eff\u1000-\u11ff\u1780-\u17ff\u2e80-\ua4cf\uac00-\ud7ff\uf900-\ufaff\uff00-\uffef])[^\W\d_])"
)
_WORD = re.compile(f"(?:{without_astral(_LETTERS)}|[{GENERIC_MARKS}])+")
_ALIKE_WORD = re.compile(f"(?<![^\\W\\d_])[{char_class([ord(c) for c in TO_LATIN])}]+(?![^\\W\\d_])")
# VPNом, PDFа, TNFα, αSyn, αx: an acronym's ending, a symbol or a formula in the other script is normal writing.
_HONEST_MIX = re.compile(f"[A-Z]{{2,}}[а-яёіїєα-ω\u0561-\u0587]{{1,3}}|[α-ω][A-Z][A-Za-z]*|(?=.?[{GREEK}])..")


def mixes(text: str) -> bool:
    """Say whether Latin, Cyrillic and Greek letters stand side by side. Rarer look-alikes are not asked for."""
    return bool(_CYRILLIC_OR_GREEK.search(text) and _MIXED.search(text))


def undo_lookalikes(text: str, found: Counter[str]) -> str:
    """Write words of mixed script in one, and count the letters that were changed."""
    rare = _RARE_TWIN.search(text)
    if not rare and not mixes(text):
        return text
    spared = _spared(text) if rare else frozenset()
    before = found["lookalike"]
    text = _WORD.sub(lambda match: _one_script(match, spared, found), text)
    if found["lookalike"] > before:
        letters = {name: len(script.findall(text)) for name, script in _NAMED.items()}
        if letters["latin"] > 2 * (letters["cyrillic"] + letters["greek"]):
            # The post is a disguised Latin one, so its short words made of look-alikes alone (а, со) are disguised too.
            whole = [word for word in _ALIKE_WORD.findall(text) if spared.isdisjoint(word)]
            found["lookalike"] += sum(map(len, whole))
            text = _ALIKE_WORD.sub(
                lambda match: match.group() if not spared.isdisjoint(match.group()) else _latin(match.group()), text
            )
    return text


def _latin(word: str) -> str:
    return "".join(TO_LATIN[char] for char in word)


def _spared(text: str) -> frozenset[str]:
    """Return rare look-alikes that are honest here: of phonetic writing, of a script that more words are written in whole."""
    whole: Counter[str] = Counter()
    mixed: Counter[str] = Counter()
    scripts = {_script(char) for char in _RARE_TWIN.findall(text) if char not in _PHONETIC_TWINS}
    if scripts:
        for word in _WORD.findall(text):
            kind = mixed if any(script.search(word) for script in _NAMED.values()) else whole
            kind.update(script for char in word if (script := _script(char)) in scripts)
    honest = {char for char in _ELSEWHERE if whole[_script(char)] > mixed[_script(char)]} if whole else set()
    return frozenset(honest | _PHONETIC_TWINS if _PHONETIC.search(text) else honest)


@lru_cache(10_000)
def _script(char: str) -> str:
    """Return the script of a letter, by the first word of its name."""
    return unicodedata.name(char, "").split(" ")[0]


def _one_script(match: re.Match[str], spared: frozenset[str], found: Counter[str]) -> str:
    """Write a word of mixed script in the one script that all its letters can take, the most frequent first."""
    word = match.group()
    rare = [char for char in word if char in _RARE]
    if rare and (not spared.isdisjoint(rare) or match.string[max(match.start() - 1, 0) : match.start()] in ("/", "[")):
        return word
    if not (rare or _MIXED.search(word)) or _HONEST_MIX.fullmatch(word):
        return word
    letters = unicodedata.normalize("NFD", word)
    own = {name: [char for char in script.findall(letters) if char not in _RARE] for name, script in _NAMED.items()}
    counts = {name: len(chars) for name, chars in own.items()}
    total = sum(counts.values()) + len(rare)
    for target in sorted(counts, key=lambda name: -counts[name]):
        # A minority may still be the true script if it is Latin (раураl); a lone Greek letter is mostly a symbol (IκB).
        if not counts[target] or (target != "latin" and counts[target] * 2 < total + (target == "greek")):
            continue
        twins, native = _TWINS[target], _NAMED[target]
        foreign = [char for char in letters if char not in twins and not native.match(char) and char.isalpha()]
        if not foreign:
            found["lookalike"] += total - counts[target]
            changed = "".join(twins[c] if c in twins and (c in _RARE or not native.match(c)) else c for c in letters)
            return unicodedata.normalize("NFC", changed)
    return word
