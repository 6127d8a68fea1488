"""A spec whose detector has no model; Ray's workers import it by name."""

import os
import signal
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

sys.path.append(str(Path(__file__).parents[1] / "posts"))

from stub_scorer import StubScorer

from autowritten.engines.spec import ScorerSpec
from autowritten.score import Reason, Score, Verdict


class StubDetector(StubScorer):
    """The stub scorer with what a spec needs besides; dies once where it is told to."""

    bundle = SimpleNamespace(config={"max_characters": 100_000})

    def __init__(self, deadly, marker):
        self._deadly, self._marker = deadly, marker

    def score(self, post):
        reason = Reason.TOO_LONG if isinstance(post, str) else Reason.NOT_TEXT
        return Score(None, Verdict.UNDECIDED, reason, model=self.name)

    def score_many(self, posts, *, fpr=None):
        posts = list(posts)
        if self._deadly and self._deadly in posts and not os.path.exists(self._marker):
            Path(self._marker).touch()
            os.kill(os.getpid(), signal.SIGKILL)
        return super().score_many(posts, fpr=fpr)


@dataclass(frozen=True)
class StubSpec(ScorerSpec):
    """Says `deadly` for the post at which the worker that reads it first is killed, and `marker` for a file to know it by."""

    deadly: str = ""
    marker: str = ""

    def load(self):
        return StubDetector(self.deadly, self.marker)
