"""Language models as auto-writing software: few-shot continuation (base models) and requests (chat models)."""

from __future__ import annotations

import re
from abc import abstractmethod
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, ClassVar

from training.generate import models
from training.generate.factory import Draft, Generator
from training.generate.posts import Keywords, Post, examples, rng

if TYPE_CHECKING:
    from collections.abc import Iterator

BATCH = 48
# (temperature, top-p): careful to loose. A post's setting is drawn from its hash.
SETTINGS = ((0.6, 0.9), (0.8, 0.9), (0.8, 0.98), (1.0, 0.9))

FEW_SHOT = {
    "zh": ("网友发的帖子，每条一行。", "关键词：{topic}\n帖子：{text}"),
    "fr": ("Messages publiés par des internautes, un par ligne.", "Sujet : {topic}\nMessage : {text}"),
    "en": ("Posts written by users of a social network, one on each line.", "Topic: {topic}\nPost: {text}"),
}
# Long posts cost most of the time and are the few: language models answer posts up to this many units.
LONGEST = {"zh": 70, "fr": 40, "en": 40}
JOIN = {"zh": "、", "fr": ", ", "en": ", "}


class LanguageModel(Generator):
    """What the language-model generators share: batches of like length, one sampling setting a batch.

    Args:
        model: the model's name (see `models.load`), or an open model.
        pools: human posts by language, for key words and examples.
    """

    def __init__(self, model: str | models.Model, pools: Mapping[str, Sequence[Post]]) -> None:
        self.source = model if isinstance(model, str) else type(model).__name__
        self._model = model if not isinstance(model, str) else None
        self.pools = pools
        self.keywords = {lang: Keywords(pool, lang) for lang, pool in pools.items()}

    @property
    def model(self) -> models.Model:
        """The model, opened when first needed: a finished run never loads it."""
        if self._model is None:
            self._model = models.load(self.source)
        return self._model

    @property
    def recipe(self) -> dict[str, object]:
        """Model and sampling settings."""
        return {"model": self.source, "settings": [list(setting) for setting in SETTINGS]}

    def eligible(self, post: Post) -> bool:
        """Short enough for a small machine, and about something."""
        return post.units <= LONGEST[post.lang]

    @abstractmethod
    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """The prompt for a post and the example posts in it, or None where there is nothing to go by."""

    def tidy(self, text: str, post: Post) -> str:
        """Cleans up a raw continuation."""
        del post
        return " ".join(text.split())

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`."""
        for number, (temperature, top_p) in enumerate(SETTINGS):
            mine = [post for post in posts if int(post.sha[:8], 16) % len(SETTINGS) == number]
            # Like lengths together: the batch runs as long as its longest post.
            mine.sort(key=lambda post: (post.lang, post.units))
            for batch in (mine[start : start + BATCH] for start in range(0, len(mine), BATCH)):
                asked = [(post, *made) for post in batch if (made := self.prompt(post, seed))]
                if not asked:
                    continue
                longest = max(self.model.count(post.text) for post in batch)
                texts = self.model.complete(
                    [prompt for _, prompt, _ in asked], max_new=int(1.3 * longest) + 8, temperature=temperature,
                    top_p=top_p, seed=rng(seed, self.name, batch[0].sha).randrange(2**31),
                )  # fmt: skip
                recipe: dict[str, object] = {"temperature": temperature, "top_p": top_p}
                for (post, _, shown), text in zip(asked, texts, strict=True):
                    yield Draft(post, self.tidy(text, post), recipe, shown)


def trim(text: str, post: Post) -> str:
    """Cuts a text that ran past one and a half times the human post back to its last whole sentence, if it has one."""
    limit = int(1.5 * len(post.text))
    if len(text) <= limit:
        return text
    ends = [match.end() for match in re.finditer(r"[。！？…]+|[.!?]+(?=\s|$)", text[:limit])]
    return text[: ends[-1]] if ends and ends[-1] > len(post.text) // 2 else text


class FewShot(LanguageModel):
    """A base model that continues a list of posts of the same platform, subject line by subject line."""

    name: str = "gemma-3-270m"
    family: str = "factory-gemma"
    shots: ClassVar[int] = 3

    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """See `LanguageModel.prompt`."""
        find = self.keywords[post.lang]
        topic = find(post)
        if not topic:
            return None
        head, form = FEW_SHOT[post.lang]
        join = JOIN[post.lang].join
        shown = [example for example in examples(self.pools[post.lang], post, self.shots, seed) if find(example)]
        blocks = [form.format(topic=join(find(example)), text=example.text) for example in shown]
        blocks.append(form.format(topic=join(topic), text="").rstrip())
        return "\n\n".join([head, *blocks]), tuple(example.text for example in shown)

    def tidy(self, text: str, post: Post) -> str:
        """See `LanguageModel.tidy`."""
        return trim(" ".join(text.split()), post)

    @property
    def recipe(self) -> dict[str, object]:
        """Model, sampling settings and number of examples."""
        return super().recipe | {"shots": self.shots}


class Continuation(LanguageModel):
    """A base model that goes on where the first half of a human post stops; `chains` joins the halves.

    The text kept is the model's half only, so that it can lie in the repository without the human half.
    """

    name: str = "gemma-3-270m-second-half"
    family: str = "factory-chain"

    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """See `LanguageModel.prompt`."""
        first = first_half(post)
        return (first, ()) if len(first) >= 5 else None

    def tidy(self, text: str, post: Post) -> str:
        """Keeps about half a post; a leading space is part of the join."""
        space = " " if text[:1].isspace() else ""
        cut = " ".join(text.split())
        limit = int(0.8 * len(post.text))
        if len(cut) > limit:
            ends = [match.end() for match in re.finditer(r"[。！？…，,；;.!?]+|\s(?=[^\s])", cut[:limit])]
            cut = cut[: ends[-1]].rstrip("，,；; ") if ends else cut[:limit]
        return space + cut


def first_half(post: Post) -> str:
    """The first half of a post, cut between two words."""
    half = len(post.text) // 2
    if post.lang == "zh":
        return post.text[:half]
    space = post.text.rfind(" ", 0, half)
    return post.text[: max(space, 0)]


PERSONAS = {
    "en": ("a college student", "a night-shift nurse", "a dad of two", "a football fan", "a small shop owner",
           "a retired teacher", "a gamer", "an office worker", "a truck driver", "an amateur cook"),
    "fr": ("une étudiante", "un père de famille", "une infirmière", "un supporter de foot", "un retraité", "une commerçante",
           "un lycéen", "une cadre parisienne", "un agriculteur", "une amatrice de séries"),
    "zh": ("大学生", "上班族", "宝妈", "车主", "球迷", "小店老板", "退休老师", "追星的高中生", "程序员", "爱旅游的阿姨"),
}  # fmt: skip
MOODS = {
    "en": ("annoyed", "happy", "curious", "sarcastic", "tired", "excited", "worried", "calm"),
    "fr": ("agacé", "content", "curieux", "ironique", "fatigué", "enthousiaste", "inquiet", "posé"),
    "zh": ("生气", "开心", "好奇", "吐槽", "疲惫", "激动", "担心", "平静"),
}
REQUESTS = {
    "en": (
        "You are {who}, {mood} today. Write one social media post about {topic}, about {n} words. Only the post.",
        "Write a short {mood} tweet about {topic} like {who} would, {n} words at most, no title.",
        "Comment under a post about {topic}. Sound like {who}, casual, around {n} words.",
    ),
    "fr": (
        "Tu es {who}, d'humeur : {mood}. Écris un seul message pour un réseau social à propos de : {topic}. "
        "Environ {n} mots. Donne seulement le message.",
        "Écris un commentaire court et familier ({n} mots environ) comme {who}, ton {mood}, sur : {topic}. Rien d'autre.",
    ),
    "zh": (
        "你是一个{who}，今天心情{mood}。围绕“{topic}”写一条微博，口语化，大约{n}个字。只输出微博正文。",
        "模仿{who}的口吻，就“{topic}”发一条{mood}的评论，{n}字左右，不要标题，只写评论。",
    ),
}


class Chat(LanguageModel):
    """A chat model asked for an ordinary post by one of many personas, with the key words of the human post.

    Attributes:
        requests: what it is asked, by language.
    """

    requests: ClassVar[Mapping[str, Sequence[str]]] = REQUESTS

    def prompt(self, post: Post, seed: int) -> tuple[str, tuple[str, ...]] | None:
        """See `LanguageModel.prompt`."""
        topic = self.keywords[post.lang](post)
        if not topic:
            return None
        draw = rng(seed, self.name, post.sha)
        request = draw.choice(self.requests[post.lang]).format(
            who=draw.choice(PERSONAS[post.lang]), mood=draw.choice(MOODS[post.lang]),
            topic=JOIN[post.lang].join(topic), n=post.units,
        )  # fmt: skip
        return self.model.chat(request), (request,)  # an echo of the request is a copy

    def tidy(self, text: str, post: Post) -> str:
        """Takes off the quotation marks that chat models put around a post."""
        text = " ".join(text.split())
        for left, right in ('""', "“”", "«»", "「」"):
            if text.startswith(left) and text.endswith(right) and text.count(left) <= 2:
                text = text[1:-1].strip()
        return trim(text.lstrip('"'), post)


class SmolLM2(Chat):
    """SmolLM2-135M-Instruct, English only.

    A model of this size repeats any instruction on form or persona, so it is asked plainly, and not for very short posts.
    """

    name: str = "smollm2-135m-instruct"
    family: str = "factory-small-lm"
    languages: ClassVar[tuple[str, ...]] = ("en",)
    requests: ClassVar[Mapping[str, Sequence[str]]] = {
        "en": (
            "Write a short casual tweet about {topic}.",
            "Write one {mood} sentence about {topic} for social media.",
            "Complain about {topic} in a short tweet.",
            "Tell your friends about {topic} in one or two sentences.",
            "Write a short comment about {topic}. Sound {mood}.",
            "What do you think about {topic}? Answer in one sentence.",
        )
    }

    def eligible(self, post: Post) -> bool:
        """See `LanguageModel.eligible`."""
        return post.units >= 10 and super().eligible(post)


def by_name(model: str, pools: Mapping[str, Sequence[Post]]) -> LanguageModel:
    """Return a generator for any model by name (see `models.load`): asked for posts if it is a chat model, else shown some.

    Its rows go under the last part of the name, as family `factory-NAME`.
    """
    opened = models.load(model)
    made = (Chat if opened.is_chat else FewShot)(opened, pools)
    made.name = re.sub(r"[^a-z0-9.-]+", "-", model.rsplit("/", 1)[-1].removesuffix(".gguf").lower())
    made.family, made.source = f"factory-{made.name}", model
    return made
