"""Attacks on a detector: cheap changes that a campaign makes to its posts so that they pass.

Each is a pure function `(text, rng, lang) -> text`: the same seed gives the same text, nothing is read or kept. They
know the language where it matters: Chinese has neither spaces nor case, and its writers confuse sounds, not keys. An
attack that has nothing to hold on to (case in Chinese, one sentence to shuffle) returns the text as it came.

The set follows RAID (Dugan et al., 2024, arXiv 2405.07940) and adds what posts allow: emoji and hashtags, and machine
text after human text.
"""

from __future__ import annotations

import random
import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence

from benchmarks.attack_words import EMOJI, HASHTAGS, HOMOPHONES, KEY_NEIGHBOURS, SYNONYMS

Attack = Callable[[str, random.Random, str], str]
"""A text, a seeded generator and an ISO 639-1 code -> the text after the attack."""

_LOOK_ALIKES = dict(zip("aceiopsxyABCEHIKMOPTX", "асеіорѕхуАВСЕНІКМОРТХ", strict=True))  # Latin -> Cyrillic
# The Kangxi radicals look the same as ideographs and are other code points: ⼈ (U+2F08) for 人.
_RADICALS = {unicodedata.normalize("NFKC", chr(code)): chr(code) for code in range(0x2F00, 0x2FD6)}
HOMOGLYPHS = _LOOK_ALIKES | _RADICALS
"""Character -> its double."""

ZERO_WIDTH = "\u200b\u200c\u200d\u2060"
"""The invisible characters that `zero_width` puts in."""

_HAN = re.compile(r"[\u3400-\u9fff]")
_SENTENCE = re.compile(r".*?(?:[.!?…。！？]+[\"'”’»)）]*\s*|$)", re.DOTALL)
_CLAUSE = re.compile(r".*?(?:[,;:，；：、]\s*|$)", re.DOTALL)
_WORD = re.compile(r"[^\W\d_]+(?:[-'’][^\W\d_]+)*")
_PROTECTED = re.compile(r"https?://\S+|[@#]\w+#?")  # a broken link or handle would no longer work for the campaign


def homoglyph(text: str, rng: random.Random, lang: str, share: float = 0.5) -> str:
    """Swap `share` of the characters that have a double, and at least one: Cyrillic letters, Kangxi radicals."""
    places = [place for place, char in enumerate(text) if char in HOMOGLYPHS]
    chosen = _some(places, share, rng)
    return "".join(HOMOGLYPHS[char] if place in chosen else char for place, char in enumerate(text))


def zero_width(text: str, rng: random.Random, lang: str, share: float = 0.2) -> str:
    """Put an invisible character after `share` of the characters, and after at least one."""
    if not text:
        return text
    sure = rng.randrange(len(text))
    return "".join(
        char + rng.choice(ZERO_WIDTH) if place == sure or rng.random() < share else char
        for place, char in enumerate(text)
    )


def case(text: str, rng: random.Random, lang: str, share: float = 0.15) -> str:
    """Swap the case of `share` of the letters, and of at least one; nothing where the script has none."""
    places = [place for place, char in enumerate(text) if _has_case(char)]
    chosen = _some(places, share, rng)
    return "".join(char.swapcase() if place in chosen else char for place, char in enumerate(text))


def white_space(text: str, rng: random.Random, lang: str, share: float = 0.15) -> str:
    """Add white space: doubled or as a line break where there is some, between characters where words need none."""
    gaps = [place for place in range(1, len(text)) if text[place].isspace()]
    gaps += [place for place in range(1, len(text)) if _HAN.match(text[place]) and _HAN.match(text[place - 1])]
    chosen = _some(gaps, share, rng)
    return "".join(rng.choice((" ", " ", "\n")) + char if i in chosen else char for i, char in enumerate(text))


def typo(text: str, rng: random.Random, lang: str, share: float = 0.1) -> str:
    """Mistype `share` of the words, and at least one: keys in alphabets, sounds and lost characters in Chinese."""
    if lang == "zh":
        places = [place for place, char in enumerate(text) if char in HOMOPHONES]
        chosen = _some(places, share, rng)
        if chosen:
            return "".join(rng.choice(HOMOPHONES[c]) if i in chosen else c for i, c in enumerate(text))
    spans = [match.span() for match in _free_words(text) if len(match.group()) > 3]
    chosen = _some(range(len(spans)), share, rng)
    keys = KEY_NEIGHBOURS.get(lang, KEY_NEIGHBOURS["en"])
    return _rewrite(text, {spans[i]: _mistype(text[slice(*spans[i])], rng, keys) for i in sorted(chosen)})


