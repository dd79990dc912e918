"""Events of every shape for the language tests."""

from hypothesis import strategies as st

from chartline.record.event import Attribute, Coding, Event, EventStatus, Instant, Quantity, Source, TimePrecision
from chartline.record.kinds import ATTRIBUTES, EventKind

SOURCE = Source("events", "test", "record/1")


def instants() -> st.SearchStrategy[Instant]:
    """Of the years 2 to 9998, and more often of one year, so that events lie close together."""
    micros = st.integers(-62_104_000_000_000_000, 253_370_000_000_000_000) | st.integers(
        4_102_444_800_000_000, 4_134_000_000_000_000
    )
    return st.builds(Instant, micros, st.none() | st.integers(-1080, 1080), st.sampled_from(TimePrecision))


def quantities() -> st.SearchStrategy[Quantity]:
    values = st.decimals().map(str) | st.floats().map(str) | st.text(max_size=8)
    return st.builds(Quantity, values, st.sampled_from(["", "1", "mg/dL", "mm[Hg]"]), st.sampled_from(["", "<", ">="]))


@st.composite
def any_event(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(EventKind))
    names = st.sampled_from(sorted(ATTRIBUTES[kind]) or ["other"])
    attribute = st.builds(Attribute, names, st.text(max_size=20) | quantities() | instants())
    when = st.none() | instants()
    return Event(
        patient="Patient/1",
        kind=kind,
        source=SOURCE,
        natural_key="x",
        codings=draw(st.lists(st.builds(Coding, st.text(max_size=5), st.text(max_size=5)), max_size=2).map(tuple)),
        display=draw(st.sampled_from(["", "Creatinine", "Heart rate", "Vitamin B12"])),
        time=draw(when),
        end_time=draw(when),
        available_time=draw(when),
        quantity=draw(st.none() | quantities()),
        text_value=draw(st.text(max_size=60)),
        interpretation=draw(st.sampled_from(["", "H", "LL", "N", "R", "?"])),
        status=draw(st.sampled_from(EventStatus)),
        attributes=draw(st.lists(attribute, max_size=3).map(tuple)),
        event_key=draw(st.integers(0, 2**40)).__format__("032x"),
    )
