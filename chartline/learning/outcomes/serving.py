"""The one door through which a service reaches the models of outcomes: what training kept, as it is served.

heads/<outcome>/<version>/    what `chartline train outcomes` wrote; the version is a number, the highest is newest

Serving runs the code that trained and measured, on the events of `as_of.chart_at`: there is no second way to features.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from chartline.learning.outcomes.as_of import shown_case
from chartline.learning.outcomes.cases import Case
from chartline.learning.outcomes.drift import Reference
from chartline.learning.outcomes.fitness import unfit_reason
from chartline.learning.outcomes.kept import CARD, WHOLE, OutcomeHead, Prediction
from chartline.learning.outcomes.served_models import served_kind

__all__ = ["Case", "Place", "Prediction", "Reference", "ServedHead", "places", "shown_case", "unfit_reason"]


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """A version of an outcome in a folder of heads; `written` is when it became whole, in nanoseconds."""

    outcome: str
    version: int
    folder: Path
    written: int

    @property
    def name(self) -> str:
        return f"{self.outcome}/{self.version}"


@dataclass(frozen=True, slots=True, eq=False)
class ServedHead:
    """`model_version` is place and content: readmission_30d/2@6b86b273ff34."""

    place: Place
    head: OutcomeHead
    model_version: str
    card: str
    card_id: str

    @classmethod
    def load(cls, place: Place) -> ServedHead:
        """Raises InvalidRequest for a folder that lacks any part, and for a model that is not served."""
        head = OutcomeHead.load(place.folder, served_kind)
        files = sorted(file for file in place.folder.rglob("*") if file.is_file())
        content = _sha256(b"".join(file.read_bytes() for file in files))
        card = (place.folder / CARD).read_text("utf-8") if (place.folder / CARD).exists() else ""
        return cls(place, head, f"{place.name}@{content[:12]}", card, _sha256(card.encode())[:12])


def places(folder: Path) -> frozenset[Place]:
    """Every whole version; a folder that is being written has no `outcome.json` yet and is passed over."""
    found = (file for file in folder.glob(f"*/*/{WHOLE}") if file.parent.name.isdecimal())
    return frozenset(
        Place(file.parent.parent.name, int(file.parent.name), file.parent, file.stat().st_mtime_ns) for file in found
    )


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
