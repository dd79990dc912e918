"""An event that names its concept by reference, and the definition it refers to: how the two are read together."""

from dataclasses import replace

from chartline.record.event import Definition, Event
from chartline.record.kinds import ATTRIBUTES


def defined(event: Event, definition: Definition) -> Event:
    """What the event itself says goes before what it refers to."""
    own = {a.name for a in event.attributes}
    lent = [a for a in definition.attributes if a.name in ATTRIBUTES[event.kind] and a.name not in own]
    return replace(
        event,
        codings=event.codings or definition.codings,
        display=event.display or definition.display,
        attributes=(*event.attributes, *lent),
    )
