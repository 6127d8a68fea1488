"""Which column of an export holds the post, its id, its account and its time."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from autowritten.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

# Names seen in exports of X/Twitter, Weibo, Facebook, Telegram, YouTube, Reddit and the research data sets, folded by
# `_fold`. A column whose folded name is in the list may be the one meant; more than one such column is unclear.
_KNOWN: dict[str, tuple[str, ...]] = {
    "text": (
        "text", "fulltext", "content", "contents", "body", "post", "posttext", "message", "msg", "tweet", "tweettext",
        "comment", "commenttext", "caption", "selftext", "正文", "微博正文", "内容", "文本", "博文", "微博内容", "评论",
        "评论内容", "帖子", "texte", "contenu", "publication", "texto", "contenido", "本文", "nachricht", "текст",
    ),
    "id": ("id", "postid", "tweetid", "statusid", "messageid", "commentid", "idstr", "mid", "微博id", "编号", "帖子id"),
    "account": (
        "account", "accountid", "author", "authorid", "user", "userid", "username", "screenname", "handle", "uid",
        "用户", "用户名", "用户昵称", "用户id", "昵称", "账号", "博主", "作者", "compte", "auteur",
        "utilisateur", "usuario",
    ),
    "time": (
        "time", "timestamp", "createdat", "created", "createdutc", "date", "datetime", "postedat", "publishedat",
        "发布时间", "时间", "日期", "heure", "fecha",
    ),
}  # fmt: skip

# When several known names stand side by side, these are not unclear: the first is the one meant. Twitter's v1 export
# has `text` cut at 140 characters next to the whole `full_text`.
_BETTER: dict[str, tuple[str, ...]] = {
    "text": ("fulltext",),
    "id": ("id", "postid", "tweetid"),
    "account": ("account", "accountid", "authorid", "userid", "author", "username", "user", "screenname", "用户id"),
    "time": ("createdat", "timestamp", "time", "发布时间"),
}


@dataclass(frozen=True, slots=True)
class Columns:
    """The columns of one file, by what they mean.

    Attributes:
        text: the column with the post.
        id: the column with the post's id, or None.
        account: the column with the account that posted, or None.
        time: the column with the time of posting, or None.
    """

    text: str
    id: str | None = None
    account: str | None = None
    time: str | None = None


def resolve_columns(
    names: Sequence[str],
    *,
    text: str | None = None,
    id: str | None = None,
    account: str | None = None,
    time: str | None = None,
    where: str = "the input",
) -> Columns:
    """Decide which of a file's columns are meant, by the user's word or by well-known names.

    Args:
        names: the column names of the file, in order.
        text: the post's column as named by the user; None to guess. A name may reach into nested JSON: `user.name`.
        id: the same for the post's id. A missing guess is no error.
        account: the same for the account.
        time: the same for the time.
        where: the file, for messages.

    Returns:
        The columns. A lone column is taken for the post whatever its name.

    Raises:
        UsageError: a column named by the user is not there, or no text column could be told; the message lists the
            columns.
    """
    wanted = {"text": text, "id": id, "account": account, "time": time}
    for role, name in wanted.items():
        if name is not None and name not in names and name.split(".")[0] not in names:
            raise UsageError(f"{where}: no column {name!r} (--{role}). The columns are: {_listing(names)}")
    guessed = {role: name or _guess(names, role) for role, name in wanted.items()}
    chosen = guessed["text"] or (names[0] if len(names) == 1 else None)
    if chosen is None:
        known = _candidates(names, "text")
        why = f"{' and '.join(map(repr, known))} could both be" if known else "no column looks like"
        raise UsageError(f"{where}: {why} the post; name it with --text. The columns are: {_listing(names)}")
    return Columns(chosen, guessed["id"], guessed["account"], guessed["time"])


def get_column(data: dict[str, Any], name: str | None) -> Any:  # noqa: ANN401 - a cell holds any JSON type
    """Read a column of a row, reaching into nested objects for a dotted name.

    Args:
        data: the row.
        name: the column; `user.name` is the column of that very name or else `name` inside `user`. None for no column.

    Returns:
        The value, or None when it is not there.
    """
    if name is None or name in data or "." not in name:
        return data.get(name) if name is not None else None
    value: Any = data
    for part in name.split("."):
        value = value.get(part) if isinstance(value, dict) else None
    return value


def _fold(name: str) -> str:
    """Fold a column name for comparison: `Full_Text`, `fullText` and `full text` are one."""
    return re.sub(r"[\s_\-./]+", "", name).casefold()


def _candidates(names: Iterable[str], role: str) -> list[str]:
    return [name for name in names if _fold(name) in _KNOWN[role]]


def _guess(names: Sequence[str], role: str) -> str | None:
    """Return the one column of known name, or the better of several, or None."""
    found = _candidates(names, role)
    for better in _BETTER[role]:
        for name in found:
            if _fold(name) == better:
                return name
    return found[0] if len(found) == 1 else None


def _listing(names: Sequence[str], most: int = 40) -> str:
    """Write column names for a message, a very wide table cut short."""
    shown = ", ".join(repr(name) for name in names[:most])
    return (shown or "none") + (f" and {len(names) - most} more" if len(names) > most else "")


def number(value: Any) -> float | None:  # noqa: ANN401 - any cell; CSV has strings
    """Read a number of a row; None where there is none, or none that is finite.

    Raises:
        ValueError: it is something else. `TypeError`: likewise.
    """
    if value in (None, ""):
        return None
    found = float(value)
    return found if math.isfinite(found) else None
