from random import Random

from training.augment import LONGEST, SHORTEST, stretch, strip_marks

POST = "@user Great day at the lake!! #sunny #fun 😀 http"


def test_marks_go_by_chance_and_words_stay():
    seen = {strip_marks(POST, Random(i)) for i in range(300)}
    assert POST in seen
    assert any("#" not in text for text in seen)
    assert any("@user" not in text for text in seen)
    assert any(text == text.lower() for text in seen)
    assert all("lake" in text.lower() for text in seen)


def test_a_text_of_marks_alone_stays():
    assert {strip_marks("#a", Random(i)) for i in range(50)} <= {"#a", "a"}
    assert {strip_marks("😀😀", Random(i)) for i in range(50)} == {"😀😀"}


def test_the_same_seed_gives_the_same_text():
    assert strip_marks(POST, Random(5)) == strip_marks(POST, Random(5))


def test_a_stretch_is_a_run_of_the_tokens():
    ids = list(range(300))
    lengths = set()
    for i in range(300):
        part = stretch(ids, Random(i))
        assert part == list(range(part[0], part[0] + len(part)))
        lengths.add(len(part))
    assert max(lengths) == LONGEST
    assert SHORTEST <= min(lengths) < 12
    assert stretch([1, 2], Random(0)) == [1, 2]
    assert stretch(ids[:50], Random(3), whole=1.0) == ids[:50]
