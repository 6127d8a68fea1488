"""The lines for Spark in docs/scaling.md do what the page says."""

import re
import shutil
import sys
from pathlib import Path

import pytest
from stub_spec import StubSpec

PAGE = Path(__file__).parents[2] / "docs" / "scaling.md"


@pytest.fixture(scope="module")
def spark():
    sql = pytest.importorskip("pyspark.sql", reason='PySpark is not installed: pip install "autowritten[spark]"')
    if not shutil.which("java"):
        pytest.skip("Spark needs Java, and there is no java on the PATH")
    environment = {
        "PYSPARK_PYTHON": sys.executable,
        "PYTHONPATH": str(Path(__file__).parent),  # the workers import the stub spec too
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with pytest.MonkeyPatch.context() as patch:
        for name, value in environment.items():
            patch.setenv(name, value)
        session = sql.SparkSession.builder.master("local[2]").config("spark.ui.enabled", "false").getOrCreate()
        yield session
        session.stop()


def test_the_lines_on_the_page_score_every_row(spark, tmp_path):
    code = next(c for c in re.findall(r"```python\n(.*?)```", PAGE.read_text("utf-8"), re.DOTALL) if "mapInArrow" in c)
    posts = [(f"{i:03}", f"post {i}: the charger broke again" if i % 10 else None) for i in range(600)]
    names = {
        "posts": spark.createDataFrame(posts, "id string, text string").repartition(3),
        "out": str(tmp_path / "out"),
    }
    assert "ScorerSpec(fast=True)" in code
    exec(code.replace("ScorerSpec(fast=True)", "spec"), names | {"spec": StubSpec()})  # noqa: S102
    rows = {row["id"]: row for row in spark.read.parquet(names["out"]).collect()}
    alone = dict(
        zip([i for i, _ in posts], StubSpec().score_batch([text for _, text in posts]).to_pylist(), strict=True)
    )
    assert rows.keys() == alone.keys()
    for ident, row in rows.items():
        told = row.asDict()
        assert told["logit"] == pytest.approx(alone[ident]["logit"], abs=1e-3)  # other batches: the stub says so
        assert told["verdict"] == alone[ident]["verdict"]
        assert told["reason"] == alone[ident]["reason"]