def synonym_swap(text: str, rng: random.Random, lang: str, share: float = 0.5) -> str:
    """Swap `share` of the words in the language's list for a synonym, and at least one; see `attack_words`."""
    words = SYNONYMS.get(lang, {})
    if lang == "zh":
        longest_first = "|".join(sorted(map(re.escape, words), key=len, reverse=True))
        found = list(re.finditer(longest_first, text))
    else:
        found = [match for match in _free_words(text) if match.group().lower() in words]
    chosen = _some(range(len(found)), share, rng)
    swaps = {}
    for i in sorted(chosen):
        word = found[i].group()
        other = words[word.lower()]
        swaps[found[i].span()] = other[0].upper() + other[1:] if word[0].isupper() else other
    return _rewrite(text, swaps)


def sentence_shuffle(text: str, rng: random.Random, lang: str) -> str:
    """Put the sentences in another order; the clauses, if there is only one sentence."""
    for pattern in (_SENTENCE, _CLAUSE):
        parts = [part for part in pattern.findall(text) if part.strip()]
        if len(set(parts)) > 1:
            order = parts[:]
            while order == parts:
                rng.shuffle(order)
            gap = "" if lang == "zh" else " "
            return gap.join(part.strip() for part in order)
    return text


def truncation(text: str, rng: random.Random, lang: str) -> str:
    """Keep the first half to four fifths of the text, cut at a space where the language has them."""
    kept = text[: max(1, int(len(text) * rng.uniform(0.5, 0.8)))]
    if lang != "zh" and " " in kept.strip():
        kept = kept[: kept.rstrip().rindex(" ")]
    return kept.rstrip() or text


def emoji_hashtag(text: str, rng: random.Random, lang: str) -> str:
    """Sprinkle one to three emoji at sentence ends and one or two hashtags behind."""
    parts = [part for part in _SENTENCE.findall(text) if part]
    for _ in range(rng.randint(1, 3)):
        place = rng.randrange(len(parts)) if parts else 0
        parts[place : place + 1] = [f"{part.rstrip()} {rng.choice(EMOJI)} " for part in parts[place : place + 1]]
    tags = rng.sample(HASHTAGS.get(lang, HASHTAGS["en"]), rng.randint(1, 2))
    return " ".join(["".join(parts).rstrip(), *tags]).lstrip()


def prepend_human(pool: Mapping[str, Sequence[str]], most_characters: int = 80) -> Attack:
    """Return the attack that puts the beginning of a human post of the same language before the text.

    Args:
        pool: language -> human posts; a language that is missing leaves the text as it is.
        most_characters: how much of the human post is taken.
    """

    def attack(text: str, rng: random.Random, lang: str) -> str:
        posts = pool.get(lang, ())
        return f"{rng.choice(posts)[:most_characters].rstrip()} {text}" if posts else text

    return attack


ATTACKS: dict[str, Attack] = {
    "homoglyph": homoglyph,
    "zero_width": zero_width,
    "case": case,
    "white_space": white_space,
    "typo": typo,
    "synonym_swap": synonym_swap,
    "sentence_shuffle": sentence_shuffle,
    "truncation": truncation,
    "emoji_hashtag": emoji_hashtag,
}
"""Every attack that needs nothing but the text, by name."""


def _each_word(change: Callable[[str, random.Random], str]) -> Attack:
    """Return the attack that changes every word: a run of letters, in Chinese every fifth character."""

    def attack(text: str, rng: random.Random, lang: str) -> str:
        pattern = r"[\u3400-\u9fff]{1,5}" if lang == "zh" else _WORD.pattern
        return re.sub(pattern, lambda match: change(match.group(), rng), text)

    return attack


def _inserted(char: str) -> Attack:
    """Return the attack that puts a character somewhere into every word, after its first letter at the earliest."""

    def change(word: str, rng: random.Random) -> str:
        place = rng.randint(1, len(word))
        return word[:place] + char + word[place:]

    return _each_word(change)


def _twins(twins: Mapping[str, str], share: float) -> Attack:
    """Return the attack that swaps `share` of all letters for look-alikes, as far as there are any."""

    def attack(text: str, rng: random.Random, lang: str) -> str:
        return "".join(twins[c] if c in twins and rng.random() < 2 * share else c for c in text)

    return attack


def _spread(text: str, rng: random.Random, lang: str) -> str:
    """Put a space after every character, Chinese, or a hair space into every word."""
    return " ".join(text.replace(" ", "")) if lang == "zh" else _inserted("\u200a")(text, rng, lang)


def _without_punctuation(text: str, rng: random.Random, lang: str) -> str:
    return re.sub(r"[^\w\s@#/]", "", text)


def _emoji_each_five(text: str, rng: random.Random, lang: str) -> str:
    parts = re.findall(r".{1,10}", text) if lang == "zh" else re.findall(r"(?:\S+\s*){1,5}", text)
    return " ".join(f"{part.strip()} {rng.choice(EMOJI)}" for part in parts)


