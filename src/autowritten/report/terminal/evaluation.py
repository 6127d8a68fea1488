"""The results of an evaluation as tables for a terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.table import Table
from rich.text import Text

from autowritten.report.terminal.posts import safe

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

_TITLES = {
    "all": "All posts",
    "lang": "By language",
    "domain": "By domain",
    "generator": "By generator (beside human posts of the same sets or language)",
    "length": "By length (tokens)",
    "obfuscated": "By obfuscation",
}


def tables(results: Mapping[str, Any]) -> Iterator[Table]:
    """Yield the tables of the results of `labelled.evaluate`; a dash stands for what the rows can't support."""
    for name, title in _TITLES.items():
        records = [record for record in results["records"] if record["slice"] == name]
        if name == "all" or len(records) > 1 or (name == "generator" and records):
            table = _table(title, "" if name == "all" else name, "human", "machine", "AUROC (95%)", "TPR@1%", "TPR@5%")
            for row in records:
                rates = (_percent(row["tpr_at_1fpr"]), _percent(row["tpr_at_5fpr"]))
                table.add_row(_name(row["value"]), str(row["n_human"]), str(row["n_machine"]), _interval(row), *rates)
            yield table
    names = ("accuracy", "f1", "c_at_1", "brier", "ece")
    said = results["decisions"][0]
    table = _table(f"Verdicts at a false-positive rate of {100 * results['fpr']:g}%", "", "answered", *names)
    table.add_row("", _percent(said["answered"]), *(_number(said[name]) for name in names))
    yield table
    table = _table("False alarms: human posts called machine", "source", "promised", "human posts", "flagged", "95%")
    for row in results["false_alarms"]:
        rate, interval = _percent(row["rate"]), f"{_percent(row['low'])} to {_percent(row['high'])}"
        table.add_row(_name(row["source"]), f"{100 * row['fpr']:g}%", str(row["n_human"]), rate, interval)
    if table.row_count:
        yield table


def _table(title: str, first: str, *others: str) -> Table:
    table = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _name(value: object) -> Text:
    """Return a name from the input as it is: neither markup nor a terminal's control characters act."""
    return Text(safe(str(value)))


def _interval(row: Mapping[str, Any]) -> str:
    if row["auroc"] is None:
        return "–"
    return f"{row['auroc']:.3f} ({row['auroc_low']:.3f} to {row['auroc_high']:.3f})"


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}%"
