"""Measures reading and writing alone: a million short posts through `score_files` with a scorer that costs nothing.

    python benchmarks/io.py                     # 1,000,000 rows, writes benchmarks/results/io.json
    python benchmarks/io.py --rows 100000

Every way in and out runs in a process of its own, so that peak memory is its own too.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import platform
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING

from autowritten.posts import OutputFile, open_posts, score_files
from autowritten.score import Reason, Score, SurprisalSummary, Verdict

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_POSTS = (
    "The brakes failed again on the motorway and the dealer says it is normal. Never again.",
    "这车刹车又失灵了，昨天差点出事，4S店还说没问题，大家千万别买！",
    "Honnêtement je ne comprends pas pourquoi tout le monde en parle, la voiture marche très bien.",
    "ok same here lol",
)
_WAYS = (("jsonl", "jsonl"), ("csv", "csv"), ("csv", "jsonl"), ("parquet", "parquet"), ("jsonl.gz", "jsonl"))


class FreeScorer:
    """Gives every post the same score."""

    _score = Score(
        0.123456789, Verdict.HUMAN, Reason.BELOW_THRESHOLD, -1.9600000000000002, -1.5,
        SurprisalSummary(3.25, 1.5, 25.790339917193062, 3.125, 1.0625, 0.5), "en", 17, 1, {}, "free-1",
    )  # fmt: skip

    def score_many(self, posts: Iterable[object], *, fpr: float | None = None) -> Iterator[Score]:
        """Yield the score."""
        return (self._score for _ in posts)


def make_input(path: Path, rows: int) -> None:
    """Write the input once as the format its name asks for."""
    records = (
        {
            "id": str(number),
            "account": f"user{number % 9973}",
            "time": "2025-05-01T12:00:00Z",
            "text": _POSTS[number % 4],
        }
        for number in range(rows)
    )
    if path.suffix == ".csv":
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.DictWriter(file, ("id", "account", "time", "text"))
            writer.writeheader()
            writer.writerows(records)
    elif path.suffix == ".parquet":
        import pyarrow as pa
        import pyarrow.parquet as pq

        schema = pa.schema({name: pa.string() for name in ("id", "account", "time", "text")})
        with pq.ParquetWriter(path, schema) as parquet:
            while batch := list(islice(records, 100_000)):
                parquet.write_table(pa.Table.from_pylist(batch, schema))
    else:
        import gzip

        with (
            gzip.open(path, "wt", encoding="utf-8")
            if path.suffix == ".gz"
            else path.open("w", encoding="utf-8") as file
        ):
            file.writelines(json.dumps(record, ensure_ascii=False) + "\n" for record in records)


def measure(source: Path, output: Path) -> None:
    """Score one file in this process and print rows, seconds (by the clock, of CPU) and peak memory (MiB) as JSON."""
    start, busy = time.perf_counter(), time.process_time()
    files = open_posts([str(source)])
    with OutputFile(output, {}) as sink:
        tally = score_files(files, FreeScorer(), sink, tally=sink.tally)
        sink.finish()
    seconds, busy = time.perf_counter() - start, time.process_time() - busy
    # Not getrusage: its peak is handed down from the process that started this one.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak = int(status.split("VmHWM:")[1].split()[0]) / 1024
    print(json.dumps({"rows": tally.rows, "seconds": seconds, "cpu_s": busy, "peak_mib": peak}))


def main() -> None:
    """Run all ways at two sizes, so that flat memory shows."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rows", type=int, default=1_000_000)
    parser.add_argument("--one", nargs=2, type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        measure(*arguments.one)
        return
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for kind, out in _WAYS:
            for rows in (arguments.rows // 10, arguments.rows):
                source, output = Path(folder, f"posts.{kind}"), Path(folder, f"scores.{out}")
                make_input(source, rows)
                command = [sys.executable, __file__, "--one", str(source), str(output)]
                done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
                result = {"from": kind, "to": out} | json.loads(done.stdout)
                # On a machine that others use too, only the CPU time is this program's own.
                result["rows_per_s"] = round(result["rows"] / result["seconds"])
                result["rows_per_cpu_s"] = round(result["rows"] / result["cpu_s"])
                results.append(result)
                print(result)
    report = {
        "date": datetime.now(UTC).date().isoformat(),
        "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
        "python": platform.python_version(),
        "results": results,
    }
    path = Path(__file__).parent / "results" / "io.json"
    path.write_text(json.dumps(report, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
