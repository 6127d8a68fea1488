"""The small neural LM, trained for a moment on our own lines."""

from __future__ import annotations

from training.generate import small_lm
from training.generate.posts import Post

LINES = [
    "the bakery opens early and the bread is warm",
    "the bus was late again and it rained all day",
    "our team won the match and everybody sang",
    "my phone fell in the river during the trip",
]


def test_trains_writes_and_is_opened_again(tmp_path, monkeypatch):
    monkeypatch.setattr(small_lm, "WIDTH", 32)
    monkeypatch.setattr(small_lm, "LAYERS", 1)
    pool = [
        Post(f"{line} number {number}", "en", "social", "ours", f"p{number}") for number, line in enumerate(LINES * 8)
    ]
    writer = small_lm.SmallLM({"en": pool}, tmp_path, epochs=1, corpus=32)
    drafts = list(writer.write(pool[:3], 0))
    assert {draft.post.sha for draft in drafts} == {post.sha for post in pool[:3]}
    stamp = (tmp_path / "small-lm-en" / "model.safetensors").stat().st_mtime_ns
    again = list(small_lm.SmallLM({"en": pool}, tmp_path, epochs=1, corpus=32).write(pool[:3], 0))
    assert [draft.text for draft in again] == [draft.text for draft in drafts]
    assert (tmp_path / "small-lm-en" / "model.safetensors").stat().st_mtime_ns == stamp


def test_lines_hold_key_words_and_no_links():
    pool = [Post("@someone the bakery opens early https://t.co/xyz every day", "en", "social", "ours", "p")]
    [line] = small_lm.lines(pool, "en", 1)
    words, _, text = line.partition("<s>")
    assert "bakery" in words
    assert text == "the bakery opens early every day</s>"
