"""Settings of every service: each field says what follows from it, each prefix is the service's own."""

from importlib import import_module

import pytest
from house import ROOT
from pydantic_settings import BaseSettings

from chartline.settings import ServiceSettings

SERVICES = sorted(file.parent.name for file in (ROOT / "services").glob("*/settings.py"))


def settings_of(service: str) -> type[BaseSettings]:
    module = import_module(f"services.{service}.settings")
    return next(
        value
        for value in vars(module).values()
        if isinstance(value, type) and issubclass(value, BaseSettings) and value not in (BaseSettings, ServiceSettings)
    )


@pytest.mark.parametrize("service", SERVICES)
def test_every_field_says_what_follows_from_it(service: str) -> None:
    silent = {name for name, field in settings_of(service).model_fields.items() if not field.description}
    assert not silent


@pytest.mark.parametrize("service", SERVICES)
def test_the_prefix_is_the_services_own(service: str) -> None:
    assert settings_of(service).model_config["env_prefix"] == f"CHARTLINE_{service.upper()}_"
