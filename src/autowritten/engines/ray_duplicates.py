"""Near-duplicates among more posts than one machine holds: MinHash bands as a groupby of Ray Data.

`near_duplicates` is `campaigns.clusters.near_duplicates` on a cluster. Needs the extras `ray` and `campaigns`.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from hashlib import blake2b
from typing import TYPE_CHECKING, Any

import numpy as np
import ray
from numpy.typing import NDArray

from autowritten.campaigns.clusters import candidates, is_long, labels, similar
from autowritten.campaigns.fingerprint import BANDS, bands, signatures, skeleton

if TYPE_CHECKING:
    import pyarrow as pa
    from ray.data import Dataset

_BLOCK = 2_000
"""Posts whose bands are made at a time: 25 MB."""
_GROUP = 50_000
"""Wordings compared at a time: 20 MB of signatures."""


def near_duplicates(ds: Dataset, text_column: str = "text") -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Do what `campaigns.clusters.near_duplicates` does, on a cluster, with the same result.

    Candidates come from a groupby on the bands of MinHash signatures; each group compares its own. Here there are only a
    number a post and the pairs that were found: some 30 bytes a post. Some 13 kB a wording go through the shuffle.

    Args:
        ds: with a column of posts, all of them text.
        text_column: its name.

    Returns:
        The cluster of each post, and a number for its skeleton, in the order of the rows.
    """
    ds.context.execution_options.preserve_order = True
    told = [
        (batch["key"], batch["long"])
        for batch in ds.map_batches(partial(_wordings, text_column), batch_format="pyarrow").iter_batches(
            batch_size=None, batch_format="numpy"
        )
    ]
    if not told:
        return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
    keys, long = (np.concatenate(parts) for parts in zip(*told, strict=True))
    wordings, first, inverse = np.unique(keys, return_index=True, return_inverse=True)
    numbers = np.empty(len(first), dtype=np.int64)  # by first appearance, as the local ones
    numbers[np.argsort(first)] = np.arange(len(first))
    pairs = (
        ds.map_batches(
            partial(_banded, text_column, 1 + len(first) // _GROUP, ray.put((wordings, numbers))),
            batch_size=_BLOCK,
            batch_format="pyarrow",
        )
        .groupby("group", num_partitions=1 + len(first) // _BLOCK)
        .map_groups(_compared, batch_format="numpy")
    )
    found = [
        np.stack([b["left"], b["right"]], axis=1) for b in pairs.iter_batches(batch_size=None, batch_format="numpy")
    ]
    compared = long[first][np.argsort(numbers)]
    place = np.cumsum(compared) - 1
    linked = place[np.concatenate(found)] if found else np.zeros((0, 2), dtype=np.int64)
    which = numbers[inverse]
    return labels(which, compared, linked), which


def _wordings(text_column: str, table: pa.Table) -> dict[str, NDArray[Any]]:
    """Return a 64-bit number for each post's skeleton, and whether it is long enough to be compared."""
    skeletons = [skeleton(post) for post in table[text_column].to_pylist()]
    return {"key": _keys(skeletons), "long": np.array([is_long(s) for s in skeletons], dtype=bool)}


def _keys(skeletons: Sequence[str]) -> NDArray[np.uint64]:
    digests = b"".join(blake2b(s.encode("utf-8", "surrogatepass"), digest_size=8).digest() for s in skeletons)
    return np.frombuffer(digests, dtype=np.uint64)


def _banded(text_column: str, parts: int, known: Any, table: pa.Table) -> dict[str, NDArray[Any]]:  # noqa: ANN401 - a Ray reference
    """Return a row for each band of each wording long enough: group, key in the band, number, signature."""
    skeletons = [s for s in dict.fromkeys(map(skeleton, table[text_column].to_pylist())) if is_long(s)]
    wordings, numbers = ray.get(known)
    number = numbers[np.searchsorted(wordings, _keys(skeletons))]
    signature = signatures(skeletons)
    keys = bands(signature)
    group = np.arange(BANDS)[:, None] * parts + (keys % np.uint64(parts)).astype(np.int64)
    return {
        "group": group.ravel(),
        "key": keys.ravel(),
        "number": np.tile(number, BANDS),
        "signature": np.tile(signature, (BANDS, 1)),
    }


def _compared(group: dict[str, NDArray[Any]]) -> dict[str, NDArray[np.int64]]:
    """Return the pairs of similar wordings of a group, which has all those that are alike in some band."""
    # In the order of first appearance, each once: then candidates are those of the local path.
    number, row = np.unique(group["number"], return_index=True)
    pairs = similar(np.asarray(group["signature"])[row], candidates(group["key"][row]))
    return {"left": number[pairs[:, 0]], "right": number[pairs[:, 1]]}
