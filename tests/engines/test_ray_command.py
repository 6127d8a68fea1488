"""`autowritten score --engine ray`: the door, and the same numbers with the real model."""

import re
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from typer.testing import CliRunner

from autowritten.cli import app
from autowritten.posts import SCORE_COLUMNS

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")
EXAMPLES = Path(__file__).parents[2] / "examples" / "posts.jsonl"


def score(*arguments):
    return CliRunner().invoke(app, ["score", *map(str, arguments)])


@pytest.mark.model
def test_the_real_model_scores_as_without_an_engine(cluster, tmp_path):
    local, out = tmp_path / "local.parquet", tmp_path / "out"
    assert score(EXAMPLES, "-o", local, "--fast").exit_code == 0
    done = score(EXAMPLES, "-o", out, "--fast", "--engine", "ray", "--workers", 1)
    assert done.exit_code == 0, done.output
    assert re.search(r"rows: .* 0 rejected", done.stderr)
    assert "False-positive rate: 1%" in done.stderr
    columns = ["text", *SCORE_COLUMNS]
    expected = pq.read_table(local, columns=columns).to_pylist()
    found = pq.read_table(out / "scores", columns=columns).to_pylist()
    for row, other in zip(found, expected, strict=True):
        logits = row.pop("logit"), row.pop("classifier_logit"), row.pop("probability")
        assert logits == pytest.approx(
            (other.pop("logit"), other.pop("classifier_logit"), other.pop("probability")), abs=1e-6
        )
        assert row == other


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--engine", "spark", "-o", "out"], "there is only ray"),
        (["--engine", "ray"], "give -o"),
        (["--engine", "ray", "-o", "out", "--resume"], "no other option"),
        (["--engine", "ray", "-o", "out", "--encoding", "gbk"], "no other option"),
        (["--workers", "2", "-o", "out.csv"], "--workers needs --engine ray"),
    ],
)
def test_options_that_do_not_go_together(options, said):
    done = score(EXAMPLES, *options)
    assert done.exit_code == 2
    assert said in done.stderr


def test_a_rate_that_the_bundle_has_not_is_told_before_ray_starts(tmp_path):
    done = score(EXAMPLES, "-o", tmp_path / "out", "--engine", "ray", "--fpr", "0.00001")
    assert done.exit_code in (2, 3)
    assert "false-positive rate" in done.stderr
    assert not (tmp_path / "out").exists()
