"""The page itself: template, style, script and data put together into one file."""

from __future__ import annotations

import base64
import hashlib
import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from markdown_it import MarkdownIt
from markupsafe import Markup

from autowritten import __version__
from autowritten.accounts.pool import MIN_POSTS
from autowritten.posts.files import whole_file
from autowritten.report.html import charts, data, packed
from autowritten.report.html.data import VERDICTS, Report
from autowritten.report.html.phrases import Phrases
from autowritten.report.shading import PALETTE
from autowritten.score import Reason, Verdict

_MOST_ACCOUNTS, _PRINTED_ACCOUNTS = 200, 40
_MOST_CAMPAIGNS = 20
_MOST_SOURCES = 3
_MOST_TEMPLATE = 1_200
_SLOT = re.compile(r"‹([^‹›]*)›")
_SCRIPT_TEXTS = (
    *VERDICTS, *Reason, "loading", "failed", "matching", "no_match", "reason", "probability", "logit", "model", "id",
    "account", "time", "length", "language", "unknown_language", "campaign", "cut", "shading_about", "rank",
    "shading_fast", "shading_other", "not_shaded",
)  # fmt: skip


def write(path: Path, report: Report, phrases: Phrases, title: str = "", inputs: Sequence[str] = ()) -> None:
    """Write a report, whole or not at all.

    Args:
        path: the file; overwritten.
        report: what it says.
        phrases: in which language.
        title: its heading; empty for a general one.
        inputs: files that must not be overwritten.

    Raises:
        AutowrittenError: the disk is full, or the folder can't be written.
    """
    with whole_file(path, inputs) as file:
        file.write(render(report, phrases, title).encode())


def render(report: Report, phrases: Phrases, title: str = "") -> str:
    """Return the page as HTML."""
    style, script = _asset("style.css") + _shades(), _asset("page.js")
    template = _environment(phrases).get_template("template.html.j2")
    return template.render(
        _summary(report)
        | _charts(report, phrases)
        | {
            "title": packed.visible(title) or phrases("title"),
            "report": report,
            "version": __version__,
            "today": datetime.now(UTC).date().isoformat(),
            "verdicts": VERDICTS,
            "method": _method(report, phrases),
            "card": _card(report.bundle.documents.get("MODEL_CARD.md", "")),
            "style": Markup(style),  # noqa: S704 - our own
            "script": Markup(script),  # noqa: S704 - our own
            "style_hash": _digest(style),
            "script_hash": _digest(script),
            "settings": Markup(packed.inline(_settings(report, phrases))),  # noqa: S704 - `inline` escapes
            "blocks": packed.blocks(report.posts, report.campaign_of),
            "evidence": packed.pack({str(place): words for place, words in report.evidence.items()}),
        }
    )


