"""Human posts that the factory answers, and what is read off them: length, key words, platform marks.

Every generator takes a human post and writes a machine post of the same length on the same subject. What it may know of
the human post is gathered here, so that "composed" text (see `factory.Generator.composed`) can be shown to hold none of it
but the key words.
"""

from __future__ import annotations

import hashlib
import random
import re
from collections import Counter
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pandas as pd

from training.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence
    from pathlib import Path

LANGUAGES = ("zh", "fr", "en")

# Short, everyday posts. Left out on purpose: hate corpora and troll accounts (the factory must not multiply them), long
# articles, and chat answers (not posts).
SOURCES: dict[str, tuple[str, ...]] = {
    "zh": ("pairs-zh*", "weibo2018-zh", "smp2020-weibo", "bdci-car-zh", "brighter-zh", "weibosenti-subset-zh",
           "cstance-weibo-zh", "reviews-zh", "weibo21-zh", "ruozhiba-zh", "checked-weibo-zh"),
    "fr": ("pairs-fr*", "xlmt-tweets-fr", "xlmt-tweets", "botornot-challenge_fr", "oasst-fr", "allocine-sample-fr",
           "keytrade-trustpilot"),
    "en": ("pairs-en*", "human_goemotions-reddit", "human_tweeteval", "botornot-challenge_en", "showerthoughts",
           "xlmt-tweets", "electai", "tweepfake", "brighter-multi", "keytrade-trustpilot"),
}  # fmt: skip

MIN_UNITS = {"zh": 12, "fr": 6, "en": 6}
MAX_UNITS = {"zh": 160, "fr": 60, "en": 60}

CJK = re.compile(r"[㐀-鿿豈-﫿]")
URL = re.compile(r"https?://\S+|\bhttp\b|网页链接")
MENTION = re.compile(r"@[\w\-·]+")
HASHTAG = re.compile(r"#[^#\s]+#|#\w+")
EMOTICON = re.compile(r"\[[一-鿿A-Za-z]{1,6}\]")  # Weibo writes its emoji as [泪]
EMOJI = re.compile("[\U0001f300-\U0001faff\u2600-\u27bf]")
_WORD = re.compile(r"[^\W\d_]+(?:['’\-][^\W\d_]+)*")


@dataclass(frozen=True)
class Post:
    """A human post.

    Attributes:
        text: the post.
        lang: `zh`, `fr` or `en`.
        domain: the kind of platform, as in the data.
        dataset: where it comes from.
        pair_id: its pair in the data, or one made from its hash, so that every rewrite of one post stays together.
    """

    text: str
    lang: str
    domain: str
    dataset: str
    pair_id: str

    @property
    def sha(self) -> str:
        """The hash that names this post in files which must not hold its text."""
        return text_sha(self.text)

    @property
    def units(self) -> int:
        """Length: Chinese characters for Chinese, words otherwise."""
        return units(self.text, self.lang)


def text_sha(text: str) -> str:
    """Names a text: the first 16 hexadecimal digits of its SHA-256."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def units(text: str, lang: str) -> int:
    """Counts Chinese characters plus Latin words (zh), or words (fr, en)."""
    words = len(_WORD.findall(CJK.sub(" ", text)))
    return words + (len(CJK.findall(text)) if lang == "zh" else 0)


def words(text: str, lang: str) -> list[str]:
    """Splits a post into words: jieba for Chinese, letters with inner apostrophes otherwise."""
    if lang == "zh":
        import jieba

        jieba.setLogLevel("WARNING")
        return list(jieba.cut(text))
    return _WORD.findall(text)


def letters(text: str) -> str:
    """Letters and digits only, lower case: two texts with the same letters are the same post."""
    return "".join(character for character in text.lower() if character.isalnum())


def rng(*parts: object) -> random.Random:
    """A random generator that depends on what is being made and on nothing else (not on order, not on a resume)."""
    return random.Random("|".join(map(str, parts)))


def read(folder: Path | None = None) -> dict[str, list[Post]]:
    """Reads the human posts of the train split that the factory may answer, by language.

    Args:
        folder: where `train.parquet` lies; the project's data folder when left out.
    """
    frame = pd.read_parquet((folder or data_folder()) / "train.parquet",
                            columns=["text", "label", "lang", "domain", "dataset", "pair_id"])  # fmt: skip
    frame = frame[frame.label == "human"]
    return {lang: posts(frame[frame.lang == lang], lang) for lang in LANGUAGES}


def posts(frame: pd.DataFrame, lang: str) -> list[Post]:
    """Keeps the posts of one language that have a usable source and length, each text once."""
    wanted = SOURCES[lang]
    stems = tuple(name[:-1] for name in wanted if name.endswith("*"))
    found: dict[str, Post] = {}
    columns = (frame[name] for name in ("text", "domain", "dataset", "pair_id"))
    for text, domain, dataset, pair_id in zip(*columns, strict=True):
        if dataset not in wanted and not (stems and dataset.startswith(stems)):
            continue
        if domain == "oasst-ASSISTANT" or not MIN_UNITS[lang] <= units(text, lang) <= MAX_UNITS[lang]:
            continue
        pair = pair_id if isinstance(pair_id, str) else f"factory-{text_sha(text)}"
        found.setdefault(letters(text), Post(text, lang, str(domain), dataset, pair))
    return list(found.values())


def choose(pool: Sequence[Post], n: int, *seed: object) -> list[Post]:
    """Draws `n` posts without replacement, a post's chance being independent of the size of the pool around it."""
    return sorted(pool, key=lambda post: text_sha(f"{seed}{post.sha}"))[:n]


