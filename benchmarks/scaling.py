"""What more workers give, what Ray costs, and what a billion posts a day would take.

    python -m benchmarks.scaling [--posts 6000] [--rounds 3]     # some 25 minutes on two idle cores
    python -m benchmarks.scaling --long 200000                   # an hour: the many posts alone, progress on stdout

Short human posts through `autowritten score --fast`: without an engine, with Ray and one worker, with two; one thread each.
The three take turns, whole commands are timed, and medians are compared. Then a run with two workers of which one is
killed half-way: its files must have the same bytes. Writes `benchmarks/results/scaling.json` and the table in docs/scaling.md.
"""

from __future__ import annotations

import argparse
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor, wait
from importlib.metadata import version
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pandas as pd

from benchmarks.speed import machine
from training.generate.posts import LANGUAGES
from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "scaling.json"
PAGE = REPOSITORY / "docs" / "scaling.md"
ARMS: dict[str, list[str]] = {
    "local": [],
    "ray_1": ["--engine", "ray", "--workers", "1"],
    "ray_2": ["--engine", "ray", "--workers", "2"],
}
DAY = 1_000_000_000
"""Posts a day to plan for."""
GPU_RATE, GPU_SHARE = 121e12, 0.2
"""An L4's operations a second in bfloat16, dense (NVIDIA's data sheet), and the share of them that is assumed to be used."""
LAYER = 640 * 256 * (4 + 1 + 1 + 4) + 3 * 640 * 2048
"""Multiply-adds of a layer of Gemma 3 270M a token: four heads' queries, key, value, output; three matrices of the gated part."""


