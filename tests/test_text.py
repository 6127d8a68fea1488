"""normalise and mask: honest writing of every script comes through whole, obfuscation is undone and counted."""

import re
import time
import unicodedata

import pytest
import regex
from hypothesis import example, given, settings
from hypothesis import strategies as st

from autowritten.text import Normalised, charsets, invisible, mask, normalise, prose, without_code

HONEST = {
    "zh": "昨天去4S店，销售说“没货”！气死……（真的）？看车3小时，等了~一天；¥300",
    "zh-latin": "今天用iPhone拍的vlog，OMG太好看了，T恤只要99元",
    "fr": "Ça y est ! « L'œuvre » est là, où ça ? À 20 h, n° 3, c'était génial… 10 €",
    "en": "I can't even – it's 5½ ft tall ™ & R&D said “no”, AT&T?a=1&copy=2",
    "ru": "Вчера видел новую машину, ё-моё, ну и цена! Йогурт № 5",
    "ru-brand": "Купил iPhone-чехол и VPNом пользуюсь, USB-кабель, SMSка, PDFа нет",
    "uk": "Їжак її з'їв, ґава",
    "sr": "Љубав, ђак, џеп",
    "el": "Καλημέρα, πώς είσαι; Σ' αγαπώ, ΑΒΓ ΐ ΰ",
    "science": "5 µm, 3 μm, 2 kΩ, TNFα, β-carotene, NF-κB, IκB, αSMA, Δt, λx, αx",
    "ar": "مرحباً بكم في الرياض، كيف الحالُ؟ ١٢٣",
    "fa": "می‌خواهم خانه‌ها را ببینم، نمی‌دانم",
    "he": "שָׁלוֹם לכולם",
    "hi": "क्‍या हाल है, क्षमा और श्री",
    "ml": "അവന്‍ വന്നു",
    "th": "น้ำตาลเป็นที่ดีใช่ไหมครับ ฉันจำได้",
    "ja": "今日は「スーパー」でパンを買った！うれしい〜(ﾟдﾟ)",
    "ko": "안녕하세요 ㅋㅋㅋ ㅠㅠ 진짜요? LG폰",
    "vi": "Tiếng Việt rất đẹp, ở đâu thế?",
    "hy": "Բարև և ողջույն",
    "lo": "ສະບາຍດີ ຫນ້າ",
    "yo": "Bí ó ti jẹ́ pé ṣíṣe àkíyèsí iyì tó jẹ́ àbímọ́ fún gbogbo ọmọ ẹ̀dá, m̀bá ǹkan",
    "ig": "Ụmụ nwoke na ụmụ nwanyị nọ n'ụlọ ọma, ha na-arụ ọrụ",
    "vi-dots": "Chị bị mẹ gọi về nhà học bài một buổi, lại được một trận",
    "sanskrit": "Saṃskṛtam, Kṛṣṇa, Viṣṇu, ḍamaru, kaḥ, ṭīkā",
    "taiwanese": "O͘-ló a̍h gōa, Tâi-oân ê lâng",
    "navajo": "Diné bizaad, tʼáá ąą́ ǫ́ǫ́ʼ į́į́ʼ",
    "guarani": "Peẽ peiko porã g̃uarã, ỹvytu",
    "ewe": "Ʋuʋu ɖe Eʋegbe me, ŋutɔ, ɣeyiɣi, ƒe",
    "tr": "Ilık ışık, kızıl çığlık, İstanbul",
    "ipa": "/ɡɑt/ [ˈɡɑtə] ˈʃɪp, and ɡɑtə again",
    "ru-stress": "за́мок или замо́к, и́ли",
    "chr": "ᏣᎳᎩ ᎦᏬᏂᎯᏍᏗ ᎠᏂᏴᏫ, ꭰꮒꮿꮻꮿ ꮳꮃꭹ ꮪꮣꮢꭲ",
    "hy-latin": "SMSս ստացա, iPhoneս կոտրվեց, իմ ընկերը հեռախոսով գրեց ու գնաց",
    "ka": "გამარჯობა, როგორ ხარ? Facebook-ზე ვწერ, ყოველდღე",
    "cop": "ⲡⲉⲛⲉⲓⲱⲧ ⲉⲧϩⲛ ⲙ̄ⲡⲏⲩⲉ, ⲁⲛⲟⲕ ⲟⲩⲣⲱⲙⲉ",
    "he-latin": "אני ו-Facebook וGoogle וGPS ביחד",
    "ar-latin": "حمّلت الـGPS وFacebook على هاتفي",
    "ta": "வணக்கம், எப்படி இருக்கிறீர்கள்? க்ஷ",
    "bn": "আপনি কেমন আছেন? র‍্যাব, ক্ষমা",
    "my": "မင်္ဂလာပါ၊ GPS သုံးတယ်",
    "km": "សួស្តី អ្នកសុខសប្បាយទេ",
    "am": "ሰላም፣ እንዴት ነህ? ሀገር ዐይን",
    "bo": "བཀྲ་ཤིས་བདེ་ལེགས",
    "mn": "ᠮᠣᠩᠭᠣᠯ ᠬᠡᠯᠡ᠎ᠡ ᠪᠠᠶ᠋ᠢᠨ",
    "syr": "ܫܠܳܡܳܐ ܐܰܠܳܗܳܐ",
    "cans": "ᐃᓄᒃᑎᑐᑦ ᐅᖃᐅᓯᖅ ᑲᓇᑕ",
    "zgh": "ⵜⴰⵎⴰⵣⵉⵖⵜ ⵏ ⵍⵎⵖⵔⵉⴱ",
    "osa": "𐓏𐓘𐓻𐓘𐓻𐓟 𐒻𐓟",
    "old-ko": "나ᄒᆞᆫ 사ᄅᆞᆷ",
    "han-variant": "葛󠄀飾区と辻󠄁",
    "zh-phrases": "今天 天气 很好 我们 去 公园 玩 了 很久 我 爱 你",
    "zh-list": "一 二 三，第 1 章",
    "fr-fine": "20 000 € « ça » va ?".replace(" ", " ").replace(" ", " "),
    "kaomoji": "( ͡° ͜ʖ ͡°) (๑•̀ㅂ•́)و✧",
    "keycaps": "🚬⃠ 1️⃣ 2⃣",
    "emoji": "👩‍👩‍👧 🏳️‍🌈 ❤️ 1️⃣ 👍🏽 🇫🇷 🏴󠁧󠁢󠁥󠁮󠁧󠁿 Ⓜ️ ☺︎ 🤷🏻‍♀️",
}


