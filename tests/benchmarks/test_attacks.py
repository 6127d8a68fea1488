"""Every attack changes most posts, only in the way it says, and the same way each time."""

import random
import re
import unicodedata
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks import attacks
from benchmarks.attack_words import HASHTAGS, HOMOPHONES, SYNONYMS

# Our own posts, in the manner of the real ones.
POSTS = {
    "zh": [
        "今天去看了新车，外观很漂亮，但是价格有点贵。大家觉得值得买吗？",
        "服务态度真的不好，等了一个小时都没有人来！以后不会再来了。",
        "昨天和朋友一起吃饭，味道不错，就是人太多，希望下次早点去。",
        "我觉得这个消息可能是假的，大家不要随便转发。",
        "马上就要考试了，晚上还是睡不着，怎么办啊？",
        "这家公司最近经常出问题，因为质量太差，所以很多人要求退款。",
    ],
    "fr": [
        "Je pense que cette voiture est vraiment trop chère. Mais elle est belle, non ?",
        "Encore une heure de retard ce matin, merci la SNCF ! Les gens en ont marre.",
        "Très bon repas hier avec des amis, le service était rapide et sympa.",
        "Personne ne sait si cette histoire est vraie. Il faut attendre, comme toujours.",
        "J'ai acheté ce téléphone pour mon fils, il marche bien mais la batterie tient peu.",
        "Le problème, c'est que beaucoup de personnes partagent sans lire.",
    ],
    "en": [
        "I think this car is really too expensive. But it looks great, right?",
        "Another hour late this morning, thanks a lot! People have had enough of it.",
        "Very good dinner with friends last night, the staff were quick and nice.",
        "Nobody knows if the story is true. We just have to wait, like always.",
        "Bought this phone for my son, it works fine but the battery is bad.",
        "The problem is that many people share things without reading @someone https://example.org/a",
    ],
}
CASELESS = {("case", "zh")}
ALL = attacks.attacks_with({"zh": ["说实话我也不懂"], "fr": ["Bon, honnêtement"], "en": ["ok so hear me out"]})


def run(name: str, lang: str) -> list[tuple[str, str]]:
    texts = POSTS[lang]
    return list(zip(texts, attacks.attack_all(ALL[name], texts, [lang] * len(texts)), strict=True))


@pytest.mark.parametrize("lang", POSTS)
@pytest.mark.parametrize("name", ALL)
def test_an_attack_changes_most_posts_and_leaves_text(name, lang):
    pairs = run(name, lang)
    changed = sum(before != after for before, after in pairs)
    assert changed == 0 if (name, lang) in CASELESS else changed >= 5
    assert all(after.strip() for _, after in pairs)


@pytest.mark.parametrize("name", ALL)
def test_the_same_seed_gives_the_same_text_whatever_the_order(name):
    texts = [text for posts in POSTS.values() for text in posts]
    langs = [lang for lang, posts in POSTS.items() for _ in posts]
    first = attacks.attack_all(ALL[name], texts, langs, seed=3)
    assert attacks.attack_all(ALL[name], texts[::-1], langs[::-1], seed=3) == first[::-1]
    assert name == "prepend_human" or attacks.attack_all(ALL[name], texts, langs, seed=4) != first


@pytest.mark.parametrize("lang", POSTS)
def test_what_each_attack_keeps(lang):
    doubles = {double: char for char, double in attacks.HOMOGLYPHS.items()}
    for before, after in run("homoglyph", lang):
        assert "".join(doubles.get(char, char) for char in after) == before
    for before, after in run("zero_width", lang):
        assert re.sub(f"[{attacks.ZERO_WIDTH}]", "", after) == before
    for before, after in run("case", lang):
        assert after.casefold() == before.casefold()
    for before, after in run("white_space", lang):
        assert "".join(after.split()) == "".join(before.split())
    for before, after in run("sentence_shuffle", lang):
        assert Counter("".join(after.split())) == Counter("".join(before.split()))
    for before, after in run("truncation", lang):
        assert before.startswith(after)
        assert 0.2 * len(before) < len(after) < 0.85 * len(before)
    for before, after in run("emoji_hashtag", lang):
        assert re.sub(r"\W", "", before) in re.sub(r"\W", "", after)
        assert any(tag in after for tag in HASHTAGS[lang])
    for before, after in run("prepend_human", lang):
        assert after.endswith(" " + before)
    for before, after in run("typo", lang):
        assert abs(len(after) - len(before)) <= len(before) / 20
    for before, after in run("synonym_swap", lang):
        assert len(set(before) & set(after)) > len(set(before)) / 2


def test_links_and_handles_survive_where_words_change():
    text = POSTS["en"][-1]
    for name in ("typo", "synonym_swap"):
        after = ALL[name](text, random.Random(0), "en")
        assert after != text
        assert "@someone https://example.org/a" in after


def test_synonyms_keep_the_capital():
    assert attacks.synonym_swap("Very", random.Random(0), "en") == "Really"
    assert attacks.synonym_swap("très", random.Random(0), "fr") == "vraiment"


def test_without_a_pool_of_the_language_nothing_is_prepended():
    assert ALL["prepend_human"]("Guten Tag", random.Random(0), "de") == "Guten Tag"


def test_the_word_lists_change_what_they_hold():
    assert all(word != other for words in SYNONYMS.values() for word, other in words.items())
    assert all(other and char not in other for char, other in HOMOPHONES.items())
    assert all(unicodedata.name(char) != unicodedata.name(double) for char, double in attacks.HOMOGLYPHS.items())


@settings(deadline=None)
@given(st.text(max_size=60), st.sampled_from(["zh", "fr", "en", "de", "und"]))
def test_any_text_in_any_language_goes_through(text, lang):
    for name, attack in ALL.items():
        assert isinstance(attack(text, random.Random(0), lang), str), name
