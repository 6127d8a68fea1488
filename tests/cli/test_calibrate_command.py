"""`autowritten calibrate` as a user meets it, with a random detector."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from autowritten.bundle import Bundle
from autowritten.cli import app
from autowritten.detector import Detector

WORDS = (
    "the charger",
    "at the station",
    "broke down",
    "again",
    "la borne",
    "en panne",
    "充电桩",
    "又坏了",
    "nobody came",
)


@pytest.fixture
def posts(detector, bundle, tmp_path, monkeypatch):
    """Human posts in a folder that is the current one, beside the bundle `base` of the detector."""
    monkeypatch.chdir(tmp_path)
    bundle.save_pretrained("base")
    monkeypatch.setattr(Detector, "load", lambda *_arguments, **_options: detector)
    path = Path("people.jsonl")
    texts = [f"{WORDS[n % 9]} {WORDS[n // 9 % 9]} {n} {WORDS[n % 7]} number {n}" for n in range(150)]
    path.write_text("".join(json.dumps({"text": text}) + "\n" for text in texts))
    return path


def calibrate(*arguments):
    return CliRunner().invoke(app, ["calibrate", *map(str, arguments), "--bundle", "base"])


def test_a_bundle_is_made_and_what_it_rests_on_is_told(posts):
    with posts.open("a") as file:
        file.write(json.dumps({"text": "no"}) + "\n" + posts.read_text().splitlines()[0] + "\n")
    done = calibrate(posts, "-o", "mine", "--fpr", "0.05")
    assert done.exit_code == 0, done.output
    assert "mine on tiny 0: thresholds from 150 human posts (1 repeats and 1 too short left out)" in done.stdout
    assert (
        "5% will be called machine on average; with this many posts to go by, the true rate lies between" in done.stdout
    )
    assert "The thresholds of tiny 0 for 5% call " in done.stdout
    assert "Did people write these?\n  people.jsonl:" in done.stdout
    assert "autowritten score POSTS --bundle mine" in done.stdout
    made = Bundle.from_pretrained("mine")
    assert (made.config["fpr"], len(made.humans)) == (0.05, 150)
    assert "A verdict is evidence, not proof." in made.documents["MODEL_CARD.md"]
    assert sorted(path.name for path in Path().iterdir()) == ["base", "mine", "people.jsonl"]


def test_posts_unlike_the_bundles_are_warned_of(posts, bundle):
    done = calibrate(posts, "-o", "mine")  # a random model gives one kind of text much the same logit
    assert "WARNING: these posts are unlike those that tiny 0 was calibrated on (p " in done.stdout


def test_too_few_posts(posts):
    done = calibrate(posts, "-o", "mine", "--fpr", "0.001")
    assert done.exit_code == 3
    assert "0.001 takes at least 999 posts; there are 150" in str(done.stderr)
    assert not Path("mine").exists()


def test_too_few_after_repeats_are_left_out(posts):
    posts.write_text(posts.read_text().splitlines()[0] + "\n" + (posts.read_text().splitlines()[1] + "\n") * 99)
    done = calibrate(posts, "-o", "mine")
    assert done.exit_code == 2
    assert "each counted once; there are 2; 2 posts support 0.33 and above" in done.stderr
    assert not Path("mine").exists()


@pytest.mark.parametrize("output", ["base", "people.jsonl", "nowhere/mine"])
def test_nothing_is_overwritten(posts, output):
    done = calibrate(posts, "-o", output)
    assert done.exit_code == 3
    assert f"{output}: " in done.stderr


def test_a_rate_that_is_none(posts):
    assert calibrate(posts, "-o", "mine", "--fpr", "0").exit_code == 2


def test_rows_without_text_are_told(posts):
    with posts.open("a") as file:
        file.write('{"text": 7}\nbroken\n')
    done = calibrate(posts, "-o", "mine")
    assert done.exit_code == 1
    assert "left out people.jsonl:151: holds no text" in done.stderr
    assert "left out people.jsonl:152: " in done.stderr
    assert Path("mine", "config.json").exists()


def test_escapes_in_posts_stay_off_the_terminal(posts):
    posts.write_text(posts.read_text().replace("number 3", "number \\u001b[31m3"))
    done = calibrate(posts, "-o", "mine")
    assert "\x1b" not in done.output