@pytest.mark.parametrize("name", HONEST)
def test_honest_writing_is_left_alone(name):
    honest = unicodedata.normalize("NFC", HONEST[name])
    assert normalise(honest) == Normalised(honest)


@pytest.mark.parametrize(
    ("post", "expected", "found"),
    [
        ("pаypаl", "paypal", {"lookalike": 2}),
        ("рaураl", "paypal", {"lookalike": 4}),
        ("Αurelia is gοne", "Aurelia is gone", {"lookalike": 2}),
        ("cafе́", "café", {"lookalike": 1}),
        ("мoшeнники oн oт", "мошенники он от", {"lookalike": 4}),
        ("Tһis іs а secret і tell", "This is a secret i tell", {"lookalike": 4}),
        ("а cat said 'да' and и", "а cat said 'да' and и", {}),  # no disguised word, so nothing is suspected
        ("⼈⼯智能", "人工智能", {"lookalike": 2}),
        ("λoγος", "λογος", {"lookalike": 1}),
        ("шabд", "шabд", {}),  # b has no Cyrillic twin: a word of two scripts, not a disguise
        ("a\u200bu\u2060to\ufeff", "auto", {"zero_width": 3}),
        ("soft\u00adhyphen x\u200dy h\ufe0fi", "softhyphen xy hi", {"zero_width": 3}),
        ("汽\u200b车\u200d公司", "汽车公司", {"zero_width": 2}),
        ("می\u200c\u200cخواهم\u200c", "می\u200cخواهم", {"zero_width": 2}),
        ("👍\U000e0150\U000e0151", "👍", {"zero_width": 2}),  # bytes smuggled in variation selectors
        ("\u2066@a\u2069 \u202eabc", "@a abc", {"bidi": 3}),
        ("𝓗𝓮𝓵𝓵𝓸 ⓗⓘ 🄰🅑 ᵗʰᵉ ʜᴇʟʟᴏ", "Hello hi AB the hello", {"styled_letters": 17}),
        ("ＡＢＣ１２３，ｶﾞｷﾞ！", "ABC123，ガギ！", {"full_width": 10}),
        ("ﬁne ſo Ⅷ ﻼ", "fine so VIII لا", {"ligatures": 4}),
        ("&amp;lt;b&gt; &#8203;caf&eacute;&nbsp;x", "<b> café x", {"html_entities": 6, "zero_width": 1}),
        ("&notice; &x; &", "&notice; &x; &", {}),
        ("z\u0338\u0327\u0322\u0359a", "za", {"stacked_marks": 4}),
        ("H" + "\u0300\u0315" * 30 + "e\u0301" + "\u0302" * 59 + "llo", "Hello", {"stacked_marks": 120}),
        ("Ṭhe q\u0323uick ḅrown fọx jumpṣ oveṛ", "The quick brown fox jumps over", {"stray_marks": 6}),
        ("t\u0316he q\u0316uick", "the quick", {"stray_marks": 2}),
        ("今\u0323天天\u0301气\u20dd", "今天天气", {"stray_marks": 3}),
        ("s\u0336t\u0336rike", "strike", {"stray_marks": 2}),
        ("приве\u0323т\u0323", "привет", {"stray_marks": 2}),
        ("Ḥasan went home", "Ḥasan went home", {}),  # a name
        ("a\U0001bca0u\U0001bca3to 自\U0001bca1动", "auto 自动", {"zero_width": 3}),
        ("a\u115fb\u1160c\u034fd\ufe00e\ufe05f", "abcdef", {"zero_width": 5}),
        ("meꮪꮪꭺge ꮃith ᏃᎬᎪL", "message with ZEAL", {"lookalike": 7}),
        ("ɡreɑt ɡɑme", "great game", {"lookalike": 4}),
        ("a loոg հօսnd", "a long hound", {"lookalike": 4}),
        ("heഠllo wഠrld", "heollo world", {"lookalike": 2}),
        ("ⲢaypⲀl Ⲣaypal", "ⲢaypⲀl Paypal", {"lookalike": 1}),  # Ⲁ has no twin
        ("мᎥр", "мір", {"lookalike": 1}),
        ("今 天 天 气 很 好 ， 去 吧 。", "今天天气很好，去吧。", {"spaced_letters": 9}),
        ("用 i P h o n e 拍 照 片 真 的 好 看", "用iPhone拍照片真的好看", {"spaced_letters": 13}),
        ("我 爱 你", "我 爱 你", {}),
        ("the he\u200allo gre\u2009at", "the hello great", {"spaced_letters": 2}),
        ("no\u200aother\u200aspace", "no other space", {}),
        ("(๑•\u0300\u0323\u0324ㅂ•\u0301)و", "(๑•\u0323\u0324ㅂ•\u0301)و", {"stacked_marks": 1}),
        ("ก" + "็" * 9, "ก" + "็" * 4, {"stacked_marks": 5}),
        ("a\x00b\x07 \ud83d c\x1b", "ab c", {"control": 4}),
        ("\ud83d\ude00", "😀", {}),
        (" a\t\r\n b\u3000c\u00a0d\u2028e\u2800f ", "a b c d e f", {}),
        ("e\u0301 ; K", "é ; K", {}),
        ("", "", {}),
        (" \u200b\n", "", {"zero_width": 1}),
    ],
)
def test_obfuscation_is_undone_and_counted(post, expected, found):
    assert normalise(post) == Normalised(expected, found)


