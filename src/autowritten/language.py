"""Which language a post is in: the script where it settles the matter, a small offline identifier elsewhere.

The identifier is py3langid (Lui and Baldwin 2012, in Barbaresi's fork): 4 MB, no network, a quarter of a millisecond a
post. Left to choose among its 134 languages it calls short English posts Nigerian Pidgin and Chinese ones Wu, so it may
only answer with the widely written languages below. `python -m benchmarks.language` measures it.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING

from autowritten.text import mask

if TYPE_CHECKING:
    from py3langid.langid import LanguageIdentifier

UNDETERMINED = "und"
"""ISO 639-2 code for a post with nothing to tell its language by."""

# Scripts of one language, or of one so far ahead on social media that the script is the best answer there is.
_LETTERS = {
    "ja": "\u3041-\u3096\u30a1-\u30fa\uff66-\uff9d",
    "zh": "\u3105-\u312f\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff",
    "ko": "\u1100-\u11ff\u3131-\u318e\uac00-\ud7a3",
    "th": "\u0e01-\u0e30",
    "el": "\u0370-\u03ff\u1f00-\u1fff",
    "he": "\u05d0-\u05ea",
    "hy": "\u0531-\u0587",
    "ka": "\u10a0-\u10ff",
    "bn": "\u0980-\u09fe",
    "pa": "\u0a00-\u0a7f",
    "gu": "\u0a80-\u0aff",
    "ta": "\u0b80-\u0bff",
    "te": "\u0c00-\u0c7f",
    "kn": "\u0c80-\u0cff",
    "ml": "\u0d00-\u0d7f",
    "si": "\u0d80-\u0dff",
    "lo": "\u0e81-\u0eb0",
    "my": "\u1000-\u109f",
    "km": "\u1780-\u17d3",
    "am": "\u1200-\u137f",
}
_SETTLING = {language: re.compile(f"[{letters}]") for language, letters in _LETTERS.items()}
_ANY_SETTLING = re.compile(f"[{''.join(_LETTERS.values())}]")
_LETTER = re.compile(r"[^\W\d_]")
# Latin, Cyrillic, Arabic, Devanagari: what the identifier is asked about.
_KNOWN_LETTER = re.compile(
    "[A-Za-z\u00c0-\u00d6\u00d8-\u00f6\u00f8-\u024f\u1e00-\u1eff\u0400-\u052f\u0620-\u077f\u0900-\u097f]"
)
# A Han letter or a syllable says about as much as three letters of an alphabet: 今天用iPhone拍的vlog is Chinese.
_WEIGHT = {"ja": 3, "zh": 3, "ko": 3}
# Chinese posts borrow the odd の; Japanese ones are seldom less than a third kana.
_LEAST_KANA = 0.2

# The languages of Latin, Cyrillic, Arabic and Devanagari script the identifier may answer with.
_LANGUAGES = (
    "af", "az", "ca", "cs", "da", "de", "en", "es", "et", "eu", "fi", "fr", "ha", "hr", "hu", "id", "it", "lt", "lv",
    "nl", "no", "pl", "pt", "ro", "sk", "sl", "sq", "sv", "sw", "tl", "tr", "vi",
    "be", "bg", "kk", "mk", "ru", "sr", "tt", "uk", "ar", "fa", "ps", "ur", "hi", "mr", "ne",
)  # fmt: skip

# Placeholders, the marks of hashtags and emoticons, digits and pictographs: they belong to no language.
_NOT_LANGUAGE = re.compile(r"@user\b|\bhttp\b|[#\d_\[\]\u2190-\u2bff\u200d\ufe0f\U0001f000-\U0001faff]")


def identify(text: str) -> str:
    """Say which language a post is in.

    Right for 99 of 100 posts of the development data; under 40 characters for 99 of 100 in Chinese, 92 in English, 88
    in French (`benchmarks/results/language.json`). Hindi in Latin letters, Nigerian Pidgin and Sundanese are not among
    the answers.

    Args:
        text: a post, best after `text.normalise`; mentions, links, hashtag marks and emoji are looked past.

    Returns:
        An ISO 639-1 code, or `und` if there is no letter the identifier knows.
    """
    text = _NOT_LANGUAGE.sub(" ", mask(text))
    if by_script := _by_script(text):
        return by_script
    text = " ".join(text.split())
    if not _KNOWN_LETTER.search(text):
        return UNDETERMINED
    language, score = _identifier().classify(text)
    return str(language) if score > _no_evidence() else UNDETERMINED


def _by_script(text: str) -> str | None:
    """Return the language whose script holds most of the letters, if it has a script to itself."""
    if not _ANY_SETTLING.search(text):
        return None
    weights = {lang: len(script.findall(text)) * _WEIGHT.get(lang, 1) for lang, script in _SETTLING.items()}
    if weights["ja"] >= _LEAST_KANA * (weights["ja"] + weights["zh"]):
        weights["ja"] += weights.pop("zh")  # kanji
    language = max(weights, key=lambda name: weights[name])
    rest = len(_LETTER.findall(_ANY_SETTLING.sub("", text)))
    return language if weights[language] > rest else None


@cache
def _identifier() -> LanguageIdentifier:
    # An instance of our own: the module's shared one would restrict the languages of everybody else in the process.
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(_LANGUAGES)
    return identifier


@cache
def _no_evidence() -> float:
    """The score py3langid gives when it knows none of a text's letters."""
    return float(_identifier().classify("")[1])
