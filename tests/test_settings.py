"""Settings: read from the environment of one service, frozen, each with its consequence said."""

from pathlib import Path

import pytest
from pydantic import ValidationError
from pydantic_settings import SettingsConfigDict

from chartline.settings import ServiceSettings


class SampleSettings(ServiceSettings):
    model_config = SettingsConfigDict(env_prefix="CHARTLINE_SAMPLE_")

    depth: int = 3
    """How deep; deeper is slower."""


@pytest.fixture(autouse=True)
def _jwks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLINE_SAMPLE_JWKS_FILE", "keys/jwks.json")


def test_a_service_reads_its_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLINE_SAMPLE_DEPTH", "5")
    monkeypatch.setenv("CHARTLINE_OTHER_DEPTH", "7")
    settings = SampleSettings()
    assert (settings.depth, settings.jwks_file, settings.service) == (5, Path("keys/jwks.json"), "sample")


def test_settings_are_frozen() -> None:
    with pytest.raises(ValidationError):
        SampleSettings().depth = 4


def test_a_misspelled_variable_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLINE_SAMPLE_DEPHT", "5")
    with pytest.raises(ValidationError, match="CHARTLINE_SAMPLE_DEPHT"):
        SampleSettings()


def test_half_a_certificate_ends_the_start(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHARTLINE_SAMPLE_TLS_KEY_FILE", "key.pem")
    with pytest.raises(ValidationError, match="belong together"):
        SampleSettings()


@pytest.mark.parametrize(("name", "value"), [("LOG_LEVEL", "LOUD"), ("MAX_CONCURRENT", "0"), ("DRAIN_SECONDS", "-1")])
def test_what_makes_no_sense_ends_the_start(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    monkeypatch.setenv(f"CHARTLINE_SAMPLE_{name}", value)
    with pytest.raises(ValidationError):
        SampleSettings()


def test_every_field_says_what_follows_from_it() -> None:
    for name, field in SampleSettings.model_fields.items():
        assert field.description, name
        assert "\n" not in field.description, name