TRICKY = st.text(
    st.characters()
    | st.sampled_from("&;#x3869ampltABаеоαοκ\u200b\u200c\u200d\ufe0f\u0301\u0323\u0345ﾞｶ\u3099👩اक् \u2800\xa0ʜᴇⓐｱ\u0e47")
)


@settings(deadline=None, max_examples=500)
@given(TRICKY)
@example("&" + "amp;" * 50 + "lt;")
@example("&#3&#5" * 20 + "6;" * 20)
def test_normalise_is_idempotent_and_its_result_is_clean(post):
    once = normalise(post)
    assert normalise(once.text) == Normalised(once.text)
    assert once.text == " ".join(once.text.split())
    assert unicodedata.is_normalized("NFC", once.text)
    assert all(once.obfuscation.values())
    once.text.encode()  # no lone surrogate is left


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x400, max_codepoint=0x45F) | st.sampled_from(" .,!?")))
def test_cyrillic_stays_whole(post):
    assert normalise(post).text == " ".join(unicodedata.normalize("NFC", post).split())


@settings(deadline=None)
@given(st.text(st.characters(min_codepoint=0x4E00, max_codepoint=0x9FFF) | st.sampled_from("，。！？：；（）abAB19 ")))
def test_chinese_with_latin_stays_whole(post):
    assert normalise(post) == Normalised(" ".join(post.split()))


def test_every_default_ignorable_code_point_is_known():
    known = re.compile(f"[{invisible.IGNORABLE}]")
    unicode = regex.compile(r"\p{Default_Ignorable_Code_Point}")
    assert [hex(c) for c in range(0x110000) if bool(known.match(chr(c))) != bool(unicode.match(chr(c)))] == []


