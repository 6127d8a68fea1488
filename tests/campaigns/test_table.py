"""Posts of files as columns."""

from autowritten.campaigns import table
from autowritten.posts import ReadOptions, open_posts


def test_posts_are_read_with_what_the_detector_said(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "id,author,text,created_at,logit,language,tokens,model\n"
        "1,a,one,2025-05-01,2.5,en,20,m\n"
        ",b,two,,-1,fr,9.0,m (fast)\n"
        "3,a,three,,,,,\n"
        "4,,four,,1,en,20,m\n"
        "5,a,five,,high,en,20,m\n"
    )
    scores = []

    def flag(row):
        scores.append(row)
        return None if row["logit"] is None else row["logit"] > 0

    posts = table.read(open_posts([str(path)], ReadOptions()), flag)
    assert posts.accounts == ["a", "b", "a"]
    assert posts.texts == ["one", "two", "three"]
    assert posts.times == [1746057600.0, None, None]
    assert posts.machine == [True, False, None]
    assert posts.ids == ["1", f"{path}:3", "3"]
    assert posts.models == {"m", "m (fast)", ""}
    assert posts.left_out == 2
    assert scores[:2] == [
        {"logit": 2.5, "language": "en", "tokens": 20, "model": "m"},
        {"logit": -1.0, "language": "fr", "tokens": 9, "model": "m (fast)"},
    ]
    assert scores[2] == {"logit": None, "language": "", "tokens": None, "model": ""}
