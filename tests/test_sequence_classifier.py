"""The classifier as a stock pipeline: the detector's own logit, labels by name, LoRA as a PEFT adapter."""

import dataclasses
import json
import shutil

import numpy as np
import pytest
from tokenizers.processors import TemplateProcessing

from autowritten.detector import Detector
from autowritten.errors import UsageError
from autowritten.lm.adapter import Adapter
from autowritten.text import mask, normalise
from tests.conftest import LINES, open_gemma

pytest.importorskip("peft")
RANK, FIRST, LEAVE = 2, 1, 4


@pytest.fixture(scope="module")
def tuned_folder(gemma_folder, tmp_path_factory):
    """The random Gemma with a tokenizer that puts the start token first, as Gemma's own does."""
    from transformers import AutoTokenizer

    folder = tmp_path_factory.mktemp("lm") / "tiny"
    shutil.copytree(gemma_folder, folder)
    tokenizer = AutoTokenizer.from_pretrained(folder)
    start = tokenizer.bos_token_id
    tokenizer.backend_tokenizer.post_processor = TemplateProcessing("<bos> $A", special_tokens=[("<bos>", start)])
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(scope="module")
def tuned(bundle, tuned_folder):
    """The random detector with a random adapter, windows longer than the lines."""
    rng = np.random.default_rng(1)
    arrays = {}
    for number in range(FIRST, LEAVE):
        for part, out in (("self_attn.q_proj", 16), ("mlp.up_proj", 32)):
            name = f"base_model.model.layers.{number}.{part}.lora_"
            arrays[f"{name}A.weight"] = rng.normal(size=(RANK, 16)).astype(np.float16)
            arrays[f"{name}B.weight"] = rng.normal(size=(out, RANK)).astype(np.float16) / 8
    adapter = Adapter.from_arrays({"first": FIRST, "leave": LEAVE, "scale": 2.0}, arrays)
    config = {**bundle.config, "window": 128}
    classifier = dataclasses.replace(
        bundle.classifier, centre=0 * bundle.classifier.centre
    )  # so that no unit is silent
    backbone = open_gemma(tuned_folder, adapter=adapter)
    return Detector(dataclasses.replace(bundle, adapter=adapter, config=config, classifier=classifier), backbone, 0.01)


@pytest.fixture(scope="module")
def folder(tuned, tuned_folder, tmp_path_factory):
    from autowritten import sequence_classifier

    folder = tmp_path_factory.mktemp("exported") / "classifier"
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sequence_classifier, "dense_copy", lambda source: tuned_folder)
        sequence_classifier.export(tuned, folder)
    return folder


def test_the_pipeline_gives_the_detectors_logit(tuned, folder):
    from transformers import pipeline

    classify = pipeline("text-classification", model=str(folder), top_k=None, function_to_apply="none")
    texts = [mask(normalise(line).text) for line in LINES]
    for text, found in zip(texts, classify(texts, batch_size=3), strict=True):
        logits = {item["label"]: item["score"] for item in found}
        assert logits["machine"] == pytest.approx(tuned.score(text).classifier_logit, abs=1e-3)
        assert logits["human"] == 0.0


def test_peft_opens_the_adapter_and_it_matters(tuned, folder):
    import torch
    from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer

    config = json.loads((folder / "adapter_config.json").read_text())
    assert (config["peft_type"], config["task_type"], config["r"]) == ("LORA", "SEQ_CLS", RANK)
    assert AutoConfig.from_pretrained(folder).id2label == {0: "human", 1: "machine"}
    model = AutoModelForSequenceClassification.from_pretrained(folder).eval()
    ids = AutoTokenizer.from_pretrained(folder)(LINES[0], return_tensors="pt")["input_ids"]
    with torch.inference_mode():
        adapted = model(ids).logits[0, 1].item()
        model.disable_adapters()
        plain = model(ids).logits[0, 1].item()
    assert adapted == pytest.approx(tuned.score(LINES[0]).classifier_logit, abs=1e-3)
    assert abs(plain - adapted) > 0.01


def test_a_bundle_without_fine_tuning_is_refused(detector, tmp_path):
    from autowritten.sequence_classifier import export

    with pytest.raises(UsageError, match="fine-tuned"):
        export(detector, tmp_path / "nothing")
