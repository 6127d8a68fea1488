"""Word-by-word editing by a language model: words of a human post give way to what the model would have written there.

What masked-word spinners and adversarial rewriters do: the sentence stays, some of its words are the machine's. Only the
words put in are kept in the repository; the post is made again from the human one.
"""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any, ClassVar

from training.generate.factory import Draft, Generator
from training.generate.posts import EMOTICON, HASHTAG, MENTION, URL, Post, rng

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    import torch

SHARES = (0.15, 0.3, 0.5)
"""Share of the words that are replaced: careful to careless."""
TEMPERATURE, TOP_K = 1.0, 40
BATCH = 16
LONGEST = 100
"""Tokens of a post, at most."""
_KEEP = re.compile("|".join(pattern.pattern for pattern in (URL, MENTION, HASHTAG, EMOTICON)))
_CHINESE = re.compile("[一-鿿]+")
_WORD = re.compile(r"[^\W\d_]{2,}")


def places(text: str, offsets: Sequence[tuple[int, int]], lang: str) -> list[int]:
    """Return the tokens that are words of their own, so that no replacement breaks a word.

    Args:
        text: a post.
        offsets: start and end of each token in it; a leading space may belong to the token.
        lang: Chinese words need no spaces around them.
    """
    kept = [match.span() for match in _KEEP.finditer(text)]
    found = []
    for number, (start, end) in enumerate(offsets):
        word = text[start:end]
        bare = word.strip()
        if any(start < stop and begin < end for begin, stop in kept):
            continue
        if lang == "zh":
            if number and _CHINESE.fullmatch(word):
                found.append(number)
            continue
        after = text[end : end + 1]
        spaced = word[:1] == " " or text[start - 1 : start] == " "
        if number and spaced and _WORD.fullmatch(bare) and not after.isalnum() and after not in ("'", "’", "-"):
            found.append(number)
    return found


class Editor:
    """Replaces words of posts by draws from a causal language model that has read what stands before them.

    Args:
        model: a transformers causal language model.
        tokenizer: its tokenizer, with offsets.
    """

    def __init__(self, model: Any, tokenizer: Any) -> None:  # noqa: ANN401 - transformers is untyped
        self.model, self.tokenizer = model, tokenizer
        vocabulary = [str(word).replace("▁", " ") for word in tokenizer.convert_ids_to_tokens(range(len(tokenizer)))]
        self._words = vocabulary
        self._chinese = [bool(_CHINESE.fullmatch(word)) for word in vocabulary]
        self._spaced = [word[:1] == " " and bool(_WORD.fullmatch(word[1:])) for word in vocabulary]

    @classmethod
    def load(cls) -> Editor:
        """Open the embedded language model."""
        import torch
        from transformers import AutoModelForCausalLM

        from autowritten.bundle import EMBEDDED
        from autowritten.lm.backbone import load_tokenizer
        from autowritten.lm.embedded import dense_copy

        model = AutoModelForCausalLM.from_pretrained(str(dense_copy(EMBEDDED)), dtype=torch.bfloat16)
        return cls(model.eval(), load_tokenizer(EMBEDDED))  # type: ignore[no-untyped-call]

    def edits(self, posts: Sequence[Post], seed: int) -> Iterator[tuple[Post, list[tuple[int, int, str]]]]:
        """Yield each post with its edits: start, end and new word, in order; none where nothing could be replaced."""
        import torch

        for begin in range(0, len(posts), BATCH):
            batch = posts[begin : begin + BATCH]
            encoded = [
                self.tokenizer(post.text, add_special_tokens=False, return_offsets_mapping=True) for post in batch
            ]
            longest = max(len(item["input_ids"]) for item in encoded)
            ids = torch.zeros(len(batch), longest + 1, dtype=torch.long)
            ids[:, 0] = self.tokenizer.bos_token_id
            for row, item in zip(ids, encoded, strict=True):
                row[1 : len(item["input_ids"]) + 1] = torch.tensor(item["input_ids"])
            with torch.inference_mode():
                hidden = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state
            for post, states, item in zip(batch, hidden, encoded, strict=True):
                yield post, self._edit(post, states, item, seed)

    def _edit(self, post: Post, states: torch.Tensor, item: Any, seed: int) -> list[tuple[int, int, str]]:  # noqa: ANN401
        import torch

        draw = rng(seed, Edited.name, post.sha)
        offsets, ids = item["offset_mapping"], item["input_ids"]
        found = places(post.text, offsets, post.lang)
        count = round(draw.choice(SHARES) * len(found))
        chosen = sorted(draw.sample(found, count))
        if not chosen:
            return []
        with torch.inference_mode():
            best = self.model.lm_head(states[chosen]).float().topk(TOP_K, dim=-1)
        usable = self._chinese if post.lang == "zh" else self._spaced
        out = []
        for place, values, words in zip(chosen, best.values, best.indices.tolist(), strict=True):
            weight = ((values - values[0]) / TEMPERATURE).exp().tolist()
            options = [(w, x) for w, x in zip(words, weight, strict=True) if usable[w] and w != ids[place]]
            if options:
                new = draw.choices([w for w, _ in options], [x for _, x in options])[0]
                start, end = offsets[place]
                start += len(post.text[start:end]) - len(post.text[start:end].lstrip())
                out.append((start, end, self._words[new].strip()))
        return out


def apply(text: str, edits: Sequence[tuple[int, int, str]]) -> str:
    """Return a text with its edits made."""
    for start, end, word in sorted(edits, reverse=True):
        text = text[:start] + word + text[end:]
    return text


class Edited(Generator):
    """Human posts with their edits made.

    Args:
        edits: JSON of the edits of a post, by its hash.
    """

    name: str = "gemma-3-270m-edits"
    family: str = "factory-edits"
    composed: ClassVar[bool] = False

    def __init__(self, edits: Mapping[str, str]) -> None:
        self.edits = edits

    @property
    def recipe(self) -> dict[str, object]:
        """Shares of words replaced, sampling."""
        return {"shares": list(SHARES), "temperature": TEMPERATURE, "top_k": TOP_K}

    def eligible(self, post: Post) -> bool:
        """Short enough for one window of the model."""
        return len(post.text) <= 2 * LONGEST

    def write(self, posts: Sequence[Post], seed: int) -> Iterator[Draft]:
        """See `Generator.write`; a post without edits is passed over."""
        del seed
        for post in posts:
            found = [
                (int(start), int(end), str(word)) for start, end, word in json.loads(self.edits.get(post.sha, "[]"))
            ]
            if found:
                yield Draft(post, apply(post.text, found), {"edits": len(found)})
