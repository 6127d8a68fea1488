"""The store of walks: what is there is not walked again, and comes back as it went in."""

import numpy as np
import pytest

from training import walks
from training.dataset import load
from training.walks import WalkStore

TEXTS = ["the charger at the station", "la borne est en panne", "", "充电桩又坏了", "x", "the charger at the station"]


@pytest.fixture(autouse=True)
def _small(monkeypatch):
    monkeypatch.setattr(walks, "DEPTHS", (1, 4))
    monkeypatch.setattr(walks, "WINDOW", 8)
    monkeypatch.setattr(walks, "SHARD", 2)


def test_walks_come_back_in_any_order(gemma, tmp_path):
    store = WalkStore(tmp_path)
    assert store.missing(TEXTS) == TEXTS[:5]
    store.ensure(TEXTS, gemma)
    assert store.missing(TEXTS) == []
    assert len(list(tmp_path.iterdir())) == 3
    order = TEXTS[::-1]
    loaded = WalkStore(tmp_path).load(order)  # a new process
    for text, pooled, spread, statistics in zip(order, loaded.pooled, loaded.spread, loaded.statistics, strict=True):
        (walk,) = gemma.walk(gemma.tokenise([text]), depths=(1, 4), window=8)
        np.testing.assert_allclose(pooled, walk.pooled, atol=2e-3)
        np.testing.assert_allclose(spread, walk.spread, atol=2e-3)
        np.testing.assert_allclose(statistics.matrix(), walk.statistics.matrix(), atol=1e-4)


def test_a_cut_off_run_goes_on(gemma, tmp_path, monkeypatch):
    WalkStore(tmp_path).ensure(TEXTS[:2], gemma)
    (tmp_path / "half.partial").write_bytes(b"cut off")
    walked = []
    walk = gemma.walk
    monkeypatch.setattr(gemma, "walk", lambda ids, **options: walked.append(len(ids)) or walk(ids, **options))
    store = WalkStore(tmp_path)
    store.ensure(TEXTS, gemma)
    store.ensure(TEXTS, gemma)
    assert walked == [2, 1]


def test_a_text_never_walked_is_an_error(tmp_path):
    with pytest.raises(KeyError):
        WalkStore(tmp_path).load(["never seen"])
    assert WalkStore(tmp_path).load([]).statistics == []


def test_rows_join_their_walks(gemma, tmp_path):
    pd = pytest.importorskip("pandas")
    store = WalkStore(tmp_path)
    store.ensure(TEXTS[:4], gemma)
    rows = pd.DataFrame(
        {"text": ["never seen", *TEXTS[:4]], "label": ["human", "machine", "human", "human", "machine"]}
    )
    with pytest.raises(KeyError):
        load(rows, store)
    data = load(rows.iloc[1:], store)
    assert list(data.rows["text"]) == TEXTS[:4]
    assert data.machine.tolist() == [1, 0, 0, 1]
    assert np.isfinite(data.features).all()
    part = data.subset(np.array([False, True, False, True]))
    assert list(part.rows["text"]) == [TEXTS[1], TEXTS[3]]
    np.testing.assert_array_equal(part.features, data.features[[1, 3]])
    assert len(part.walks.statistics[1]) == len(data.walks.statistics[3])
