"""The model card: every number of it comes from the bundle's own files."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from autowritten.bundle import DEFAULT, Bundle
from training.paths import REPOSITORY

_TEMPLATE = """# {name} {version} ({date})

Written by `python -m training.card`; do not edit.

Scores a social-media post for how likely it came from auto-writing software. Chinese, French and English first; other
languages share one calibration group. **A verdict is evidence, not proof: read the error rates below before acting on one,
and never act on one post alone.**

## What it is

- Language model: {backbone}, read in windows of {window} tokens; a digest pins it. Its surprisal is that of the frozen model.
- Classifier half: {tuning}; mean hidden states after layers {depths} (and their spread after {spread}), units, a logit.
- Perplexity half: {features} features, as signed and unsigned distance from how people write in the post's language and length.
- Fusion: one layer of units over both, fitted on logits of classifiers that never saw the post.
- Probability: Platt scaling at even odds (as many machine as human posts). Where machine posts are rare, the chance that a
  flagged post is machine-written is lower than the probability says.
- Under {min_tokens} tokens there is no verdict.

## How well it works

Measured on the half of dev that neither training nor calibration read ({n_human} human, {n_machine} machine posts):

{slices}

Expected calibration error {ece:.3f}.

### Verdicts at each false-positive rate

`decided`: share of posts called human or machine, and how many of those verdicts were wrong; the rest are `undecided`.

| promised | human posts | measured | 95% interval | machine posts caught | called human | decided | wrong |
|---|---|---|---|---|---|---|---|
{held}

The same in fast mode, where the classifier judges alone, with thresholds of its own:

| promised | human posts | measured | 95% interval | machine posts caught | called human | decided | wrong |
|---|---|---|---|---|---|---|---|
{fast}

### Human posts called machine, by source

At the default rate of {fpr:g} (`python -m benchmarks.false_alarms`): human posts of dev, sources with 300 or more, none of which
calibration read.

{sources}

### What each half adds

AUROC within a language. `left out`: mean and worst over generator families kept from training, see below.

{halves}

### Today's models told to pass as an ordinary user

Pairs of a human and a machine post on one subject, from dev. Their registers were in training, these posts were not:

{pairs}

### Writers nobody has seen

{leave_out}

## What it was trained on

{rows} posts of {datasets} data sets, and in fine-tuning further posts of the same sets; generator families: {generators}.

Calibrated on {calibration_human} human and {calibration_machine} machine posts (digest `{digest}`).
Data sets: {names}. Licences differ by set, many are unknown, some are non-commercial; none of the texts is in this bundle.

## Limits

- A writer unlike those above can be missed entirely: see the worst families.
- Formal, translated or non-native human writing is flagged more often than casual posts.
- It goes stale: it knows no generator made after its date.
"""


_RESULTS = REPOSITORY / "benchmarks" / "results"
_LEFT_OUT = _RESULTS / "leave_out.json"


def _tuning(bundle: Bundle) -> str:
    if bundle.adapter is None:
        return "states of the frozen model"
    a = bundle.adapter
    return f"LoRA of rank {a.rank} on layers {a.first + 1} to {a.leave}, the layers under them shared with the frozen model"


def _slices(records: list[dict[str, Any]]) -> str:
    lines = ["| posts | human | machine | AUROC | 95% interval | TPR at 1% FPR | TPR at 5% FPR |"]
    lines += ["|---|---|---|---|---|---|---|"]
    for r in records:
        ranking = f"{r['auroc']:.3f} | {r['auroc_low']:.3f}-{r['auroc_high']:.3f}"
        shares = f"{_share(r['tpr_at_1fpr'])} | {_share(r['tpr_at_5fpr'])}"
        lines.append(f"| {r['value'] or 'all'} | {r['n_human']} | {r['n_machine']} | {ranking} | {shares} |")
    return "\n".join(lines)


def _verdicts(r: dict[str, Any]) -> str:
    rates = " | ".join(f"{r[k]:.3f}" for k in ("machine_caught", "machine_called_human", "decided"))
    wrong = "none decided" if r["error_when_decided"] is None else f"{r['error_when_decided']:.3f}"
    return f"| {r['promised']:g} | {r['n_human']} | {r['measured']:.4f} | {r['low']:.4f}-{r['high']:.4f} | {rates} | {wrong} |"


def _share(value: float | None) -> str:
    return "too few" if value is None else f"{value:.2f}"


def _measured(path: Path, model: str) -> dict[str, Any]:
    """Return the results of a benchmark if they are of this bundle; another bundle's figures never get onto the card."""
    found: dict[str, Any] = json.loads(path.read_text()) if path.exists() else {}
    return found if found.get("model") == model else {}


