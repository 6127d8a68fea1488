"""Posts of files as the columns that `find_campaigns` takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from autowritten.accounts.pool import scores_of
from autowritten.errors import UsageError
from autowritten.posts import PostFile, Reject, get_column, seconds


@dataclass
class Posts:
    """Posts, a value each in every list.

    Attributes:
        accounts: who posted.
        texts: the posts.
        times: seconds since 1970, None where unknown.
        machine: whether it is flagged as machine-written, None where it was not scored or is too short.
        ids: of the post; the place in its file (`file:line`) where it has none.
        models: what scored them.
        left_out: rows without a post or an account, or with scores that are no numbers.
    """

    accounts: list[str] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    times: list[float | None] = field(default_factory=list)
    machine: list[bool | None] = field(default_factory=list)
    ids: list[str] = field(default_factory=list)
    models: set[str] = field(default_factory=set)
    left_out: int = 0


def read(files: Sequence[PostFile], flag: Callable[[Mapping[str, Any]], bool | None]) -> Posts:
    """Read posts with their accounts; times and scores are taken where there are any.

    Args:
        files: the posts.
        flag: tells of scores whether the post is flagged; see `accounts.flagger`.

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
            try:
                scores = scores_of(item.data)
            except (TypeError, ValueError):
                posts.left_out += 1
                continue
            ident = get_column(item.data, columns.id)
            posts.accounts.append(str(account))
            posts.texts.append(text)
            posts.times.append(seconds(get_column(item.data, columns.time)))
            posts.machine.append(flag(scores))
            posts.ids.append(f"{file.source.name}:{item.line}" if ident in (None, "") else str(ident))
            posts.models.add(scores["model"])
    return posts
