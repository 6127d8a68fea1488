"""The page as text: whole, one file, and whatever a post says stays text."""

import base64
import gzip
import hashlib
import re
import tomllib
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files

import pytest

from autowritten.report.html import data, page
from autowritten.report.html.phrases import LANGUAGES, Phrases
from autowritten.scored import verdict_rate
from tests.report.scored_posts import HOSTILE, many, post, unscored

TEXTS = files("autowritten.report.html") / "texts"


def report_of(posts, bundle, **given):
    rate, unexplained = verdict_rate(posts, bundle)
    told = {"accounts": data.pooled_accounts(posts, bundle), "campaigns": data.campaigns(posts, bundle)}
    return data.Report(posts, bundle, rate, unexplained, ["scores.jsonl"], 0, **told | given)


@pytest.fixture(scope="module")
def made(bundle):
    """A report with hostile posts, accounts, ids, file names and card."""
    carded = replace(
        bundle, documents={"MODEL_CARD.md": "# Card\n\n<script>hacked()</script> [x](http://x.example) **bold**"}
    )
    return replace(report_of(many(bundle), carded), sources=["in/<b>.jsonl", "b", "c", "d"])


class Tags(HTMLParser):
    """Collects elements, attributes and text."""

    def __init__(self, html):
        super().__init__()
        self.tags, self.attributes, self.text = [], [], ""
        self.feed(html)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.attributes += attributes

    def handle_data(self, text):
        self.text += text


@pytest.mark.parametrize("language", LANGUAGES)
def test_nothing_of_a_post_becomes_markup(made, language):
    html = page.render(made, Phrases(language), "<i>title</i>")
    tags = Tags(html)
    # settings, a block of posts, evidence, and the script itself
    assert tags.tags.count("script") == 4
    assert not {"img", "b i", "iframe", "object"} & set(tags.tags)
    assert not [name for name, _ in tags.attributes if name.startswith("on")]
    assert "&lt;script&gt;window.hacked = 0&lt;/script&gt;" in html
    assert "<i>title</i>" in tags.text
    assert "<b>.jsonl" in tags.text
    assert html.encode("utf-8")


def test_the_file_names_nothing_outside(made):
    html = page.render(made, Phrases("en"))
    assert {
        value for name, value in Tags(html).attributes if name in ("src", "href") and not value.startswith("#")
    } == {"data:,"}
    assert not re.search(r"url\(|@import|\bfetch\(|XMLHttpRequest|WebSocket|import\(", html)


def test_only_our_own_style_and_script_may_run(made):
    html = page.render(made, Phrases("en"))
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', html)[1]
    assert policy.startswith("default-src 'none';")
    for element in ("script", "style"):
        inner = re.search(rf"<{element}>(.*?)</{element}>", html, re.DOTALL)[1]
        digest = base64.b64encode(hashlib.sha256(inner.encode()).digest()).decode()
        assert f"{element}-src 'sha256-{digest}'" in policy


def test_the_card_is_shown_without_its_markup(made):
    html = page.render(made, Phrases("en"))
    assert "<strong>bold</strong>" in html
    assert "<h3>Card</h3>" in html
    assert "&lt;script&gt;hacked()" in html
    assert "[x](http://x.example)" in html


def test_rates_and_limits_stand_beside_the_verdicts(made):
    text = " ".join(Tags(page.render(made, Phrases("en"))).text.split())
    machine, judged = data.total(made.posts).counts["machine"], data.total(made.posts).judged
    assert f"False-positive rate in force: 1%. If people had written all {judged} posts" in text
    assert f"So of the {machine} posts called machine, expect up to about {0.01 * judged:.1f} to be people's" in text
    assert (
        "tiny 0, –. False-positive rate 1% on human posts like those it was calibrated on. A verdict is evidence"
        in text
    )
    assert text.count("vidence, not proof") >= 2


def test_no_more_than_mistakes_says_so(bundle):
    posts = [post(bundle, f"{n}", 0.5) for n in range(200)] + [post(bundle, "one", 50.0)]
    text = Tags(page.render(report_of(posts, bundle), Phrases("en"))).text
    assert "1 called machine is no more than mistakes alone would give" in text


def test_posts_without_anything(bundle):
    text = Tags(page.render(report_of([unscored()], bundle, campaigns=None), Phrases("en"))).text
    for words in (
        "The posts have no times.",
        "The posts have no accounts.",
        "No post is called machine.",
        "no model card",
    ):
        assert words in text


def test_what_is_missing_or_odd_is_said(bundle):
    posts = [post(bundle, logit=50.0, model="other 7")]
    text = Tags(page.render(replace(report_of(posts, bundle), unexplained=3, left_out=5), Phrases("en"))).text
    assert "3 verdicts do not follow from the thresholds of tiny 0" in text
    assert "5 rows could not be read" in text
    assert "scored by: other 7." in text


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_every_language_has_the_same_texts(language):
    english, other = (tomllib.loads((TEXTS / f"{name}.toml").read_text("utf-8")) for name in ("en", language))
    assert english.keys() == other.keys()
    for key, text in english.items():
        assert set(re.findall(r"\{\w+\}", text)) == set(re.findall(r"\{\w+\}", other[key])), key


def test_numbers_are_written_as_the_language_does():
    english, french = Phrases("en"), Phrases("fr")
    assert (english.number(1234567), french.number(1234567)) == ("1,234,567", "1\u202f234\u202f567")
    assert (english.percent(0.1234), french.percent(0.1234)) == ("12.3%", "12,3\u00a0%")
    assert (english.rate(0.005), french.rate(0.005)) == ("0.5%", "0,5\u00a0%")
    assert (english.about(0.39), english.about(1234.5)) == ("0.4", "1,234")


def test_templates_are_taken_apart_at_their_slots():
    assert page.slots("buy ‹now|today|…› or ‹|never›") == [
        ("text", "buy "), ("slot", ["now", "today", "…"]), ("text", " or "), ("slot", ["∅", "never"]),
    ]  # fmt: skip
    assert page.slots(HOSTILE[0]) == [("text", HOSTILE[0])]
    assert page.slots("x" * 5_000)[-1] == ("text", "…")


def test_written_whole_or_not_at_all(made, tmp_path, monkeypatch):
    target = tmp_path / "report.html"
    page.write(target, made, Phrases("en"))
    before = target.read_bytes()
    monkeypatch.setattr(page, "render", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        page.write(target, made, Phrases("en"))
    assert target.read_bytes() == before
    assert [each.name for each in tmp_path.iterdir()] == ["report.html"]


ACTING = set("\x00\x1b\x9b\u202e\u2066\ud800")
ACTS = "\x00\x1b[2J\x9b\u202e\u2066\ud800"


@pytest.mark.parametrize("column", ["id", "account", "text", "language", "model", "reason"])
def test_no_column_brings_a_character_that_acts_into_the_page(bundle, column):
    """A forged file: every text of it, wherever the page shows it, and a page that can be encoded at all."""
    posts = many(bundle, 30)
    for one in posts:
        setattr(one, column, f"{getattr(one, column)}{ACTS}")
    made = replace(report_of(posts, bundle), sources=[f"in/{ACTS}.jsonl"], evidence={0: [[ACTS, 1, 2, 3.0]]})
    html = page.render(made, Phrases("en"), ACTS)
    html.encode()
    assert not ACTING & set(html)
    for block in re.findall(r'id="(?:block-\d+|evidence)">([^<]+)<', html):
        assert not ACTING & set(gzip.decompress(base64.b64decode(block)).decode())