def posts(number: int) -> pd.DataFrame:
    """Return short human posts with ids; where there are too few, they come again, far apart, so that each is walked."""
    rows = pd.read_parquet(data_folder() / "train.parquet", columns=["text", "label", "lang"])
    rows = rows[(rows["label"] == "human") & rows["lang"].isin(LANGUAGES)].drop_duplicates("text")
    words, letters = rows["text"].str.split().str.len(), rows["text"].str.len()
    short = rows[(words.between(5, 10) & (letters <= 80)) | ((rows["lang"] == "zh") & letters.between(10, 25))]
    rounds = -(-number // len(short))
    chosen = pd.concat([short.sample(frac=1.0, random_state=0)] * rounds, ignore_index=True)[:number]
    return pd.DataFrame({"id": [f"{i:07}" for i in range(number)], "text": chosen["text"]})


def score(source: Path, out: Path, arm: str, kill_after: float | None = None) -> float:
    """Run one command; return its seconds. With `kill_after`, kill one of its workers after so many."""
    mark = uuid4().hex
    environment = os.environ | {"OMP_NUM_THREADS": "1", "TOKENIZERS_PARALLELISM": "false", "AUTOWRITTEN_RUN": mark}
    program = Path(sys.executable).with_name("autowritten")
    command: list[str | Path] = [program, "score", source, "-o", out, "--fast", "-q", *ARMS[arm]]
    start = time.perf_counter()
    with subprocess.Popen(command, env=environment, cwd=REPOSITORY) as process:  # noqa: S603
        if kill_after is not None:
            time.sleep(kill_after)
            victim = workers(mark)[0]
            os.kill(victim, signal.SIGKILL)
            print(f"killed worker {victim} after {kill_after:.0f} s", flush=True)
    if process.returncode:
        raise SystemExit(f"{arm} failed")
    return time.perf_counter() - start


def workers(mark: str) -> list[int]:
    """Return the process ids of the actors of one run."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            ours = mark.encode() in (folder / "environ").read_bytes()
            if ours and (folder / "cmdline").read_bytes().startswith(b"ray::MapWorker"):
                found.append(int(folder.name))
        except OSError:  # gone meanwhile
            continue
    return found


def compare(number: int, rounds: int) -> dict[str, Any]:
    """Time the arms in turn, compare their scores, and kill a worker of one more run."""
    seconds: dict[str, list[float]] = {arm: [] for arm in ARMS}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        posts(number).to_parquet(folder / "posts.parquet", index=False)
        outs = {arm: folder / (f"{arm}.parquet" if arm == "local" else arm) for arm in ARMS}
        for turn in range(rounds):
            for arm in list(ARMS)[:: 1 if turn % 2 == 0 else -1]:
                out = outs[arm] if turn == 0 else folder / f"again-{turn}-{outs[arm].name}"
                seconds[arm].append(score(folder / "posts.parquet", out, arm))
                print(f"{arm}: {seconds[arm][-1]:.1f} s, load {os.getloadavg()[0]:.1f}", flush=True)
        tables = {arm: pd.read_parquet(out if arm == "local" else out / "scores") for arm, out in outs.items()}
        apart = {arm: difference(tables["local"], tables[arm]) for arm in ("ray_1", "ray_2")}
        killed = folder / "killed"
        with_kill = score(folder / "posts.parquet", killed, "ray_2", kill_after=statistics.median(seconds["ray_2"]) / 2)
        same = contents(killed) == contents(outs["ray_2"])
        tokens = float(tables["local"]["tokens"].mean())
    middle = {arm: statistics.median(values) for arm, values in seconds.items()}
    return {
        "posts": number,
        "tokens_per_post": tokens,
        "seconds": seconds,
        "posts_per_s": {arm: number / value for arm, value in middle.items()},
        "overhead": middle["ray_1"] / middle["local"] - 1.0,
        "speed_up": middle["ray_1"] / middle["ray_2"],
        "largest_difference_of_a_logit": apart,
        "killed": {"same_bytes": same, "seconds": with_kill},
        "cost": cost(number / middle["ray_2"] / 2, tokens),
    }


def difference(one: pd.DataFrame, other: pd.DataFrame) -> float:
    """Return the largest difference of a logit; the rows must be the same, in order."""
    if one["id"].tolist() != other["id"].tolist() or one["verdict"].tolist() != other["verdict"].tolist():
        raise SystemExit("the rows or verdicts differ")
    return float(np.nanmax(np.abs(one["logit"] - other["logit"])))


def contents(folder: Path) -> dict[str, bytes]:
    """Return the files of a folder."""
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def cost(posts_per_core_s: float, tokens: float) -> dict[str, float]:
    """Work out what `DAY` posts a day take, of cores as measured here with both busy, and of GPUs by arithmetic."""
    from autowritten.engines.spec import ScorerSpec

    detector = ScorerSpec(fast=True).load()  # with one thread
    texts = posts(20_000)["text"].tolist()
    start = time.perf_counter()
    detector._prepare(texts)
    prepared = len(texts) / (time.perf_counter() - start)
    operations = 2 * LAYER * max(detector.bundle.config["depths"]) * (tokens + 1)  # the start token too
    gpu, needed = GPU_RATE * GPU_SHARE / operations, DAY / 86_400
    return {
        "posts_per_core_hour": 3600 * posts_per_core_s,
        "cores_for_a_day": needed / posts_per_core_s,
        "operations_per_post": operations,
        "posts_per_gpu_hour": 3600 * gpu,
        "gpus_for_a_day": needed / gpu,
        "prepared_per_core_s": prepared,
        "cores_beside_the_gpus": needed / prepared,
    }


def many(number: int) -> dict[str, Any]:
    """Score many posts with two workers; check that each came out once. The load says who else was at work meanwhile."""
    loads = []
    with tempfile.TemporaryDirectory() as name:
        source, out = Path(name) / "posts.parquet", Path(name) / "out"
        posts(number).to_parquet(source, index=False)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(score, source, out, "ray_2")
            while not running.done():
                wait([running], timeout=60)
                files = sum(1 for _ in out.glob("scores/*.parquet"))
                loads.append(os.getloadavg()[0])
                print(f"{time.strftime('%H:%M')} {files} files, load {loads[-1]:.1f}", flush=True)
        seconds = running.result()
        idents = pd.read_parquet(out / "scores", columns=["id"])["id"]
        if sorted(idents) != [f"{i:07}" for i in range(number)] or (out / "rejects").exists():
            raise SystemExit("rows are missing, doubled or rejected")
    return {"posts": number, "seconds": seconds, "posts_per_s": number / seconds, "load": statistics.mean(loads)}


def table(found: dict[str, Any]) -> str:
    """Write the part of docs/scaling.md that has figures."""
    rate, money, about = found["posts_per_s"], found["cost"], found["machine"]
    rows = [
        ("no engine, one thread", rate["local"]),
        ("Ray, one worker", rate["ray_1"]),
        ("Ray, two workers", rate["ray_2"]),
    ]
    long = ""
    if "long" in found:
        rows.append((f"Ray, two workers, {found['long']['posts']:,} posts", found["long"]["posts_per_s"]))
        minutes, load = found["long"]["seconds"] / 60, found["long"]["load"]
        long = (
            f"- The long run took {minutes:.0f} minutes at a mean load of {load:.1f}, at another time than the others\n"
            "  (so its rate is not to be compared with theirs); each post came out once, none was rejected.\n"
        )
    apart = max(found["largest_difference_of_a_logit"].values())
    same = "had the same bytes" if found["killed"]["same_bytes"] else "DIFFERED"
    gpus = f"{money['gpus_for_a_day']:.1f} GPUs and {money['cores_beside_the_gpus']:.0f} cores"
    return f"""
Measured by `python -m benchmarks.scaling` on {about["processor"]}, {about["cores"]} cores, load before it
{found["load_before"]:.1f}: {found["posts"]:,} short human posts ({found["tokens_per_post"]:.0f} tokens on average), `--fast`,
whole commands with their start-up, medians of {len(found["seconds"]["local"])} rounds.

| | posts/s |
|---|---|
{"".join(f"| {name} | {value:.1f} |{chr(10)}" for name, value in rows)}
- Ray with one worker takes {100 * found["overhead"]:.0f}% longer than no engine.
- Two workers are {found["speed_up"]:.2f} times as fast as one.
- Largest difference of a logit from the run without an engine: {apart:g}.
- The files of a run of which one worker was killed half-way {same}.
{long}
What {DAY:,} such posts a day need, if they come evenly:

| | posts an hour, each | for a day's posts | by |
|---|---|---|---|
| cores like these | {money["posts_per_core_hour"]:,.0f} | {money["cores_for_a_day"]:,.0f} cores | the two workers above |
| L4 GPUs | {money["posts_per_gpu_hour"]:,.0f} | {gpus} | arithmetic, not measured |

Assumed of the GPU: {GPU_RATE / 1e12:.0f} trillion operations a second (data sheet), {100 * GPU_SHARE:.0f}% of them used, and
{money["operations_per_post"] / 1e9:.1f} billion a post. The cores beside it normalise, tokenise and tell the language:
{money["prepared_per_core_s"]:,.0f} posts a second each, measured. Reading, writing and peaks come on top. A longer post costs in
proportion to its tokens; both halves, without `--fast`, cost several times as much.
""".strip()


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=6000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--long", type=int, help="score so many posts with two workers, and nothing else")
    arguments = parser.parse_args()
    load = os.getloadavg()[0]
    new: dict[str, Any]
    if arguments.long:
        new = {"long": many(arguments.long)}
    else:
        new = compare(arguments.posts, arguments.rounds) | {"load_before": load, "machine": machine()}
        new |= {"versions": {name: version(name) for name in ("ray", "torch", "pyarrow")}}
    found = (json.loads(RESULTS.read_text()) if RESULTS.exists() else {}) | new
    RESULTS.write_text(json.dumps(found, indent=1) + "\n")
    if "cost" in found:
        start, _, rest = PAGE.read_text(encoding="utf-8").partition("<!-- scaling -->\n")
        _, _, end = rest.partition("<!-- /scaling -->")
        PAGE.write_text(f"{start}<!-- scaling -->\n{table(found)}\n<!-- /scaling -->{end}", encoding="utf-8")
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
