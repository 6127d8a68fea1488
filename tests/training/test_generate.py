"""The factory's pieces on a few posts of our own: no shared data, no downloaded model, no thesaurus package."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pandas as pd
import pytest

from training.generate import causal_lm, chains, factory, filters, markov, posts, spinner, store, template, thesaurus

ENGLISH = [
    "The new bakery on Mill Street has the best bread in the whole town, go early on Sunday",
    "My phone battery died again at lunch, I really need a new charger before the trip",
    "Our team played a wonderful match last night and the keeper saved everything",
    "I waited forty minutes for the bus this morning and then two came together",
    "The film was long but the last scene made the whole room cry, even my brother",
    "Rain again all week, so the picnic in the park is moved to next month",
]
FRENCH = [
    "La nouvelle boulangerie de la rue du Moulin fait le meilleur pain du quartier, allez-y tôt",
    "Mon téléphone est encore tombé en panne à midi, il me faut une batterie avant le voyage",
    "Notre équipe a joué un match superbe hier soir et le gardien a tout arrêté",
    "J'ai attendu le bus quarante minutes ce matin et puis deux sont arrivés ensemble",
    "Le film était long mais la dernière scène a fait pleurer toute la salle, même mon frère",
    "Encore de la pluie toute la semaine, le pique-nique au parc est repoussé au mois prochain",
]
CHINESE = [
    "街口新开的面包店真的好吃，周日早点去，不然就卖光了",
    "手机中午又没电了，出门旅行之前一定要买个新的充电器",
    "昨晚球队的比赛太精彩了，守门员把所有射门都挡住了",
    "今天早上等公交等了四十分钟，结果一下子来了两辆",
    "这部电影有点长，但是最后一幕让全场观众都哭了",
    "这周天天下雨，公园的野餐只好改到下个月了",
]
DICTIONARY = """UTF-8
bread|1
(noun)|loaf|food (generic term)
town|1
(noun)|city|village
wonderful|1
(adj)|marvellous|terrific
match|2
(noun)|game
(verb)|equal
boulangerie|1
(Nom)|fournil
fournil|1
(Nom)|boulangerie
meilleur|1
(Adjectif)|supérieur
"""


def human(text: str, lang: str, number: int = 0) -> posts.Post:
    return posts.Post(text, lang, "social", "ours", f"pair-{lang}-{number}")


@pytest.fixture(scope="module")
def pools() -> dict[str, list[posts.Post]]:
    ours = {"en": ENGLISH, "fr": FRENCH, "zh": CHINESE}
    return {lang: [human(text, lang, number) for number, text in enumerate(texts)] for lang, texts in ours.items()}


@pytest.fixture(scope="module")
def spellers(pools, tmp_path_factory):
    path = tmp_path_factory.mktemp("thesaurus") / "th.dat"
    path.write_text(DICTIONARY, encoding="utf-8")
    synonyms = {"fr": thesaurus.French(path), "zh": thesaurus.Chinese([{"比赛", "竞赛"}, {"观众", "看客"}])}
    return {lang: spinner.Speller(lang, pools[lang], made) for lang, made in synonyms.items()}


class Parrot:
    """A language model that always says the same."""

    def __init__(self, answer: str, is_chat: bool = True) -> None:
        self.answer = answer
        self.is_chat = is_chat
        self.asked: list[str] = []

    def complete(self, prompts, *, max_new, temperature, top_p, seed):
        self.asked += prompts
        return [self.answer for _ in prompts]

    def chat(self, user):
        return f"<user>{user}<bot>"

    def count(self, text):
        return len(text)


# --- posts


def test_units_count_characters_in_chinese_and_words_elsewhere():
    assert posts.units("今天下雨 iPhone", "zh") == 5
    assert posts.units("J'ai vu l'équipe, hier !", "fr") == 4


def test_keywords_are_content_words_in_order_and_no_handles(pools):
    find = posts.Keywords(pools["en"], "en")
    found = find(human("@bakery_fan the keeper and the bread https://t.co/bread were wonderful", "en"))
    assert found == ["keeper", "bread", "wonderful"]
    assert "面包店" in posts.Keywords(pools["zh"], "zh")(pools["zh"][0])


def test_choose_takes_the_same_posts_from_a_larger_pool(pools):
    some = posts.choose(pools["en"][:5], 3, "x")
    assert set(some) <= {*posts.choose(pools["en"], 4, "x")}
    assert len({post.sha for post in some}) == 3


def test_posts_keep_wanted_sources_and_lengths_once():
    text = "one two three four five six seven"
    frame = pd.DataFrame({
        "text": [text, text + "!", "too short", text + " eight"],
        "domain": "social", "dataset": ["pairs-en1", "pairs-en2", "pairs-en1", "elsewhere"], "pair_id": ["p1", None, "p2", "p3"],
    })  # fmt: skip
    assert [(post.text, post.pair_id) for post in posts.posts(frame, "en")] == [(text, "p1")]


# --- filters


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("!!! ...", "empty"),
        ("Sure! A fine bakery opened on our street and the bread is lovely there", "leak"),
        ("I'm sorry, but I can't write about the bakery on that street for you today", "refusal"),
        ("How can I assist you today with the bakery that opened on our street", "refusal"),
        ("Nice bread", "length"),
        ("so good so good so good so good so good so good so good so", "repetition"),
        ("Le pain de cette boulangerie est vraiment très bon et pas cher du tout", "language"),
        (ENGLISH[0] + "!", "copy"),
        ("People say " + ENGLISH[1][:60], "verbatim"),
        ("They opened a small shop near the river and it smells of butter every day", None),
    ],
)
def test_filter_names_the_rule(pools, text, why):
    judge = filters.Filter(post for pool in pools.values() for post in pool)
    assert judge.reason(text, pools["en"][0], composed=True) == why


@pytest.mark.parametrize(
    ("text", "lang"),
    [
        ("抱歉，我无法就这家面包店发表评论，请您换一个话题再试试", "zh"),
        ("你好，今天有什么可以帮您的吗，关于这家面包店", "zh"),
        ("Voici le commentaire d'un client de la boulangerie du quartier", "fr"),
        ("Désolé, mais la boulangerie du quartier n'est pas un sujet pour moi", "fr"),
    ],
)
def test_filter_refuses_what_an_assistant_says_of_itself(pools, text, lang):
    post = human(text + "!", lang)
    assert filters.Filter([]).reason(text, post, composed=True) == "refusal"


def test_filter_refuses_copies_of_examples_and_second_copies(pools):
    judge = filters.Filter([])
    post = pools["en"][0]
    text = "They opened a small shop near the river and it smells of butter every day"
    assert judge.reason(text, post, composed=True, shown=[text + " again"]) == "copy"
    assert judge.keep(text, post, composed=True)
    assert not judge.keep(text.upper(), post, composed=True)
    assert judge.refused == {"duplicate": 1}


# --- templates


@pytest.mark.parametrize("lang", posts.LANGUAGES)
def test_every_template_resolves(lang):
    made = template.book(lang)
    slots = {**made.slots, "kw": ("Alpha",), "kw2": ("Beta",)}
    lines = [line for brief in made.briefs for line in brief.lines] + [*made.openers, *made.closers]
    for line in lines:
        for number in range(5):
            text = template.fill(line, slots, posts.rng(lang, line, number))
            assert text.strip()
            assert not set(text) & set("{}<>|")
    assert any(not brief.words for brief in made.briefs)


@pytest.mark.parametrize("lang", posts.LANGUAGES)
def test_template_answers_in_length_and_is_repeatable(pools, lang):
    first = list(template.Template(pools).write(pools[lang], 1))
    again = list(template.Template(pools).write(reversed(pools[lang]), 1))
    assert {draft.text for draft in first} == {draft.text for draft in again}
    assert all(0.4 < posts.units(draft.text, lang) / draft.post.units < 2.5 for draft in first)
    other = list(template.Template(pools).write(pools[lang], 2))
    assert [draft.text for draft in first] != [draft.text for draft in other]


@pytest.mark.parametrize("lang", posts.LANGUAGES)
def test_campaign_gives_many_variants_of_one_message(lang):
    variants = template.campaign(lang, 3, 60)
    assert len(set(variants)) > 40
    words = [set(posts.words(text, lang)) for text in variants]
    shared = [len(a & b) / len(a | b) for a, b in pairwise(words)]
    assert sum(shared) / len(shared) > 0.15


# --- spinner, Markov, chains


def test_mythes_reader_leaves_generic_terms_out(tmp_path):
    path = tmp_path / "th.dat"
    path.write_text(DICTIONARY, encoding="utf-8")
    assert thesaurus.read_mythes(path)["bread"] == [("noun", ["loaf"])]
    # "supérieur" does not name "meilleur" back.
    assert thesaurus.French(path).synonyms("meilleur") == []
    assert thesaurus.French(path).synonyms("boulangeries") == ["fournils"]


def test_english_synonyms_take_the_form_of_the_word(tmp_path):
    pytest.importorskip("lemminflect")
    path = tmp_path / "th.dat"
    path.write_text(DICTIONARY, encoding="utf-8")
    assert thesaurus.English(path).synonyms("matches") == ["games", "equals"]


def test_spinner_replaces_words_and_keeps_marks(pools, spellers):
    text, changed = spellers["zh"].spin("@阿明 昨晚的比赛，观众都哭了[泪]#比赛#", 1.0, posts.rng(1))
    assert text == "@阿明 昨晚的竞赛，看客都哭了[泪]#比赛#"
    assert changed > 0.2
    drafts = list(spinner.Spinner(pools, spellers).write(pools["fr"], 3))
    assert all("fournil" in draft.text for draft in drafts)


def test_reorder_keeps_all_words(spellers):
    text = "La pluie tombe encore, le parc est vide, on rentre."
    moved = [spellers["fr"].reorder(text, posts.rng(number)) for number in range(9)]
    assert set(moved) != {text}
    assert all(sorted(posts.letters(new)) == sorted(posts.letters(text)) for new in moved)


@pytest.mark.parametrize("lang", posts.LANGUAGES)
def test_markov_only_uses_word_pairs_it_has_seen(pools, lang):
    seen = "\n".join(post.text for post in pools[lang])
    for draft in markov.Markov(pools).write(pools[lang], 0):
        said = draft.text.split() if lang != "zh" else posts.words(draft.text, lang)
        assert said
        assert said[0] in seen


def test_careless_changes_text_but_not_its_subject():
    made = {chains.careless("我觉得这个东西非常好，什么时候可以买", "zh", posts.rng(number)) for number in range(20)}
    assert len(made) > 15
    text = chains.careless(
        "I really think that you are going to love their bread because it is great", "en", posts.rng(4)
    )
    assert text != "I really think that you are going to love their bread because it is great"
    assert "bread" in text


def test_half_chains_keep_the_other_half(pools, spellers):
    post = human("昨晚的比赛太精彩了，观众都哭了", "zh")
    spun = chains.HalfSpun(spinner.Spinner(pools, spellers))
    assert spun.eligible(post)
    texts = {draft.text for seed in range(9) for draft in spun.write([post], seed)}
    assert texts == {"昨晚的竞赛太精彩了，观众都哭了", "昨晚的比赛太精彩了，看客都哭了"}
    joined = next(chains.HalfContinued({post.sha: "，真好"}).write([post], 0)).text
    assert joined == causal_lm.first_half(post) + "，真好"


# --- language models


def test_few_shot_prompt_shows_other_posts_and_asks_for_this_subject(pools):
    parrot = Parrot(" The bread there is fine.")
    drafts = list(causal_lm.FewShot(parrot, pools).write(pools["en"][:1], 0))
    assert [draft.text for draft in drafts] == ["The bread there is fine."]
    assert pools["en"][0].text not in parrot.asked[0]
    assert all(text in parrot.asked[0] for text in drafts[0].shown)
    assert parrot.asked[0].endswith("Post:")


def test_chat_strips_quotes_and_names_the_subject(pools):
    parrot = Parrot('"Fresh bread all day."')
    drafts = list(causal_lm.SmolLM2(parrot, pools).write(pools["en"][:1], 0))
    assert drafts[0].text == "Fresh bread all day."
    assert "town, early, Sunday" in parrot.asked[0]


def test_run_resumes_and_drops_a_torn_line(pools, tmp_path):
    part = tmp_path / "part.jsonl"
    writer = template.Template(pools)
    whole = factory.run(writer, pools["en"], 1, tmp_path / "whole.jsonl")
    factory.run(writer, pools["en"][:3], 1, part)
    with part.open("a", encoding="utf-8") as file:
        file.write('{"human_sha": "torn')
    assert factory.run(writer, pools["en"], 1, part) == whole
    assert part.read_text(encoding="utf-8").count("\n") == len(whole)
    assert all(text not in part.read_text(encoding="utf-8") for text in ENGLISH)


# --- the store


@pytest.fixture
def made(pools, tmp_path):
    factory_ = store.Factory(pools, tmp_path / "work", tmp_path / "kept")
    return factory_, [
        factory_.compose(generator, dict.fromkeys(posts.LANGUAGES, 6)) for generator in factory_.composers()[:2]
    ]


def test_composed_rows_are_kept_without_human_text(made, pools):
    factory_, both = made
    kept = factory_.read_kept()
    assert len(kept) == sum(len(item.rows) for item in both) > 20
    assert set(kept.human_sha) <= {post.sha for pool in pools.values() for post in pool}
    assert not kept.text.duplicated().any()
    assert list(kept.columns) == ["text", "label", "lang", "domain", "generator", "family", "dataset", "recipe", "seed",
                                  "human_sha", "pair_id"]  # fmt: skip


def test_composing_again_gives_the_same_rows(made):
    factory_, both = made
    again = [factory_.compose(item.generator, dict.fromkeys(posts.LANGUAGES, 6), write=False) for item in both]
    for old, new in zip(both, again, strict=True):
        pd.testing.assert_frame_equal(old.rows, new.rows)


def test_finish_gives_training_columns_and_splits_by_pair(made):
    factory_, _ = made
    rows = store.finish(factory_.read_kept())
    assert set(store.COLUMNS) == set(rows.columns)
    assert rows.groupby("pair_id").split.nunique().max() == 1
    assert store.split_of("any", "factory-markov") == "test"


def test_manifest_counts_and_keeps_old_entries(made):
    _, both = made
    first = store.manifest(both[:1], {}, 7)
    second = json.loads(json.dumps(store.manifest(both[1:], first, 7)))
    assert set(second["generators"]) == {"template", "template-campaign"}
    assert second["total"] == sum(len(item.rows) for item in both)


def test_kept_rows_in_the_repository_fit_the_manifest():
    manifest = json.loads((store.KEPT / store.MANIFEST).read_text(encoding="utf-8"))
    for name, entry in manifest["generators"].items():
        file = Path(store.KEPT / f"{name}.parquet")
        assert file.exists() == entry["composed"]
        if entry["composed"]:
            rows = pd.read_parquet(file)
            assert len(rows) == entry["total"]
            assert store.digest(rows.text) == entry["sha256"]


def test_load_refuses_other_splits():
    with pytest.raises(ValueError, match="split"):
        store.load(split="bench")


@pytest.mark.parametrize("is_chat", [True, False])
def test_any_model_by_name(pools, monkeypatch, is_chat):
    parrot = Parrot("The bakery had run out of bread again by noon", is_chat)
    monkeypatch.setattr(causal_lm.models, "load", lambda name: parrot)
    generator = causal_lm.by_name("someone/Some_Model-7B.gguf", pools)
    assert (generator.name, generator.family) == ("some-model-7b", "factory-some-model-7b")
    assert generator.recipe["model"] == "someone/Some_Model-7B.gguf"
    drafts = list(generator.write(pools["en"], 7))
    assert {draft.text for draft in drafts} == {parrot.answer}
    assert all(prompt.startswith("<user>") == is_chat for prompt in parrot.asked)
