"""The one door: posts in, Scores out."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import islice
from threading import RLock
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from autowritten import features
from autowritten.bundle import Bundle
from autowritten.errors import UsageError
from autowritten.fusion import design
from autowritten.language import UNDETERMINED, identify
from autowritten.lm import backbone as backbones
from autowritten.lm.backbone import Backbone, Walk
from autowritten.paced import batches
from autowritten.score import FAST, FULL, Explanation, Reason, Score, SurprisalSummary, TokenEvidence, Verdict
from autowritten.tabular import Classifier, Tabular
from autowritten.text import mask, normalise, prose, without_code

CHUNK = 128
"""Posts read ahead: enough to batch by length, few enough that scores come out as they are made."""
PAUSE = 0.5
"""Seconds without a new post after which those that have come are scored."""
REMEMBERED = 20_000
"""Scores kept for texts that come again in the same run, the latest seen: about 15 MB."""


@dataclass(frozen=True, slots=True)
class _Post:
    """A post made ready: what is scored and what is known before; `written` is how many of its tokens are writing."""

    text: str
    tokens: list[int]
    blank: Score
    written: int = 0


class Detector(Tabular, Classifier):
    """Scores posts for how likely they came from auto-writing software.

    Made by `Detector.from_pretrained`, also called `load`. Threads may share one: they take turns. A
    forked child may use its parent's, with one thread of torch; to another process it is pickled as what it was loaded from.

    Args:
        bundle: a trained detector.
        backbone: its language model, or another one (then nothing but surprisal is told).
        fpr: the false-positive rate that verdicts hold to.
        calibrated: whether the backbone is the one the bundle was trained on.
        fast: whether the classifier judges alone.
        share_machine: share of machine posts that probabilities assume.
    """

    def __init__(
        self,
        bundle: Bundle,
        backbone: Backbone,
        fpr: float,
        calibrated: bool = True,
        fast: bool = False,
        share_machine: float = 0.5,
    ) -> None:
        if not 0.0 < share_machine < 1.0:
            raise UsageError(f"the share of machine posts lies between 0 and 1, not at {share_machine:g}")
        self.judge = bundle.judge(fast)
        self.thresholds = self.judge.thresholds
        self.thresholds.check(fpr)
        self.bundle = bundle
        self.backbone = backbone
        self.fpr = fpr
        self.calibrated = calibrated
        self.fast = fast
        self.digest = bundle.digest
        self.share_machine = share_machine
        self._spec: dict[str, Any] | None = None
        self._lock, self._process = RLock(), os.getpid()
        self.mode = FAST if fast else FULL
        self.name = bundle.name if calibrated else f"surprisal of {backbone.name}"

    def __repr__(self) -> str:
        """Return what it is and how strict."""
        return f"Detector({self.name!r}, mode={self.mode!r}, fpr={self.fpr:g})"

    @classmethod
    def load(
        cls,
        bundle: str | os.PathLike[str] | None = None,
        *,
        lm: str | None = None,
        fpr: float | None = None,
        fast: bool = False,
        share_machine: float = 0.5,
        device: str | None = None,
    ) -> Detector:
        """Open a bundle and its language model.

        Args:
            bundle: a bundle folder or the name of a shipped one; None for the default.
            lm: a folder or Hugging Face id of another causal language model. The bundle was not trained on it, so posts
                get their surprisal, but no probability and no verdict. Only a Hugging Face id reaches for the network.
            fpr: false-positive rate of the verdicts; None for the bundle's default (1%).
            fast: the classifier half alone, which leaves the model early, with a calibration of its own: several times
                as fast, less accurate on generators that training has not seen, and without surprisal.
            share_machine: share of machine posts that probabilities assume before a post is read. Verdicts do not depend on it.
            device: `cpu`, `cuda` …; None for a GPU where torch sees one.

        Raises:
            AutowrittenError: bundle or model missing, damaged or tampered with; a rate that the bundle can't support;
                `fast` with another language model.
        """
        spec = {"bundle": bundle, "lm": lm, "fpr": fpr, "fast": fast, "share_machine": share_machine, "device": device}
        trained = Bundle.from_pretrained(bundle)
        rate = trained.config["fpr"] if fpr is None else fpr
        trained.judge(fast).thresholds.check(rate)
        if lm is not None:
            if fast:
                raise UsageError("another language model gives surprisal only, which the fast mode leaves out")
            return cls(trained, backbones.load(lm, device=device), rate, calibrated=False)._loaded_as(spec)
        vocabulary = torch.from_numpy(trained.vocabulary).long()
        backbone = backbones.load(
            trained.config["backbone"], vocabulary=vocabulary, adapter=trained.adapter, device=device
        )
        return cls(trained, backbone, rate, fast=fast, share_machine=share_machine)._loaded_as(spec)

    def _loaded_as(self, spec: dict[str, Any]) -> Detector:
        name = spec["bundle"]  # a folder is found again from another working directory
        there = name is not None and os.path.isdir(name)
        self._spec = spec | {"bundle": os.path.abspath(name) if there else name}
        return self

    def __reduce__(self) -> tuple[Any, ...]:
        """Pickle what it was loaded from: the other process opens its own model.

        Raises:
            TypeError: it was made of parts.
        """
        if self._spec is None:
            raise TypeError("a detector made of parts can't be pickled: save its bundle and load it from there")
        return _load, (self._spec,)

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """Wait for the model: one thread at a time. A lock that was held when a child was forked is not the child's."""
        if self._process != os.getpid():
            self._lock, self._process = RLock(), os.getpid()
        with self._lock:
            yield

    from_pretrained = load
    """The name that transformers gives it."""

    def score(self, post: object, *, fpr: float | None = None) -> Score:
        """Return the score of one post; whatever is no text gets a Score that says so."""
        return next(self.score_many([post], fpr=fpr))

    def score_many(
        self, posts: Iterable[object], *, fpr: float | None = None, pause: float | None = PAUSE
    ) -> Iterator[Score]:
        """Yield one score per post, in order, reading up to `CHUNK` posts ahead.

        A bad post (null, a number, empty, too long) is a Score with a reason, never an exception.

        Args:
            posts: any iterable, also an endless one.
            fpr: false-positive rate of the verdicts, or None for the detector's own.
            pause: seconds without a new post after which those that are there are scored, for posts that come slowly; they are
                then read in a thread. A sequence is never waited for. None to wait for `CHUNK` posts.

        Raises:
            ThresholdError: at once, for a rate that the bundle can't support.
            UsageError: at once, for a lone string, whose characters are not posts.
        """
        if isinstance(posts, str | bytes):
            raise UsageError("score_many takes posts, not one string: use score for one post")
        rate = self.fpr if fpr is None else fpr
        self.thresholds.check(rate)
        return self._stream(batches(posts, CHUNK, None if isinstance(posts, Sequence) else pause), rate)

    def _stream(self, chunks: Iterator[list[object]], fpr: float) -> Iterator[Score]:
        known: dict[bytes, Score] = {}  # a campaign repeats itself: the same normalised, masked text is walked once
        for chunk in chunks:
            with self._turn():
                ready = self._prepare(chunk)
                keys = [_key(post, self.judge.min_tokens) for post in ready]
                fresh = {key: post for key, post in zip(keys, ready, strict=True) if post.tokens and key not in known}
                once = list(fresh.values())
                known.update(zip(fresh, self._scores(once, self._walk(once), fpr), strict=True))
            for key, post in zip(keys, ready, strict=True):
                score = known.pop(key, post.blank)
                if post.tokens:
                    known[key] = score  # the latest seen last
                yield replace(score, obfuscation=post.blank.obfuscation)
            for key in list(islice(known, max(len(known) - REMEMBERED, 0))):
                del known[key]

    def explain(self, post: object, *, fpr: float | None = None) -> Explanation:
        """Return a post's score with every token's surprisal and rank and what each input adds to the logit.

        Raises:
            UsageError: the detector is a fast one, which has no surprisal to show.
        """
        if self.fast:
            raise UsageError("to explain a post takes both halves: load the detector without fast")
        rate = self.fpr if fpr is None else fpr
        self.thresholds.check(rate)
        with self._turn():
            (ready,) = self._prepare([post])
            if not ready.tokens:
                return Explanation(ready.blank, ready.text)
            (walk,) = self._walk([ready])
            (score,) = self._scores([ready], [walk], rate)
            pieces = self.backbone.pieces(ready.text)
        s = walk.statistics
        tokens = tuple(
            TokenEvidence(text, -float(s.log_prob[i]), int(s.rank[i]), float(s.entropy[i]))
            for i, text in enumerate(pieces)
        )
        if score.classifier_logit is None:
            return Explanation(score, ready.text, tokens)
        threshold = self.thresholds.machine_at(rate, score.language, score.tokens)
        inputs = self._inputs([ready], [walk], self._classifier([walk]))
        contributions = self.bundle.fusion.contributions(inputs[0])
        values = dict(zip(features.NAMES, features.extract(ready.text, s).tolist(), strict=True))
        return Explanation(score, ready.text, tokens, contributions, threshold.logit, threshold.rate, values)

    def classifier_logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """Return the classifier's logits of texts that are normalised and masked, such as `Explanation.text`, shape (texts,).

        The walk ends with the classifier's layers: several times as fast as a score.
        """
        config = self.bundle.config
        with self._turn():
            tokens = self.backbone.tokenise(texts)
            return self._classifier(
                self.backbone.walk(tokens, depths=config["depths"], window=config["window"], statistics=False)
            )

    def _prepare(self, posts: Sequence[object]) -> list[_Post]:
        config = self.bundle.config
        ready: list[_Post] = []
        texts: list[str] = []
        writings: list[str] = []
        places: list[int] = []
        for post in posts:
            blank = Score(
                None,
                Verdict.UNDECIDED,
                Reason.NOT_TEXT,
                share_machine=self.share_machine,
                mode=self.mode,
                model=self.name,
            )
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
                writings.append(_writing(str(post), text))
            ready.append(_Post(text, [], blank))
        for place, ids, written in zip(
            places, self.backbone.tokenise(texts), self._written(texts, writings), strict=True
        ):
            ready[place] = replace(ready[place], tokens=ids, written=len(ids) if written is None else written)
        return ready

    def _written(self, texts: Sequence[str], writings: Sequence[str]) -> list[int | None]:
        """Return how many tokens of writing posts have; None where all is writing, or as many words as a verdict needs."""
        least = self.judge.min_tokens
        asked = [
            text != writing and len(writing.split()) < least for text, writing in zip(texts, writings, strict=True)
        ]
        counts = iter(self.backbone.tokenise([w for w, ask in zip(writings, asked, strict=True) if ask]))
        return [len(next(counts)) if ask else None for ask in asked]

    def _walk(self, posts: Sequence[_Post]) -> list[Walk]:
        config = self.bundle.config
        depths = config["depths"] if self.calibrated else []
        return self.backbone.walk(
            [p.tokens for p in posts], depths=depths, window=config["window"], statistics=not self.fast
        )

    def _classifier(self, walks: Sequence[Walk]) -> NDArray[np.float64]:
        """Return the classifier's logits of walked posts."""
        return self.bundle.classifier.logits(np.stack([w.pooled for w in walks]), np.stack([w.spread for w in walks]))

    def _inputs(
        self, posts: Sequence[_Post], walks: Sequence[Walk], classifier: NDArray[np.float64]
    ) -> NDArray[np.float64]:
        """Return the fusion's inputs of walked posts."""
        matrix = np.stack([features.extract(p.text, w.statistics) for p, w in zip(posts, walks, strict=True)])
        languages, tokens = [p.blank.language for p in posts], [len(p.tokens) for p in posts]
        return design(self.bundle.fusion.band, classifier, matrix, languages, tokens)

    def _scores(self, posts: Sequence[_Post], walks: Sequence[Walk], fpr: float) -> list[Score]:
        """Return the scores of walked posts."""
        if not posts:
            return []
        read = [
            replace(p.blank, tokens=len(p.tokens), windows=w.windows, surprisal=None if self.fast else _summary(w))
            for p, w in zip(posts, walks, strict=True)
        ]
        if not self.calibrated:
            return [replace(score, reason=Reason.UNCALIBRATED) for score in read]
        classifier = self._classifier(walks)
        logits = classifier if self.fast else self.bundle.fusion.logits(self._inputs(posts, walks, classifier))
        probabilities = self.judge.probabilities(logits, self.share_machine)
        scored = []
        for post, score, logit, c, probability in zip(posts, read, logits, classifier, probabilities, strict=True):
            verdict, reason = self.judge.verdict(float(logit), score.language, score.tokens, fpr)
            rarity = self.judge.human_rarity(float(logit), score.language, score.tokens)
            language = score.language
            if min(post.written, score.tokens) < self.judge.min_tokens:
                # Too little writing to judge is too little to tell the language by.
                verdict, reason, rarity, language = Verdict.UNDECIDED, Reason.TOO_SHORT, None, UNDETERMINED
            scored.append(
                replace(
                    score,
                    verdict=verdict,
                    reason=reason,
                    language=language,
                    human_rarity=rarity,
                    logit=float(logit),
                    classifier_logit=float(c),
                    probability=float(probability),
                )
            )
        return scored


def _one_thread() -> None:
    """In a forked child: the threads that torch computes with are not in it, and it would wait for them for ever."""
    torch.set_num_threads(1)


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_one_thread)


def _load(spec: dict[str, Any]) -> Detector:
    return Detector.load(**spec)


def _key(post: _Post, least: int) -> bytes:
    """Return what a post's score is remembered by: its text, and whether that is enough to judge."""
    return blake2b(post.text.encode(), digest_size=16, key=b"short" * (post.written < least)).digest()


def _writing(post: str, text: str) -> str:
    """Return what of a post is writing, given the whole of it as it is read."""
    rest = without_code(post)
    return prose(text if rest is post else mask(normalise(rest).text))


def _summary(walk: Walk) -> SurprisalSummary:
    s = walk.statistics
    mean = -features.log_likelihood(s)
    return SurprisalSummary(
        mean, features.log_likelihood_std(s), float(np.exp(mean)), features.entropy(s), features.log_rank(s),
        features.curvature(s),
    )  # fmt: skip
