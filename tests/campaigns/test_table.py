"""Times and verdicts of files, read."""

import pytest

from autowritten.campaigns import table
from autowritten.posts import ReadOptions, open_posts


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (0, 0.0), ("1746086400", 1746086400.0), (1746086400123, 1746086400.123), ("2025-05-01T08:00:00Z", 1746086400.0),
        ("2025-05-01T10:00:00+02:00", 1746086400.0), ("2025-05-01 08:00", 1746086400.0),
        ("Thu May 01 08:00:00 +0000 2025", 1746086400.0), ("2025-05-01", 1746057600.0),
        (None, None), ("", None), ("yesterday", None), (True, None), ("nan", None), ([1], None),
    ],
)  # fmt: skip
def test_times(value, seconds):
    assert table.seconds(value) == seconds


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
