"""The models' config.pbtxt against the contract, and against the traps of Triton that it must not step into."""

import pytest
from google.protobuf import text_format
from tritonclient.grpc import model_config_pb2

from chartline import llm_contract as contract
from services.llm.repository import MODELS

CONTRACT = {
    contract.LLM_MODEL: (contract.LLM_INPUTS, contract.LLM_OUTPUTS),
    contract.PREDICTOR_MODEL: (contract.PREDICTOR_INPUTS, contract.PREDICTOR_OUTPUTS),
    contract.ECHO_MODEL: (contract.ECHO_INPUTS, contract.ECHO_OUTPUTS),
}


def _config(model: str) -> model_config_pb2.ModelConfig:
    return text_format.Parse((MODELS / model / "config.pbtxt").read_text(), model_config_pb2.ModelConfig())


def _tensors(tensors) -> tuple[contract.Tensor, ...]:
    names = model_config_pb2.DataType.Name
    return tuple(
        contract.Tensor(t.name, names(t.data_type), tuple(t.dims), getattr(t, "optional", False)) for t in tensors
    )


def test_every_model_of_the_contract_is_in_the_repository():
    assert {folder.name for folder in MODELS.iterdir()} == set(CONTRACT)


@pytest.mark.parametrize("model", CONTRACT)
def test_tensors_are_those_of_the_contract(model: str):
    config = _config(model)
    assert config.name == model
    assert (_tensors(config.input), _tensors(config.output)) == CONTRACT[model]


@pytest.mark.parametrize("model", CONTRACT)
def test_policies(model: str):
    config = _config(model)
    assert config.backend == "python"
    assert config.max_batch_size == (32 if model == contract.PREDICTOR_MODEL else 0)
    assert config.model_transaction_policy.decoupled == (model == contract.LLM_MODEL)
    assert config.HasField("dynamic_batching") == (model == contract.PREDICTOR_MODEL)
    assert not config.dynamic_batching.HasField("default_queue_policy")  # it stalls requests for half a second
    assert not config.dynamic_batching.max_queue_delay_microseconds
    assert [group.count for group in config.instance_group] == [1]


@pytest.mark.parametrize("model", CONTRACT)
def test_shims_are_short(model: str):
    assert len((MODELS / model / "1" / "model.py").read_text().splitlines()) <= 60
