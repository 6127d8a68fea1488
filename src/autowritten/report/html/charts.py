"""Bars as numbers: where each part of a stacked bar lies. The template draws them as SVG, the style colours them.

A chart is stretched to the width of the page and bars hold no text, so that text keeps its size on any screen; labels stand
beside, and the same numbers are given as a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from autowritten.report.html.data import VERDICTS, Group
from autowritten.score import Verdict

HEIGHT = 100
STEP, BAR = 10.0, 8.4
_ROOM = 8  # bars that have room for a label each
_SMALL, _TOPS = (2, 4, 6, 8), (10, 12, 16, 20, 24, 30, 40, 50, 60, 80)  # of the axis; the latter times a power of ten


@dataclass(frozen=True, slots=True)
class Part:
    """A part of a bar: from `y` (0 is the top) down by `height`, in units of the chart."""

    verdict: Verdict
    y: float
    height: float


@dataclass(frozen=True, slots=True)
class Bar:
    """A bar at `x`.

    Attributes:
        x: its left edge.
        group: what it stands for.
        parts: from the bottom up; none that is empty.
    """

    x: float
    group: Group
    parts: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Chart:
    """A chart of stacked bars, `width` by `HEIGHT` units.

    Attributes:
        width: `STEP` for each bar.
        bars: from the left.
        top: number of posts at the upper edge.
        labels: below: one for each bar, or from edge to edge.
    """

    width: float
    bars: tuple[Bar, ...]
    top: int
    labels: tuple[str, ...]


def stacked(groups: Sequence[Group], labels: Sequence[str] = ()) -> Chart:
    """Return groups as bars, the posts of each verdict on top of each other.

    Args:
        groups: at least one.
        labels: below, from edge to edge; those of the groups if not given.
    """
    top = nice(max(group.posts for group in groups))
    bars = tuple(
        Bar(place * STEP + (STEP - BAR) / 2, group, tuple(_parts(group, top))) for place, group in enumerate(groups)
    )
    names = [group.name for group in groups]
    if not labels:
        labels = names if len(names) <= _ROOM else [names[0], names[len(names) // 2], names[-1]]
    return Chart(len(groups) * STEP, bars, top, tuple(labels))


def nice(most: int) -> int:
    """Return the least round number that is not less and whose half is whole, for the top of an axis."""
    scale = 1
    while _TOPS[-1] * scale < most:
        scale *= 10
    return next(top for top in (*_SMALL, *(top * scale for top in _TOPS)) if top >= most)


def _parts(group: Group, top: int) -> list[Part]:
    parts, y = [], float(HEIGHT)
    for verdict in VERDICTS:
        if height := HEIGHT * group.counts[verdict] / top:
            y -= height
            parts.append(Part(verdict, round(y, 3), round(height, 3)))
    return parts
