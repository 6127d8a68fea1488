"""Shortcut audit: which training sets give their classes away by marks that have nothing to do with who wrote them.

    python -m training.audit        # ~10 minutes on one core; writes training/audit.json and training/AUDIT.md

Per data set and language, two probes tell machine from human rows they have not seen (5 folds, a pair or an account
never on both sides): gradient boosting on the trivial cues of `training.cues`, and a logistic regression on TF-IDF of
character 1- to 3-grams. The first should fail. The second is the honest floor of a detector: high means easy, not
wrong. Both are run on the text as stored, and the cue probe again after `normalise` and `mask`, which is what the
model is trained on.

A set with one class only is set against rows of the other class, of the same language and the closest platform, drawn
evenly from the other sets, and marked `+`: there the probe tells sets apart as much as classes.
"""

from __future__ import annotations

import hashlib
import inspect
import json
import re
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedGroupKFold

from autowritten.evaluation.metrics import auroc
from autowritten.text import mask, normalise
from training.cues import CUES, Floats, cues, overlap_weights
from training.paths import data_folder

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

HERE = Path(__file__).parent
SEED = 0
MOST_ROWS = 2000
FOLDS = 5
BOOSTING_ROUNDS = 80
FEWEST_ROWS = 60  # of each class; below, an out-of-fold AUROC says little
MOST_CHARACTERS = 300  # about 64 tokens of English: a post's worth, and what the model reads of a longer text
GIVES_AWAY = 0.80  # AUROC of the cue probe from which a set gives its classes away
REMOVABLE = 0.10  # drop of that AUROC which says that removable marks do it
NO_OVERLAP = 0.15  # share of rows with a like in the other class under which nothing can be balanced

PLATFORMS = {
    "post": ("tweet", "weibo", "social", "tieba", "toxic", "detoxified", "counterspeech"),
    "forum": ("reddit", "car-forum", "showerthoughts"),
    "review": ("review",),
    "answer": ("qa", "instruction", "chat-assistant", "oasst", "question", "TruthfulQA", "NarrativeQA", "SQuAD"),
    "dialogue": ("dialogue", "chat-reply", "roleplay", "customer-service"),
}
"""Platform -> beginnings of the `domain` values that belong to it; all others are `text` (essays, news, stories)."""

CLOSEST = {
    "post": ("post", "forum", "dialogue", "review", "answer", "text"),
    "forum": ("forum", "post", "review", "answer", "dialogue", "text"),
    "review": ("review", "forum", "post", "answer", "text", "dialogue"),
    "answer": ("answer", "forum", "text", "review", "dialogue", "post"),
    "dialogue": ("dialogue", "post", "forum", "answer", "review", "text"),
    "text": ("text", "answer", "review", "forum", "post", "dialogue"),
}
"""Platform -> where to look for the other class, nearest first."""


@dataclass(frozen=True)
class Finding:
    """What the audit found about the rows of one language in one data set.

    Attributes:
        dataset: its name; `(all)` for all rows of a language together.
        lang: ISO 639-1 code.
        n_human: human rows looked at.
        n_machine: machine rows looked at.
        borrowed: the class that came from other sets, or an empty string.
        cues_raw: AUROC of the cue probe on the text as stored.
        cues_masked: the same as the model reads it: after `normalise` and `mask`, the first 300 characters.
        cues_stripped: the same with placeholders, the # of hashtags, emoji and the closing marks taken off as well.
        cues_weighted: as `cues_masked`, but trained and measured under `training.cues.overlap_weights`; under .5 means
            that the weights leave too few rows to tell.
        worst_cue: the strongest single cue after masking.
        worst_auroc: its AUROC for "machine"; under .5 the cue marks the human side.
        tfidf: AUROC of the character n-gram probe on the text as stored.
        overlap: share of the rows, after masking, that have a like in the other class as far as the cue probe can tell:
            1 minus the Kolmogorov-Smirnov distance of the two distributions of its output.
        match: the cues to even out, strongest first (single AUROC beyond .60 or under .40 after masking).
        decision: `keep`, `mask`, `strip`, `balance` or `drop`; see `decide`.
    """

    dataset: str
    lang: str
    n_human: int
    n_machine: int
    borrowed: str
    cues_raw: float
    cues_masked: float
    cues_stripped: float
    cues_weighted: float
    worst_cue: str
    worst_auroc: float
    tfidf: float
    overlap: float
    match: list[str]
    decision: str


