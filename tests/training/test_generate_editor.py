"""The editor on a tiny model: it replaces whole words only, the same ones for the same seed, and they can be put back in."""

import json

import pytest

from training.generate import editor, posts

TEXT = "the charger at the station broke down again http @user and nobody came"


def post(text, lang):
    return posts.Post(text, lang, "social", "ours", "pair-1")


def test_only_whole_words_outside_links_and_mentions():
    offsets = [(0, 3), (3, 11), (11, 14), (14, 18), (18, 23), (23, 26), (26, 32), (43, 48), (48, 54)]
    found = editor.places(TEXT, offsets, "en")
    # "the" is first, "stat"+"ion" are pieces of a word, the last two are a link's and a mention's neighbourhood
    assert [TEXT[slice(*offsets[i])].strip() for i in found] == ["charger", "at", "the", "broke"]
    assert editor.places("充电桩又坏了#油价#", [(0, 3), (3, 4), (4, 6), (6, 7), (7, 9)], "zh") == [1, 2]


@pytest.fixture(scope="module")
def tool(gemma_folder, tokenizer):
    from transformers import AutoModelForCausalLM

    return editor.Editor(AutoModelForCausalLM.from_pretrained(gemma_folder), tokenizer)


def test_the_same_words_for_the_same_seed(tool):
    asked = [post("充电桩又坏了，没有人来修", "zh"), post(TEXT, "en")]
    first, again = (list(tool.edits(asked, 3)) for _ in range(2))
    assert first == again
    assert [p for p, _ in first] == asked


def test_edits_are_made_from_the_end():
    assert editor.apply("one two three", [(0, 3, "eins"), (8, 13, "drei")]) == "eins two drei"
    source = post("one two three", "en")
    writer = editor.Edited({source.sha: json.dumps([[4, 7, "zwei"]])})
    (draft,) = writer.write([source, post("never edited", "en")], 0)
    assert (draft.text, draft.recipe) == ("one zwei three", {"edits": 1})
