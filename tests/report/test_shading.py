"""Words to shade, and whether everybody can tell the shades apart."""

import io
from itertools import accumulate, pairwise

import pytest
import regex
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from rich.text import Text

from autowritten.report.shading import PALETTE, Word, level, words
from autowritten.score import TokenEvidence


def tokens(*texts):
    return [TokenEvidence(text, 1.0, 10 * n + 1, 2.0 * n) for n, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("texts", "expected"),
    [
        (["un", "believ", "able", " ,", " really"], ["unbelievable", " ,", " really"]),
        (["don", "'", "t", " go", "!"], ["don't", " go", "!"]),
        (["l", "'", "été", " e", "\u0301", "s"], ["l'été", " e\u0301s"]),
        (["今天", "天", "气", "不错", "，"], ["今天", "天", "气", "不错", "，"]),
        (["ひら", "がな"], ["ひら", "がな"]),
        (["a", " 👩", "\u200d👩", "\u200d👧", "b"], ["a", " 👩\u200d👩\u200d👧", "b"]),
        (["\U0001f1eb", "\U0001f1f7", "\U0001f1e9", "\U0001f1ea"], ["🇫🇷", "🇩🇪"]),
        (["好", "", "", "的"], ["好", "的"]),  # a character of three tokens lies in the first of them
        (["", "好"], ["好"]),
        ([], []),
    ],
)
def test_tokens_join_to_what_a_reader_takes_for_a_word(texts, expected):
    assert [word.text for word in words(tokens(*texts))] == expected


def test_a_word_sums_up_its_tokens():
    (word,) = words(tokens("un", "believ", "able"))
    assert word == Word("unbelievable", 3.0, 21, 2.0, 3)


def test_a_character_of_several_tokens_counts_them_all():
    first, second = words(tokens("好", "", "的"))
    assert (first.tokens, first.surprisal, first.rank) == (2, 2.0, 11)
    assert second.tokens == 1


@given(st.lists(st.text(max_size=6), max_size=12))
def test_no_character_and_no_token_is_lost(texts):
    made = tokens(*texts)
    found = words(made)
    assert "".join(word.text for word in found) == "".join(texts)
    assert sum(word.tokens for word in found) == len(made)
    assert sum(word.surprisal for word in found) == pytest.approx(sum(token.surprisal for token in made))
    for word in found:
        assert "".join(word.parts()) == word.text
        assert word.parts()[1] == word.text.strip()


@given(st.text(min_size=1, max_size=12), st.data())
def test_what_shows_as_one_character_is_not_taken_apart(text, data):
    """Wherever tokens end: a letter keeps its accent, an emoji its parts."""
    cuts = sorted(data.draw(st.lists(st.integers(0, len(text)), max_size=8)))
    pieces = [text[a:b] for a, b in pairwise([0, *cuts, len(text)])]
    shown = {0, *(found.end() for found in regex.finditer(r"\X", text))}
    assert set(accumulate(len(word.text) for word in words(tokens(*pieces)))) <= shown


def test_levels_are_the_bins_of_gltr():
    ranks = [1, 10, 11, 100, 101, 1000, 1001, 200_000]
    assert [level(Word("x", 1.0, rank, 1.0, 1)) for rank in ranks] == [0, 0, 1, 1, 2, 2, 3, 3]


def luminance(colour):
    """WCAG 2.2's relative luminance of `#rrggbb`."""
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


@pytest.mark.parametrize(("page", "direction"), [("light", -1), ("dark", 1)])
def test_shades_are_steps_of_lightness_with_legible_text(page, direction):
    """Lightness is what every kind of colour blindness leaves; 4.5 is WCAG's least contrast of text."""
    shades = [getattr(shade, page) for shade in PALETTE[1:]]
    lightness = [luminance(background) for background, _ in shades]
    steps = [direction * (b - a) for a, b in pairwise(lightness)]
    assert min(steps) > 0.05
    for background, text in shades:
        high, low = sorted((luminance(background), luminance(text)), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5


def test_shades_differ_without_colour():
    out = io.StringIO()
    console = Console(file=out, force_terminal=True, no_color=True, color_system="truecolor")
    for shade in PALETTE:
        console.print(Text("word", style=shade.terminal))
    assert len(set(out.getvalue().splitlines())) == len(PALETTE)
    assert "38;2" not in out.getvalue()
    assert len({shade.underline for shade in PALETTE}) == len(PALETTE)
