"""What a calibration on a user's own posts found, in words."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from autowritten.judging.groups import LANGUAGES
from autowritten.report.terminal.posts import percent

if TYPE_CHECKING:
    from autowritten.bundle import Bundle
    from autowritten.calibration import Collected

UNLIKE = 0.01
"""A p-value under which posts are said to be unlike others."""


def report(bundle: Bundle, found: Collected) -> str:
    """Say what a calibrated bundle rests on and what to expect of it.

    Args:
        bundle: as `calibration.calibrate` made it.
        found: the posts.
    """
    left = [f"{found.repeats:,} repeats" * bool(found.repeats), f"{found.short:,} too short" * bool(found.short)]
    left_out = " and ".join(filter(None, left))
    posts = f"{bundle.calibration['n_human']:,} human posts" + (f" ({left_out} left out)" if left_out else "")
    return f"{bundle.name}: thresholds from {posts}\n" + "\n".join(findings(bundle))


def findings(bundle: Bundle) -> list[str]:
    """Return the sentences that `report` and the card of a bundle share."""
    told = bundle.calibration
    rate, (low, high) = told["rate"], told["expected_rate"]
    languages = Counter(LANGUAGES[i] for i in bundle.humans.languages)
    base = bundle.config["version"].removeprefix("on ")
    lines = [
        f"Languages: {', '.join(f'{name} {n:,}' for name, n in languages.most_common())}.",
        f"Of further human posts like these, {100 * rate:g}% will be called machine on average; with this many posts to go "
        f"by, the true rate lies between {percent(low)} and {percent(high)} (95%).",
    ]
    lines += [
        f"The thresholds of {base} for {100 * float(promised):g}% call {percent(share)} of these posts machine."
        for promised, share in told["base_rates"].items()
        if float(promised) == rate
    ]
    p, higher = told["likeness"]["p"], told["likeness"]["higher"]
    shown = f"p {'< 0.0001' if p < 1e-4 else f'= {p:.2g}'}"
    beside = f"they score higher in {100 * higher:.0f}% of pairs of one language and length, 50% if alike"
    if p < UNLIKE:
        lines.append(
            f"WARNING: these posts are unlike those that {base} was calibrated on ({shown}; {beside}). Thresholds of "
            "your own allow for that; its probabilities and its measured quality do not. If the posts below are not "
            "people's, take them out and calibrate again."
        )
    else:
        lines.append(f"No sign that these posts are unlike those that {base} was calibrated on ({shown}; {beside}).")
    return lines


def card(bundle: Bundle) -> str:
    """Return the model card of a calibrated bundle."""
    base = bundle.config["base"]["bundle"]
    lines = "\n".join(f"- {line}" for line in findings(bundle))
    return f"""# {bundle.config["name"]}

Thresholds for {bundle.calibration["n_human"]:,} human posts of a user's own, made on {bundle.config["date"]} with
`autowritten calibrate`. Everything else, probabilities included, is that of the bundle `{base}`: read its card for how well it
does and where it fails.

{lines}

The rate holds for posts like these, on average over them, not for every group of writers. A verdict is evidence, not proof.
"""