_CHEROKEE = dict(zip("abcdeghijklmprstvwz", "ꭺꮟꮯꭰꭱꮐꮋꭵꭻꮶꮮꮇꮲꮢꮪꭲꮩꮃꮓ", strict=True)) | dict(
    zip("ADEGHIJKLMPRSTVWYZ", "ᎪᎠᎬᏀᎻᎥᎫᏦᏞᎷᏢᎡᏕᎢᏙᎳᎩᏃ", strict=True)
)
EVASIONS: dict[str, Attack] = {
    "none": lambda text, rng, lang: text,
    "ignorable U+1BCA0 in each word": _inserted("\U0001bca0"),
    "dot below U+0323 in each word": _inserted("\u0323"),
    "grave below U+0316 in each word": _inserted("\u0316"),
    "60 marks on every letter": lambda text, rng, lang: "".join(
        c + "".join(chr(rng.randrange(0x300, 0x370)) for _ in range(60)) if c.isalpha() else c for c in text
    ),
    "Cherokee letters": _twins(_CHEROKEE, 0.15),
    "Armenian letters": _twins(dict(zip("fghnoquwOSU", "քցհոօզսաՕՏՍ", strict=True)), 0.3),
    "phonetic ɑ ɡ": _twins({"a": "ɑ", "g": "ɡ"}, 0.4),
    "Coptic and Lisu letters": _twins(dict(zip("coprCHKMNOPTXY", "ⲥⲟⲣⲅⲤⲎⲔⲘⲚⲞⲢⲦⲬⲨ", strict=True)), 0.3),
    "Cyrillic letters": homoglyph,
    "zero-width U+200B": _inserted("\u200b"),
    "spaces inside": _spread,
    "no punctuation": _without_punctuation,
    "lower case, no punctuation": lambda text, rng, lang: _without_punctuation(text.lower(), rng, lang),
    "emoji each five words": _emoji_each_five,
    "leet": lambda text, rng, lang: "".join(
        {"a": "4", "e": "3", "i": "1", "o": "0", "s": "5"}[c] if c in "aeios" and rng.random() < 0.25 else c
        for c in text
    ),
}
"""What a red team tried without a model, by name: most of it is for `autowritten.text` to undo, the last four are not."""


def attacks_with(pool: Mapping[str, Sequence[str]]) -> dict[str, Attack]:
    """Return `ATTACKS` and `prepend_human` from this pool of human posts by language."""
    return ATTACKS | {"prepend_human": prepend_human(pool)}


def attack_all(attack: Attack, texts: Sequence[str], langs: Sequence[str], seed: int = 0) -> list[str]:
    """Attack every text with a generator of its own, so that a text comes out the same whatever stands before it.

    Raises:
        ValueError: there are not as many languages as texts.
    """
    return [
        attack(text, random.Random(f"{seed}\0{text}"), lang)  # a string seed is hashed by SHA-512, the same everywhere
        for text, lang in zip(texts, langs, strict=True)
    ]


def _has_case(char: str) -> bool:
    """Say whether the character has one partner of the other case that reads the same (ß and ŉ have none)."""
    other = char.swapcase()
    return other != char and len(other) == 1 and other.swapcase() == char and other.casefold() == char.casefold()


def _some(items: Sequence[int], share: float, rng: random.Random) -> set[int]:
    """Draw `share` of the items, at least one if there are any."""
    return set(rng.sample(items, max(1, round(share * len(items))))) if items else set()


def _free_words(text: str) -> list[re.Match[str]]:
    """Find the words outside links, handles and hashtags."""
    held = [match.span() for match in _PROTECTED.finditer(text)]
    return [m for m in _WORD.finditer(text) if not any(start <= m.start() < end for start, end in held)]


def _rewrite(text: str, swaps: Mapping[tuple[int, int], str]) -> str:
    """Put new text in the place of some spans, given in rising order."""
    parts, done = [], 0
    for (start, end), new in swaps.items():
        parts += [text[done:start], new]
        done = end
    return "".join([*parts, text[done:]])


def _mistype(word: str, rng: random.Random, keys: Mapping[str, str]) -> str:
    """Swap two neighbours, drop or double a letter, or hit the key beside it; never the first letter."""
    place = rng.randrange(1, len(word) - 1)
    before, char, following, rest = word[:place], word[place], word[place + 1], word[place + 2 :]
    kind = rng.choice(("swap", "drop", "double", "key"))
    if kind == "swap" and char != following:
        return before + following + char + rest
    if kind == "drop":
        return before + following + rest
    if kind == "key" and char in keys:
        return before + keys[char] + following + rest
    return before + char + char + following + rest
