"""The groups that people are compared within: language and length."""

from __future__ import annotations

import numpy as np

LENGTHS = (8, 16, 32, 64, 128)
"""Lower edges, in tokens, of the length bands after the first (under 8 tokens there is no verdict)."""
LANGUAGES = ("zh", "fr", "en", "other")


def length_band(tokens: int) -> int:
    """Return the index of the length band: 0 under 8 tokens, then one a doubling up to 128 and more."""
    return int(np.searchsorted(LENGTHS, tokens, side="right"))


def length_name(band: int) -> str:
    """Return a band's name: `<8`, `8-15`, … `128+`."""
    edges = (0, *LENGTHS)
    if band == 0:
        return f"<{LENGTHS[0]}"
    return f"{edges[band]}+" if band == len(LENGTHS) else f"{edges[band]}-{edges[band + 1] - 1}"


def language_group(language: str) -> str:
    """Return the language itself if there is a band for it, or `other`."""
    return language if language in LANGUAGES else LANGUAGES[-1]
