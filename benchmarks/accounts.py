"""How well whole accounts are told apart, and how much the posts of a human account agree.

    python -m benchmarks.accounts [--scores FOLDER]

Accounts of the bot-or-not challenge, English and French, whose labels belong to accounts: those of dev, for those of train
are known to the detector. The correlations (`FLAG_RHO` and `LOGIT_RHO` of `autowritten.accounts.pool`) are measured on the
human accounts of these and of ira-troll_random20k, whose writers are people paid to post. The accounts of bench are not read.
Scores are kept in the folder given, so that a second run takes seconds. Writes `benchmarks/results/accounts.json`.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from autowritten.accounts.pool import FLAG_RHO, LOGIT_RHO, MIN_POSTS, Account, score_accounts
from autowritten.bundle import Bundle
from autowritten.detector import Detector
from autowritten.evaluation.metrics import auroc, auroc_of_counts, bootstrap_interval
from autowritten.rates import flag_log_probabilities
from autowritten.scored import FAST, FULL, from_rows
from training.paths import REPOSITORY, data_folder, work_folder

RESULTS = REPOSITORY / "benchmarks" / "results" / "accounts.json"
LABELLED = ("botornot-challenge_en", "botornot-challenge_fr")
PEOPLE = (*LABELLED, "ira-troll_random20k")
RATES = (0.05, 0.01)
DISCOVERY_RATES = (0.01, 0.05)
FALSE_ACCOUNTS = 0.01
_GRID = np.arange(0.0, 0.3, 0.004)
_PROFILE = 1.92  # half the 95% quantile of chi-squared with one degree of freedom
_PIECE = 1000


def rows() -> pd.DataFrame:
    """Return the posts: columns text, label, dataset, account."""
    found = pd.read_parquet(data_folder() / "dev.parquet", columns=["text", "label", "dataset", "account"])
    return found[found["dataset"].isin(PEOPLE) & found["account"].notna()].reset_index(drop=True)


def scored(posts: pd.DataFrame, folder: Path) -> pd.DataFrame:
    """Add logit, classifier_logit, language, tokens, model; texts scored before come from the folder's file."""
    kept = folder / "accounts_scores.parquet"
    columns = ["text", "logit", "classifier_logit", "language", "tokens", "model"]
    name = Bundle.from_pretrained().name
    known = pd.read_parquet(kept, columns=columns) if kept.exists() else pd.DataFrame(columns=columns)
    known = known[known["model"] == name].drop_duplicates("text")
    texts = [text for text in posts["text"].unique() if text not in set(known["text"])]
    detector = Detector.load() if texts else None
    for start in range(0, len(texts), _PIECE):
        assert detector is not None  # noqa: S101 - for the type checker
        piece = texts[start : start + _PIECE]
        new = [[getattr(score, column) for column in columns[1:]] for score in detector.score_many(piece)]
        fresh = pd.DataFrame([[text, *values] for text, values in zip(piece, new, strict=True)], columns=columns)
        known = pd.concat([known, fresh], ignore_index=True)
        known.to_parquet(kept)
        print(f"{start + len(piece)} of {len(texts)} posts", flush=True)
    return posts.merge(known, on="text", how="left")


def pooled(posts: pd.DataFrame, bundle: Bundle, fast: bool, fpr: float) -> list[Account]:
    """Return the accounts of some posts as `score_accounts` makes them, those with enough posts."""
    told = posts.assign(mode=FAST if fast else FULL)
    if fast:
        told["logit"] = told["classifier_logit"]
    rows = told.astype(object).where(told.notna(), None).to_dict("records")
    found = score_accounts(from_rows(rows), bundle, fpr=fpr)
    return [one for one in found if one.q_value is not None]


def measure(posts: pd.DataFrame, bundle: Bundle, fast: bool) -> dict[str, list[dict[str, Any]]]:
    """Return how well human and machine accounts are told apart, by language and together: ranking and verdicts."""
    ranking, verdicts = [], []
    labels = posts.drop_duplicates("account").set_index("account")["label"]
    for dataset in ("all", *LABELLED):
        own = posts if dataset == "all" else posts[posts["dataset"] == dataset]
        at = {rate: {one.account: one for one in pooled(own, bundle, fast, rate)} for rate in RATES}
        first, second = (at[rate] for rate in RATES)
        truth = np.array([labels[name] == "machine" for name in first], dtype=np.int64)
        counts = {"accounts": dataset, "human": int((truth == 0).sum()), "machine": int(truth.sum())}
        statistics = {
            "pooled log-likelihood ratio": [one.log_likelihood_ratio for one in first.values()],
            "mean log-odds": [_mean_odds(one) for one in first.values()],
            "share flagged at 5%": [one.share for one in first.values()],
            "share flagged at 1%": [second[name].share for name in first],
            "p-value at 5%": [-one.p_value for one in first.values()],
        }
        for statistic, values in statistics.items():
            score = np.array(values, dtype=np.float64)
            low, high = bootstrap_interval(truth, score, auroc_of_counts)
            area = {"auroc": auroc(truth, score), "low": low, "high": high}
            caught = {"recall": _recall(truth, score), "false_accounts": _allowed(truth)}
            ranking.append(counts | {"statistic": statistic} | area | caught)
        for rate in RATES:
            p, q = (
                np.array([getattr(at[rate][name], value) for name in first], dtype=np.float64)
                for value in ("p_value", "q_value")
            )
            people = {"human_p_below_0.05": int((p[truth == 0] <= 0.05).sum())}
            people["human_p_below_0.01"] = int((p[truth == 0] <= 0.01).sum())
            for fdr in DISCOVERY_RATES:
                called = {"human_called": int((q[truth == 0] <= fdr).sum())}
                called["machine_called"] = int((q[truth == 1] <= fdr).sum())
                verdicts.append(counts | {"fpr": rate, "fdr": fdr} | called | people)
    return {"ranking": ranking, "verdicts": verdicts}


