"""An event that names its concept by reference, and the definitions it reaches: how they are read together.

susceptibility ──▶ organism ──▶ culture ──▶ specimen        (each says what those before it did not)
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace

from chartline.record.event import Definition, Event
from chartline.record.kinds import ATTRIBUTES

#: Steps from an event to the last definition that it can reach.
LONGEST_CHAIN = 8

#: The newest of each by source system and reference.
Definitions = Mapping[tuple[str, str], Definition]


def resolved(event: Event, definitions: Definitions) -> Event:
    """The event with what it refers to, and what that refers to; what comes first goes before what follows."""
    for definition in _chain(event, definitions):
        event = _defined(event, definition)
    return event


def _chain(event: Event, definitions: Definitions) -> Iterator[Definition]:
    """Ends at what has not arrived, at what was passed already, and after `LONGEST_CHAIN` steps."""
    passed: list[str] = []
    reference = event.code_reference
    while reference and reference not in passed and len(passed) < LONGEST_CHAIN:
        if (definition := definitions.get((event.source.system, reference))) is None:
            return
        yield definition
        passed.append(reference)
        reference = definition.code_reference


def _defined(event: Event, definition: Definition) -> Event:
    own = {a.name for a in event.attributes}
    lent = [a for a in definition.attributes if a.name in ATTRIBUTES[event.kind] and a.name not in own]
    return replace(
        event,
        codings=event.codings or definition.codings,
        display=event.display or definition.display,
        attributes=(*event.attributes, *lent),
    )
