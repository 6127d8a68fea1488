"""What the factory throws away, each rule with a name that the manifest counts.

Rules, in this order:
    empty       nothing left after trimming
    leak        words of the prompt, of an assistant, or of a chat template
    refusal     (composed posts) an assistant that declines, offers help, or announces what it will write
    length      not between half and twice the length of the human post
    repetition  more than 35% of its 3-grams (characters in Chinese, words otherwise) occur earlier in the same post
    language    written in another language than the human post
    copy        the human post itself, or over 80% of its 8-letter sequences are in it or in an example shown to the model
    verbatim    a composed post that shares a long run (32 letters; 14 in Chinese) with a human post of the train split
    duplicate   the same letters and digits as an earlier machine post or as any human post of the train split
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from functools import cache
from typing import TYPE_CHECKING, Protocol, cast

from training.generate.posts import CJK, EMOTICON, HASHTAG, MENTION, URL, letters, units

if TYPE_CHECKING:
    from collections.abc import Iterable

    from training.generate.posts import Post

LEAK = re.compile(
    r"<\|?\w+\|?>|</?think|###|```|\bassistant\b:|\bAs an AI\b|language model|modèle de langage|语言模型|作为一个?AI|"
    r"\bHere(?:'s| is) (?:a|the|your|my) (?:\w+ )?(?:post|tweet|comment|review)|^(?:Sure|Certainly|Okay|Of course)[,!]|"
    r"\bVoici (?:un|le|votre) (?:\w+ )?(?:post|tweet|message)|\bBien sûr[,!] voici|"
    r"(?:Post|Topic|Words|Message|Sujet|帖子|话题|关键词) ?[:：]|"
    r"^(?:好的|当然)[，,]|以下是|字数|\bwords?\)$|\bkeywords?\b|mots-clés",
    re.IGNORECASE,
)
REFUSAL = re.compile(
    r"\bI(?:'m| am) (?:sorry|unable)\b[^.]*\b(?:can't|cannot|can not|but|to)\b|"
    r"\bI (?:can't|cannot|can not) (?:assist|help|fulfil|provide|generate|create|write|answer)|"
    r"\bHow (?:can|may) I (?:assist|help) you|\bAI (?:assistant|model)\b|"
    r"\bje ne (?:peux|suis) pas (?:en mesure|capable|répondre|créer|écrire|fournir|générer|aider|vous aider)|"
    r"^(?:Désolée?|Je suis désolée?)[, ]+mais\b|^(?:Voici|Bien sûr|Certainement)\b|\bComment puis-je (?:vous )?aider|"
    r"(?:抱歉|对不起)[，,]?[^。]{0,8}(?:无法|不能)|(?:我|作为)[^，。]{0,6}(?:无法|不能)(?:提供|生成|协助|满足|回答|创作)|"
    r"人工智能助手|AI助手|可以帮[助到]*[你您]|帮[助]?[你您]什么|^(?:没问题|很高兴)[，,！!]",
    re.IGNORECASE,
)
RUN = {"zh": 14}
RUN_OTHER = 32
SPAN = 8


def grams(sequence: str | list[str], n: int) -> list[str | tuple[str, ...]]:
    """All runs of `n` items."""
    return [tuple(sequence[i : i + n]) if isinstance(sequence, list) else sequence[i : i + n]
            for i in range(len(sequence) - n + 1)]  # fmt: skip


def overlap(text: str, other: str) -> float:
    """Share of the 8-letter sequences of `text` that `other` has too (0 when `text` is shorter than that)."""
    mine = grams(letters(text), SPAN)
    theirs = set(grams(letters(other), SPAN))
    return sum(gram in theirs for gram in mine) / len(mine) if mine else 0.0


def repetition(text: str, lang: str) -> float:
    """Share of 3-grams that already occurred earlier in the text."""
    sequence = letters(text) if lang == "zh" else re.findall(r"\w+", text.lower())
    found = grams(sequence, 3)
    return 1 - len(set(found)) / len(found) if found else 0.0


class _Classifier(Protocol):
    def classify(self, text: str) -> tuple[str, float]: ...


@cache
def _langid() -> _Classifier:
    from py3langid.langid import MODEL_FILE, LanguageIdentifier

    identifier = LanguageIdentifier.from_model_file(MODEL_FILE)
    identifier.set_languages(["zh", "fr", "en", "es", "de", "it", "pt", "nl"])
    return cast("_Classifier", identifier)


def right_language(text: str, lang: str) -> bool:
    """Whether a text is in the language asked for; under five words only the script is looked at."""
    plain = re.sub(r"\s+", " ", MENTION.sub(" ", URL.sub(" ", HASHTAG.sub(" ", EMOTICON.sub(" ", text)))))
    alphabetic = sum(character.isalpha() for character in plain)
    chinese = len(CJK.findall(plain)) / max(alphabetic, 1)
    if lang == "zh":
        return chinese >= 0.5
    if chinese > 0.05 or not alphabetic:
        return False
    if any("\u0400" <= character <= "\u06ff" or "\u0900" <= character <= "\u0fff" for character in plain):
        return False  # Cyrillic, Arabic, Indic scripts: small models drift into them
    return units(plain, lang) < 5 or _langid().classify(plain)[0] == lang


class Filter:
    """Judges machine posts one after another and counts why it refuses.

    Args:
        humans: human posts that no composed post may repeat (the whole pool of the train split).
    """

    def __init__(self, humans: Iterable[Post]) -> None:
        self.refused: Counter[str] = Counter()
        self._humans: set[str] = set()
        self._machines: set[str] = set()
        self._runs: defaultdict[str, set[int]] = defaultdict(set)
        self.know(humans)

    def know(self, humans: Iterable[Post]) -> None:
        """Adds human posts that no composed post may repeat."""
        for post in humans:
            plain = letters(post.text)
            self._humans.add(plain)
            # Every second run of the human text and all runs of the machine text: half the memory, one letter of slack.
            n = RUN.get(post.lang, RUN_OTHER) - 1
            self._runs[post.lang].update(hash(plain[i : i + n]) for i in range(0, len(plain) - n + 1, 2))

    def restart(self, texts: Iterable[str] = ()) -> None:
        """Sets the counts to zero; `texts` are the machine posts that must not be made twice, and no others."""
        self.refused = Counter()
        self._machines = set(map(letters, texts))

    def reason(self, text: str, post: Post, *, composed: bool, shown: Iterable[str] = ()) -> str | None:
        """Says which rule refuses `text` as an answer to `post`, or None when it may stay.

        Args:
            text: the machine post.
            post: the human post it answers.
            composed: whether a model wrote all of it (then it may not hold human text).
            shown: example posts that stood in the prompt.
        """
        plain = letters(text)
        if not plain:
            return "empty"
        if LEAK.search(text):
            return "leak"
        if composed and REFUSAL.search(text):
            return "refusal"
        if not 0.5 <= units(text, post.lang) / post.units <= 2:
            return "length"
        if repetition(text, post.lang) > 0.35:
            return "repetition"
        if not right_language(text, post.lang):
            return "language"
        if plain == letters(post.text) or any(overlap(text, other) > 0.8 for other in shown):
            return "copy"
        if composed and overlap(text, post.text) > 0.8:
            return "copy"
        n = RUN.get(post.lang, RUN_OTHER) - 1
        runs = self._runs[post.lang]
        if composed and any(hash(plain[i : i + n]) in runs for i in range(len(plain) - n + 1)):
            return "verbatim"
        if plain in self._humans or plain in self._machines:
            return "duplicate"
        return None

    def keep(self, text: str, post: Post, *, composed: bool, shown: Iterable[str] = ()) -> bool:
        """Applies `reason`, counts a refusal and remembers what stays."""
        why = self.reason(text, post, composed=composed, shown=shown)
        if why is None:
            self._machines.add(letters(text))
            return True
        self.refused[why] += 1
        return False
