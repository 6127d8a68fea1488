"""A detector without a model: a post that says "bot" scores high, one without letters can't be scored."""

from types import SimpleNamespace

from autowritten.errors import AutowrittenError
from autowritten.judging.rarity import HumanRarity
from autowritten.judging.thresholds import Thresholds
from autowritten.score import Reason, Score, Verdict


class Detector:
    """What the evaluation uses of the real one."""

    name = "stub 0"

    def __init__(self, fpr=None):
        self.fpr = fpr or 0.01
        rarity = HumanRarity.of([-1.0] * 150, ["en"] * 150, [20] * 150)
        self.judge = SimpleNamespace(thresholds=Thresholds(rarity, ()), min_tokens=2)
        self.judge.thresholds.check(self.fpr)

    @classmethod
    def load(cls, bundle=None, *, lm=None, fpr=None):
        if bundle == "missing":
            raise AutowrittenError("no bundle 'missing'")
        return cls(fpr)

    def score_many(self, posts, *, fpr=None):
        for post in posts:
            if not isinstance(post, str) or not any(char.isalpha() for char in post):
                yield Score(None, Verdict.UNDECIDED, Reason.NOT_TEXT)
                continue
            logit = (3.0 if "bot" in post else -3.0) + len(post) / 1000
            verdict, reason = (
                (Verdict.MACHINE, Reason.ABOVE_THRESHOLD) if logit >= 0 else (Verdict.HUMAN, Reason.BELOW_THRESHOLD)
            )
            yield Score(1 / (1 + 2.718281828**-logit), verdict, reason, logit, language="en", tokens=len(post.split()))