def decide(raw: float, masked: float, without_marks: float, overlap: float, borrowed: str) -> str:
    """Return what to do with a set, by this rule on the AUROC of the cue probe.

    - `strip`: taking off placeholders, #, emoji and closing marks lowers it by .10 or more, to under .80; do so for the
      rows of this set in training.
    - `keep`: under .80 on the text as stored. (Punctuation and case are also style; no set of two writers is at .50.)
    - `mask`: under .80 once mentions and links are masked and long texts cut, as the model reads them anyway.
    - `balance`: none of these; weight the rows by `training.cues.overlap_weights`, or match the cues named.
    - `drop`: as `balance`, and fewer than 15% of its rows have a like in the other class, so that next to nothing would
      be left. Only where both classes are its own: a set with one class is far from any other, and breadth is worth
      having.
    """
    if masked - without_marks >= REMOVABLE and without_marks < GIVES_AWAY:
        return "strip"
    if masked < GIVES_AWAY:
        return "keep" if raw < GIVES_AWAY else "mask"
    return "drop" if overlap < NO_OVERLAP and not borrowed else "balance"


def platform(domain: str | None) -> str:
    """Return the platform of a `domain` value; see `PLATFORMS`."""
    for name, beginnings in PLATFORMS.items():
        if str(domain).startswith(beginnings):
            return name
    return "text"


def as_trained(text: str) -> str:
    """Return the text as the model is trained on it: readable, masked, and no longer than a post."""
    return mask(normalise(text).text)[:MOST_CHARACTERS]


def stripped(text: str) -> str:
    """Return a text as trained without the marks that can be taken off: placeholders, #, emoji, closing marks."""
    return _CLOSING.sub("", " ".join(_TAKEN_OFF.sub(" ", as_trained(text)).split()))


_TAKEN_OFF = re.compile("@user|\\bhttp\\b|[#＃]|[\u2600-\u27bf\u2b50\u2b55\ufe0f\u200d\U0001f1e6-\U0001faff]")
_CLOSING = re.compile(r"[\W_]+$")


