"""Times as exports write them."""

import pytest

from autowritten.posts import seconds


@pytest.mark.parametrize(
    "written",
    [1746950400, 1746950400000, "1746950400", "2025-05-11T08:00:00Z", "2025-05-11 08:00:00", "2025-05-11T10:00:00+02:00",
     "Sun May 11 08:00:00 +0000 2025"],
)  # fmt: skip
def test_times_are_read_in_all_their_forms(written):
    assert seconds(written) == 1_746_950_400.0


@pytest.mark.parametrize("written", [None, True, "", "yesterday", "nan", [], {}, "2025-13-45"])
def test_what_is_no_time_is_none(written):
    assert seconds(written) is None