def _environment(phrases: Phrases) -> Environment:
    environment = Environment(
        loader=PackageLoader("autowritten.report.html", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_fit_to_show,
    )
    environment.globals["t"] = phrases
    environment.filters |= {
        "number": phrases.number, "about": phrases.about, "percent": phrases.percent, "rate": phrases.rate,
        "signed": phrases.signed, "significant": phrases.significant, "moment": moment, "name": packed.name,
        "excerpt": excerpt, "slots": slots,
    }  # fmt: skip
    return environment


def _fit_to_show(value: Any) -> Any:  # noqa: ANN401 - any value of the template
    """Neutralise every text that reaches the page; what is marked as HTML was made so on purpose."""
    return packed.visible(value) if isinstance(value, str) and not isinstance(value, Markup) else value


def _summary(report: Report) -> dict[str, Any]:
    total = data.total(report.posts)
    machine = total.counts[Verdict.MACHINE]
    undecided = Counter(post.reason for post in report.posts if post.verdict is Verdict.UNDECIDED)
    accounts = report.accounts.accounts if report.accounts else []
    called = sum(one.verdict is Verdict.MACHINE for one in accounts)
    few = sum(one.q_value is None for one in accounts)
    return {
        "sources": ", ".join(packed.name(Path(name).name) for name in report.sources[:_MOST_SOURCES]),
        "more_sources": len(report.sources[_MOST_SOURCES:]),
        "models": [packed.name(name) or "–" for name in report.models],
        "total": total,
        "machine": machine,
        "expected": total.expected(report.rate),
        "undecided": [(packed.name(reason), count) for reason, count in undecided.most_common()],
        "accounts": accounts[:_MOST_ACCOUNTS],
        "printed": _PRINTED_ACCOUNTS,
        "account_counts": {
            "accounts": len(accounts), "machine": called, "undecided": len(accounts) - called - few, "few": few,
        },
        "least": MIN_POSTS,
        "campaigns": (report.campaigns or [])[:_MOST_CAMPAIGNS],
    }  # fmt: skip


def _charts(report: Report, phrases: Phrases) -> dict[str, Any]:
    probabilities, (unit, times) = data.distribution(report.posts), data.over_time(report.posts)
    return {
        "distribution": charts.stacked(probabilities, [phrases.percent(share, 0) for share in (0.0, 0.5, 1.0)]),
        "distribution_groups": probabilities,
        "band": data.threshold_range(report.posts, report.bundle, report.rate),
        "timeline": charts.stacked(times) if times else None,
        "time_groups": times,
        "unit": unit,
        "untimed": sum(post.time is None for post in report.posts),
        "languages": data.by_language(report.posts),
        "codes": sorted({packed.name(post.language) for post in report.posts}),
        "bar_width": charts.BAR,
    }


def _method(report: Report, phrases: Phrases) -> list[tuple[str, str]]:
    """Return what was in force, as pairs of a key of the texts and a value."""
    config, calibration = report.bundle.config, report.bundle.calibration
    return [
        ("method_model", report.bundle.name),
        ("method_date", str(config.get("date", "–"))),
        ("method_language_model", str(config["backbone"]["name"])),
        ("method_rate", phrases.rate(report.rate)),
        ("method_calibrated", phrases("method_calibrated_on", n=calibration["n_human"])),
    ]


def _settings(report: Report, phrases: Phrases) -> dict[str, Any]:
    """Return what the script needs to know before it opens any post."""
    return {
        "language": phrases.language,
        "texts": {str(key): phrases.texts[key] for key in _SCRIPT_TEXTS},
        "verdicts": list(Verdict),
        "reasons": list(Reason),
        "posts": len(report.posts),
        "block": packed.BLOCK,
        "model": report.bundle.name,
        "shaded": sorted(report.evidence),
    }


def _card(text: str) -> Markup | None:
    """Return a model card as HTML, its headings under those of the page; HTML, links and images in it stay text."""
    if not text:
        return None
    markdown = MarkdownIt("commonmark", {"html": False}).enable("table").disable(["link", "autolink", "image"])
    tokens = markdown.parse(packed.visible(text))
    for token in tokens:
        if token.type in ("heading_open", "heading_close"):
            token.tag = f"h{min(6, int(token.tag[1]) + 2)}"
    return Markup(markdown.renderer.render(tokens, markdown.options, {}))  # noqa: S704 - made with HTML switched off


def _asset(name: str) -> str:
    return (files("autowritten.report.html") / name).read_text(encoding="utf-8")


def _digest(text: str) -> str:
    """Return how a Content-Security-Policy names an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()


def _shades() -> str:
    """Return the looks of shaded words as CSS, light and dark."""
    rules = {"light": "", "dark": ""}
    for level, shade in enumerate(PALETTE):
        for scheme in rules:
            background, colour = getattr(shade, scheme)
            if background:
                rules[scheme] += f".word.l{level}{{background:{background};color:{colour}}}"
        rules["light"] += f".word.l{level}{{text-decoration-style:{shade.underline}}}" * (shade.underline != "none")
    return f"{rules['light']}\n@media screen and (prefers-color-scheme: dark) {{{rules['dark']}}}\n"


def moment(time: float) -> str:
    """Write a time to the minute, UTC."""
    return f"{datetime.fromtimestamp(time, UTC):%Y-%m-%d %H:%M}"


def excerpt(text: str, length: int) -> str:
    """Return the start of a post, fit to show, on one line."""
    flat = " ".join(packed.visible(text[: 4 * length]).split())
    return flat if len(flat) <= length else flat[: length - 1].rstrip() + "…"


def slots(template: str) -> list[tuple[str, Any]]:
    """Take a campaign's template apart.

    Returns:
        Pairs of `text` and a string, or of `slot` and the list of its fillings.
    """
    parts: list[tuple[str, Any]] = []
    for place, piece in enumerate(_SLOT.split(packed.visible(template[:_MOST_TEMPLATE]))):
        if place % 2:
            parts.append(("slot", [option or "∅" for option in piece.split("|")]))
        elif piece:
            parts.append(("text", piece))
    return parts if len(template) <= _MOST_TEMPLATE else [*parts, ("text", "…")]
