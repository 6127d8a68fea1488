"""The one door: posts in, Scores out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import Any

import numpy as np
import torch

from autowritten import backbone as backbones
from autowritten import features
from autowritten.backbone import Backbone, Walk
from autowritten.bundle import Bundle
from autowritten.language import identify
from autowritten.score import Explanation, Reason, Score, SurprisalSummary, TokenEvidence, Verdict
from autowritten.text import mask, normalise

CHUNK = 128
"""Posts read ahead: enough to batch by length, few enough that scores come out as they are made."""


@dataclass(frozen=True, slots=True)
class _Post:
    """A post made ready: what is scored and what is known before."""

    text: str
    tokens: list[int]
    blank: Score


class Detector:
    """Scores posts for how likely they came from auto-writing software.

    Made by `Detector.load`. Safe to use from one thread at a time; the model's weights are never changed.

    Args:
        bundle: a trained detector.
        backbone: its language model, or another one (then nothing but surprisal is told).
        fpr: the false-positive rate that verdicts hold to, one of `bundle.thresholds.rates`.
        calibrated: whether the backbone is the one the bundle was trained on.
    """

    def __init__(self, bundle: Bundle, backbone: Backbone, fpr: float, calibrated: bool = True) -> None:
        bundle.thresholds.check(fpr)
        self.bundle = bundle
        self.backbone = backbone
        self.fpr = fpr
        self.calibrated = calibrated
        self.name = bundle.name if calibrated else f"surprisal of {backbone.name}"

    @classmethod
    def load(
        cls, bundle: str | os.PathLike[str] | None = None, *, lm: str | None = None, fpr: float | None = None
    ) -> Detector:
        """Open a bundle and its language model.

        Args:
            bundle: a bundle folder or the name of a shipped one; None for the default.
            lm: a folder or Hugging Face id of another causal language model. The bundle was not trained on it, so posts
                get their surprisal, but no probability and no verdict. Only a Hugging Face id reaches for the network.
            fpr: false-positive rate of the verdicts; None for the bundle's default (1%).

        Raises:
            AutowrittenError: bundle or model missing, damaged or tampered with; a rate that the bundle can't support.
        """
        trained = Bundle.read(bundle)
        rate = trained.config["fpr"] if fpr is None else fpr
        trained.thresholds.check(rate)
        if lm is not None:
            return cls(trained, backbones.load(lm), rate, calibrated=False)
        vocabulary = torch.from_numpy(trained.vocabulary).long()
        return cls(trained, backbones.load(trained.config["backbone"], vocabulary=vocabulary), rate)

    def score(self, post: object, *, fpr: float | None = None) -> Score:
        """Return the score of one post; whatever is no text gets a Score that says so."""
        return next(self.score_many([post], fpr=fpr))

    def score_many(self, posts: Iterable[object], *, fpr: float | None = None) -> Iterator[Score]:
        """Yield a score a post, in order, reading `CHUNK` posts ahead.

        A bad post (null, a number, empty, too long) is a Score with a reason, never an exception.

        Args:
            posts: any iterable, also an endless one.
            fpr: false-positive rate of the verdicts, or None for the detector's own.

        Raises:
            ThresholdError: at once, for a rate that the bundle can't support.
        """
        rate = self.fpr if fpr is None else fpr
        self.bundle.thresholds.check(rate)
        return self._stream(iter(posts), rate)

    def _stream(self, posts: Iterator[object], fpr: float) -> Iterator[Score]:
        while chunk := list(islice(posts, CHUNK)):
            ready = self._prepare(chunk)
            # A campaign repeats itself: the same text is walked once a chunk.
            distinct = {post.text: post for post in ready if post.tokens}
            scored = dict(zip(distinct, self._score(list(distinct.values()), fpr), strict=True))
            for post in ready:
                score = scored.get(post.text, post.blank)
                yield replace(score, obfuscation=post.blank.obfuscation)

    def score_dataset(self, dataset: Any, text_column: str = "text", *, fpr: float | None = None) -> Any:  # noqa: ANN401
        """Return a `datasets.Dataset` or `IterableDataset` with the scores' fields as further columns.

        Args:
            dataset: with a column of posts.
            text_column: its name.
            fpr: as in `score_many`.
        """

        def columns(batch: dict[str, list[object]]) -> dict[str, list[object]]:
            scores = [s.as_dict() for s in self.score_many(batch[text_column], fpr=fpr)]
            return {key: [s[key] for s in scores] for key in (scores[0] if scores else {})}

        return dataset.map(columns, batched=True, batch_size=CHUNK)

    def explain(self, post: object, *, fpr: float | None = None) -> Explanation:
        """Return a post's score with every token's surprisal and rank and what each input adds to the logit."""
        rate = self.fpr if fpr is None else fpr
        score = self.score(post, fpr=rate)
        (ready,) = self._prepare([post])
        if not ready.tokens:
            return Explanation(score, ready.text)
        (walk,) = self._walk([ready])
        pieces = _pieces(self.backbone, ready.text, ready.tokens)
        s = walk.statistics
        tokens = tuple(
            TokenEvidence(text, -float(s.log_prob[i]), int(s.rank[i]), float(s.entropy[i]))
            for i, text in enumerate(pieces)
        )
        if score.classifier_logit is None:
            return Explanation(score, ready.text, tokens)
        threshold = self.bundle.thresholds.machine_at(rate, score.language, score.tokens)
        contributions = self.bundle.fusion.contributions(
            score.classifier_logit, features.extract(ready.text, s), score.language, score.tokens
        )
        return Explanation(score, ready.text, tokens, contributions, threshold.logit, threshold.rate)

    def _prepare(self, posts: Sequence[object]) -> list[_Post]:
        config = self.bundle.config
        ready: list[_Post] = []
        texts: list[str] = []
        places: list[int] = []
        for post in posts:
            blank = Score(None, Verdict.UNDECIDED, Reason.NOT_TEXT, model=self.name)
            text = ""
            if isinstance(post, str):
                if len(post) > config["max_characters"]:
                    blank = replace(blank, reason=Reason.TOO_LONG)
                else:
                    clean = normalise(post)
                    text = mask(clean.text)
                    blank = replace(blank, reason=Reason.EMPTY, obfuscation=clean.obfuscation)
            if text:
                blank = replace(blank, language=identify(text))
                places.append(len(ready))
                texts.append(text)
            ready.append(_Post(text, [], blank))
        for place, ids in zip(places, self.backbone.tokenise(texts), strict=True):
            ready[place] = replace(ready[place], tokens=ids)
        return ready

    def _walk(self, posts: Sequence[_Post]) -> list[Walk]:
        config = self.bundle.config
        depths = config["depths"] if self.calibrated else []
        return self.backbone.walk([p.tokens for p in posts], depths=depths, window=config["window"])

    def _score(self, posts: Sequence[_Post], fpr: float) -> list[Score]:
        if not posts:
            return []
        walks = self._walk(posts)
        read = [
            replace(p.blank, tokens=len(p.tokens), windows=w.windows, surprisal=_summary(w))
            for p, w in zip(posts, walks, strict=True)
        ]
        if not self.calibrated:
            return [replace(score, reason=Reason.UNCALIBRATED) for score in read]
        languages, tokens = [s.language for s in read], [s.tokens for s in read]
        classifier = self.bundle.classifier.logits(np.stack([w.pooled for w in walks]))
        matrix = np.stack([features.extract(p.text, w.statistics) for p, w in zip(posts, walks, strict=True)])
        logits = self.bundle.fusion.logits(classifier, matrix, languages, tokens)
        probabilities = self.bundle.fusion.probabilities(logits)
        return [
            self._judge(
                replace(score, logit=float(logit), classifier_logit=float(c), probability=float(probability)), fpr
            )
            for score, logit, c, probability in zip(read, logits, classifier, probabilities, strict=True)
        ]

    def _judge(self, score: Score, fpr: float) -> Score:
        """Return the score with its verdict: a threshold of the post's own language and length decides."""
        assert score.logit is not None  # noqa: S101 - narrows the type; `_score` has just set it
        if score.tokens < self.bundle.config["min_tokens"]:
            return replace(score, reason=Reason.TOO_SHORT)
        if score.logit >= self.bundle.thresholds.machine_at(fpr, score.language, score.tokens).logit:
            return replace(score, verdict=Verdict.MACHINE, reason=Reason.ABOVE_THRESHOLD)
        if score.logit <= self.bundle.thresholds.human_at(score.language, score.tokens).logit:
            return replace(score, verdict=Verdict.HUMAN, reason=Reason.BELOW_THRESHOLD)
        return replace(score, reason=Reason.BETWEEN_THRESHOLDS)


def _summary(walk: Walk) -> SurprisalSummary:
    s = walk.statistics
    mean = -features.log_likelihood(s)
    return SurprisalSummary(
        mean, features.log_likelihood_std(s), float(np.exp(mean)), features.entropy(s), features.log_rank(s),
        features.curvature(s),
    )  # fmt: skip


def _pieces(backbone: Backbone, text: str, ids: Sequence[int]) -> list[str]:
    """Cut the text where its tokens meet; a character of several tokens goes to the first of them."""
    offsets = backbone.tokenizer(text, add_special_tokens=False, return_offsets_mapping=True)["offset_mapping"]
    starts = [start for start, _ in offsets] + [len(text)]
    return [text[starts[i] : starts[i + 1]] for i in range(len(ids))]
