"""Token statistics against a plain float64 reference."""

import numpy as np
import pytest
import torch

from autowritten.lm import surprisal
from autowritten.lm.surprisal import Head, Surprisal, TokenStatistics

VOCABULARY, HIDDEN, TOKENS = 1000, 16, 70


def reference(head, hidden, targets, vocabulary=None):
    """Return the four statistics, one token at a time in float64."""
    rows = []
    for state, target in zip(hidden.double(), targets.tolist(), strict=True):
        z = head.weight.double() @ state + (0 if head.bias is None else head.bias.double())
        if head.softcap is not None:
            z = head.softcap * torch.tanh(z / head.softcap)
        own = z[target].item()
        if vocabulary is not None:
            z = z[sorted({*vocabulary.tolist(), target})]
        log_p = torch.log_softmax(z, 0)
        p = log_p.exp()
        entropy = -(p * log_p).sum()
        rows.append(
            (
                own - torch.logsumexp(z, 0),
                int((z > own).sum()) + 1,
                entropy,
                (p * log_p**2).sum() - entropy**2,
            )
        )
    return np.array(rows, dtype=np.float64).T


def make(seed=0, bias=False, softcap=None, scale=3.0):
    g = torch.Generator().manual_seed(seed)
    head = Head(
        scale * torch.randn(VOCABULARY, HIDDEN, generator=g),
        torch.randn(VOCABULARY, generator=g) if bias else None,
        softcap,
    )
    return (
        head,
        torch.randn(TOKENS, HIDDEN, generator=g),
        torch.randint(VOCABULARY, (TOKENS,), generator=g),
    )


@pytest.mark.parametrize("softcap", [None, 8.0])
@pytest.mark.parametrize("bias", [False, True])
@pytest.mark.parametrize("trimmed", [False, True])
def test_equals_the_float64_reference(trimmed, bias, softcap):
    head, hidden, targets = make(bias=bias, softcap=softcap)
    vocabulary = torch.arange(0, VOCABULARY, 3) if trimmed else None
    if trimmed:
        inside = torch.isin(targets, vocabulary)
        assert inside.any()
        assert not inside.all()
    found = Surprisal(head, vocabulary)(hidden, targets).numpy()
    np.testing.assert_allclose(found, reference(head, hidden, targets, vocabulary), atol=2e-4, rtol=1e-5)


def test_the_whole_vocabulary_can_be_asked_for():
    head, hidden, targets = make()
    trimmed = Surprisal(head, torch.arange(10))
    np.testing.assert_allclose(trimmed(hidden, targets, whole=True), Surprisal(head)(hidden, targets), atol=1e-6)


@pytest.mark.parametrize("trimmed", [False, True])
@pytest.mark.parametrize(("tokens", "chunk"), [(1, 333), (7, 13), (64, 999), (1000, 1000), (5, 100_000)])
def test_chunk_sizes_do_not_matter(monkeypatch, tokens, chunk, trimmed):
    head, hidden, targets = make(softcap=20.0)
    vocabulary = torch.arange(0, VOCABULARY, 3) if trimmed else None
    expected = Surprisal(head, vocabulary)(hidden, targets)
    monkeypatch.setattr(surprisal, "TOKENS", tokens)
    monkeypatch.setattr(surprisal, "CHUNK", chunk)
    torch.testing.assert_close(Surprisal(head, vocabulary)(hidden, targets), expected, atol=1e-4, rtol=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_the_likeliest_token_has_rank_one(dtype):
    """Its logit is computed twice, rounded differently; it must not come out as more likely than itself."""
    head, hidden, _ = make(scale=1.0)
    head = Head(head.weight.to(dtype))
    hidden = hidden.to(dtype)
    targets = (hidden.float() @ head.weight.float().T).argmax(dim=1)
    logits = hidden.float() @ head.weight.float().T
    lead = logits.topk(2, dim=1).values.diff(dim=1).neg()[:, 0] > 0.1  # a lead that bfloat16 can't round away
    assert lead.sum() > 20
    log_prob, rank, _, _ = Surprisal(head)(hidden, targets)
    assert (rank[lead] == 1).all()
    assert (log_prob <= 0).all()


def test_numbers_of_large_logits_keep_their_precision():
    head, hidden, targets = make(scale=1.0)
    shifted = Head(head.weight, torch.full((VOCABULARY,), 300.0))
    np.testing.assert_allclose(
        Surprisal(shifted)(hidden, targets), reference(head, hidden, targets), atol=1e-3, rtol=1e-4
    )


def test_certain_prediction():
    weight = torch.zeros(50, 2)
    weight[7] = 200.0
    log_prob, rank, entropy, variance = Surprisal(Head(weight))(torch.ones(1, 2), torch.tensor([7]))[:, 0].tolist()
    assert (log_prob, rank, entropy, variance) == (0.0, 1.0, 0.0, 0.0)


def test_uniform_prediction():
    log_prob, rank, entropy, variance = Surprisal(Head(torch.zeros(50, 2)))(torch.ones(1, 2), torch.tensor([7]))[:, 0]
    assert log_prob.item() == pytest.approx(-np.log(50), abs=1e-6)
    assert entropy.item() == pytest.approx(np.log(50), abs=1e-6)
    assert rank.item() == 1  # no token is likelier
    assert variance.item() == pytest.approx(0.0, abs=1e-6)


def test_no_tokens():
    head, hidden, targets = make()
    assert Surprisal(head)(hidden[:0], targets[:0]).shape == (4, 0)


def test_a_token_alone_equals_the_token_among_others():
    head, hidden, targets = make()
    surprisals = Surprisal(head, torch.arange(0, VOCABULARY, 3))
    alone = torch.cat([surprisals(hidden[i : i + 1], targets[i : i + 1]) for i in range(TOKENS)], dim=1)
    torch.testing.assert_close(surprisals(hidden, targets), alone, atol=1e-4, rtol=1e-5)


def test_coverage():
    head, _, _ = make()
    surprisals = Surprisal(head, torch.tensor([1, 2, 3]))
    assert surprisals.coverage([1, 2, 3, 999]) == 0.75
    assert surprisals.coverage([]) == 1.0
    assert Surprisal(head).coverage([999]) == 1.0


def test_statistics_join_and_travel_as_a_matrix():
    first = TokenStatistics.from_matrix(np.arange(8, dtype=np.float32).reshape(4, 2))
    second = TokenStatistics.from_matrix(np.arange(4, dtype=np.float32).reshape(4, 1))
    both = TokenStatistics.concatenate([first, second])
    assert len(both) == 3
    np.testing.assert_array_equal(both.matrix(), np.hstack([first.matrix(), second.matrix()]))
