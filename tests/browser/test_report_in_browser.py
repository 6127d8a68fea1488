"""The report in a real browser: it opens, filters, sorts, shades, keeps hostile texts text, and asks the network for nothing."""

import base64
from dataclasses import replace

import pytest
from selenium.webdriver.common.keys import Keys

from autowritten.report.html import data, packed, page
from autowritten.report.html import shaded as evidence
from autowritten.report.html.phrases import LANGUAGES, Phrases
from autowritten.scored import verdict_rate
from tests.report.scored_posts import HOSTILE, many, post

FLOOD = "multiple owners report sudden power loss on the {} motorway, the maker must answer to its customers now"


@pytest.fixture(scope="module")
def report(bundle, detector):
    """A report of everything: accounts, a campaign, hostile posts, shaded words, a card."""
    flood = [
        post(bundle, FLOOD.format(road), 8.0, account=f"bot{bot}", id=f"{bot}-{road}", language="fr")
        for bot in range(8)
        for road in ("northern", "southern", "western", "eastern")
    ]
    *scored, unscored = many(bundle)
    posts = [*sorted(scored + flood, key=lambda each: -each.logit), unscored]
    rate, _ = verdict_rate(posts, bundle)
    shaded = dict(evidence.walk(posts, evidence.choose(posts, 20), detector.explain))
    carded = replace(bundle, documents={"MODEL_CARD.md": "# Card\n\n| a | b |\n|---|---|\n| 1 | 2 |\n"})
    accounts, campaigns = data.pooled_accounts(posts, bundle), data.campaigns(posts, bundle)
    return data.Report(posts, carded, rate, 0, ["scores.jsonl"], 0, accounts, campaigns, shaded)


@pytest.fixture(scope="module")
def file(report, tmp_path_factory):
    """The page on disk."""
    path = tmp_path_factory.mktemp("page") / "report.html"
    page.write(path, report, Phrases("en"))
    return path


def test_it_opens_without_a_word_on_the_console_or_the_network(browser, file, report):
    browser.open(file)
    assert (
        browser.status("Posts that match")
        == f"Posts that match: {len(report.posts)} of {len(report.posts)}. Page 1 of 7."
    )
    assert len(browser.texts("#table tbody tr")) == 50
    assert browser.complaints() == []
    assert browser.requests() == []


def test_hostile_posts_stay_text(browser, file):
    browser.open(file)
    for button in browser.driver.find_elements("css selector", "button.post")[: len(HOSTILE)]:
        browser.run("arguments[0].click()", button)
    browser.until(f"return document.querySelectorAll('.detail').length === {len(HOSTILE)}")
    full = browser.texts(".detail .full")
    assert full[0] == HOSTILE[0]
    assert HOSTILE[1] in full
    assert packed.visible(HOSTILE[3]) in full
    assert browser.run("return window.hacked ?? null") is None
    assert browser.run("return document.querySelectorAll('#table img, #table script, #table b i').length") == 0
    assert "<script>window.hacked = 0</script>�" in browser.texts(".c-account")
    assert browser.complaints() == []


def test_the_policy_stops_what_would_leave_the_file(browser, file):
    browser.open(file)
    browser.run("""
        window.stopped = [];
        addEventListener("securitypolicyviolation", (event) => window.stopped.push(event.effectiveDirective));
        new Image().src = "http://192.0.2.1/x.png";
        fetch("http://192.0.2.1/").catch(() => 0);
    """)
    browser.until("return window.stopped.length === 2")
    assert set(browser.run("return window.stopped")) == {"img-src", "connect-src"}


def test_filters(browser, file, report):
    browser.open(file)
    everything = len(report.posts)
    browser.find("#f-text").send_keys("BORNE number 1")
    wanted = sum("borne number 1" in each.text for each in report.posts)
    assert 0 < wanted < everything
    assert browser.status(f"Posts that match: {wanted} ")
    browser.find("#clear").click()
    browser.status(f"Posts that match: {everything} ")
    browser.run(
        "const s = document.getElementById('f-verdict'); s.value = 'human'; s.dispatchEvent(new Event('change'))"
    )
    human = sum(each.verdict == "human" for each in report.posts)
    browser.status(f"Posts that match: {human} ")
    assert set(browser.texts("#table .mark")) == {"human"}
    browser.run("const s = document.getElementById('f-language'); s.value = 'zh'; s.dispatchEvent(new Event('change'))")
    browser.status(
        f"Posts that match: {sum(each.verdict == 'human' and each.language == 'zh' for each in report.posts)} "
    )
    browser.find("#clear").click()
    browser.status(f"Posts that match: {everything} ")
    browser.find("#f-text").send_keys("nothing says this")
    browser.status("No post matches.")
    assert browser.texts("#table tbody tr") == []


def test_accounts_and_campaigns_lead_to_their_posts(browser, file, report):
    browser.open(file)
    browser.find("button[data-account='account3']").click()
    browser.status(f"Posts that match: {sum(each.account == 'account3' for each in report.posts)} ")
    assert set(browser.texts("#table tbody .c-account")) == {"account3"}
    assert browser.run("return document.activeElement.id") == "posts-h"
    number = next(number for place, number in report.campaign_of.items() if report.posts[place].id == "0-eastern")
    browser.find(f"button[data-campaign='{number}']").click()
    browser.status("Posts that match: 32 ")
    assert "motorway" in browser.texts(".template")[number - 1]
    assert browser.texts("#campaigns .slot")


def cut(text):
    return packed.visible(text[: packed.LONGEST])


