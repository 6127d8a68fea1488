"""How fast it is: posts and tokens a second beside plain ways of doing the same, start-up, memory.

    python -m benchmarks.speed [--posts 2000] [--plain-posts 300] [--memory] [--first-load]

Each figure comes from a process of its own, one after another, on the same dev posts. `ratio_plain`: over the same two
halves written plainly with transformers (`benchmarks.plain`), one window a pass, float32, whole vocabulary, two walks.
`ratio_batched`: over the same in batches of 32, unsorted, padded to the longest. `ratio_roberta_base`: over a classifier of
RoBERTa-base's shape (random weights) through `transformers.pipeline`. These three are measured on `--plain-posts` of the
posts, ours among them. `ceiling_share`: tokens a second over what the processor could do if it spent all its time on the
model's float32 multiply-adds at the best rate that a matrix product of the model's size reaches here; attention scores are
not counted. Writes `benchmarks/results/speed.json`.
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
from collections.abc import Callable
from functools import partial
from importlib.metadata import version
from itertools import count, islice
from typing import Any

import pandas as pd

from training.paths import REPOSITORY, data_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "speed.json"


def posts(number: int) -> list[str]:
    """Return dev posts; fewer are the first of more."""
    rows = pd.read_parquet(data_folder() / "dev.parquet", columns=["text"])
    chosen: list[str] = rows["text"].sample(frac=1.0, random_state=0).tolist()[:number]
    return chosen


def load(number: int) -> dict[str, float]:
    """Time from a fresh interpreter's first import to the first score."""
    start = time.perf_counter()
    from autowritten import Detector

    detector = Detector.load()
    loaded = time.perf_counter() - start
    detector.score("Multiple owners are reporting sudden power loss on the motorway.")
    return {"load_s": loaded, "first_score_s": time.perf_counter() - start}


def detector(number: int, fast: bool = False, exact: bool = False) -> dict[str, float]:
    """Score posts; `exact` in float32 as on a processor without bfloat16."""
    from autowritten import Detector
    from tests.update_reference import exact as precise

    texts, ours = posts(number), precise() if exact else Detector.load(fast=fast)
    ours.score(texts[0])
    start = time.perf_counter()
    tokens = sum(score.tokens for score in ours.score_many(texts))
    seconds = time.perf_counter() - start
    return {"posts": number, "posts_per_s": number / seconds, "tokens_per_s": tokens / seconds, "peak_rss_mb": peak()}


def plain(number: int, batch: int) -> dict[str, float]:
    """Make the same two halves' numbers plainly."""
    from autowritten.bundle import Bundle
    from benchmarks.plain import Plain

    bundle = Bundle.from_pretrained()
    texts, model = posts(number), Plain(bundle)
    list(model.scores(bundle, texts[:1], batch))
    start = time.perf_counter()
    tokens = sum(found.shape[1] for found, _ in model.scores(bundle, texts, batch))
    seconds = time.perf_counter() - start
    return {"posts": number, "posts_per_s": number / seconds, "tokens_per_s": tokens / seconds, "peak_rss_mb": peak()}


def roberta(number: int) -> dict[str, float]:
    """Run a classifier of RoBERTa-base's shape; our tokenizer stands in for its own, which has more tokens a Chinese post."""
    from transformers import RobertaConfig, RobertaForSequenceClassification, pipeline

    from autowritten.bundle import EMBEDDED
    from autowritten.lm.backbone import load_tokenizer

    tokenizer: Any = load_tokenizer(EMBEDDED)
    config = RobertaConfig(vocab_size=len(tokenizer), max_position_embeddings=514)
    model: Any = RobertaForSequenceClassification(config)
    texts = posts(number)
    classify: Any = pipeline(
        "text-classification", model=model.eval(), tokenizer=tokenizer, truncation=True, max_length=510
    )
    classify(texts[:2])
    start = time.perf_counter()
    classify(texts)  # one a pass: batches of 32 were four times as slow, for their padding
    return {"posts": number, "posts_per_s": number / (time.perf_counter() - start), "peak_rss_mb": peak()}


def ceiling(number: int) -> dict[str, float]:
    """Count the model's multiply-adds a token and measure the processor's rate at them."""
    import torch

    from autowritten.bundle import EMBEDDED, Bundle
    from autowritten.lm.embedded import dense_copy
    from autowritten.lm.matrix import Matrix

    bundle = Bundle.from_pretrained()
    config = json.loads((dense_copy(EMBEDDED) / "config.json").read_text())
    hidden, inner, width = config["hidden_size"], config["intermediate_size"], config["head_dim"]
    heads, groups = config["num_attention_heads"], config["num_key_value_heads"]
    layer = hidden * width * (2 * heads + 2 * groups) + 3 * hidden * inner
    if bundle.adapter is None:
        raise SystemExit("the shipped bundle has no fine-tuned branch")
    layers = config["num_hidden_layers"] + bundle.adapter.leave - bundle.adapter.first
    operations = layers * layer + len(bundle.vocabulary) * hidden
    rates = {}
    for dtype in (torch.float32, torch.bfloat16):
        x, weight = torch.randn(1024, hidden).to(dtype), torch.randn(inner, hidden)
        packed, plain_weight = Matrix(weight, dtype), weight.to(dtype)
        with torch.inference_mode():
            fastest = min(
                best(partial(multiply, x))
                for multiply in (packed, partial(torch.nn.functional.linear, weight=plain_weight))
            )
        rates[str(dtype).removeprefix("torch.")] = len(x) * weight.numel() / fastest
    return {
        "multiply_adds_per_token": operations,
        **{f"multiply_adds_per_s_{name}": rate for name, rate in rates.items()},
        "tokens_per_s_float32": rates["float32"] / operations,
    }


