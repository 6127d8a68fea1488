"""Posts of files as columns."""

from autowritten.campaigns import table
from autowritten.posts import ReadOptions, open_posts


def test_posts_are_read_with_what_the_detector_said(tmp_path):
    path = tmp_path / "scores.csv"
    path.write_text(
        "id,author,text,created_at,verdict,reason\n"
        "1,a,one,2025-05-01,machine,above_threshold\n"
        ",b,two,,human,below_threshold\n"
        "3,a,three,,undecided,between_thresholds\n"
        "4,a,four,,undecided,too_short\n"
        "5,a,five,,,\n"
        "6,,six,,human,below_threshold\n"
    )
    posts = table.read(open_posts([str(path)], ReadOptions()))
    assert posts.accounts == ["a", "b", "a", "a", "a"]
    assert posts.texts == ["one", "two", "three", "four", "five"]
    assert posts.times == [1746057600.0, None, None, None, None]
    assert posts.machine == [True, False, False, None, None]
    assert posts.ids == ["1", f"{path}:3", "3", "4", "5"]
    assert posts.left_out == 1
