"""Posts of files as the columns that `find_campaigns` takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from autowritten.errors import UsageError
from autowritten.posts import PostFile, Reject, get_column, seconds

_SAYS_NOTHING = {"too_short", "empty", "not_text", "too_long", "uncalibrated"}


@dataclass
class Posts:
    """Posts, a value each in every list.

    Attributes:
        accounts: who posted.
        texts: the posts.
        times: seconds since 1970, None where unknown.
        machine: whether its verdict is `machine`, None where it has none.
        ids: of the post; the place in its file (`file:line`) where it has none.
        left_out: rows without a post or an account.
    """

    accounts: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    times: list[float | None] = field(default_factory=list)
    machine: list[bool | None] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    left_out: int = 0


def read(files: Sequence[PostFile]) -> Posts:
    """Read posts with their accounts; times and verdicts are taken where there are any.

    Raises:
        UsageError: a file has no column that looks like the account.
        AutowrittenError: a file can't be read.
    """
    posts = Posts()
    for file in files:
        columns = file.columns
        if columns.account is None:
            raise UsageError(
                f"{file.source.name}: no column looks like the account; name it with --account. "
                f"The columns are: {', '.join(map(repr, file.names))}"
            )
        for item in file:
            account = text = None
            if not isinstance(item, Reject):
                account, text = get_column(item.data, columns.account), get_column(item.data, columns.text)
            if isinstance(item, Reject) or account in (None, "") or not isinstance(text, str):
                posts.left_out += 1
                continue
            ident = get_column(item.data, columns.id)
            posts.accounts.append(str(account))
            posts.texts.append(text)
            posts.times.append(seconds(get_column(item.data, columns.time)))
            posts.machine.append(_machine(item.data))
            posts.ids.append(f"{file.source.name}:{item.line}" if ident in (None, "") else str(ident))
    return posts


def _machine(data: dict[str, Any]) -> bool | None:
    verdict = data.get("verdict")
    if verdict in (None, "") or data.get("reason") in _SAYS_NOTHING:
        return None
    return bool(verdict == "machine")
