"""How often the language of a post is right: `python -m benchmarks.language`.

Reads `dev.parquet` from the folder AUTOWRITTEN_DATA (else ../shared/data) and writes benchmarks/results/language.json:
accuracy by language, over all posts and over those under 40 characters, with the commonest wrong answer.
The `hi` rows are mostly Hindi in Latin letters, `pcm` (Nigerian Pidgin) has no ISO 639-1 code and `su` (Sundanese) no
model: they are shown, marked, and left out of the means.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections import Counter, defaultdict
from importlib.metadata import version
from pathlib import Path

import pyarrow.parquet as pq
from rich.console import Console
from rich.table import Table

from autowritten.language import identify
from autowritten.text import normalise

SHORT = 40
"""Characters under which a post counts as short."""
LEFT_OUT = {"hi": "mostly in Latin letters", "pcm": "no ISO 639-1 code", "su": "not in the identifier"}
FEWEST = 30
"""Posts a language needs to enter the mean over languages."""
RESULT = Path(__file__).parent / "results" / "language.json"


def measure(texts: list[str], languages: list[str]) -> dict[str, dict[str, float | int | str]]:
    """Identify every post and count the right answers by language.

    Args:
        texts: posts.
        languages: the true language of each, as an ISO 639 code.

    Returns:
        By language: posts, accuracy (0 to 1), short posts and accuracy on them, the commonest wrong answer.
    """
    answers: defaultdict[str, list[tuple[bool, bool, str]]] = defaultdict(list)
    for text, language in zip(texts, languages, strict=True):
        answer = identify(normalise(text).text)
        answers[language].append((answer == language, len(text) < SHORT, answer))
    rows: dict[str, dict[str, float | int | str]] = {}
    for language, given in sorted(answers.items(), key=lambda item: -len(item[1])):
        short = [right for right, is_short, _ in given if is_short]
        wrong = Counter(answer for right, _, answer in given if not right).most_common(1)
        rows[language] = {"posts": len(given), "accuracy": sum(right for right, _, _ in given) / len(given)}
        if short:
            rows[language] |= {"short_posts": len(short), "short_accuracy": sum(short) / len(short)}
        if wrong:
            rows[language]["commonest_wrong"] = wrong[0][0]
        if language in LEFT_OUT:
            rows[language]["left_out"] = LEFT_OUT[language]
    return rows


def summarise(rows: dict[str, dict[str, float | int | str]]) -> dict[str, float | int]:
    """Average over posts, and over languages with enough posts, the left-out languages aside.

    Args:
        rows: what `measure` returned.

    Returns:
        Number of posts, accuracy over posts, over short posts, and the mean over languages of `FEWEST` posts or more.
    """
    counted = [row for row in rows.values() if "left_out" not in row]
    large = [float(row["accuracy"]) for row in counted if int(row["posts"]) >= FEWEST]

    def pooled(posts: str, accuracy: str) -> float:
        total = sum(int(row.get(posts, 0)) for row in counted)
        return sum(int(row.get(posts, 0)) * float(row.get(accuracy, 0)) for row in counted) / total

    return {
        "posts": sum(int(row["posts"]) for row in counted),
        "accuracy": pooled("posts", "accuracy"),
        "short_posts": sum(int(row.get("short_posts", 0)) for row in counted),
        "short_accuracy": pooled("short_posts", "short_accuracy"),
        "languages_averaged": len(large),
        "mean_over_languages": sum(large) / len(large),
    }


def main() -> None:
    """Measure on the development data, print a table, write the JSON."""
    path = Path(os.environ.get("AUTOWRITTEN_DATA", "../shared/data")) / "dev.parquet"
    table = pq.read_table(path, columns=["text", "lang"]).to_pydict()
    identify("warm up: the model loads on first use")
    start = time.process_time()
    rows = measure(table["text"], table["lang"])
    milliseconds = 1000 * (time.process_time() - start) / len(table["text"])
    result = {
        "data": {"file": path.name, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()},
        "py3langid": version("py3langid"),
        "short_is_under_characters": SHORT,
        "cpu_milliseconds_a_post": round(milliseconds, 3),
        "all": summarise(rows),
        "by_language": rows,
    }
    RESULT.parent.mkdir(exist_ok=True)
    RESULT.write_text(json.dumps(result, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")

    shown = Table("language", "posts", "accuracy", f"posts < {SHORT}", "accuracy", "commonest wrong", "")
    for language, row in rows.items():
        short = f"{row['short_accuracy']:.3f}" if "short_accuracy" in row else ""
        shown.add_row(language, str(row["posts"]), f"{row['accuracy']:.3f}", str(row.get("short_posts", 0)), short,
                      str(row.get("commonest_wrong", "")), str(row.get("left_out", "")))  # fmt: skip
    console = Console()
    console.print(shown)
    console.print(
        {name: round(value, 4) for name, value in summarise(rows).items()}, f"{milliseconds:.2f} ms of CPU a post"
    )


if __name__ == "__main__":
    main()
