"""An instruction model told many things, and the sampler that it shares with the other models."""

import hashlib

import pytest
import torch

from training.generate import causal_lm, instruct, models
from training.generate.factory import Draft
from training.generate.posts import LANGUAGES, Post

TEXTS = {
    "zh": ["新买的手机电池不行用了半天就没电充电还特别慢", "医院通知说疫苗要提前预约不然排队等到下午"],
    "fr": [
        "Le train de ce matin encore annulé sans aucune explication du personnel",
        "la pharmacie du quartier ferme plus tôt",
    ],
    "en": [
        "The battery of this phone was dead by noon and charging takes forever",
        "the clinic moved every appointment again",
    ],
}


@pytest.fixture
def pools():
    return {
        lang: [Post(t, lang, "social", "ours", f"{lang}{i}") for i, t in enumerate(ts)] for lang, ts in TEXTS.items()
    }


class Echo:
    """A chat model that remembers what it was asked."""

    is_chat = True

    def __init__(self):
        self.asked = []

    def complete(self, prompts, *, max_new, temperature, top_p, seed):
        self.asked += prompts
        return ["answer"] * len(prompts)

    def chat(self, user):
        return user

    def count(self, text):
        return len(text)


def test_every_kind_is_written_in_every_language():
    for orders in (instruct.ORDERS, instruct.RUMOURS):
        assert all(set(order) == set(LANGUAGES) for order in orders.values())


def test_posts_name_their_kind_and_requests_the_length_of_the_human_post(pools):
    model = Echo()
    drafts = list(instruct.Instruct(model, pools).write([post for pool in pools.values() for post in pool], 7))
    assert drafts
    assert all(draft.recipe["kind"] in instruct.ORDERS for draft in drafts)
    assert all(str(draft.post.units) in asked for draft, asked in zip(drafts, model.asked, strict=True))


def test_rumours_are_not_told_names(pools):
    text = "Le directeur Jean Dupont de Nantes parle encore du scandale de la viande avariée"
    post = Post(text, "fr", "news", "ours", "name")
    model = Echo()
    generator = instruct.Rumour(model, pools | {"fr": [*pools["fr"], post]})
    assert len(list(generator.write([post], 7))) == 1
    assert any(word in model.asked[0] for word in ("viande", "scandale", "avariée", "directeur"))
    assert not any(name in model.asked[0] for name in ("Jean", "Dupont", "Nantes"))
    assert generator.family == "fabricated-news"


@pytest.mark.parametrize(
    ("text", "lang", "why"),
    [
        ("某品牌手机百度一下就知道质量有问题", "zh", "name"),
        ("听说华为的手机质量有问题大家小心", "zh", "name"),
        ("内部人士透露手机质量有问题，17字左右", "zh", "leak"),
        ("听说某公司的手机质量有问题大家小心", "zh", None),
        ("On dit que Renault cache un défaut de la batterie", "fr", "name"),
        ("On dit que la batterie a un défaut. Méfiez-vous", "fr", None),
        ("They say the clinic in Boston hid it", "en", "name"),
        ("They say I was there. The clinic hid it", "en", None),
    ],
)
def test_rumours_that_name_anyone_are_refused(pools, text, lang, why):
    assert instruct.Rumour(Echo(), pools).refuses(Draft(pools[lang][0], text)) == why


def test_a_pinned_file_gives_posts_and_rumours_under_its_name(pools, tmp_path, monkeypatch):
    file = tmp_path / "some.gguf"
    file.write_bytes(b"weights")
    monkeypatch.setattr(instruct, "PINNED", {hashlib.sha256(b"weights").hexdigest(): "pinned-1b"})
    made = instruct.for_model(str(file), pools)
    assert [(g.name, g.family) for g in made] == [
        ("pinned-1b", "factory-qwen"), ("pinned-1b-rumour", "fabricated-news"),
    ]  # fmt: skip
    assert made[0].recipe["model"] == "some.gguf"
    file.write_bytes(b"other weights")
    monkeypatch.setattr(causal_lm.models, "load", lambda name: Echo())
    assert [g.family for g in instruct.for_model(str(file), pools)] == ["factory-some"]


@pytest.fixture(scope="module")
def tiny():
    from transformers import Qwen2Config, Qwen2ForCausalLM

    torch.manual_seed(0)
    config = Qwen2Config(
        vocab_size=64, hidden_size=32, intermediate_size=32, num_hidden_layers=2, num_attention_heads=4,
        num_key_value_heads=2, max_position_embeddings=64,
    )  # fmt: skip
    model = models.TransformersModel.__new__(models.TransformersModel)
    model.model, model.stops = Qwen2ForCausalLM(config).eval(), [13, 31]
    return model


def _greedy(model, row, longest):
    found = []
    for _ in range(longest):
        with torch.inference_mode():
            token = int(model.model(torch.tensor([row + found])).logits[0, -1].argmax())
        if token in model.stops:
            break
        found.append(token)
    return found


@pytest.mark.parametrize("packed", [False, True])
def test_rows_of_a_batch_go_on_as_they_would_alone(tiny, packed):
    if packed:
        models.pack(tiny.model)
    rows = [[1, 2, 4], [6, 7, 8, 10, 11], [12], [20, 21, 22, 23], [30, 31]]
    width = max(map(len, rows))
    tokens = torch.tensor([[0] * (width - len(row)) + row for row in rows])
    mask = torch.tensor([[0] * (width - len(row)) + [1] * len(row) for row in rows])
    with torch.inference_mode():
        written = tiny._sample(tokens, mask, 12, temperature=1e-4, top_p=0.5)
    alone = [_greedy(tiny, row, 12) for row in rows]
    assert written == alone
    assert len(set(map(len, alone))) > 1  # some rows are done before others