@pytest.mark.parametrize(
    ("column", "key", "shown_as"),
    [
        ("tokens", lambda each: each.tokens, lambda tokens: f"{tokens:,}"),
        ("time", lambda each: each.time, page.moment),
        ("text", lambda each: cut(each.text), lambda text: " ".join(text[:300].split()) or "–"),
    ],
    ids=["tokens", "time", "text"],
)
def test_sorting_by_each_kind_of_column(browser, file, report, column, key, shown_as):
    browser.open(file)
    known = sorted(key(each) for each in report.posts if key(each) is not None)
    orders = {"ascending": known[:50], "descending": known[::-1][:50]}
    for order in sorted(orders, reverse=column != "text"):  # numbers are sorted from the top first
        browser.find(f"th[data-column='{column}'] button").click()
        browser.until(f"return document.querySelector('th[aria-sort={order}]')?.dataset.column === '{column}'")
        browser.status("Posts that match")
        assert len(browser.texts("th[aria-sort]")) == 1
        shown = [text.removeprefix("▪ with shaded words: ") for text in browser.texts(f"#table tbody .c-{column}")]
        assert [text.removesuffix("…") for text in shown] == [shown_as(value) for value in orders[order]]


def test_paging(browser, file):
    browser.open(file)
    assert not browser.find("#previous").is_enabled()
    browser.find("#next").click()
    assert "Page 2 of 7" in browser.status("Posts that match")
    for _ in range(5):
        browser.find("#next").click()
    browser.until("return document.getElementById('status').textContent.includes('Page 7 of 7')")
    assert not browser.find("#next").is_enabled()
    assert browser.texts("#table tbody tr")


def test_a_post_unfolds_by_keyboard_with_its_words_shaded(browser, file, report):
    browser.open(file)
    place = next(place for place in report.evidence if report.posts[place].text.startswith("multiple owners"))
    browser.find("#f-text").send_keys(report.posts[place].id)
    browser.status("Posts that match: ")
    browser.until("return document.querySelectorAll('#table tbody tr').length < 50")
    button = next(each for each in browser.driver.find_elements("css selector", "button.post") if "▪" in each.text)
    button.send_keys(Keys.ENTER)
    browser.until("return document.querySelector('.detail') !== null")
    assert button.get_attribute("aria-expanded") == "true"
    assert browser.texts(".detail .full") == ["".join(word[0] for word in report.evidence[place])]
    words = [word for word in report.evidence[place] if word[0].strip()]
    for level in range(4):
        assert len(browser.texts(f".detail .full .word.l{level}")) >= sum(word[1] == level for word in words)
        assert browser.texts(".detail .shades b")[level] == str(sum(word[1] == level for word in words))
    button.send_keys(Keys.ENTER)
    browser.until("return document.querySelector('.detail') === null")
    assert button.get_attribute("aria-expanded") == "false"


def test_a_post_without_shading_says_how_to_get_it(browser, file, report):
    browser.open(file)
    place = next(n for n in range(50) if n not in report.evidence)
    browser.run("arguments[0].click()", browser.driver.find_elements("css selector", "button.post")[place])
    browser.until("return document.querySelector('.detail') !== null")
    assert "autowritten explain" in browser.find(".detail .note").text


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
@pytest.mark.parametrize("width", [1280, 400])
def test_accessible(browser, file, dark, width):
    browser.open(file, dark=dark, width=width)
    browser.run("document.querySelectorAll('details').forEach((each) => (each.open = true))")
    for button in browser.driver.find_elements("css selector", "button.post")[:3]:
        browser.run("arguments[0].click()", button)
    browser.until("return document.querySelectorAll('.detail').length === 3")
    assert browser.run("return getComputedStyle(document.body).backgroundColor") == (
        "rgb(20, 23, 26)" if dark else "rgb(252, 252, 251)"
    )
    assert browser.run("return document.documentElement.scrollWidth") <= width
    assert browser.violations() == []


@pytest.mark.parametrize("language", LANGUAGES[1:])
def test_other_languages_open(browser, report, language, tmp_path):
    path = tmp_path / "report.html"
    phrases = Phrases(language)
    page.write(path, report, phrases)
    browser.open(path)
    everything = phrases.number(len(report.posts))
    assert browser.status(phrases.texts["matching"].split("{")[0]) == phrases(
        "matching", n=everything, all=everything, page=1, pages=7
    )
    assert browser.complaints() == []


def test_more_posts_than_a_block_are_opened_when_wanted(browser, bundle, tmp_path):
    posts = [post(bundle, f"post number {n}", -n / 1000, id=str(n), account=None) for n in range(2 * packed.BLOCK + 10)]
    rate, _ = verdict_rate(posts, bundle)
    path = tmp_path / "report.html"
    page.write(path, data.Report(posts, bundle, rate, 0, ["x"], 0), Phrases("en"))
    browser.open(path)
    assert len(browser.driver.find_elements("css selector", "script[id^=block]")) == 2  # the first one is open
    browser.find("#f-text").send_keys(f"number {len(posts) - 1}")
    browser.status("Posts that match: 1 of 5,010")
    assert browser.texts("#table tbody .c-text button") == [f"post number {len(posts) - 1}"]
    assert browser.driver.find_elements("css selector", "script[id^=block]") == []


def test_every_printed_sheet_has_the_rate_and_the_limits(browser, file):
    browser.open(file)
    printed = browser.driver.execute_cdp_cmd("Page.printToPDF", {"preferCSSPageSize": True})
    assert base64.b64decode(printed["data"]).startswith(b"%PDF")
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert browser.run("return getComputedStyle(document.querySelector('footer')).display") == "table-footer-group"
    assert browser.run("return getComputedStyle(document.querySelector('.controls')).display") == "none"
    browser.driver.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})
