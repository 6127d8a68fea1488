"""Scored posts for the tests of the report, with verdicts as a bundle gives them."""

import random

from autowritten.score import Verdict
from autowritten.scored import ScoredPost

START = 1_746_950_400.0  # 2025-05-11 08:00 UTC
HOSTILE = (
    "</script><script>window.hacked = 1</script>",
    "<img src=x onerror='window.hacked = 1'> <b>bold</b> &lt;i&gt; {{ 7 * 7 }} ${window.hacked = 1} <!--",
    "right \u202eot tfel\u202c and \u2066isolated\u2069",
    "escape \x1b[31mred\x1b[0m and bell \x07 and nul \x00",
    "lone \ud800 surrogate \udfff halves",
    "long " + "word " * 20_000,
    "العربية مع عربية \u200f و english",
)


def post(bundle, text="a post about a charger that broke down", logit=0.0, *, rate=0.01, fast=False, **given):
    """Return a post whose verdict follows from the bundle's thresholds."""
    language, tokens = given.get("language", "en"), given.get("tokens", 20)
    judge = bundle.judge(fast)
    verdict, reason = judge.verdict(logit, language, tokens, rate)
    probability = 1 / (1 + 2.718281828459045 ** -(judge.slope * logit + judge.intercept))
    told = {
        "id": "1", "account": "someone", "time": START, "text": text, "verdict": verdict, "reason": str(reason),
        "probability": probability, "logit": logit, "language": language, "tokens": tokens,
        "model": bundle.name + " (fast)" * fast, "mode": "fast" if fast else "full",
    }  # fmt: skip
    return ScoredPost(**told | given)


def unscored(text="", **given):
    """Return a post that nothing could be said of."""
    told = {
        "id": "0", "account": None, "time": None, "text": text, "verdict": Verdict.UNDECIDED, "reason": "empty",
        "probability": None, "logit": None, "language": "und", "tokens": 0, "model": "tiny 0",
    }  # fmt: skip
    return ScoredPost(**told | given)


def many(bundle, number=300):
    """Return posts of many kinds, the most machine-like first, with accounts, times and some that are hostile."""
    draw = random.Random(0)
    posts = []
    for place in range(number):
        language = draw.choice(("en", "fr", "zh", "de"))
        posts.append(
            post(
                bundle,
                f"{draw.choice(('charger', 'borne', '充电桩'))} number {place} broke down again",
                draw.gauss(1.0, 2.0),
                id=f"p{place}",
                account=f"account{place % 17}",
                time=START + 3_600.0 * draw.randrange(200),
                language=language,
                tokens=draw.randrange(4, 60),
            )
        )
    for place, text in enumerate(HOSTILE):
        name = f"<script>window.hacked = {place}</script>\u202e"
        posts.append(
            post(bundle, text, 1e300 if place == 0 else 9.0 - place / 10, id=f"<b>{place}", account=name, tokens=10**9)
        )
    posts.sort(key=lambda each: -each.logit)
    return [*posts, unscored()]
