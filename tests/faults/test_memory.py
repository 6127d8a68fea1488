"""Memory does not grow with the input; speed is measured by `benchmarks/io.py`, not asserted."""

# ruff: noqa: S603 - the processes started here are this very program

import json
import subprocess
import sys
from pathlib import Path

import pytest

BENCHMARK = Path(__file__).parents[2] / "benchmarks" / "io.py"
POST = "这车刹车又失灵了，昨天差点出事，4S店还说没问题，大家千万别买！"


@pytest.mark.parametrize(
    "sizes",
    [pytest.param((2_000, 30_000), id="small"), pytest.param((10_000, 1_000_000), id="full", marks=pytest.mark.faults)],
)
@pytest.mark.parametrize("kind", ["jsonl", "csv"])
def test_memory_is_flat(tmp_path, sizes, kind):
    peaks = []
    for size in sizes:
        source = tmp_path / f"in.{kind}"
        with source.open("w", encoding="utf-8") as file:
            if kind == "csv":
                file.write("id,text\n")
            for number in range(size):
                row = (
                    f"{number},{POST}"
                    if kind == "csv"
                    else json.dumps({"id": number, "text": POST}, ensure_ascii=False)
                )
                file.write(f"{row}\n")
        command = [sys.executable, str(BENCHMARK), "--one", str(source), str(tmp_path / f"out.{kind}")]
        done = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
        assert done["rows"] == size
        peaks.append(done["peak_mib"])
    assert peaks[1] < peaks[0] + 8, peaks
