"""Times of posts, in the forms that exports write them."""

from __future__ import annotations

import math
from datetime import UTC, datetime
from typing import Any

_TWITTER = "%a %b %d %H:%M:%S %z %Y"


def seconds(value: Any) -> float | None:  # noqa: ANN401 - any cell
    """Read a time: seconds or milliseconds since 1970, ISO 8601 (without a zone: UTC), or Twitter's; None if none of these."""
    if isinstance(value, bool) or value is None:
        return None
    try:
        number = float(value)
    except (TypeError, ValueError):
        number = math.nan
    if math.isfinite(number):
        return number / 1000.0 if abs(number) > 1e11 else number
    text = str(value).strip()
    for read_as in (datetime.fromisoformat, lambda t: datetime.strptime(t, _TWITTER)):
        try:
            when = read_as(text)
        except (ValueError, OverflowError):
            continue
        return (when if when.tzinfo else when.replace(tzinfo=UTC)).timestamp()
    return None