def _mean_odds(one: Account) -> float:
    """Return the mean calibrated log-odds: the ratio with the design effect taken off again."""
    return one.log_likelihood_ratio * (1.0 + (one.scored - 1) * LOGIT_RHO) / one.scored


def _allowed(truth: np.ndarray[Any, Any]) -> int:
    return int(FALSE_ACCOUNTS * (truth == 0).sum())


def _recall(truth: np.ndarray[Any, Any], score: np.ndarray[Any, Any]) -> float:
    """Return the share of machine accounts above all but 1% of the human ones; above all of them if there are under 100."""
    people = np.sort(score[truth == 0])[::-1]
    return float((score[truth == 1] > people[_allowed(truth)]).mean())


def correlations(posts: pd.DataFrame, bundle: Bundle, fast: bool) -> dict[str, Any]:
    """Return how much the posts of a human account agree: one-way ANOVA, and likelihood for the flags."""
    judge = bundle.judge(fast)
    people = posts[(posts["label"] == "human") & posts["logit"].notna() & (posts["tokens"] >= judge.min_tokens)]
    people = people.drop_duplicates(["account", "text"])
    logit = people["classifier_logit" if fast else "logit"]
    people = people.assign(odds=judge.slope * logit + judge.intercept)
    out: dict[str, Any] = {"accounts": people["account"].nunique(), "posts": len(people)}
    out["logit_icc"] = {name: _icc(own, "odds") for name, own in people.groupby("dataset")}
    out["logit_icc"]["all"] = _icc(people, "odds")
    for rate in RATES:
        above = [
            value >= judge.thresholds.machine_at(rate, language, tokens).logit
            for value, language, tokens in zip(logit, people["language"], people["tokens"], strict=True)
        ]
        flagged = people.assign(flagged=np.array(above, dtype=np.float64))
        counts = flagged.groupby(["dataset", "account"])["flagged"].agg(["sum", "size"]).reset_index()
        likelihood = np.zeros(len(_GRID))
        for _, own in counts.groupby("dataset"):
            if share := own["sum"].sum() / own["size"].sum():  # each at its own rate, or rho would have to explain it
                likelihood += _log_likelihood(own["sum"], own["size"], share)
        inside = _GRID[likelihood >= likelihood.max() - _PROFILE]
        out[f"flags_at_{rate:g}"] = {
            "rate": flagged.groupby("dataset")["flagged"].mean().to_dict(),
            "icc": _icc(flagged, "flagged"),
            "rho": float(_GRID[likelihood.argmax()]), "low": float(inside[0]), "high": float(inside[-1]),
        }  # fmt: skip
    return out


def _log_likelihood(flagged: Sequence[float], posts: Sequence[int], rate: float) -> np.ndarray[Any, Any]:
    """Return the log-likelihood of counts a human account, at each rho of the grid."""
    pairs = pd.Series(list(zip(map(int, flagged), map(int, posts), strict=True))).value_counts()
    return np.array(
        [sum(times * flag_log_probabilities(n, rate, rho)[k] for (k, n), times in pairs.items()) for rho in _GRID]
    )


def _icc(people: pd.DataFrame, column: str) -> float:
    """Return the intraclass correlation within accounts, each data set less its mean (one-way ANOVA; Fleiss 1986)."""
    value = people[column] - people.groupby("dataset")[column].transform("mean")
    group = value.groupby(people["account"])
    size = group.size()
    between = float((size * group.mean() ** 2).sum()) / (len(size) - 1)
    within = float(((value - group.transform("mean")) ** 2).sum()) / (len(value) - len(size))
    typical = (len(value) - float((size**2).sum()) / len(value)) / (len(size) - 1)
    return (between - within) / (between + (typical - 1.0) * within)


def main() -> None:
    """Score, measure, print, write."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("--scores", type=Path, help="where to keep the scores [work/]")
    folder = parser.parse_args().scores or work_folder()
    bundle = Bundle.from_pretrained()
    posts = scored(rows(), folder)
    results: dict[str, Any] = {
        "model": bundle.name,
        "min_posts": MIN_POSTS,
        "flag_rho": FLAG_RHO,
        "logit_rho": LOGIT_RHO,
    }
    labelled = posts[posts["dataset"].isin(LABELLED)]
    for mode, fast in (("full", False), ("fast", True)):
        found = {"correlations": correlations(posts, bundle, fast), **measure(labelled, bundle, fast)}
        results[mode] = found
        print(f"\n{mode}\n{json.dumps(found['correlations'], indent=1)}")
        for part in ("ranking", "verdicts"):
            print(pd.DataFrame(found[part]).round(3).to_string())
    RESULTS.write_text(json.dumps(results, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
