"""How long it takes: first and second load, posts and tokens a second on dev, peak memory, import time.

    python -m benchmarks.speed [--posts 1000] [--no-first-load]

Each figure comes from a process of its own. Writes `benchmarks/results/speed.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import version

import pandas as pd

from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "speed.json"


def _load() -> dict[str, float]:
    """Time from a fresh interpreter's first import to the first score."""
    start = time.perf_counter()
    from autowritten import Detector

    detector = Detector.load()
    loaded = time.perf_counter() - start
    detector.score("Multiple owners are reporting sudden power loss on the motorway.")
    return {"load_s": loaded, "first_score_s": time.perf_counter() - start}


def _throughput(posts: int, fast: bool) -> dict[str, float]:
    """Score dev posts and take time and the process's peak memory."""
    from autowritten import Detector

    texts = pd.read_parquet(data_folder() / "dev.parquet", columns=["text"])["text"].sample(posts, random_state=0)
    detector = Detector.load(fast=fast)
    detector.score(texts.iloc[0])
    start = time.perf_counter()
    tokens = sum(score.tokens for score in detector.score_many(texts))
    seconds = time.perf_counter() - start
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return {"posts": posts, "posts_per_s": posts / seconds, "tokens_per_s": tokens / seconds, "peak_rss_mb": peak}


def _apart(*arguments: str, cache: str | None = None) -> dict[str, float]:
    """Run one of the measurements in a process of its own."""
    environment = dict(os.environ) | ({"AUTOWRITTEN_CACHE": cache} if cache else {})
    command = [sys.executable, "-m", "benchmarks.speed", *arguments]
    out = subprocess.run(command, check=True, capture_output=True, text=True, env=environment, cwd=REPOSITORY)  # noqa: S603
    found: dict[str, float] = json.loads(out.stdout)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--posts", type=int, default=1000)
    parser.add_argument("--no-first-load", action="store_true", help="leave out the minute that fills an empty cache")
    parser.add_argument("--one", choices=("load", "throughput", "fast"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(_load() if arguments.one == "load" else _throughput(arguments.posts, arguments.one == "fast")))
        return
    code = "import time; t = time.perf_counter(); import autowritten; print(time.perf_counter() - t)"
    imports = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    results: dict[str, object] = {
        "import_s": float(imports.stdout),
        "second": _apart("--one", "load"),
        "throughput": _apart("--one", "throughput", "--posts", str(arguments.posts)),
        "fast": _apart("--one", "fast", "--posts", str(arguments.posts)),
        "machine": {"processor": platform.processor() or platform.machine(), "cores": os.cpu_count()},
        "versions": {name: version(name) for name in ("torch", "transformers", "numpy")},
    }
    if not arguments.no_first_load:
        with tempfile.TemporaryDirectory() as empty:
            results["first"] = _apart("--one", "load", cache=empty)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


if __name__ == "__main__":
    main()
