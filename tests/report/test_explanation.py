"""The evidence on a terminal: in plain words, harmless, and never without its error rate."""

import io
import json

import pytest
from rich.cells import cell_len
from rich.console import Console

from autowritten.explain.evidence import Comparison, gather
from autowritten.explain.occlusion import attribute
from autowritten.features import NAMES
from autowritten.report.shading import words
from autowritten.report.terminal.explanation import TRUST, as_dict, compared, show
from autowritten.report.wording import PHRASES, UNDONE
from autowritten.text import normalise

POSTS = {
    "en": "the charger at the station broke down again and nobody came to fix it",
    "fr": "la borne de la station est encore en panne et personne ne vient, l'été c'est pire",
    "zh": "充电桩又坏了，没有人来修，等了三个小时还是没有人来，真的会谢",
    "emoji": "the charger broke down 👩‍👩‍👧 again and again 🇫🇷 and nobody came",
    "hostile": "\x1b[31mthe\x1b]0;title\x07 charger \u202ebroke\u202c [bold]down[/bold] \ud800 ag\u200bain\nand nоbody came",
    "long": "the charger at the station broke down again. " * 30,
}


def explained(detector, post):
    explanation = detector.explain(post)
    evidence = gather(detector.bundle, explanation)
    pieces = [word.text for word in words(explanation.tokens)] if evidence else []
    return explanation, evidence, attribute(pieces, detector.classifier_logits)


def shown(found, name="", width=80, **options):
    out = io.StringIO()
    show(Console(file=out, width=width, highlight=False, **options), *found, name)
    return out.getvalue()


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", POSTS)
def test_what_is_always_there(detector, name, width):
    out = shown(explained(detector, POSTS[name]), name, width)
    told = " ".join(out.split())
    assert max(map(cell_len, out.splitlines())) <= width
    assert f"Post {name} as it was read" in told
    assert "a false-positive rate of 1%." in told
    assert "that the bundle was calibrated on" in told
    assert "95% interval" in told
    assert told.endswith(TRUST)
    for title in ("How it comes about", "Words that pull", "How often that is wrong", "What would change it"):
        assert title in told
    for char in "\x1b\x07\u202e\ud800":
        assert char not in out


@pytest.mark.parametrize("name", POSTS)
def test_no_character_of_the_post_is_lost(detector, name):
    found = explained(detector, POSTS[name])
    block = shown(found, width=100).split("A guess of the model:")[0].split("tokens\n", 1)[1]
    assert "".join(block.split()) == "".join(found[0].text.split())


def test_colour_only_where_it_is_wanted(detector):
    found = explained(detector, POSTS["hostile"])
    coloured = shown(found, force_terminal=True, color_system="truecolor")
    plain = shown(found, force_terminal=True, color_system="truecolor", no_color=True)
    assert "48;2;" in coloured
    assert "48;2;" not in plain
    assert "\x1b[4m" in plain or "\x1b[1;7m" in plain  # underlined or reversed all the same
    assert "\x1b[31mthe" not in coloured


def test_obfuscation_is_counted(detector):
    told = " ".join(shown(explained(detector, POSTS["hostile"])).split())
    assert "zero-width marks" in told
    assert "It moves no score" in told
    assert "Obfuscation: none found." in shown(explained(detector, POSTS["en"]))


@pytest.mark.parametrize(
    ("post", "why"), [("", "is empty"), (None, "is not text"), (3, "is not text"), ("x" * 3000, "longer than")]
)
def test_what_cannot_be_read_is_told_in_a_sentence(detector, post, why):
    out = shown(explained(detector, post))
    assert why in " ".join(out.split())
    assert "Verdict" not in out
    assert out.rstrip().endswith(TRUST)


def test_too_short_says_how_much_is_lacking(detector):
    told = " ".join(shown(explained(detector, "the charger")).split())
    assert "undecided: too short" in told
    assert "a verdict takes" in told
    assert "never called machine or human" in told


@pytest.mark.parametrize(
    ("below", "words"),
    [
        (0.07, "more even than 93% of human posts in Chinese of this length"),
        (0.93, "more uneven than 93% of human posts in Chinese of this length"),
        (0.99999, "more uneven than 99% of human posts in Chinese of this length"),
        (0.5, "like most human posts in Chinese of this length"),
    ],
)
def test_a_comparison_in_words(below, words):
    assert compared(Comparison("log_likelihood_std", 2.0, 1.0, below, 0.1), "zh") == words


def test_other_languages_share_one_group_and_that_is_said():
    one = Comparison("entropy", 2.0, 1.0, 0.84, 0.1)
    assert compared(one, "de") == "with more ways to go on than 84% of human posts in other languages of this length"


def test_everything_has_words():
    assert set(PHRASES) == set(NAMES)
    undone = normalise("\0\u200b\u202e𝐛𝐨𝐥𝐝 ＡＢ ﬁ раypаl &amp; a\u0301\u0301\u0301\u0301\u0301").obfuscation
    assert set(undone) <= set(UNDONE)
    assert len(undone) >= 7


def test_the_same_as_data(detector):
    explanation, evidence, influences = explained(detector, POSTS["zh"])
    told = json.loads(json.dumps(as_dict(explanation, evidence, influences, "7"), allow_nan=False))
    assert told["id"] == "7"
    assert told["score"] == explanation.score.as_dict()
    assert "".join(word["text"] for word in told["words"]) == told["text"]
    assert {word["level"] for word in told["words"]} <= {0, 1, 2, 3}
    assert sum(told["contributions"].values()) == pytest.approx(told["score"]["logit"])
    assert "".join(one["text"] for one in told["attribution"]["words"]) == told["text"]
    assert told["evidence"]["peers"]["n"] == evidence.peers.n
    assert told["trust"] == TRUST
    unread = as_dict(*explained(detector, None), None)
    assert (unread["evidence"], unread["words"], unread["text"]) == (None, [], "")
