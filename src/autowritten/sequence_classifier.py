"""The classifier half alone as a transformers sequence classifier with a PEFT adapter, for tools that expect one.

    from autowritten import Detector
    from autowritten.sequence_classifier import export
    export(Detector.load(), "classifier")
    pipeline("text-classification", model="classifier", top_k=None, function_to_apply="none")

Importing this module registers the architecture with transformers: pooled states of several depths are nothing that a stock
class computes, and code from a model folder is never run. The detector stays the one that normalises, masks, reads long
posts in windows, fuses and calibrates; what comes out here is `Score.classifier_logit` of a text of one window.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save_file
from torch import nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoTokenizer,
    Gemma3TextConfig,
    Gemma3TextModel,
)
from transformers.modeling_outputs import SequenceClassifierOutput
from transformers.models.gemma3.modeling_gemma3 import Gemma3PreTrainedModel

from autowritten.detector import Detector
from autowritten.errors import UsageError
from autowritten.lm.embedded import dense_copy

LABELS = ("human", "machine")


class AutowrittenConfig(Gemma3TextConfig):  # type: ignore[no-untyped-call]
    """A Gemma 3 text model cut off after its first layers, and where its states are pooled.

    Attributes:
        depths: layers after which the mean state is taken.
        spread_depths: those of `depths` whose standard deviation is taken too.
        units: of the layer between the states and the logit.
    """

    model_type = "autowritten"
    depths: list[int] | None = None
    spread_depths: list[int] | None = None
    units: int = 1


class AutowrittenForSequenceClassification(Gemma3PreTrainedModel):
    """Pooled hidden states, one layer of units, two labels: `human` is the zero point, `machine` has the log-odds."""

    config_class = AutowrittenConfig

    def __init__(self, config: AutowrittenConfig) -> None:
        super().__init__(config)
        self.num_labels = len(LABELS)
        self.model = Gemma3TextModel(config)
        self.model.norm = nn.Identity()  # states are pooled as they are between layers
        states = (len(config.depths or ()) + len(config.spread_depths or ())) * config.hidden_size
        self.centre = nn.Parameter(torch.zeros(states))
        self.units = nn.Linear(states, config.units)
        self.score = nn.Linear(config.units, 1)
        self.post_init()  # type: ignore[no-untyped-call]

    def forward(
        self,
        input_ids: torch.Tensor,
        attention_mask: torch.Tensor | None = None,
        labels: torch.Tensor | None = None,
        **_kwargs: object,
    ) -> SequenceClassifierOutput:
        """Return logits of shape (batch, 2).

        Args:
            input_ids: start token and text, shape (batch, length).
            attention_mask: 0 at padding, same shape.
            labels: 0 or 1 a text, for a loss.
        """
        if attention_mask is None:
            attention_mask = torch.ones_like(input_ids)
        hidden = self.model(
            input_ids=input_ids, attention_mask=attention_mask, use_cache=False, output_hidden_states=True
        ).hidden_states
        text = (attention_mask.bool() & (input_ids != self.config.bos_token_id))[:, :, None]
        count = text.sum(1).clamp_min(1)
        # Double precision: the spread is a difference of two sums, and some of Gemma's states are in the thousands.
        means = {depth: (hidden[depth].double() * text).sum(1) / count for depth in self.config.depths}
        spreads = [
            ((hidden[depth].double() ** 2 * text).sum(1) / count - means[depth] ** 2).clamp_min(0.0).sqrt()
            for depth in self.config.spread_depths
        ]
        states = torch.cat([*means.values(), *spreads], dim=1).to(self.centre.dtype)
        machine = self.score(torch.relu(self.units(states - self.centre)))
        logits = torch.cat([torch.zeros_like(machine), machine], dim=1)
        loss = nn.functional.cross_entropy(logits, labels) if labels is not None else None
        return SequenceClassifierOutput(loss=loss, logits=logits)


AutoConfig.register(AutowrittenConfig.model_type, AutowrittenConfig, exist_ok=True)
AutoModelForSequenceClassification.register(AutowrittenConfig, AutowrittenForSequenceClassification, exist_ok=True)


def export(detector: Detector, folder: str | os.PathLike[str]) -> None:
    """Write a detector's classifier as a model folder that `AutoModelForSequenceClassification.from_pretrained` opens.

    The folder holds the language model's lower layers and the head (`model.safetensors`, about 0.9 GB), the fine-tuning as a
    PEFT adapter (`adapter_model.safetensors`, a few MB) and the tokenizer.

    Args:
        detector: of `Detector.load`.
        folder: made if need be.

    Raises:
        UsageError: PEFT is not installed, or the detector has no fine-tuned classifier.
    """
    adapter, classifier = detector.bundle.adapter, detector.bundle.classifier
    if adapter is None or not detector.calibrated:
        raise UsageError("only a bundle with a fine-tuned classifier, on its own language model, can be exported")
    try:
        from peft import LoraConfig
    except ImportError as error:
        raise UsageError("exporting needs PEFT: pip install 'autowritten[train]'") from error
    source = dense_copy(detector.bundle.config["backbone"])
    text: Any = AutoModel.from_pretrained(source, dtype=torch.float32, local_files_only=True)
    config = AutowrittenConfig(**{
        **text.config.to_dict(), "model_type": AutowrittenConfig.model_type, "num_hidden_layers": adapter.leave,
        "layer_types": text.config.layer_types[: adapter.leave], "architectures": None, "depths": list(classifier.depths),
        "spread_depths": list(classifier.spread_depths), "units": len(classifier.bias),
        "id2label": dict(enumerate(LABELS)), "label2id": {label: i for i, label in enumerate(LABELS)},
    })  # fmt: skip
    with torch.device("meta"):
        model = AutowrittenForSequenceClassification(config)
    weights = {f"model.{name}": value for name, value in text.state_dict().items()}
    head = {
        "centre": classifier.centre, "units.weight": classifier.weight.T.copy(), "units.bias": classifier.bias,
        "score.weight": classifier.output[None].copy(), "score.bias": classifier.output_bias,
    }  # fmt: skip
    weights |= {name: torch.as_tensor(value, dtype=torch.float32).reshape(-1) if name == "score.bias"
                else torch.from_numpy(value) for name, value in head.items()}  # fmt: skip
    wanted = model.state_dict()
    model.load_state_dict({name: weights[name] for name in wanted}, assign=True)
    model.save_pretrained(folder)
    AutoTokenizer.from_pretrained(source, local_files_only=True).save_pretrained(folder)
    tensors = {
        name.replace("base_model.model.", "base_model.model.model.", 1): torch.from_numpy(value).float()
        for name, value in adapter.tensors.items()
    }
    adapted = {name.removeprefix("base_model.model.").rpartition(".lora_")[0] for name in tensors}
    LoraConfig(
        r=adapter.rank,
        lora_alpha=int(adapter.scale * adapter.rank),
        task_type="SEQ_CLS",
        base_model_name_or_path=str(folder),
        target_modules=sorted(adapted),
    ).save_pretrained(str(folder))
    save_file(tensors, Path(folder) / "adapter_model.safetensors", {"format": "pt"})
