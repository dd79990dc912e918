"""The table of rpcs against the contract."""

from importlib import import_module

from google.protobuf.descriptor import FileDescriptor

from chartline.rpc.methods import RULES

SCOPES = {"read", "ask", "predict", "ingest", "internal", "operator"}
INTERNAL = {"chartline.v1.RecordService", "chartline.v1.EncoderService"}


def contract(name: str) -> FileDescriptor:
    descriptor: FileDescriptor = import_module(f"chartline.v1.{name}_service_pb2").DESCRIPTOR
    return descriptor


def rpcs() -> set[str]:
    files = [contract(name) for name in ("gateway", "ingest", "record", "encoder")]
    return {
        f"/{service.full_name}/{method.name}"
        for file in files
        for service in file.services_by_name.values()
        for method in service.methods
    }


def test_every_rpc_has_its_rule_and_every_rule_its_rpc() -> None:
    assert set(RULES) == rpcs()


def test_scopes_are_known_and_the_inner_services_demand_internal_or_an_operator() -> None:
    for path, rule in RULES.items():
        assert rule.scope in SCOPES
        assert rule.scope == "operator" or (rule.scope == "internal") == (path.split("/")[1] in INTERNAL)
        assert rule.seconds > 0
