"""Posts of a large model, written elsewhere and taken in."""

import json

import pandas as pd
import pytest

from training.generate import store
from training.generate.frontier import read_drafts
from training.generate.posts import text_sha

HUMANS = {
    "en": "The new bakery on Mill Street has the best bread in the whole town, go early on Sunday",
    "de": "Die neue Bäckerei in der Mühlenstraße hat das beste Brot der ganzen Stadt, geht früh hin am Sonntag",
}
ANSWERS = {
    "en": "Tried that Mill Street bakery at last and the rye was gone by nine, so set your alarm or go without",
    "de": "War heute endlich in der Mühlenstraße, um neun war das Roggenbrot schon weg, also lieber Wecker stellen",
}


@pytest.fixture
def data(tmp_path, monkeypatch):
    rows = [
        {"text": text, "label": "human", "lang": lang, "domain": "social", "dataset": "ours", "pair_id": None}
        for lang, text in HUMANS.items()
    ]
    pd.DataFrame(rows).to_parquet(tmp_path / "train.parquet")
    monkeypatch.setenv("AUTOWRITTEN_DATA", str(tmp_path))
    return tmp_path


def _drafts(path, **texts):
    lines = [
        {"human_sha": text_sha(HUMANS[lang]), "text": text, "recipe": {"mode": "fresh"}} for lang, text in texts.items()
    ]
    lines.append({"human_sha": "0" * 16, "text": "answers nobody we know", "recipe": {"mode": "spin"}})
    path.write_text("".join(json.dumps(line, ensure_ascii=False) + "\n" for line in lines), encoding="utf-8")
    return path


def test_drafts_become_rows_of_the_pairs_family(data, tmp_path):
    factory = store.Factory({}, tmp_path / "work", tmp_path / "kept")
    made = factory.take_in(read_drafts(_drafts(tmp_path / "drafts.jsonl", **ANSWERS)), "fresh")
    assert not made.refused
    kept = pd.read_parquet(tmp_path / "kept" / "frontier-llm-fresh.parquet")
    assert dict(zip(kept["lang"], kept["text"], strict=True)) == ANSWERS
    assert set(kept["family"]) == {"paired-frontier"}
    assert set(kept["human_sha"]) == set(map(text_sha, HUMANS.values()))
    assert not set(kept["text"]) & set(HUMANS.values())
    assert store.manifest([made], {}, 7)["generators"]["frontier-llm-fresh"]["rows"] == {"de": 1, "en": 1}


def test_drafts_are_filtered_like_all_others(data, tmp_path):
    factory = store.Factory({}, tmp_path / "work", tmp_path / "kept")
    made = factory.take_in(read_drafts(_drafts(tmp_path / "drafts.jsonl", en=HUMANS["en"], de="Kurz")), "fresh")
    assert made.rows.empty
    assert made.refused == {"copy": 1, "length": 1}


@pytest.fixture
def chunks(tmp_path):
    (tmp_path / "write" / "out").mkdir(parents=True)
    index = {"id": "er0000", "human_sha": text_sha(HUMANS["en"]), "text": HUMANS["en"], "lang": "en", "dataset": "ours"}
    (tmp_path / "write" / "er.index.jsonl").write_text(json.dumps(index) + "\n", encoding="utf-8")
    lines = [f"er0000\thearsay\t{ANSWERS['en']}", "er9999\thearsay\tanswers an id we do not know", "er0000\ttorn"]
    (tmp_path / "write" / "out" / "er-03.tsv").write_text("\n".join(lines), encoding="utf-8")
    return tmp_path / "write"


def test_chunks_being_written_give_their_whole_lines(chunks):
    (row,) = read_drafts(chunks)
    assert row["text"] == ANSWERS["en"]
    assert row["recipe"] == {"mode": "rumour", "kind": "hearsay", "chunk": "er-03"}


@pytest.mark.parametrize(("brief", "split"), [("er-03", "train"), ("er-04", "test")])
def test_rumours_are_a_family_of_their_own_and_are_split_by_brief(data, chunks, tmp_path, brief, split):
    (chunks / "out" / "er-03.tsv").rename(chunks / "out" / f"{brief}.tsv")
    made = store.Factory({}, tmp_path / "work", tmp_path / "kept").take_in(read_drafts(chunks), "rumour")
    assert not made.refused
    (row,) = store.finish(made.rows).to_dict("records")
    assert (row["generator"], row["family"]) == ("frontier-llm-rumour", "fabricated-news")
    assert row["split"] == split


def test_posts_of_the_second_training_file_are_found(data, chunks, tmp_path):
    (data / "train.parquet").rename(data / "train-2.parquet")
    pd.read_parquet(data / "train-2.parquet").iloc[1:].to_parquet(data / "train.parquet")
    made = store.Factory({}, tmp_path / "work", tmp_path / "kept").take_in(read_drafts(chunks), "rumour")
    assert list(made.rows["human_sha"]) == [text_sha(HUMANS["en"])]
