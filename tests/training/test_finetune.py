import numpy as np
import pytest
import torch

from training.finetune import batches, target


def test_batches_hold_everything_once_and_keep_to_their_size():
    lengths = list(np.random.default_rng(0).integers(1, 97, 500))
    found = batches(lengths, 512)
    assert sorted(i for batch in found for i in batch) == list(range(500))
    assert all((max(lengths[i] for i in batch) + 1) * len(batch) <= 512 for batch in found)
    assert batches([1000], 512) == [[0]]  # too long for any batch: a batch of its own


def test_short_texts_are_only_weakly_machine():
    machine = torch.tensor([1.0, 1.0, 0.0, 0.0])
    tokens = torch.tensor([6, 96, 6, 96])
    found = target(machine, tokens, 0.02).tolist()
    assert found[1] == pytest.approx(0.98, abs=1e-3)
    assert 0.7 < found[0] < 0.8
    assert found[2] == pytest.approx(1 - found[0], abs=1e-6)
    assert found[3] == pytest.approx(1 - found[1], abs=1e-6)
