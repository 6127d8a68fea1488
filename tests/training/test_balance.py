import pandas as pd
import pytest

from training.balance import FAMILY, weights


def _rows(*groups):
    return pd.DataFrame(
        [
            {"label": label, "lang": lang, "family": family, "dataset": dataset}
            for n, label, lang, family, dataset in groups
            for _ in range(n)
        ]
    )


ROWS = _rows(
    (400, "machine", "zh", "paired-frontier", "pairs-zh0"),
    (400, "human", "zh", "paired-frontier", "pairs-zh0"),
    (50, "machine", "zh", "assistant-answers", "belle"),
    (900, "human", "zh", None, "weibo"),
    (20, "machine", "ar", "assistant-answers", "mushroom"),
    (300, "human", "ar", None, "xlmt"),
)


def test_classes_weigh_the_same_in_each_language():
    table = ROWS.assign(weight=weights(ROWS))
    total = table.groupby(["lang", "label"])["weight"].sum().unstack()
    assert total["human"].tolist() == pytest.approx(total["machine"].tolist())
    assert table["weight"].mean() == pytest.approx(1.0)


def test_a_family_weighs_by_what_it_is_not_by_its_size():
    table = ROWS.assign(weight=weights(ROWS))
    machine = table[(table["label"] == "machine") & (table["lang"] == "zh")].groupby("family")["weight"].sum()
    assert machine["paired-frontier"] / machine["assistant-answers"] == pytest.approx(FAMILY["paired-frontier"])


def test_a_platform_with_both_classes_tells_nothing():
    table = ROWS.assign(weight=weights(ROWS))
    pairs = table[table["dataset"] == "pairs-zh0"].groupby("label")["weight"].sum()
    assert pairs["human"] == pytest.approx(pairs["machine"])


def test_a_language_with_one_class_alone_weighs_nothing():
    rows = pd.concat([ROWS, _rows((5, "human", "fr", None, "oasst"))], ignore_index=True)
    assert (weights(rows)[-5:] == 0).all()
    assert (weights(rows)[:-5] > 0).all()
