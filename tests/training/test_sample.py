"""The sample: balanced, cropped to the token, and never with a held-out pair in it."""

import json

import numpy as np
import pytest

from training import sample

pd = pytest.importorskip("pandas")

SENTENCE = "The charger at the station broke down again. "


def test_short_texts_are_left_alone(tokenizer):
    texts = ["x", "the charger", ""]
    assert sample.crop(texts, tokenizer, 50, np.random.default_rng(0), shorten=True) == texts


@pytest.mark.parametrize("shorten", [False, True])
def test_long_texts_become_a_stretch_of_at_most_the_limit(tokenizer, shorten):
    text = (SENTENCE * 30).strip()
    cut = sample.crop([text] * 200, tokenizer, 40, np.random.default_rng(0), shorten=shorten)
    sizes = [len(tokenizer(t, add_special_tokens=False)["input_ids"]) for t in cut]
    assert all(t in text for t in cut)
    assert max(sizes) <= 40
    assert min(sizes) >= (14 if shorten else 38)  # edges of white space are stripped
    assert (len(set(sizes)) > 10) == shorten
    starts = {t[:4] for t in cut}
    assert starts <= {"The ", "he c"}  # at a sentence
    if not shorten:
        assert sum(t == cut[0] for t in cut) > 60  # half from the start


def test_build(tokenizer, tmp_path, monkeypatch):
    rng = np.random.default_rng(0)
    words = SENTENCE.split()

    def rows(dataset, n):
        return [
            {
                "text": " ".join(rng.choice(words, rng.integers(6, 60))) + f" @someone{i} \u200bhttps://example.org/{i}",
                "label": ("human", "machine")[i % 2], "lang": "en", "domain": "d", "generator": "g",
                "dataset": dataset, "pair_id": None, "account": None, "source": "s", "licence": "l", "time": None,
            }
            for i in range(n)
        ]  # fmt: skip

    for split in ("train", "dev"):
        table = [*rows("big", 700), *rows("pairs-en4", 40), *rows("pairs-en1", 400)]
        pd.DataFrame(table).to_parquet(tmp_path / f"{split}.parquet")
    families = {"families": {"f": ["big"], "p": ["pairs-en4", "pairs-en1"]}}
    (tmp_path / "families.json").write_text(json.dumps(families))
    monkeypatch.setenv("AUTOWRITTEN_DATA", str(tmp_path))
    monkeypatch.setattr(sample.backbones, "load_tokenizer", lambda source: tokenizer)

    built = sample.build()
    assert built["text"].is_unique
    assert not built["text"].str.contains("someone|example|\u200b").any()
    assert set(built["split"]) == {"train", "dev", "held-out-pairs"}
    held = built["dataset"] == "pairs-en4"
    assert set(built.loc[held, "split"]) == {"held-out-pairs"}
    assert set(built.loc[~held, "split"]) == {"train", "dev"}
    train = built[built["split"] == "train"]
    assert train.loc[train["dataset"] == "big", "label"].value_counts().to_dict() == {"machine": 260, "human": 180}
    assert (train["dataset"] == "pairs-en1").sum() == 400  # pairs are taken whole
    assert train["tokens"].max() <= sample.MAX_TOKENS
    assert built["tokens"].max() <= sample.DEV_TOKENS
    assert built["tokens"].min() >= 4
    assert set(built["family"]) == {"f", "p"}
    assert built.equals(sample.build())  # the same again


def test_more_has_other_texts_of_the_same_data_sets(tokenizer, tmp_path, monkeypatch):
    rows = [
        {"text": f"{SENTENCE}Number {i} of them all.", "label": ("human", "machine")[i % 2], "lang": "en", "domain": "d",
         "generator": "g", "dataset": ("big", "pairs-en1")[i % 40 == 0], "pair_id": None, "account": None}
        for i in range(1200)
    ]  # fmt: skip
    for split in ("train", "dev"):
        pd.DataFrame(rows).to_parquet(tmp_path / f"{split}.parquet")
    (tmp_path / "families.json").write_text(json.dumps({"families": {"f": ["big"]}}))
    monkeypatch.setenv("AUTOWRITTEN_DATA", str(tmp_path))
    monkeypatch.setattr(sample.backbones, "load_tokenizer", lambda source: tokenizer)
    answered = rows[1]["text"]
    monkeypatch.setattr(sample, "_answered", lambda: {sample.text_sha(answered)})

    built = sample.build()
    more = sample.more(built)
    assert len(more) > 300
    assert not set(more["whole"]) & set(built["whole"])
    assert set(more["dataset"]) == {"big"}  # pairs are all in the sample
    assert answered not in {*more["text"], *built["text"]}
