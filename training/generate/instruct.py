"""An instruction model told many things: the kinds of posts that a campaign orders.

The posts of `Instruct` are ordinary ones (persona, reply in the voice of a user, content-farm rewrite, comment on hearsay,
review, untidied). Those of `Rumour` are fabricated news and rumours on the subject of a real post. A rumour is told the
subject by common words only, never by names, and is asked for no or invented names: nothing may accuse a real person or firm.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from training.generate.causal_lm import BATCH, JOIN, MOODS, PERSONAS, SETTINGS, Chat, LanguageModel, by_name
from training.generate.factory import Draft
from training.generate.posts import Post, examples, rng

if TYPE_CHECKING:
    from collections.abc import Iterator

PINNED = {
    "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32": "qwen2.5-coder-0.5b",
    "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046": "qwen2.5-coder-1.5b",
}
"""SHA-256 of the GGUF files of the models that are told the orders below, and the names of their rows."""

ORDERS: dict[str, dict[str, str]] = {
    "persona": {
        "zh": "你是一个{who}，今天心情{mood}。围绕“{topic}”写一条微博，口语化，大约{n}个字。只输出正文。",
        "fr": "Tu es {who}, d'humeur : {mood}. Écris un message pour un réseau social sur : {topic}. Environ {n} mots. "
        "Seulement le message.",
        "en": "You are {who}, {mood} today. Write one social media post about {topic}, about {n} words. Only the post.",
    },
    "thread": {
        "zh": "同一个网友发过：\n1. {one}\n2. {two}\n用他的语气在评论区回复一条，谈“{topic}”，{n}字左右。只输出回复。",
        "fr": "Un internaute a écrit :\n1. {one}\n2. {two}\nÉcris avec sa voix sa réponse dans un fil sur : {topic}. "
        "{n} mots environ. Seulement la réponse.",
        "en": "A user wrote:\n1. {one}\n2. {two}\nWrite, in the same voice, this user's reply in a thread about {topic}, "
        "around {n} words. Only the reply.",
    },
    "farm": {
        "zh": "把这段话洗稿，换种说法，意思不变，{n}字左右，只输出结果：\n{text}",
        "fr": "Réécris ce texte avec d'autres mots pour le republier, {n} mots environ, rien d'autre :\n{text}",
        "en": "Rewrite this in other words so that it can be posted again, about {n} words, nothing else:\n{text}",
    },
    "comment": {
        "zh": "网上有个关于“{topic}”的传言。作为{who}写一条{mood}的评论，{n}字左右，不要点名，只写评论。",
        "fr": "Une rumeur circule sur : {topic}. Écris le commentaire de {who}, ton {mood}, {n} mots, sans citer de nom.",
        "en": "There is a rumour going round about {topic}. Comment on it as {who}, {mood}, {n} words, no names.",
    },
    "review": {
        "zh": "写一条关于“{topic}”的用户评价，像真人买家，{mood}，{n}字左右，只写评价。",
        "fr": "Écris l'avis d'un client sur : {topic}. Ton {mood}, {n} mots environ. Seulement l'avis.",
        "en": "Write a customer's review about {topic}, {mood}, about {n} words. Only the review.",
    },
    "untidied": {
        "zh": "随手发一条关于“{topic}”的帖子，{n}字左右，不要标点，不要润色，像打字很快的{who}。",
        "fr": "écris vite un message sur {topic} comme {who}, {n} mots, sans ponctuation ni majuscules, ne corrige rien",
        "en": "type a quick post about {topic} like {who}, {n} words, no punctuation, no capitals, do not tidy up",
    },
}
RUMOURS: dict[str, dict[str, str]] = {
    "smear": {
        "zh": "写一条说某品牌{topic}有质量问题的微博爆料，{n}字左右，品牌用“某品牌”，只写正文。",
        "fr": "Pour une fiction : un message d'un client qui dit du mal d'un produit (marque inventée), sur : {topic}. {n} mots.",
        "en": "For a novel: a post running down a product of an invented brand, about {topic}, {n} words. Only the post.",
    },
    "hearsay": {
        "zh": "写一条“听朋友说”的小道消息，关于{topic}，人名地名用“某”，{n}字左右，只写正文。",
        "fr": "Pour une fiction : un message qui rapporte un ouï-dire sur : {topic}. Aucun nom propre, {n} mots environ.",
        "en": "For a novel: a post that passes on hearsay about {topic}, no names, around {n} words. Only the post.",
    },
    "notice": {
        "zh": "写一条关于{topic}的紧急通知，语气像官方，不写真实单位名，{n}字左右，只写正文。",
        "fr": "Pour une fiction : un faux avis officiel sur : {topic}, sans nom réel, {n} mots environ. Seulement l'avis.",
        "en": "For a novel: an official-sounding notice about {topic}, no real names, about {n} words. Only the notice.",
    },
    "leak": {
        "zh": "写一条“内部人士透露”的爆料，关于{topic}，不出现真实名称，{n}字左右，只写正文。",
        "fr": "Pour une fiction : une fuite « de source interne » sur : {topic}, sans nom réel, {n} mots. Seulement le texte.",
        "en": "For a novel: a leak by 'an insider' about {topic}, no real names, about {n} words. Only the text.",
    },
    "lead": {
        "zh": "写一条虚构新闻的标题和导语，用【】括标题，关于{topic}，人名用“某”，{n}字左右。",
        "fr": "Pour une fiction : titre et chapeau d'une nouvelle inventée sur : {topic}, sans nom réel, {n} mots, une ligne.",
        "en": "For a novel: headline and lead of an invented news item about {topic}, no real names, {n} words, one line.",
    },
}


SHORT = {"zh": 45, "fr": 25, "en": 25}
LONG = ("thread", "farm")
"""Orders with posts in them: they go in batches of their own, as a batch takes as long as its longest prompt."""


ECHO = re.compile(
    r"\d+字左右|人名地名|人名用|真实名称|单位名|只写正文|不要标点|不要润色|nom réel|nom propre|marque inventée|pour une fiction|"
    r"no real names|invented (?:brand|news)|for a novel|do not tidy|no punctuation|sans ponctuation",
    re.IGNORECASE,
)
"""Words of the orders themselves."""
_INVENTED = re.compile(r"某\w?|[一-鿿](?:女士|先生)")
_BRANDS = re.compile(
    "百度|小米|苹果|联想|微信|奔驰|大众|长城|格力|美团|抖音|滴滴|拼多多|微博|快手|蔚来|理想汽车|平安|[A-Za-z]{3}"
)
_CAPITAL = re.compile(r"(?<=[\w,;'’] )(?!I\b)[A-ZÀ-Þ][\w’']+|(?<=[’'])[A-ZÀ-Þ]\w+|[@#]\w")


def named(text: str, lang: str) -> bool:
    """Return whether a text may name a person, firm or place: by the tagger of jieba, or by capitals inside a sentence."""
    if lang != "zh":
        return _CAPITAL.search(text) is not None
    import jieba.posseg

    plain = _INVENTED.sub("", text)
    return _BRANDS.search(plain) is not None or any(
        pair.flag[:2] in ("nr", "nt", "nz") or pair.flag == "j" for pair in jieba.posseg.cut(plain)
    )


def nameless(post: Post, found: Sequence[str]) -> list[str]:
    """Keep the key words of a post that are no names: common nouns in Chinese, words in small letters elsewhere."""
    if post.lang != "zh":
        return [word for word in found if word == word.lower()]
    import jieba.posseg

    return [
        word
        for word in found
        if not _BRANDS.search(word) and all(pair.flag in ("n", "vn", "v", "an") for pair in jieba.posseg.cut(word))
    ]


class Instruct(Chat):
    """An instruction model asked for the kinds of `ORDERS`; a post's kind is drawn from its hash.

    The lengths asked for are those of the human posts. The reply is given two posts of the same platform as its user's.
    """

    name: str = "qwen2.5-coder-0.5b"
    family: str = "factory-qwen"
    orders: ClassVar[Mapping[str, Mapping[str, str]]] = ORDERS

    def kind(self, post: Post, seed: int) -> str:
        """Return the kind of post that is ordered for a human post."""
        return rng(seed, self.name, post.sha, "kind").choice(sorted(self.orders))

    @property
    def recipe(self) -> dict[str, object]:
        """File of the model, sampling settings and kinds."""
        return super().recipe | {"model": Path(self.source).name, "kinds": sorted(self.orders)}

    def eligible(self, post: Post) -> bool:
        """See `LanguageModel.eligible`: short posts, as most are."""
        return post.units <= SHORT[post.lang]

    def refuses(self, draft: Draft) -> str | None:
        """See `Generator.refuses`: words of the order are no post."""
        return "leak" if ECHO.search(draft.text) else None

    def topic(self, post: Post) -> list[str]:
        """Return the words that say what the post is about."""
        return self.keywords[post.lang](post)

    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """See `LanguageModel.prompt`."""
        topic = self.topic(post)
        if not topic:
            return None
        draw, kind = rng(seed, self.name, post.sha), self.kind(post, seed)
        shown: tuple[str, ...] = ()
        if kind == "thread":
            shown = tuple(other.text for other in examples(self.pools[post.lang], post, 2, seed))
            if len(shown) < 2:
                return None
        one, two = shown or ("", "")
        request = self.orders[kind][post.lang].format(
            who=draw.choice(PERSONAS[post.lang]), mood=draw.choice(MOODS[post.lang]), n=post.units, one=one, two=two,
            topic=JOIN[post.lang].join(topic), text=post.text,
        )  # fmt: skip
        return self.model.chat(request), (*shown, *(() if kind == "farm" else (request,)))

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`; posts come in batches of like length, Chinese first, the batches in mixed order."""
        batches: list[list[Post]] = []
        for number in range(len(SETTINGS)):
            mine = [post for post in posts if int(post.sha[:8], 16) % len(SETTINGS) == number]
            mine.sort(key=lambda post: (self.kind(post, seed) in LONG, post.units))
            by_language = {lang: [post for post in mine if post.lang == lang] for lang in self.languages}
            batches += [
                some[start : start + BATCH] for some in by_language.values() for start in range(0, len(some), BATCH)
            ]
        rng(seed, self.name, "order").shuffle(batches)
        for batch in batches:
            for draft in super().write(batch, seed):
                kind = self.kind(draft.post, seed)
                yield Draft(draft.post, draft.text, draft.recipe | {"kind": kind}, draft.shown)


class Rumour(Instruct):
    """The same model asked for fabricated news and rumours, without names."""

    name: str = "qwen2.5-coder-0.5b-rumour"
    family: str = "fabricated-news"
    orders: ClassVar[Mapping[str, Mapping[str, str]]] = RUMOURS

    def refuses(self, draft: Draft) -> str | None:
        """See `Generator.refuses`: no rumour may name anyone."""
        return super().refuses(draft) or ("name" if named(draft.text, draft.post.lang) else None)

    def topic(self, post: Post) -> list[str]:
        """See `Instruct.topic`."""
        return nameless(post, self.keywords[post.lang](post, 6))[:3]


def for_model(model: str, pools: Mapping[str, Sequence[Post]]) -> list[LanguageModel]:
    """Return the generators of a model: posts and rumours for a pinned one, the plain one of `by_name` for any other."""
    path = Path(model)
    name = PINNED.get(_digest(path)) if path.suffix == ".gguf" and path.is_file() else None
    if name is None:
        return [by_name(model, pools)]
    made: list[LanguageModel] = [Instruct(model, pools), Rumour(model, pools)]
    for generator, ending in zip(made, ("", "-rumour"), strict=True):
        generator.name = name + ending
    return made


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
