"""What became of records by where they come from, since the process began; the durable counts are the encoder's."""

from collections import Counter, defaultdict
from dataclasses import dataclass, field

from services.ingest.incoming import Incoming

#: Of one tenant; further ones are counted together, under no name.
_MOST_SOURCES = 200


@dataclass(slots=True)
class SourceCounts:
    outcomes: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)


class Sources:
    def __init__(self) -> None:
        self._tenants: defaultdict[str, dict[tuple[str, str], SourceCounts]] = defaultdict(dict)

    def add(self, incoming: Incoming, outcome: str, reason: str) -> None:
        known = self._tenants[incoming.tenant]
        key = (incoming.source_format, incoming.source)
        if key not in known and len(known) >= _MOST_SOURCES:
            key = ("", "")
        counts = known.setdefault(key, SourceCounts())
        counts.outcomes[outcome] += 1
        if reason:
            counts.reasons[reason] += 1

    def of(self, tenant: str) -> dict[tuple[str, str], SourceCounts]:
        """By format and CloudEvents source."""
        return dict(self._tenants.get(tenant, {}))
