"""What the detector is measured against: the same two halves as one would plainly write them with transformers, in float32.

The weights are the embedded model's as they come out of its GGUF file, not rounded to bfloat16; the vocabulary is whole for
the timings (`statistics`), and may be the trimmed one where scores are compared (`Plain` as a `Backbone`'s model).
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from torch import Tensor
from transformers import AutoModelForCausalLM, AutoTokenizer

from autowritten.bundle import EMBEDDED, Bundle
from autowritten.detector import Detector
from autowritten.lm.backbone import Backbone, windows
from autowritten.lm.causal_lm import CausalLM
from autowritten.lm.embedded import dense_copy
from autowritten.text import mask, normalise


class Plain(CausalLM):
    """The language model, and beside it a second one, fine-tuned, that leaves after the classifier's layers."""

    def __init__(self, bundle: Bundle) -> None:
        adapter = bundle.adapter
        if adapter is None:
            raise SystemExit(f"{bundle.name} has no fine-tuned branch")
        folder = dense_copy(EMBEDDED, "float32")
        model: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        super().__init__(model, model.config.bos_token_id, "plain")
        tuned: Any = AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)
        self.tuned: Any = tuned.base_model.eval()
        self.tuned.layers = self.tuned.layers[: adapter.leave]
        self.tuned.config.num_hidden_layers = adapter.leave
        for number in range(adapter.first, adapter.leave):
            for name, weight in self.tuned.layers[number].named_parameters():
                weight.data = adapter.merge(number, name, weight.data)
        self.tuned.norm = torch.nn.Identity()  # states are pooled as they are between layers
        self.tokenizer: Any = AutoTokenizer.from_pretrained(folder)

    def states(
        self, texts: Sequence[Sequence[int]], depths: Collection[int], last: bool
    ) -> tuple[dict[int, Tensor], Tensor | None]:
        """Walk both models; see `Gemma.states`."""
        ids, inside = self.pad(texts)
        hidden = self.tuned(input_ids=ids, output_hidden_states=True, use_cache=False).hidden_states
        top = self.model.base_model(input_ids=ids, use_cache=False).last_hidden_state if last else None
        return {d: hidden[d][inside] for d in depths}, None if top is None else top[inside]

    @torch.inference_mode()
    def scores(self, bundle: Bundle, posts: Sequence[str], batch: int) -> Iterator[tuple[Tensor, float]]:
        """Yield each window's statistics over the whole vocabulary, and the classifier's logit: what a plain loop makes.

        Args:
            bundle: of the classifier.
            posts: as a user has them.
            batch: windows a pass, in the order of the posts, padded to the longest.
        """
        texts = [mask(normalise(post).text) for post in posts]
        ids = self.tokenizer(texts, add_special_tokens=False, split_special_tokens=True, verbose=False)["input_ids"]
        parts = [part for text in ids for part in windows(text, bundle.config["window"])]
        depths = bundle.config["depths"]
        for begin in range(0, len(parts), batch):
            chosen = parts[begin : begin + batch]
            padded, _ = self.pad(chosen)
            logits = self.model(input_ids=padded, use_cache=False).logits
            hidden = self.tuned(input_ids=padded, output_hidden_states=True, use_cache=False).hidden_states
            for row, part in enumerate(chosen):
                found = statistics(logits[row, : len(part)], torch.tensor(part))
                rows = [hidden[d][row, 1 : len(part) + 1].numpy() for d in depths]
                pooled, spread = np.stack([r.mean(0) for r in rows]), np.stack([r.std(0) for r in rows])
                yield found, float(bundle.classifier.logits(pooled[None], spread[None])[0])


def statistics(logits: Tensor, targets: Tensor) -> Tensor:
    """Return log-probability, rank, entropy and variance of each target, shape (4, tokens)."""
    log_p = logits.log_softmax(-1)
    own = log_p.gather(1, targets[:, None])
    p = log_p.exp()
    mean = (p * log_p).sum(-1)
    return torch.stack([own[:, 0], (log_p > own).sum(-1) + 1, -mean, (p * log_p.square()).sum(-1) - mean.square()])


def reference() -> Detector:
    """Return the shipped detector on the plain path: transformers, float32, weights not rounded."""
    bundle = Bundle.from_pretrained()
    model = Plain(bundle)
    vocabulary = torch.from_numpy(bundle.vocabulary).long()
    backbone = Backbone(model, model.tokenizer.backend_tokenizer, "plain", vocabulary)
    return Detector(bundle, backbone, bundle.config["fpr"])
