"""The posts as the page holds them: columns of JSON, compressed, in blocks that the browser opens one at a time."""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Mapping, Sequence
from typing import Any

from autowritten.controls import replace
from autowritten.score import Reason, Verdict
from autowritten.scored import ScoredPost

BLOCK = 2_500
"""Posts a block: small enough for the first to be opened at once."""
LONGEST = 5_000
"""Characters of a post that the page holds."""
_LONGEST_NAME = 120


def visible(text: str) -> str:
    """Make text from a post harmless to read: control characters, direction overrides and lone surrogates become `�`.

    What is left is still hostile to a parser of HTML: the template escapes it, the script shows it as text.
    """
    return replace(text.replace("\r\n", "\n").replace("\r", "\n"))


def name(text: str) -> str:
    """Make an account, an id or a file name fit to show: as `visible`, on one line, and no longer than a name."""
    flat = " ".join(visible(text[: _LONGEST_NAME + 1]).split())
    return flat if len(flat) <= _LONGEST_NAME else flat[: _LONGEST_NAME - 1] + "…"


def blocks(posts: Sequence[ScoredPost], campaign_of: Mapping[int, int]) -> list[str]:
    """Return the posts in blocks of `BLOCK`, in order, each as `pack` makes it from columns; each with its campaign, 0 for none.

    Verdicts and reasons are numbers: places in `Verdict` and `Reason`. Probabilities and logits are rounded, for they are
    read here and not reckoned with. A text over `LONGEST` characters is cut; `cut` tells how many are left out.
    """
    campaigns = [campaign_of.get(place, 0) for place in range(len(posts))]
    starts = range(0, len(posts), BLOCK)
    return [pack(_columns(posts[start : start + BLOCK], campaigns[start : start + BLOCK])) for start in starts]


def pack(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON as gzip in base64, the same for the same value."""
    text = json.dumps(_shown(value), ensure_ascii=False, separators=(",", ":"))
    return base64.b64encode(gzip.compress(text.encode(), compresslevel=6, mtime=0)).decode()


def inline(value: Any) -> str:  # noqa: ANN401 - any JSON value
    """Return JSON that may stand in a script element: nothing in it can end the element or begin a comment."""
    return json.dumps(_shown(value), ensure_ascii=True, separators=(",", ":")).replace("<", "\\u003c")


def _shown(value: Any) -> Any:  # noqa: ANN401 - any JSON value
    """Make every text in a value harmless to read, whichever column it is of."""
    if isinstance(value, str):
        return visible(value)
    if isinstance(value, Mapping):
        return {_shown(key): _shown(inner) for key, inner in value.items()}
    return [_shown(inner) for inner in value] if isinstance(value, Sequence) else value


def _columns(posts: Sequence[ScoredPost], campaigns: Sequence[int]) -> Mapping[str, Sequence[Any]]:
    verdicts, reasons = list(Verdict), {str(reason): place for place, reason in enumerate(Reason)}
    return {
        "id": [name(post.id) for post in posts],
        "account": [None if post.account is None else name(post.account) for post in posts],
        "time": [post.time for post in posts],
        "text": [visible(post.text[:LONGEST]) for post in posts],
        "cut": [max(0, len(post.text) - LONGEST) for post in posts],
        "verdict": [verdicts.index(post.verdict) for post in posts],
        "reason": [reasons.get(post.reason) for post in posts],
        "probability": [None if post.probability is None else round(post.probability, 4) for post in posts],
        "logit": [None if post.logit is None else round(post.logit, 3) for post in posts],
        "language": [name(post.language) for post in posts],
        "tokens": [post.tokens for post in posts],
        "model": [name(post.model) for post in posts],
        "campaign": campaigns,
    }
