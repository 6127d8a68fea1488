"""A scorer without a model, and the command line around it: `python stub_scorer.py score FILE …`.

Its numbers depend on the batch a post comes in, as a real model's last digits do: a resumed run that formed other
batches would not give the same bytes.
"""

from __future__ import annotations

import os
import time
import zlib

from autowritten.errors import UsageError
from autowritten.score import Reason, Score, SurprisalSummary, Verdict

DELAY = float(os.environ.get("STUB_DELAY", "0"))  # seconds a batch
_SURPRISAL = SurprisalSummary(3.25, 1.5, 25.790339917193062, 3.125, 1.0625, 0.5)


class StubScorer:
    name = "stub-1"
    fpr = 0.01
    digest = "0" * 64
    share_machine = 0.5

    def score_many(self, posts, *, fpr=None):
        posts = list(posts)
        if DELAY:
            time.sleep(DELAY)
        for position, post in enumerate(posts):
            assert isinstance(post, str)
            if len(post) < 8:
                reason = Reason.TOO_SHORT if post.strip() else Reason.EMPTY
                yield Score(None, Verdict.UNDECIDED, reason, tokens=len(post), model=self.name)
                continue
            probability = (zlib.crc32(post.encode("utf-8", "surrogatepass")) % 1000) / 1000
            logit = probability * 8 - 4 + 1e-9 * position + 1e-7 * len(posts)
            if probability > 0.7:
                verdict, reason = Verdict.MACHINE, Reason.ABOVE_THRESHOLD
            elif probability < 0.3:
                verdict, reason = Verdict.HUMAN, Reason.BELOW_THRESHOLD
            else:
                verdict, reason = Verdict.UNDECIDED, Reason.BETWEEN_THRESHOLDS
            yield Score(
                probability, verdict, reason, logit, logit / 2, _SURPRISAL, "en", len(post) // 4, 1, {}, self.name
            )


def load(share_machine, bundle, lm, fast, fpr):
    """Stand in for the command's loading: a scorer of two rates."""
    if fpr not in (None, 0.01, 0.05):
        raise UsageError(f"no false-positive rate {fpr}")
    scorer = StubScorer()
    scorer.share_machine = share_machine
    scorer.fpr = 0.01 if fpr is None else fpr
    return scorer


if __name__ == "__main__":
    from autowritten.cli import app
    from autowritten.cli import score as command

    command._load = load
    app()
