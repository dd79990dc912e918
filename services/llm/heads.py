"""The heads in service: versions come and go in their folder while calls run on, and a call sees one state of them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from chartline.errors import InvalidRequest
from chartline.learning.outcomes.serving import Place, ServedHead, places
from chartline.telemetry import get_logger

log = get_logger(__name__)


class Heads:
    """`refresh` in one thread, everything else in any."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._loaded: dict[Place, ServedHead] = {}
        self._broken: frozenset[Place] = frozenset()

    def refresh(self) -> None:
        """Loads what is new, then swaps it in. A version that does not load is left out: the one before serves on."""
        found = places(self._folder)
        loaded = {place: head for place, head in self._loaded.items() if place in found}
        broken = {place for place in self._broken if place in found}
        for place in sorted(found - loaded.keys() - broken):
            try:
                loaded[place] = ServedHead.load(place)
                log.info("head_loaded", outcome=place.outcome, version=loaded[place].model_version)
            except Exception as error:  # whatever is wrong with one version, the others serve
                broken.add(place)
                reason = error.message if isinstance(error, InvalidRequest) else type(error).__name__
                log.error("head_broken", outcome=place.outcome, version=place.version, reason=reason)
        self._loaded, self._broken = loaded, frozenset(broken)

    @property
    def broken(self) -> int:
        return len(self._broken)

    def all(self) -> tuple[ServedHead, ...]:
        """By outcome, the newest version first."""
        heads = self._loaded.values()
        return tuple(sorted(heads, key=lambda head: (head.place.outcome, -head.place.version)))

    def by_name(self) -> Mapping[str, ServedHead]:
        """Of `outcome`, which is its newest version, and of `outcome/version`."""
        newest_last = self.all()[::-1]
        return {h.place.name: h for h in newest_last} | {h.place.outcome: h for h in newest_last}
