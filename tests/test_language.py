"""identify: the script where it settles the matter, the identifier elsewhere, and nothing heavy at import."""

import subprocess
import sys

import pytest

from autowritten.language import identify


@pytest.mark.parametrize(
    ("post", "language"),
    [
        ("昨天提的车，今天就趴窝了，真服了", "zh"),
        ("今天用iPhone拍的vlog超级好看OMG", "zh"),
        ("优の良品超好吃，推荐大家买", "zh"),
        ("气死了 [笑cry]", "zh"),
        ("今日はいい天気ですね", "ja"),
        ("ラーメン食べたい", "ja"),
        ("東京大学に合格しました", "ja"),
        ("오늘 진짜 피곤하다 ㅋㅋㅋ", "ko"),
        ("ㅋㅋㅋㅋ", "ko"),
        ("วันนี้อากาศดีมาก", "th"),
        ("Καλημέρα σε όλους, τι κάνετε;", "el"),
        ("שלום לכולם", "he"),
        ("আমি বাংলায় গান গাই", "bn"),
        ("নতুন iPhone কিনলাম আজকে বাজার থেকে", "bn"),
        ("J'ai trop la flemme d'aller bosser demain", "fr"),
        ("honestly can't believe they did this again", "en"),
        ("No me lo puedo creer, otra vez igual", "es"),
        ("Ich hab heute echt keine Lust mehr auf Arbeit", "de"),
        ("Сегодня опять пробки, ну сколько можно терпеть это всё", "ru"),
        ("Я не розумію, що відбувається", "uk"),
        ("می‌خواهم امروز به خانه بروم", "fa"),
        ("انا مش فاهم ايه اللي بيحصل في البلد", "ar"),
        ("मुझे यह बिल्कुल पसंद नहीं है", "hi"),
        ("@marie_dupont https://t.co/AbCdEf c'est vraiment n'importe quoi 😂😂", "fr"),
    ],
)
def test_language_of_a_post(post, language):
    assert identify(post) == language


@pytest.mark.parametrize(
    "post", ["", " ", "123 456", "😂😂😂", "@user http", "https://t.co/abc", "!!!", "#", "ᚠᚢᚦ", "\ud83d"]
)
def test_nothing_to_tell_by(post):
    assert identify(post) == "und"


def test_an_alphabet_outvotes_a_few_foreign_letters():
    assert identify("The α and the Ω of this whole story is money, as usual") == "en"


def test_the_shared_identifier_of_others_is_not_restricted():
    import py3langid

    identify("warm up")
    assert len(py3langid.rank("hello")) > 100


def test_import_loads_no_model():
    code = "import sys, autowritten.language; sys.exit('py3langid' in sys.modules or 'numpy' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0  # noqa: S603 - our own interpreter
