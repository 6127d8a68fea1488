"""How long a report of many posts takes to make, and to open in a browser.

    python -m benchmarks.report [--posts 100000]

Posts of generated words from as many accounts as a tenth of the posts, with verdicts drawn at random: what they say does not
matter here, how many they are does. No words are shaded, for that takes the same time whatever the number of posts. The page
is opened by Chromium without a window, several times, each in a fresh profile: `first_row_s` is from the start of the
navigation until the first post stands in the table, `cpu_s` what the page's main thread has worked until it is loaded (on a
machine that others use too, only this is its own), `search_s` from a search to its result, all blocks opened. Needs chromium
and chromedriver. Writes `benchmarks/results/report.json`.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).parent / "results" / "report.json"
RUNS = 5
SWITCHES = (
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--disable-dev-shm-usage", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
START = 1_746_950_400  # 2025-05-11 08:00 UTC
_LETTERS = {"en": "etaoinshrdlucmfw", "fr": "esaitnrulodcpméè", "zh": "的一是不了人我在有他这为之大来以个中上们"}
_FIRST_ROW = """
const look = () => document.querySelector("#table tbody tr")
  ? (window.firstRow = performance.now() / 1000) : requestAnimationFrame(look);
look();
"""
_SEARCH = """
const done = arguments[1], start = performance.now(), field = document.getElementById("f-text");
field.value = arguments[0];
field.dispatchEvent(new Event("input"));
const look = () => document.querySelector("script[id^=block]") || document.getElementById("table").tBodies[0].rows.length >= 50
  ? requestAnimationFrame(look) : done((performance.now() - start) / 1000);
look();
"""


def scores(number: int) -> Iterator[dict[str, Any]]:
    """Yield rows as `autowritten score` writes them."""
    draw = random.Random(0)
    words = {
        language: ["".join(draw.choices(letters, k=1 + draw.randrange(8))) for _ in range(5_000)]
        for language, letters in _LETTERS.items()
    }
    for place in range(number):
        language = draw.choice(("en", "fr", "zh"))
        text = ("" if language == "zh" else " ").join(draw.choices(words[language], k=draw.randrange(8, 40)))
        logit = draw.gauss(-1.0, 1.5)
        yield {
            "id": str(place), "account": f"account{draw.randrange(max(1, number // 10))}",
            "time": START + draw.randrange(14 * 86_400), "text": f"{text} {place}", "probability": 0.5 + logit / 20,
            "logit": logit, "verdict": "machine" if logit > 3 else "undecided", "reason": "between_thresholds",
            "language": language, "tokens": draw.randrange(8, 80), "model": "autowritten-1 0.1.0",
        }  # fmt: skip


def make(source: Path, page: Path) -> dict[str, float]:
    """Make the report in a process of its own; return seconds (by the clock, of CPU) and peak memory in MiB."""
    code = (
        "import sys; from pathlib import Path; from autowritten.cli import app\n"
        "app(sys.argv[1:], standalone_mode=False)\n"
        "print(int(Path('/proc/self/status').read_text().split('VmHWM:')[1].split()[0]) / 1024)"
    )
    command = [sys.executable, "-c", code, "report", str(source), "-o", str(page), "--shade", "0", "-q"]
    start, busy = time.perf_counter(), _children()
    done = subprocess.run(command, capture_output=True, text=True, check=True)  # noqa: S603
    return {
        "seconds": time.perf_counter() - start,
        "cpu_s": _children() - busy,
        "peak_mib": float(done.stdout.split()[-1]),
    }


def _children() -> float:
    """Return the CPU seconds of processes that have ended: on a machine that others use too, only these are our own."""
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def opened(page: Path) -> dict[str, float]:
    """Open the page in a fresh browser; return seconds."""
    from selenium.webdriver import Chrome, ChromeOptions, ChromeService

    options = ChromeOptions()
    options.binary_location = shutil.which("chromium") or "chromium"
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as profile:
        for switch in (*SWITCHES, f"--user-data-dir={profile}"):
            options.add_argument(switch)
        browser = Chrome(options=options, service=ChromeService(shutil.which("chromedriver") or "chromedriver"))
        try:
            browser.set_script_timeout(300)
            browser.execute_cdp_cmd("Performance.enable", {"timeDomain": "threadTicks"})
            browser.execute_cdp_cmd("Page.addScriptToEvaluateOnNewDocument", {"source": _FIRST_ROW})
            browser.get(page.as_uri())
            first_row = browser.execute_script("return window.firstRow")
            timing = browser.execute_script("return performance.getEntriesByType('navigation')[0].toJSON()")
            metrics = browser.execute_cdp_cmd("Performance.getMetrics", {})["metrics"]
            busy = next(each["value"] for each in metrics if each["name"] == "TaskDuration")
            search = browser.execute_async_script(_SEARCH, " 4321")
        finally:
            browser.quit()
    return {"loaded_s": timing["loadEventEnd"] / 1000, "first_row_s": first_row, "cpu_s": busy, "search_s": search}


def main() -> None:
    """Make the report, open it several times, write the medians."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--posts", type=int, default=100_000)
    number = parser.parse_args().posts
    with tempfile.TemporaryDirectory() as folder:
        source, page = Path(folder, "scores.jsonl"), Path(folder, "report.html")
        source.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in scores(number)), "utf-8")
        made = make(source, page)
        runs = [opened(page) for _ in range(RUNS)]
        result = {
            "date": datetime.now(UTC).date().isoformat(),
            "machine": f"{platform.machine()}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}",
            "posts": number,
            "scores_mb": source.stat().st_size / 1e6,
            "page_mb": page.stat().st_size / 1e6,
            "make": made,
            "open": {name: statistics.median(run[name] for run in runs) for name in runs[0]},
            "worst": {name: max(run[name] for run in runs) for name in runs[0]},
            "runs": RUNS,
        }
    RESULTS.write_text(json.dumps(result, indent=1) + "\n", encoding="utf-8")
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