@pytest.mark.parametrize(
    "code", [c for c in range(0x110000) if regex.match(r"\p{Default_Ignorable_Code_Point}", chr(c))][::7]
)
def test_a_default_ignorable_code_point_in_a_word_is_taken_out_and_counted(code):
    for word in ("auto", "自动车辆"):
        obfuscated = f"{word[:2]}{chr(code)}{word[2:]}"
        if not ("\U000e0100" <= chr(code) <= "\U000e01ef" or "\ufe00" <= chr(code) <= "\ufe02") or word == "auto":
            once = normalise(obfuscated)
            assert (once.text, sum(once.obfuscation.values())) == (word, 1)


def test_no_combining_mark_is_missing_from_the_blocks():
    known = re.compile(f"[{charsets.MARKS}]")
    assert [hex(c) for c in range(0x110000) if unicodedata.combining(chr(c)) and not known.match(chr(c))] == []


@pytest.mark.parametrize(
    "unit",
    ["a", "你好，", "привет ", "a\u200b", "a\u0301\u0323", "\u0301\u0323", "ا\u200c", "amp;", "&#38;#38;", "&lt;",
     "pаypаl ", "pа", "👩\u200d", "@a.", "a.", "www.", "[{", "\ud83d"],
)  # fmt: skip
def test_time_grows_with_length_not_its_square(unit):
    def seconds(length):
        post = "&" + unit * (length // len(unit))
        start = time.process_time()
        mask(normalise(post).text)
        return time.process_time() - start

    short, long = (min(seconds(length) for _ in range(3)) for length in (20_000, 160_000))
    assert long < 30 * short + 0.05  # 8 times the text; 64 times the time if it were quadratic


def test_a_megabyte_of_plain_text_is_quick():
    start = time.process_time()
    normalise("你好，世界！ привет мир, hello\n" * 35_000)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    ("post", "masked"),
    [
        ("@bob. see https://t.co/Ab1?x=1 now", "@user. see http now"),
        ("转发//@张三: 看http://t.cn/abc吧", "转发//@user: 看http吧"),
        ("感谢@人民日报 t.cn/A6x 网页链接", "感谢@user http http"),
        ("@USER <url> [URL] HTTPURL @user http <username>", "@user http http http @user http @user"),
        ("www.example.org/a,b et @élodie-m", "http et @user"),
        ("@someone@mastodon.social", "@user"),
        ("a@b.com and/or 1/2, 9.5/10, the url @ home", "a@b.com and/or 1/2, 9.5/10, the url @ home"),
    ],
)
def test_mask(post, masked):
    assert mask(post) == masked


@settings(deadline=None)
@given(st.text(st.sampled_from("@＠ab1./:-_<>[]{}url http www.t.cn/ 张é")))
def test_mask_is_idempotent(post):
    once = mask(post)
    assert mask(once) == once


@pytest.mark.parametrize(
    ("post", "writing"),
    [
        ("https://t.co/a https://t.co/b @someone 👨‍👩‍👧 🇫🇷🇩🇪 1️⃣ ❤️", ""),
        ("🏴󠁧󠁢󠁥󠁮󠁧󠁿 12 345 !!!", ""),
        ("@someone see https://t.co/a 😀 it is #good", "see it is #good"),
        ("看https://t.co/a吧❤️", "看 吧"),
    ],
)
def test_links_mentions_and_pictures_are_no_writing(post, writing):
    assert prose(mask(normalise(post).text)) == writing


@pytest.mark.parametrize(
    "code",
    [
        "import os\nprint(os.getcwd())\nx = 1",
        "for i in range(10):\n    print(i)\n    if i > 3: break",
        "def add(a, b):\n    return a + b\nadd(1, 2)",
        'int main() {\n  printf("hi");\n  return 0;\n}',
        "const x = await fetch(url);\nconsole.log(x => x.json());",
        '<div class="x">\n</div>',
        "from a.b import c\n#include <stdio.h>",
    ],
)
def test_lines_of_a_program_are_left_out(code):
    assert without_code(code) == ""
    assert without_code(f"Look what I wrote today:\n{code}") == "Look what I wrote today:"


@pytest.mark.parametrize("name", HONEST)
def test_honest_writing_is_no_code(name):
    assert without_code(HONEST[name]) is HONEST[name]


def test_what_looks_a_little_like_code_is_none():
    for post in (
        "Je suis là (vraiment) ; et toi ? C'est bien :)",
        "She said: if you (really) want it, go = win!",
        "看这里 https://t.co/abc?x=1&y=2 （真的）",
        "While we wait (again)... return tickets cost 20% more; for real :(",
    ):
        assert without_code(post) is post
