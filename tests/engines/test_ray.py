"""Scores by Ray are those of the local path, whatever dies on the way."""

import json

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from stub_spec import StubSpec

from autowritten.errors import AutowrittenError, UsageError
from autowritten.posts import SCORE_COLUMNS, OutputFile, open_posts, score_files

pytestmark = [
    pytest.mark.usefixtures("cluster"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context"),
]
ROWS = 7_000


def posts(number):
    """Return posts, some of which are none."""
    odd = {0: None, 1: "", 2: "ok"}
    return [odd.get(i % 50, f"post {i}: the charger broke again, nobody came") for i in range(number)]


@pytest.fixture(scope="module")
def source(tmp_path_factory):
    """Two files of two row groups each, whose sizes fit no batch; a column has the name of a score's."""
    folder = tmp_path_factory.mktemp("posts")
    table = pa.table({"id": [f"{i:05}" for i in range(ROWS)], "text": posts(ROWS), "reason": ["none"] * ROWS})
    pq.write_table(table[:3_333], folder / "a.parquet", row_group_size=2_000)
    pq.write_table(table[3_333:], folder / "b.parquet", row_group_size=2_000)
    return folder


def run(source, out, spec):
    from autowritten.engines import ray as engine

    return engine.score_files([str(source)], str(out), spec, workers=2)


@pytest.fixture(scope="module")
def undisturbed(source, tmp_path_factory):
    out = tmp_path_factory.mktemp("out") / "scores"
    return run(source, out, StubSpec()), out


def files(folder):
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_scores_are_those_of_the_local_path(source, undisturbed, tmp_path):
    inputs = open_posts([str(source / "*.parquet")])
    with OutputFile(tmp_path / "local.parquet", {}) as sink:
        score_files(inputs, StubSpec().load(), sink, tally=sink.tally)
        sink.finish()
    local = pq.read_table(tmp_path / "local.parquet")
    tally, out = undisturbed
    assert pq.read_table(out / "scores").to_pylist() == local.to_pylist()  # to the last digit, and in order
    assert tally.scored_now == local.num_rows
    assert tally.verdicts == sink.tally.verdicts


def test_rejects_are_kept_with_their_columns_and_the_reason(undisturbed):
    tally, out = undisturbed
    rejects = pq.read_table(out / "rejects")
    assert rejects.column_names == ["id", "text", "input_reason", "reason"]
    assert rejects["id"].to_pylist() == [f"{i:05}" for i in range(0, ROWS, 50)]
    assert tally.rejects == {"not_text": rejects.num_rows}
    assert tally.rows == ROWS


def test_a_killed_worker_loses_nothing_and_doubles_nothing(source, undisturbed, tmp_path):
    marker = tmp_path / "killed"
    deadly = posts(ROWS)[3_055]  # in the second batch of a block
    tally, out = run(source, tmp_path / "out", StubSpec(deadly=deadly, marker=str(marker))), tmp_path / "out"
    assert marker.exists()
    assert files(out) == files(undisturbed[1])
    assert tally.verdicts == undisturbed[0].verdicts


def test_a_write_done_again_leaves_one_file(tmp_path):
    from pyarrow.fs import LocalFileSystem

    from autowritten.engines.ray import _Shards

    class Task:
        task_idx = 3

    table = StubSpec().score_batch(posts(100))
    block = pa.Table.from_batches([table]).append_column("id", pa.array(range(100)))
    shards = _Shards(LocalFileSystem(), str(tmp_path))
    first, before = shards.write([block], Task()), files(tmp_path)
    (tmp_path / "scores" / "part-000003.parquet").write_bytes(b"half a fi")
    assert shards.write([block], Task()) == first
    assert files(tmp_path) == before
    assert len(before) == 2


def test_csv_and_json_lines_keep_ids_and_line_breaks(tmp_path):
    from autowritten.engines.ray import read

    rows = [{"id": "007", "text": "two\nlines, and a comma"}, {"id": "008", "text": ""}]
    (tmp_path / "a.csv").write_text('id,text\n007,"two\nlines, and a comma"\n008,\n', encoding="utf-8")
    (tmp_path / "a.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    for name in ("a.csv", "a.jsonl"):
        assert read([str(tmp_path / name)]).take_all() == rows, name


def test_what_ray_cannot_read_is_one_line(tmp_path):
    from autowritten.engines.ray import read

    with pytest.raises(UsageError, match=r"Ray reads \.parquet, \.jsonl or \.csv"):
        read(["a.jsonl", "b.csv"])
    (tmp_path / "a.jsonl").write_text('{"text": "fine"}\n{"text": \n', encoding="utf-8")
    with pytest.raises(AutowrittenError, match=r"^[^\n]+$"):
        run(tmp_path / "a.jsonl", tmp_path / "out", StubSpec())
    with pytest.raises(AutowrittenError, match=r"^[^\n]+$"):
        run(tmp_path / "absent.parquet", tmp_path / "out", StubSpec())


def test_an_output_that_is_there_is_refused(source, tmp_path):
    (tmp_path / "kept.txt").touch()
    with pytest.raises(UsageError, match="is not empty"):
        run(source, tmp_path, StubSpec())
    with pytest.raises(AutowrittenError, match=r"^Ray could not finish: [^\n]+$"):
        run(source, tmp_path / "kept.txt", StubSpec())


def test_no_column_of_posts(cluster):
    from autowritten.engines.ray import score_dataset

    with pytest.raises(UsageError, match="no column looks like the post"):
        score_dataset(cluster.data.from_items([{"a": 1, "b": 2}]), StubSpec())


def test_a_dataset_of_ones_own(cluster):
    from autowritten.engines.ray import score_dataset

    rows = [{"body": post} for post in posts(100)]
    scored = score_dataset(cluster.data.from_items(rows), StubSpec(), workers=1).take_all()
    assert [row["body"] for row in scored] == posts(100)
    assert list(scored[0]) == ["body", *SCORE_COLUMNS]
    assert scored[0]["reason"] == "not_text"