@cache
def _stop_words(lang: str) -> frozenset[str]:
    if lang == "fr":
        text = """le la les un une des du de d l et ou mais donc or ni car je j tu il elle on nous vous ils elles me m te t
        se s lui leur y en ce c cet cette ces mon ma mes ton ta tes son sa ses notre nos votre vos leurs que qu qui quoi
        dont où ne n pas plus moins très trop bien mal tout tous toute toutes être est es suis sont sommes êtes était été
        étais sera serait avoir ai as a avons avez ont avait eu faire fait fais font va vais vas vont aller peut peux
        pouvez dit dire à au aux dans par pour sur sous avec sans chez vers entre depuis pendant comme si quand même aussi
        encore déjà jamais toujours rien chose ça cela ceci là ici alors après avant puis parce oui non bon bah ben faut
        c'est j'ai qu'il qu'elle qu'on d'un d'une n'est n'a s'est c'était y'a autre autres deux trois aucun chaque user
        http https rt via très voir veut veux vraiment peu beaucoup contre leurs cest jai vos sais"""
    else:
        text = """the a an and or but so if then than that this these those i i'm i've i'd me my mine you your you're he his
        she her it its it's we our they their them is are was were be been being am do does did done doing have has had
        having will would can could should may might must not no nor don't doesn't didn't can't won't isn't wasn't to of
        in on at by for from with without about into over under up down out off as again just only very too also more most
        some any all each every other such own same there here when where why how what which who whom because while
        during before after above below between through get got go going gone one two like really much many even still
        know think see say said make made want let let's new good time day people thing things way back now well right
        user http https rt via lol name im dont youre gonna never ever always something anything everything being that's
        there's what's he's she's they're we're you've i'll it'll u ur"""
    return frozenset(text.split())


class Keywords:
    """Finds what a post is about: two to four of its rarest content words.

    Rarity is counted over the posts given, so it needs no outside list. Names of people written with @ and links are
    never key words.

    Args:
        pool: posts of one language.
        lang: the language.
    """

    def __init__(self, pool: Iterable[Post], lang: str) -> None:
        self.lang = lang
        self.counts: Counter[str] = Counter()
        if lang != "zh":  # jieba brings its own counts
            for post in pool:
                self.counts.update({word.lower() for word in words(post.text, lang)})

    def __call__(self, post: Post, n: int = 3) -> list[str]:
        """Gives up to `n` key words of `post`, in the order in which it has them."""
        text = MENTION.sub(" ", URL.sub(" ", EMOTICON.sub(" ", post.text)))
        if self.lang == "zh":
            import jieba.analyse

            jieba.setLogLevel("WARNING")
            # Nouns only, no names of people: a slot takes a noun, and the factory doesn't write about private persons.
            tags = jieba.analyse.extract_tags(text, topK=n, allowPOS=("n", "ns", "nz", "nt", "vn", "j"))
            found = [word for word in tags if len(word) > 1 and CJK.match(word)]
        else:
            stop = _stop_words(self.lang)
            seen = {word.lower(): word for word in reversed(_WORD.findall(text))}
            able = [word for word in seen if len(word) > 3 and word not in stop and "'" not in word and "’" not in word]
            # A word nobody else uses is more often a typo than a subject, hence the two-step key.
            able.sort(key=lambda word: (self.counts[word] < 3, self.counts[word]))
            found = [seen[word] for word in able]
        return sorted(found[:n], key=text.find)


def examples(pool: Sequence[Post], post: Post, n: int, seed: object) -> list[Post]:
    """Draws `n` posts of the same platform and about the same length, none of them `post`, to show a language model."""
    draw = rng(seed, post.sha, "examples")
    same = [other for other in draw.sample(pool, min(len(pool), 400)) if other.dataset == post.dataset]
    if len(same) < 4 * n:
        same += draw.sample(pool, min(len(pool), 40))
    marked = re.compile(f"{MENTION.pattern}|{URL.pattern}")
    clean = [other for other in same if other.sha != post.sha and not marked.search(other.text)]
    return sorted(clean, key=lambda other: abs(other.units - post.units))[: 2 * n : 2]
