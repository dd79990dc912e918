"""Reading FHIR resources: decoding alone, and bytes to events, against fhir.resources (R4B).

Both read the same bytes, each resource by its own type; what fhir.resources refuses neither reads. The peer only
validates a model: ours, from bytes to events, also finds patient, versions, times, values and words.

    python bench/fhir_parse.py [PATH… --format F] [--records 2000] [--rounds 5]
"""

import argparse
from collections import Counter
from collections.abc import Callable
from functools import partial

import msgspec
from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError
from side_by_side import records
from side_by_side.report import Line, Report, arguments
from side_by_side.rounds import paired, rate

from services.ingest.parsers import parse
from services.ingest.parsers.fhir.readers import READERS
from services.ingest.parsers.fhir.single import Typed

#: Decoding alone, against fhir.resources.
GOAL = 30.0

Read = Callable[[bytes], object]


def peer(resource_type: str) -> Read:
    read: Read = get_fhir_model_class(resource_type).model_validate_json
    return read


def readable(options: argparse.Namespace) -> list[tuple[str, bytes]]:
    """Type and bytes of each resource that both sides read."""
    payloads = [message.payload for message in records.messages(options) if message.format == "fhir"]
    typed = [(msgspec.json.decode(payload, type=Typed).resource_type, payload) for payload in payloads]
    return [(name, payload) for name, payload in typed if name in READERS and _accepts(peer(name), payload)]


def _accepts(read: Read, payload: bytes) -> bool:
    try:
        read(payload)
    except ValidationError:
        return False
    return True


def _times(work: list[tuple[Read, bytes]]) -> int:
    for read, payload in work:
        read(payload)
    return len(work)


def measure(options: argparse.Namespace) -> Report:
    found = readable(options)
    ways: dict[str, list[tuple[Read, bytes]]] = {
        "decode": [(READERS[name].decode, payload) for name, payload in found],
        "events": [(partial(parse, "fhir"), payload) for _, payload in found],
        "fhir.resources": [(peer(name), payload) for name, payload in found],
    }
    taken = paired(options.rounds, {name: lambda work=work: rate(lambda: _times(work)) for name, work in ways.items()})
    lines = [
        Line("decoding alone", "fhir.resources R4B", "resources/s", taken["decode"], taken["fhir.resources"], GOAL),
        Line("bytes to events", "fhir.resources R4B", "resources/s", taken["events"], taken["fhir.resources"]),
    ]
    facts = {
        "stream": records.named(options),
        "resources": len(found),
        "bytes": sum(len(payload) for _, payload in found),
        "types": dict(Counter(name for name, _ in found).most_common()),
    }
    return Report("fhir_parse", lines, facts)


def main() -> None:
    parser = arguments(__doc__, rounds=5)
    records.add_arguments(parser)
    parser.set_defaults(records=2_000)
    options = parser.parse_args()
    measure(options).publish(options)


if __name__ == "__main__":
    main()
