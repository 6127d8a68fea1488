"""autowritten scores social-media posts for how likely they came from auto-writing software."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from autowritten.detector import Detector
    from autowritten.score import Explanation, Reason, Score, SurprisalSummary, TokenEvidence, Verdict

__version__ = "0.1.0"
__all__ = ["Detector", "Explanation", "Reason", "Score", "SurprisalSummary", "TokenEvidence", "Verdict", "__version__"]


def __getattr__(name: str) -> Any:  # noqa: ANN401 - the module's own attributes are of every type
    """Import the public names when first used, so that `import autowritten` costs no torch."""
    if name == "Detector":
        from autowritten.detector import Detector

        return Detector
    if name in __all__:
        from autowritten import score

        return getattr(score, name)
    raise AttributeError(f"module 'autowritten' has no attribute {name!r}")
