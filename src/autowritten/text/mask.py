"""Mentions and links as placeholders, and what of a post is writing."""

from __future__ import annotations

import re

from autowritten.text.charsets import EMOJI

_URL = re.compile(
    r"(?i:https?://|www\.)[!-;=?-~]+"  # ASCII only: Chinese text often follows a link without a space
    r"|(?<![\w.@-])(?:[A-Za-z0-9-]{1,63}\.){1,4}[A-Za-z]{2,24}/[!-;=?-~]*"
    r"|[<\[{]{1,2}(?i:url|link|https?)[>\]}]{1,2}|\bHTTPURL\b|网页链接"  # BERTweet's word; Weibo's word for t.cn/…
)
_MENTION = re.compile(
    # Not after ASCII letters or digits, where @ belongs to an e-mail address; Chinese may stand right before it.
    r"(?<![A-Za-z0-9_.+-])[@＠]\w+(?:-+\w+|\.\w+)*(?:@\w[\w-]*(?:\.[\w-]+)+)*"
    r"|[<\[{]{1,2}(?:user|username|mention)[>\]}]{1,2}",
    re.IGNORECASE,
)


def mask(text: str) -> str:
    """Replace mentions by `@user` and links by `http`, so that real ones and data sets' placeholders look the same.

    The two words are those of TweetEval and XLM-T (Barbieri et al. 2020, 2022), on which many models were trained.
    E-mail addresses stay.

    Args:
        text: a post, normalised or not.

    Returns:
        The post with `@someone`, `@USER`, `<username>` … as `@user` and `https://…`, `www.…`, `t.cn/…`, `<url>`,
        `[URL]` … as `http`.
    """
    if "@" in text or "＠" in text or "<" in text or "[" in text or "{" in text:
        text = _MENTION.sub("@user", text)
    return _URL.sub("http", text)


# Placeholders, keycaps, pictographs and the letters that make flags, with what joins or colours them.
_NO_WRITING = re.compile(
    rf"@user\b|(?<![A-Za-z0-9_])http(?![A-Za-z0-9_])|[0-9#*]\ufe0f?\u20e3|[{EMOJI}\u200d\ufe0e\ufe0f\u20e3\U000e0020-\U000e007f]"
)
_LETTER = re.compile(r"[^\W\d_]")
# What programs are made of: calls, assignments, blocks, keywords at the start of a line, tags.
_PROGRAM = re.compile(
    r"\w\(|\w\s*(?:[-+*/|&%]?=|:=|[=-]>)\s*\S|[;{]\s*$|^\s*[})<]"
    r"|^\s*(?:def|class|return|for|while|if|elif|else|try|except|with|const|let|var|raise|assert)\b"
)
_IMPORT = re.compile(r"\s*(?:from\s+[\w.]+\s+)?import\s+[\w.]+(?:\s*,\s*[\w.]+)*(?:\s+as\s+\w+)?;?\s*|\s*#include\b.*")
_SYMBOL = re.compile(r"[(){}\[\]=<>+*/|_;:$^\\]")
_SYMBOLS = 0.12
"""Least share of such symbols in a line of a program, white space not counted."""


def prose(masked: str) -> str:
    """Return what of a normalised, masked post is writing: no placeholders, no pictures; nothing if no letter is left."""
    text = " ".join(_NO_WRITING.sub(" ", masked).split())
    return text if _LETTER.search(text) else ""


def without_code(post: str) -> str:
    """Return a post, not normalised, without the lines of a program in it; the very same object if it has none."""
    if not _SYMBOL.search(post) and "import" not in post:
        return post
    kept = []
    lines = post.splitlines()
    code = False
    for line in lines:
        code = (code and line[:1] in (" ", "\t")) or _is_code(mask(line))  # what a line of code indents is code
        if not code:
            kept.append(line)
    return post if len(kept) == len(lines) else "\n".join(kept)


def _is_code(line: str) -> bool:
    if _IMPORT.fullmatch(line):
        return True
    symbols = len(_SYMBOL.findall(line))
    return symbols >= _SYMBOLS * len("".join(line.split())) > 0 and bool(_PROGRAM.search(line))
