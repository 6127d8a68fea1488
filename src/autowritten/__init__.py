"""autowritten scores social-media posts for how likely they came from auto-writing software."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autowritten.accounts.pool import Account, score_accounts
    from autowritten.bundle import Bundle
    from autowritten.campaigns import Campaign, find_campaigns
    from autowritten.detector import Detector
    from autowritten.errors import AutowrittenError, UsageError
    from autowritten.score import Explanation, Reason, Score, SurprisalSummary, TokenEvidence, Verdict
    from autowritten.scored import ScoredPost, read_scored

__version__ = "0.2.0"
_HOME = {
    "Detector": "detector",
    "Bundle": "bundle",
    **dict.fromkeys(("Explanation", "Reason", "Score", "SurprisalSummary", "TokenEvidence", "Verdict"), "score"),
    **dict.fromkeys(("ScoredPost", "read_scored"), "scored"),
    **dict.fromkeys(("Account", "score_accounts"), "accounts.pool"),
    **dict.fromkeys(("Campaign", "find_campaigns"), "campaigns"),
    **dict.fromkeys(("AutowrittenError", "UsageError"), "errors"),
}
"""The module of each public name."""
__all__ = [
    "Account",
    "AutowrittenError",
    "Bundle",
    "Campaign",
    "Detector",
    "Explanation",
    "Reason",
    "Score",
    "ScoredPost",
    "SurprisalSummary",
    "TokenEvidence",
    "UsageError",
    "Verdict",
    "__version__",
    "find_campaigns",
    "read_scored",
    "score_accounts",
]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module's own attributes are of every type
    """Import the public names when first used, so that `import autowritten` costs no torch."""
    if name in _HOME:
        return getattr(import_module(f"autowritten.{_HOME[name]}"), name)
    raise AttributeError(f"module 'autowritten' has no attribute {name!r}")
