"""Scored posts read back, and which of them are flagged: what accounts, campaigns and reports start from."""

from autowritten.score import FAST, FULL
from autowritten.scored.flags import FLAG_RATE, Flagger, flag_rate, other_models, verdict_rate
from autowritten.scored.posts import ScoredPost, ScoredPosts, from_rows, read_scored

__all__ = [
    "FAST", "FLAG_RATE", "FULL", "Flagger", "ScoredPost", "ScoredPosts", "flag_rate", "from_rows", "other_models", "read_scored",
    "verdict_rate",
]  # fmt: skip