def audit(frame: pd.DataFrame, most_rows: int = MOST_ROWS) -> list[Finding]:
    """Return the findings for every data set and language with enough rows, and for every language as a whole.

    Args:
        frame: columns `text`, `label`, `lang`, `domain`, `dataset`, `pair_id`, `account` as in the training file.
        most_rows: how many rows of a data set are looked at, over its languages; a language as a whole gets as many.
    """
    frame = frame.assign(machine=(frame["label"] == "machine").astype(int), platform=frame["domain"].map(platform))
    findings = []
    for dataset, rows in frame.groupby("dataset"):
        share = most_rows / len(rows)
        for lang, part in rows.groupby("lang"):
            pool = frame[(frame["lang"] == lang) & (frame["dataset"] != dataset)]
            chosen, borrowed = _two_classes(part, pool, max(2 * FEWEST_ROWS, int(share * len(part))))
            if chosen["machine"].value_counts().reindex([0, 1], fill_value=0).min() >= FEWEST_ROWS:
                findings.append(examine(chosen, str(dataset), str(lang), borrowed))
                print(_line(findings[-1]), file=sys.stderr, flush=True)
    for lang, rows in frame.groupby("lang"):
        chosen = pd.concat(_evenly(side, most_rows // 2, "dataset") for _, side in rows.groupby("machine"))
        if chosen["machine"].value_counts().reindex([0, 1], fill_value=0).min() >= FEWEST_ROWS:
            findings.append(examine(chosen, "(all)", str(lang), ""))
            print(_line(findings[-1]), file=sys.stderr, flush=True)
    return findings


def examine(rows: pd.DataFrame, dataset: str, lang: str, borrowed: str) -> Finding:
    """Run the probes on rows of two classes (column `machine`) and decide."""
    labels = rows["machine"].to_numpy()
    groups = rows["pair_id"].fillna(rows["account"]).fillna(pd.Series(rows.index.astype(str), rows.index)).to_numpy()
    raw = rows["text"].tolist()
    trained = [as_trained(text) for text in raw]
    before, columns = cues(raw), cues(trained)
    after = out_of_fold(columns, labels, groups)
    weights = overlap_weights(columns, labels)
    weighted = out_of_fold(columns, labels, groups, weights)
    single = {name: auroc(labels, column) for name, column in zip(CUES, columns.T, strict=True)}
    ordered = sorted(single, key=lambda name: -abs(single[name] - 0.5))
    cues_raw = auroc(labels, out_of_fold(before, labels, groups))
    cues_masked = auroc(labels, after)
    cues_stripped = auroc(labels, out_of_fold(cues([stripped(text) for text in raw]), labels, groups))
    overlap = 1 - _largest_distance(labels, after)
    return Finding(
        dataset=dataset,
        lang=lang,
        n_human=int(np.sum(labels == 0)),
        n_machine=int(np.sum(labels == 1)),
        borrowed=borrowed,
        cues_raw=cues_raw,
        cues_masked=cues_masked,
        cues_stripped=cues_stripped,
        cues_weighted=float(roc_auc_score(labels, weighted, sample_weight=weights)),
        worst_cue=ordered[0],
        worst_auroc=single[ordered[0]],
        tfidf=auroc(labels, tfidf_out_of_fold([text[:MOST_CHARACTERS] for text in raw], labels, groups)),
        overlap=overlap,
        match=[name for name in ordered if abs(single[name] - 0.5) > 0.1],
        decision=decide(cues_raw, cues_masked, cues_stripped, overlap, borrowed),
    )


def out_of_fold(columns: Floats, labels: NDArray[Any], groups: NDArray[Any], weights: Floats | None = None) -> Floats:
    """Return the probability of "machine" by gradient boosting, for each row from folds that lack its group."""
    found = np.full(len(labels), 0.5)
    for train, test in _folds(labels, groups):
        model = HistGradientBoostingClassifier(
            max_iter=BOOSTING_ROUNDS, max_leaf_nodes=15, min_samples_leaf=10, random_state=SEED
        )
        model.fit(columns[train], labels[train], None if weights is None else weights[train])
        found[test] = model.predict_proba(columns[test])[:, 1]
    return found


def tfidf_out_of_fold(texts: Sequence[str], labels: NDArray[Any], groups: NDArray[Any]) -> Floats:
    """Return the logit of "machine" by logistic regression on character 1- to 3-grams, out of fold."""
    matrix = TfidfVectorizer(
        analyzer="char", ngram_range=(1, 3), lowercase=False, sublinear_tf=True, min_df=2, max_features=40_000
    ).fit_transform(texts)
    found = np.zeros(len(labels))
    for train, test in _folds(labels, groups):
        model = LogisticRegression(C=10.0, class_weight="balanced", max_iter=300)
        found[test] = model.fit(matrix[train], labels[train]).decision_function(matrix[test])
    return found


def _folds(labels: NDArray[Any], groups: NDArray[Any]) -> list[tuple[NDArray[np.int64], NDArray[np.int64]]]:
    splitter = StratifiedGroupKFold(n_splits=FOLDS, shuffle=True, random_state=SEED)
    return list(splitter.split(np.zeros(len(labels)), labels, groups))


def _two_classes(rows: pd.DataFrame, pool: pd.DataFrame, most: int) -> tuple[pd.DataFrame, str]:
    """Return at most `most` rows of both classes, and the name of the class that had to be borrowed from `pool`."""
    counts = rows["machine"].value_counts().reindex([0, 1], fill_value=0)
    if counts.min() >= FEWEST_ROWS:
        return pd.concat(_take(side, most // 2) for _, side in rows.groupby("machine")), ""
    own = int(counts.idxmax())
    mine = _take(rows[rows["machine"] == own], most // 2)
    wanted = len(mine)
    others: list[pd.DataFrame] = []
    for name in CLOSEST[mine["platform"].mode()[0]]:
        near = pool[(pool["machine"] != own) & (pool["platform"] == name)]
        if wanted > 0 and len(near):
            others.append(_evenly(near, wanted, "dataset"))
            wanted -= len(others[-1])
    return pd.concat([mine, *others]), ("human", "machine")[1 - own]


def _take(rows: pd.DataFrame, most: int) -> pd.DataFrame:
    return rows.sample(min(most, len(rows)), random_state=SEED)


def _evenly(rows: pd.DataFrame, most: int, column: str) -> pd.DataFrame:
    """Draw at most `most` rows, as evenly as may be over the values of a column."""
    shuffled = rows.sample(frac=1, random_state=SEED)
    turn = shuffled.groupby(column).cumcount()
    return shuffled.loc[turn.sort_values(kind="stable").index[:most]]


def _largest_distance(labels: NDArray[Any], scores: Floats) -> float:
    """Return the Kolmogorov-Smirnov distance between the scores of the two classes."""
    points = np.unique(scores)
    human, machine = np.sort(scores[labels == 0]), np.sort(scores[labels == 1])
    human_below = np.searchsorted(human, points, "right") / human.size
    machine_below = np.searchsorted(machine, points, "right") / machine.size
    return float(np.abs(human_below - machine_below).max())


def table(findings: Sequence[Finding]) -> str:
    """Return the findings as a table in Markdown, the sets that give most away first, whole languages on top."""
    ordered = sorted(findings, key=lambda found: (found.dataset != "(all)", -found.cues_masked))
    return "\n".join([_HEAD, *(_line(found) for found in ordered)])


_COLUMNS = (
    *("data set", "lang", "human", "machine", "cues, raw", "cues, masked", "stripped", "weighted"),
    *("worst cue (its AUROC)", "TF-IDF", "overlap", "decision"),
)
_HEAD = f"| {' | '.join(_COLUMNS)} |\n|{'---|' * len(_COLUMNS)}"


def _line(found: Finding) -> str:
    sides = ((found.n_human, "human"), (found.n_machine, "machine"))
    probes = (found.cues_raw, found.cues_masked, found.cues_stripped, found.cues_weighted)
    cells = [
        *(found.dataset, found.lang),
        *(f"{n}{'+' if found.borrowed == side else ''}" for n, side in sides),
        *(f"{value:.2f}" for value in probes),
        *(f"{found.worst_cue} ({found.worst_auroc:.2f})", f"{found.tfidf:.2f}", f"{found.overlap:.2f}", found.decision),
    ]
    return f"| {' | '.join(cells)} |"


def page(findings: Sequence[Finding], digest: str) -> str:
    """Return the audit page: what was done, the rule, the table."""
    counts = pd.Series([found.decision for found in findings if found.dataset != "(all)"]).value_counts()
    return _PAGE.format(
        docstring=(__doc__ or "").split("\n\n", 2)[2].strip(),
        rule=inspect.getdoc(decide),
        fields=inspect.cleandoc((Finding.__doc__ or "").partition("Attributes:")[2]),
        counts=", ".join(f"{name} {n}" for name, n in counts.items()),
        rows=MOST_ROWS,
        digest=digest,
        table=table(findings),
    )


_PAGE = """\
# Shortcut audit of the training data

Written by `python -m training.audit`; do not edit. At most {rows} rows a data set of `train.parquet`, SHA-256
`{digest}`.

{docstring}

## The rule

{rule}

## Result

Sets by language and decision: {counts}.

{table}

## Columns

```text
{fields}
```
"""


def main() -> None:
    """Run the audit of the shared training file and write the two reports."""
    source = data_folder() / "train.parquet"
    if not source.exists():
        raise SystemExit(f"no training data at {source}; set AUTOWRITTEN_DATA to the folder that holds train.parquet")
    columns = ["text", "label", "lang", "domain", "dataset", "pair_id", "account"]
    findings = audit(pd.read_parquet(source, columns=columns))
    digest = hashlib.sha256(source.read_bytes()).hexdigest()
    found = [asdict(finding) for finding in findings]
    report = {"data_sha256": digest, "rule": inspect.getdoc(decide), "findings": found}
    (HERE / "audit.json").write_text(json.dumps(report, indent=1) + "\n", encoding="utf-8")
    (HERE / "AUDIT.md").write_text(page(findings, digest), encoding="utf-8")
    print(table(findings))


if __name__ == "__main__":
    main()
