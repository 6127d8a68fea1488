"""The evaluation gate with the real data and the real bundle."""

import pytest

from benchmarks import gate
from training.paths import data_folder


@pytest.mark.model
def test_the_shipped_bundle_holds_its_floors():
    if not (data_folder() / "dev.parquet").exists():
        pytest.skip("the data folder is not there")
    if not gate.PINNED.exists():
        pytest.skip("no floors are pinned yet")
    assert gate.main([]) == 0
