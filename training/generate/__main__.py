"""Runs the factory: `python -m training.generate [--only NAME ...] [--out DIR] [--n N] [--seed SEED]`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from training.generate import store
from training.generate.frontier import mode_of, read_drafts
from training.generate.instruct import for_model
from training.generate.posts import LANGUAGES, read
from training.paths import work_folder


def table(manifest: dict[str, object]) -> str:
    """The manifest as a Markdown table."""
    generators = manifest["generators"]
    assert isinstance(generators, dict)  # noqa: S101 - narrows a JSON value
    lines = ["| generator | family | kept | zh | fr | en | total | refused |", "|---|---|---|---|---|---|---|---|"]
    for name, entry in generators.items():
        counts = " | ".join(str(entry["rows"].get(lang, 0)) for lang in LANGUAGES)
        refused = ", ".join(f"{why} {count}" for why, count in entry["refused"].items())
        kept = "yes" if entry["composed"] else "no"
        lines.append(f"| {name} | {entry['family']} | {kept} | {counts} | {entry['total']} | {refused} |")
    sums = " | ".join(str(sum(entry["rows"].get(lang, 0) for entry in generators.values())) for lang in LANGUAGES)
    lines.append(f"| **all** | | | {sums} | {manifest['total']} | |")
    return "\n".join(lines)


def main(arguments: list[str] | None = None) -> int:
    """Runs the generators asked for and updates the manifest."""
    parser = argparse.ArgumentParser(prog="python -m training.generate", description=__doc__)
    parser.add_argument(
        "--only", nargs="+", choices=list(store.PLAN), default=list(store.PLAN), help="generators to run (default: all)"
    )
    parser.add_argument(
        "--model", help="also a language model by folder, Hugging Face id or .gguf file; --n posts a language"
    )
    parser.add_argument("--out", type=Path, default=store.KEPT, help="folder of the composed rows and the manifest")
    parser.add_argument("--n", type=int, help="human posts a language, in place of the plan's")
    parser.add_argument("--seed", type=int, default=store.SEED)
    parser.add_argument("--data", type=Path, help="folder of train.parquet")
    parser.add_argument(
        "--written", action="store_true", help="write no new text: filter and keep what the part files have"
    )
    parser.add_argument(
        "--drafts",
        type=Path,
        help="posts that a large model wrote elsewhere, to take in: JSON lines, or a folder of chunks",
    )
    options = parser.parse_args(arguments)

    factory = store.Factory(read(options.data), work_folder() / "generate", options.out, options.seed)

    def asked(name: str) -> dict[str, int]:
        return dict.fromkeys(LANGUAGES, options.n) if options.n is not None else store.PLAN[name]

    drafts = read_drafts(options.drafts) if options.drafts else []
    made = [factory.take_in(drafts, mode) for mode in sorted(set(map(mode_of, drafts)))]
    for generator in factory.composers():
        if generator.name in options.only and (not options.written or factory.part(generator).exists()):
            made.append(factory.compose(generator, asked(generator.name), write=not options.written))
            print(f"{generator.name}: {len(made[-1].rows)} rows, refused {dict(made[-1].refused)}", file=sys.stderr)
    if options.model:
        wanted = dict.fromkeys(LANGUAGES, options.n or 300)
        for generator in for_model(options.model, factory.pools):
            if not options.written or factory.part(generator).exists():
                made.append(factory.compose(generator, wanted, write=not options.written))
    if "gemma-3-270m-second-half" in options.only:
        factory.make_halves(asked("gemma-3-270m-second-half"), write=not options.written)
    if "gemma-3-270m-edits" in options.only and not options.written:
        factory.make_edits(asked("gemma-3-270m-edits"))
    # Rewrites start from composed rows, so they are counted again whenever anything changed.
    made += factory.rewrite({name: asked(name) for name in store.PLAN})
    path = options.out / store.MANIFEST
    old = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    new = store.manifest(made, old, options.seed)
    path.write_text(json.dumps(new, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    print(table(new))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
