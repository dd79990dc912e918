"""By which route a drug is given, whatever its sender calls it: "IV", "IV drip" and "Intravenous route" are one.

The table (vocabulary/routes.toml) names the routes; what it does not know is a route of its own.
"""

import re
import tomllib
from functools import lru_cache
from pathlib import Path

from chartline.record.names import normalise

_TABLE = tomllib.loads((Path(__file__).parent / "vocabulary" / "routes.toml").read_text())
_FORMS = frozenset(_TABLE["forms"])
_ROUTES = {name: route for route, names in _TABLE["routes"].items() for name in (route, *names)}


@lru_cache(maxsize=4096)
def routes_of(text: str) -> frozenset[str]:
    """Each that is named: "PO/NG" is by mouth or by a tube."""
    return frozenset(_route(normalise(part)) for part in re.split(r"[/,;]| or ", text) if normalise(part))


def _route(said: str) -> str:
    bare = " ".join(word for word in said.split() if word not in _FORMS)
    return _ROUTES.get(said) or _ROUTES.get(bare) or said
