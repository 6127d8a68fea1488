"""How much each row counts: so that no language, platform or generator family is the sum of its size."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from autowritten.judging.groups import language_group

_LANGUAGE = {"zh": 1.0, "fr": 0.7, "en": 1.0, "other": 0.4}
FAMILY = {"paired-frontier": 6.0, "gpt2-and-rnn-tweets": 2.0}
"""Mass of a generator family, where not 1: the pairs are the only posts by a present-day model told to pass as a user, and
the only set in which subject, length and platform tell nothing; the tweets are by two dozen kinds of old software. Both parts of
a pair count more than they did because eight families joined in December 2026."""


def weights(rows: pd.DataFrame, families: Mapping[str, float] = FAMILY) -> NDArray[np.float64]:
    """Return a weight a row, mean 1.

    In each language: every generator family has the same mass (the pairs more). A dataset with both classes gives its
    human rows the mass of its machine rows, so that the platform tells nothing. The rest of the human mass, up to that of
    the machine rows, goes to the datasets of human posts alone, each by the root of its size. So both classes weigh the
    same in each language, and the language tells nothing.

    Args:
        rows: with columns label, lang, family, dataset.
        families: mass of a generator family, where not 1.
    """
    table = pd.DataFrame(
        {
            "language": rows["lang"].map(language_group).to_numpy(),
            "machine": (rows["label"] == "machine").to_numpy(),
            "dataset": rows["dataset"].to_numpy(),
            "family": rows["family"].fillna("").to_numpy(),
        }
    )
    weight = np.zeros(len(table))
    for language, group in table.groupby("language"):
        machine = group[group["machine"]]
        if machine.empty or len(machine) == len(group):
            continue  # with one class alone, the language would tell it: such rows weigh nothing
        mass = {f: families.get(str(f), 1.0) for f in machine["family"].unique()}
        size = machine.groupby("family").size()
        weight[machine.index] = [mass[f] / size[f] for f in machine["family"]]
        of_dataset = pd.Series(weight[machine.index], index=machine["dataset"].to_numpy()).groupby(level=0).sum()
        human = group[~group["machine"]]
        size = human.groupby("dataset").size()
        own = human["dataset"].isin(of_dataset.index)
        matched = human[own]
        # Forty human rows must not carry the mass of a thousand machine ones: no row more than ten times the average.
        most = 10.0 * weight[machine.index].sum() / max(len(human), 1)
        weight[matched.index] = [min(of_dataset[d] / size[d], most) for d in matched["dataset"]]
        alone = human[~own]
        left = max(weight[machine.index].sum() - weight[matched.index].sum(), 0.0)
        root = np.sqrt(size)
        total = root[alone["dataset"].unique()].sum()
        weight[alone.index] = [left * root[d] / total / size[d] for d in alone["dataset"]]
        for side in (machine, human):  # both classes alike, whatever was there to match
            weight[side.index] *= _LANGUAGE[str(language)] / weight[side.index].sum()
    return np.asarray(weight / weight.mean())
