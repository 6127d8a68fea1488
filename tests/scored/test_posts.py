"""Scored files read back."""

import pytest

from autowritten.errors import UsageError
from autowritten.posts import ReadOptions, open_posts
from autowritten.score import Verdict
from autowritten.scored import from_rows, read_scored
from autowritten.scored.posts import VERDICTS

HEADER = "id,author,text,created_at,logit,language,tokens,model\n"


def opened(tmp_path, text):
    path = tmp_path / "scores.csv"
    path.write_text(text)
    return path, open_posts([str(path)], ReadOptions())


def test_posts_are_read_with_their_scores(tmp_path):
    path, files = opened(
        tmp_path,
        HEADER + "1,a,one,2025-05-01,2.5,en,20,m\n,b,two,,-1,fr,9.0,m (fast)\n3,a,three,,,,,\n"
        "4,,four,,1,en,20,m\n5,a,five,,high,en,20,m\n",
    )
    read = read_scored(files, need=("account", "text"))
    posts = list(read)
    assert [post.account for post in posts] == ["a", "b", "a"]
    assert [post.text for post in posts] == ["one", "two", "three"]
    assert [post.time for post in posts] == [1746057600.0, None, None]
    assert [post.id for post in posts] == ["1", f"{path}:3", "3"]
    assert [(post.logit, post.language, post.tokens, post.mode) for post in posts] == [
        (2.5, "en", 20, "full"), (-1.0, "fr", 9, "fast"), (None, "und", 0, "full"),
    ]  # fmt: skip
    assert read.models == {"m", "m (fast)", ""}
    assert read.left_out == 2


def test_one_file_can_be_named_by_its_path(tmp_path):
    path, _ = opened(tmp_path, HEADER + "1,a,one,2025-05-01,2.5,en,20,m\n")
    assert [post.id for post in read_scored(path)] == [post.id for post in read_scored(str(path))] == ["1"]


def test_a_column_for_the_mode_is_read_before_the_name_of_the_model():
    row = {"account": "a", "logit": 1.0, "language": "en", "tokens": 9, "model": "m"}
    assert [post.mode for post in from_rows([row, row | {"mode": "fast"}, row | {"model": "m (fast)"}])] == [
        "full", "fast", "fast",
    ]  # fmt: skip
    with pytest.raises(ValueError, match="mode"):
        list(from_rows([row | {"mode": "slow"}]))


def test_a_file_that_lacks_what_is_needed_is_refused(tmp_path):
    _, files = opened(tmp_path, "text,author\none,a\n")
    assert len(list(read_scored(files, need=("account", "text")))) == 1
    with pytest.raises(UsageError, match="no column 'logit': give files that `autowritten score` wrote"):
        read_scored(files)
    _, files = opened(tmp_path, "text,logit,language,tokens\none,1,en,9\n")
    with pytest.raises(UsageError, match="no column looks like the account"):
        read_scored(files)


def test_times_out_of_reach_and_unknown_verdicts_are_not_taken(tmp_path):
    header = "id,author,text,time,probability,logit,verdict,reason,language,tokens,model\n"
    _, files = opened(
        tmp_path,
        header + "1,a,one,1800-01-01,0.5,0,human,below_threshold,en,20,m\n2,a,two,2025-01-01,0.5,0,robot,x,en,20,m\n",
    )
    read = read_scored(files, need=VERDICTS)
    (post,) = read
    assert (post.time, post.verdict, post.reason, read.left_out) == (None, Verdict.HUMAN, "below_threshold", 1)


def test_a_row_that_lacks_a_score_is_an_error():
    with pytest.raises(KeyError, match="logit"):
        list(from_rows([{"account": "a", "language": "en", "tokens": 9}]))