def _sources(model: str, fpr: float) -> str:
    found = _measured(_RESULTS / "false_alarms.json", model)
    if not found:
        return "Not measured yet: `python -m benchmarks.false_alarms`."
    records = [r for r in found["records"] if r["fpr"] == fpr]
    lines = ["| source | human posts | called machine | 95% interval |", "|---|---|---|---|"]
    lines += [f"| {r['source']} | {r['n_human']} | {r['rate']:.4f} | {r['low']:.4f}-{r['high']:.4f} |" for r in records]
    return "\n".join(lines)


_HALVES = {
    "classifier": ("classifier alone", "classifier half"),
    "perplexity": ("perplexity features alone", "perplexity half"),
    "logit": ("both", "autowritten"),
}
"""Names in the report -> in this table, and in the results of the left-out rotation."""


def _halves(model: str, measured: dict[str, dict[str, float]]) -> str:
    names = list(measured["logit"])
    left_out = _measured(_LEFT_OUT, model)
    lines = ["| | " + " | ".join([*names, "left out, mean", "worst"]) + " |", "|---" * (len(names) + 3) + "|"]
    for key, (name, of_rotation) in _HALVES.items():
        found = left_out.get(of_rotation)
        rotation = [f"{found['mean']:.3f}", f"{found['worst']:.3f}"] if found else ["", ""]
        lines.append("| " + " | ".join([name, *(f"{measured[key][n]:.3f}" for n in names), *rotation]) + " |")
    return "\n".join(lines)


def _leave_out(model: str) -> str:
    found = _measured(_LEFT_OUT, model)
    if not found:
        return "Not measured yet: `python -m benchmarks.leave_out`."
    ours = found["autowritten"]
    lines = [
        f"Each family left out of training in turn (`python -m benchmarks.leave_out`): mean AUROC {ours['mean']:.3f}, "
        f"worst {ours['worst']:.3f}.",
        "",
        "| family left out | human | machine | AUROC | 95% interval |",
        "|---|---|---|---|---|",
    ]
    lines += [
        f"| {f['name']} | {f['n_human']} | {f['n_machine']} | {f['auroc']:.3f} | {f['auroc_low']:.3f}-{f['auroc_high']:.3f} |"
        for f in ours["families"]
    ]
    return "\n".join(lines)


def write(folder: Path) -> None:
    """Write MODEL_CARD.md and NOTICE into a bundle."""
    bundle = Bundle.from_pretrained(folder)
    config, calibration = bundle.config, bundle.calibration
    measured, trained = calibration["report"], calibration["trained_on"]
    held, fast = ("\n".join(map(_verdicts, measured[key])) for key in ("false_positive_rates", "fast"))
    card = _TEMPLATE.format(
        **{key: config[key] for key in ("name", "version", "date", "window")},
        min_tokens=bundle.judge().min_tokens,
        backbone=config["backbone"]["name"],
        tuning=_tuning(bundle),
        depths=", ".join(map(str, config["depths"])),
        spread=", ".join(map(str, config["spread_depths"])),
        features=bundle.fusion.band.mean.shape[2],
        n_human=measured["slices"][0]["n_human"],
        n_machine=measured["slices"][0]["n_machine"],
        slices=_slices(measured["slices"]),
        ece=measured["ece"],
        held=held,
        fast=fast,
        fpr=config["fpr"],
        sources=_sources(bundle.name, config["fpr"]),
        halves=_halves(config["name"], measured["halves"]),
        pairs=_slices(measured["held_out_pairs"]),
        leave_out=_leave_out(config["name"]),
        rows=trained["rows"],
        datasets=len(trained["datasets"]),
        generators=", ".join(trained["generators"]),
        calibration_human=calibration["n_human"],
        calibration_machine=calibration["n_machine"],
        digest=calibration["digest"],
        names=", ".join(trained["datasets"]),
    )
    (folder / "MODEL_CARD.md").write_text(card, encoding="utf-8")
    (folder / "NOTICE").write_text((REPOSITORY / "NOTICE").read_text(encoding="utf-8"), encoding="utf-8")


def main() -> None:
    """Write the model card of a bundle from its own files and from the benchmarks that were run on it."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("bundle", nargs="?", type=Path, default=REPOSITORY / "models" / DEFAULT)
    folder = parser.parse_args().bundle
    write(folder)
    print((folder / "MODEL_CARD.md").read_text(encoding="utf-8"))


if __name__ == "__main__":
    main()
