"""Which column is the post: guessed, named, or refused."""

import pytest

from autowritten.errors import UsageError
from autowritten.posts import Columns, get_column, resolve_columns


@pytest.mark.parametrize(
    ("names", "text"),
    [
        (["id", "text"], "text"),
        (["微博id", "微博正文", "用户昵称", "发布时间"], "微博正文"),
        (["ID", "Full Text", "Screen_Name"], "Full Text"),
        (["text", "full_text"], "full_text"),  # Twitter v1: `text` is the cut one
        (["title", "content"], "content"),
        (["message", "n"], "message"),
        (["whatever"], "whatever"),
    ],
)
def test_text_column_is_guessed(names, text):
    assert resolve_columns(names).text == text


def test_all_roles_are_guessed():
    names = ["tweet_id", "created_at", "screen_name", "full_text", "lang"]
    assert resolve_columns(names) == Columns("full_text", "tweet_id", "screen_name", "created_at")


def test_unclear_is_refused_with_the_columns():
    with pytest.raises(UsageError, match=r"'text' and 'content' could both be.*--text.*'id', 'text', 'content'"):
        resolve_columns(["id", "text", "content"])
    with pytest.raises(UsageError, match="no column looks like the post"):
        resolve_columns(["a", "b"])


@pytest.mark.parametrize("role", ["text", "id", "account", "time"])
def test_a_named_column_must_be_there(role):
    with pytest.raises(UsageError, match=f"no column 'nope' \\(--{role}\\)"):
        resolve_columns(["text", "b"], **{role: "nope"})


def test_nested_columns():
    row = {"user": {"name": "amy"}, "a.b": 1, "user.x": 2}
    assert get_column(row, "user.name") == "amy"
    assert get_column(row, "a.b") == 1
    assert get_column(row, "user.name.first") is None
    assert get_column(row, None) is None
    assert resolve_columns(["text", "user"], account="user.name").account == "user.name"