def memory(number: int) -> dict[str, float]:
    """Score ever new short posts in the fast mode and tell the peak memory on the way."""
    from autowritten import Detector

    ours = Detector.load(fast=True)
    some = posts(2000)
    endless = (f"{some[i % len(some)][:16]} {i}" for i in count())
    found: dict[str, float] = {}
    scores = ours.score_many(islice(endless, 200_000))
    for done, _ in enumerate(scores, 1):
        if done in (1_000, 10_000, 50_000, 100_000, 200_000):
            found[f"peak_rss_mb_after_{done}"] = peak()
    return found


def best(work: Callable[[], object]) -> float:
    """Return the seconds of the fastest of some rounds of ten calls, a call."""
    seconds = []
    for _ in range(12):
        start = time.perf_counter()
        for _ in range(10):
            work()
        seconds.append((time.perf_counter() - start) / 10)
    return min(seconds)


def peak() -> float:
    """Return the process's peak resident memory, MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


MEASUREMENTS: dict[str, Callable[[int], dict[str, float]]] = {
    "load": load,
    "full": detector,
    "float32": lambda number: detector(number, exact=True),
    "fast": lambda number: detector(number, fast=True),
    "plain": lambda number: plain(number, 1),
    "batched": lambda number: plain(number, 32),
    "roberta_base": roberta,
    "ceiling": ceiling,
    "memory": memory,
}


def apart(name: str, number: int = 0, cache: str | None = None) -> dict[str, float]:
    """Run one of the measurements in a process of its own."""
    environment = dict(os.environ) | ({"AUTOWRITTEN_CACHE": cache} if cache else {})
    command = [sys.executable, "-m", "benchmarks.speed", "--one", name, "--posts", str(number)]
    out = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True, env=environment, cwd=REPOSITORY)  # noqa: S603
    found: dict[str, float] = json.loads(out.stdout.splitlines()[-1])
    print(name, number, {key: round(value, 3) for key, value in found.items()}, file=sys.stderr, flush=True)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--posts", type=int, default=2000)
    parser.add_argument(
        "--plain-posts", type=int, default=300, help="posts of the slow ways, and of the ratios to them"
    )
    parser.add_argument("--memory", action="store_true", help="also the memory over 200,000 posts (some minutes)")
    parser.add_argument("--first-load", action="store_true", help="also the minute that fills an empty cache")
    parser.add_argument("--one", choices=MEASUREMENTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.one:
        print(json.dumps(MEASUREMENTS[arguments.one](arguments.posts)))
        return
    code = "import time; t = time.perf_counter(); import autowritten; print(time.perf_counter() - t)"
    imports = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)  # noqa: S603
    few, many = arguments.plain_posts, arguments.posts
    apart("load")  # the first one reads the disk
    found: dict[str, Any] = {"second_load": apart("load"), "ceiling": apart("ceiling")}
    found |= {name: apart(name, many) for name in ("full", "float32", "fast")}
    ours = apart("full", few)
    others = {name: apart(name, few) for name in ("plain", "batched", "roberta_base")}
    found |= {"full_on_plain_posts": ours, **others}
    results = {
        **{f"ratio_{name}": ours["posts_per_s"] / other["posts_per_s"] for name, other in others.items()},
        "ceiling_share": found["full"]["tokens_per_s"] / found["ceiling"]["tokens_per_s_float32"],
        "ceiling_share_float32": found["float32"]["tokens_per_s"] / found["ceiling"]["tokens_per_s_float32"],
        "ratio_fast_over_full": found["fast"]["posts_per_s"] / found["full"]["posts_per_s"],
        "peak_rss_mb": found["full"]["peak_rss_mb"],
        "first_score_s": found["second_load"]["first_score_s"],
        "import_s": float(imports.stdout),
        "measurements": found,
        "machine": machine(),
        "versions": {name: version(name) for name in ("torch", "transformers", "tokenizers", "numpy")},
    }
    if arguments.memory:
        found["memory"] = apart("memory")
    if arguments.first_load:
        with tempfile.TemporaryDirectory() as empty:
            found["first_load"] = apart("load", cache=empty)
    RESULTS.write_text(json.dumps(results, indent=1) + "\n")
    print(json.dumps(results, indent=1))


def machine() -> dict[str, object]:
    """Describe the processor."""
    import torch

    able = torch.cpu.get_capabilities()
    kinds = [k for k in ("avx2", "avx512_f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8") if able.get(k)]
    return {
        "processor": able.get("cpu_name") or platform.processor() or platform.machine(),
        "cores": os.cpu_count(),
        "instructions": kinds,
        "gpu": torch.cuda.get_device_name() if torch.cuda.is_available() else None,
    }


if __name__ == "__main__":
    main()
