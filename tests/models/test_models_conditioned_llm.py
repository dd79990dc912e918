import json
import shutil
from pathlib import Path

import pytest
import torch
from peft import LoraConfig, get_peft_model
from transformers import AutoModelForCausalLM

from chartline.errors import InvalidRequest
from chartline.models.adapter import merge_adapter
from chartline.models.base_models import load_base
from chartline.models.checkpoint import ADAPTER, CARD
from chartline.models.conditioned_llm import ConditionedLLM
from tests.models.tiny_llms import CHANNELS, CONFIGS, write_checkpoint

pytestmark = pytest.mark.filterwarnings("ignore:.*is_gradient_checkpointing:FutureWarning")


@pytest.mark.parametrize("family", CONFIGS)
def test_a_checkpoint_of_any_family_loads_with_soft_tokens_at_the_scale_of_its_tokens(
    tiny_bases: dict[str, Path], tmp_path: Path, family: str
):
    llm = ConditionedLLM.load(write_checkpoint(tmp_path / "c", tiny_bases[family]))
    soft = llm.soft_tokens(torch.nn.functional.normalize(torch.randn(4, 384), dim=-1), torch.randn(4, CHANNELS))
    tokens = llm.tokens(list(range(5, 100)))
    assert soft.norm(dim=-1).mean().item() == pytest.approx(tokens.norm(dim=-1).mean().item(), rel=0.1)


def test_another_base_is_refused_by_name(tiny_bases: dict[str, Path], tmp_path: Path):
    folder = write_checkpoint(tmp_path / "c", tiny_bases["llama"])
    with pytest.raises(InvalidRequest, match=r"trained on .*llama"):
        ConditionedLLM.load(folder, str(tiny_bases["qwen2"]))


def test_a_card_that_does_not_fit_its_projector_is_refused(tiny_bases: dict[str, Path], tmp_path: Path):
    folder = write_checkpoint(tmp_path / "c", tiny_bases["llama"])
    card = json.loads((folder / CARD).read_text())
    (folder / CARD).write_text(json.dumps({**card, "channels": CHANNELS + 1}))
    with pytest.raises(InvalidRequest, match="does not fit"):
        ConditionedLLM.load(folder)
    with pytest.raises(InvalidRequest, match="is not a checkpoint"):
        ConditionedLLM.load(tmp_path)


@pytest.mark.parametrize("rslora", [False, True])
def test_merging_equals_peft(tiny_bases: dict[str, Path], tmp_path: Path, rslora: bool):
    torch.manual_seed(3)
    config = LoraConfig(r=4, lora_alpha=8, target_modules="all-linear", init_lora_weights=False, use_rslora=rslora)
    adapted = get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_bases["llama"]), config)
    adapted.save_pretrained(tmp_path / ADAPTER)
    base = load_base(str(tiny_bases["llama"]))
    merge_adapter(base.model, tmp_path / ADAPTER)
    expected = adapted.merge_and_unload().state_dict()
    for name, weight in base.model.state_dict().items():
        torch.testing.assert_close(weight, expected[name])


def test_a_checkpoint_with_an_adapter_is_loaded_merged(tiny_bases: dict[str, Path], tmp_path: Path):
    folder = write_checkpoint(tmp_path / "c", tiny_bases["llama"])
    plain = ConditionedLLM.load(folder)
    config = LoraConfig(r=4, target_modules=["q_proj"], init_lora_weights=False)
    get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_bases["llama"]), config).save_pretrained(folder / ADAPTER)
    adapted = ConditionedLLM.load(folder)
    assert plain.versions["adapter"] == "none" != adapted.versions["adapter"]
    ids = torch.tensor([[5, 6, 7]])
    assert not torch.allclose(plain.llm(ids).logits, adapted.llm(ids).logits)


def test_dora_is_refused(tiny_bases: dict[str, Path], tmp_path: Path):
    config = LoraConfig(r=4, target_modules=["q_proj"], use_dora=True)
    get_peft_model(AutoModelForCausalLM.from_pretrained(tiny_bases["llama"]), config).save_pretrained(tmp_path)
    with pytest.raises(InvalidRequest, match="use_dora"):
        merge_adapter(load_base(str(tiny_bases["llama"])).model, tmp_path)


def test_no_such_base(tmp_path: Path):
    with pytest.raises(InvalidRequest, match="neither"):
        load_base(str(tmp_path / "nowhere"))


@pytest.fixture(scope="module")
def smollm2_cache(tmp_path_factory: pytest.TempPathFactory):
    folder = tmp_path_factory.mktemp("cache")
    yield folder
    shutil.rmtree(folder)


def test_the_packaged_base_is_dequantised_once_and_speaks(smollm2_cache: Path):
    pytest.importorskip("gguf")
    base = load_base(cache_folder=smollm2_cache)
    first = list(smollm2_cache.iterdir())
    ids = base.tokenizer.apply_chat_template(
        [{"role": "user", "content": "What is the capital of France?"}], add_generation_prompt=True, return_tensors="pt"
    )["input_ids"]
    answer = base.model.generate(ids, attention_mask=torch.ones_like(ids), max_new_tokens=16, do_sample=False)
    assert "Paris" in base.tokenizer.decode(answer[0, ids.shape[1] :])
    again = load_base(cache_folder=smollm2_cache)
    assert (again.sha256, list(smollm2_cache.iterdir())) == (base.sha256, first)
