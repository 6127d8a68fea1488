"""The adapted branch beside the stock classifier that it must equal."""

import pytest
import torch

from autowritten.adapter import Adapter

FIRST, LEAVE, RANK = 1, 3, 2


@pytest.fixture(scope="module")
def peft_classifier(gemma_folder):
    """The stock sequence classifier of the random Gemma, cut after three layers, with random LoRA on layers 1 and 2."""
    peft = pytest.importorskip("peft")
    from transformers import AutoConfig, AutoModelForSequenceClassification

    torch.manual_seed(1)
    config = AutoConfig.from_pretrained(gemma_folder)
    config.num_hidden_layers, config.layer_types, config.num_labels = LEAVE, config.layer_types[:LEAVE], 1
    base = AutoModelForSequenceClassification.from_pretrained(gemma_folder, config=config, dtype=torch.float32)
    model = peft.get_peft_model(
        base,
        peft.LoraConfig(r=RANK, lora_alpha=3 * RANK, target_modules=r".*layers\.(1|2)\..*(q|k|v|o|gate|up|down)_proj",
                        task_type="SEQ_CLS", modules_to_save=["score"]),
    )  # fmt: skip
    for name, parameter in model.named_parameters():
        if "lora_B" in name:
            torch.nn.init.normal_(parameter, std=0.3)
    return model.eval()


@pytest.fixture(scope="module")
def adapter(peft_classifier):
    from peft import get_peft_model_state_dict

    return Adapter(FIRST, LEAVE, 3.0, dict(get_peft_model_state_dict(peft_classifier)))


@torch.inference_mode()
def test_the_branch_equals_the_stock_classifier(gemma, adapter, peft_classifier):
    parts = [[5, 9, 300, 41, 7, 8, 12, 90, 33, 21, 60], [17, 4], [200]]
    ids = torch.zeros(3, 12, dtype=torch.long)  # the pad token is 0
    for row, part in zip(ids, parts, strict=True):
        row[0] = gemma.start
        row[1 : len(part) + 1] = torch.tensor(part)
    states = gemma.model.base_model(input_ids=ids, output_hidden_states=True).hidden_states[FIRST]
    ours = adapter.attach(gemma.model).logits(states, torch.tensor([11, 2, 1]))
    torch.testing.assert_close(ours, peft_classifier(input_ids=ids).logits[:, 0], rtol=1e-4, atol=1e-4)


@torch.inference_mode()
def test_attaching_leaves_the_language_model_as_it_was(gemma, adapter):
    before = {name: value.clone() for name, value in gemma.model.state_dict().items()}
    adapter.attach(gemma.model)
    assert all(torch.equal(value, before[name]) for name, value in gemma.model.state_dict().items())
