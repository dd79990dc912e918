"""The resource types of FHIR R4 that carry no event of a patient, each with the reason."""

import tomllib
from pathlib import Path

_DATA = tomllib.loads(Path(__file__).with_name("types.toml").read_text("utf-8"))

#: Known and understood to hold nothing that a chart shows as an event. Any other type is unreadable.
WITHOUT_EVENTS: dict[str, str] = {name: reason for reason, group in _DATA.items() for name in group["types"]}
