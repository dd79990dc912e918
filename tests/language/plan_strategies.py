"""Random plans of every form that plan text can say, for property tests."""

from hypothesis import strategies as st

from chartline.language import plan_words as words
from chartline.record import plan as p
from chartline.record.event import Quantity

_names = (
    st.text(st.sampled_from("abcdefgh 0123456789%,()"), min_size=1, max_size=24)
    .map(lambda text: " ".join(text.split()))
    .filter(bool)
)
_dates = st.one_of(
    st.builds(
        p.CalendarDate, year=st.integers(1900, 2200), month=st.integers(1, 12), day=st.none() | st.integers(1, 28)
    ),
    st.builds(p.CalendarDate, year_offset=st.integers(-1, 1)),
    st.builds(p.CalendarDate, day_offset=st.integers(-2, 1)),
)
_units = st.sampled_from(p.TimeUnit)
_stay_types = st.sampled_from(p.StayType)
_calendar = st.builds(
    p.CalendarWindow, st.sampled_from([p.Relation.IN, p.Relation.SINCE, p.Relation.BEFORE]), _dates, st.none() | _dates
)
_recent = st.builds(p.RecentWindow, st.integers(1, 9999), _units)
_parts = st.one_of(
    st.just({}),
    st.builds(lambda hours: {"first_hours": float(hours)}, st.integers(1, 999)),
    st.builds(lambda hours: {"last_hours": float(hours)}, st.integers(1, 999)),
    st.builds(lambda day: {"day": day}, st.integers(1, 99)),
    st.builds(lambda hour: {"at_hour": f"{hour:.2f}"}, st.floats(-99, 999)),
)
_stay_which = st.one_of(
    st.just({}),
    st.just({"which": p.Which.CURRENT}),
    st.builds(
        lambda which, nth: {"which": which, "nth": nth},
        st.sampled_from([p.Which.FIRST, p.Which.LAST]),
        st.integers(1, 9),
    ),
)
_stays = st.builds(lambda stay, which, part: p.StayWindow(stay, **which, **part), _stay_types, _stay_which, _parts)


def _around(selections: st.SearchStrategy[p.Selection]) -> st.SearchStrategy[p.EventWindow]:
    relation = st.sampled_from(list(words.EVENT_RELATIONS.values()))
    within = st.one_of(
        st.just({}),
        st.builds(lambda n, unit: {"within_amount": n, "within_unit": unit}, st.integers(1, 999), _units),
        st.builds(lambda unit: {"within_unit": unit, "same_calendar_unit": True}, _units),
        st.builds(lambda stay: {"within_stay": stay}, _stay_types),
    )
    return st.builds(lambda r, anchor, limit: p.EventWindow(r, anchor, **limit), relation, selections, within)


_bounds = st.sampled_from(("150.0", "-2.5"))
_filters = st.one_of(
    st.builds(
        p.Filter, st.just(p.Field.INTERPRETATION), st.just(p.Comparator.EQUAL), st.sampled_from(words.INTERPRETATIONS)
    ),
    st.builds(p.Filter, st.just(p.Field.VALUE), st.sampled_from(list(words.FILTER_SIGNS.values())), _bounds),
    st.builds(
        lambda value: p.Filter(p.Field.ATTRIBUTE, p.Comparator.EQUAL, value, "route"),
        _names.filter(lambda n: not n[0].isdigit()),
    ),
    st.just(p.Filter(p.Field.ATTRIBUTE, p.Comparator.PRESENT, "", "organism")),
)


def _selections(
    windows: st.SearchStrategy[p.Window], absent: st.SearchStrategy[p.Window | None]
) -> st.SearchStrategy[p.Selection]:
    row = st.lists(windows, max_size=2).map(tuple)
    which = st.one_of(
        st.just((p.Which.ALL, 1)), st.tuples(st.sampled_from([p.Which.FIRST, p.Which.LAST]), st.integers(1, 9))
    )
    return st.builds(
        lambda kind, concepts, filters, windows, extremum, which, often, absent: p.Selection(
            kind, concepts, filters, windows, extremum, *which, often[0], absent, often[1]
        ),
        st.sampled_from(list(words.KINDS.values())),
        st.lists(_names, max_size=3).map(tuple),
        st.lists(_filters, max_size=2).map(tuple),
        row,
        st.sampled_from(p.Extremum),
        which,
        st.just((0, False)) | st.tuples(st.integers(1, 5), st.booleans()),
        absent,
    )


_stretches = _calendar | _recent | _stays
_windows = _stretches | _around(_selections(_stretches, st.none()))
selections = _selections(_windows, st.none() | _windows)
_fields = st.one_of(
    st.tuples(st.sampled_from(list(words.FIELDS.values())), st.just("")),
    st.tuples(st.just(p.Field.ATTRIBUTE), st.sampled_from(words.ATTRIBUTE_NAMES)),
)
_lookups = st.builds(lambda s, f: p.Lookup(s, *f), selections, _fields)
_aggregates = st.builds(
    lambda s, function, f, bucket: p.Aggregate(s, function, *f, bucket),
    selections,
    st.sampled_from(p.Function),
    _fields,
    st.none() | _units,
)
_operands = _lookups | _aggregates | st.just(Quantity("7.5"))
plans: st.SearchStrategy[p.QueryPlan] = st.one_of(
    _lookups,
    _aggregates,
    st.builds(p.Exists, selections),
    st.builds(p.Compare, _operands, st.sampled_from(list(words.COMPARISONS.values())), _operands),
    st.builds(p.Interval, selections, st.none() | selections, _units),
    st.builds(p.Retrieve, _names, st.lists(_calendar, max_size=1).map(tuple)),
    st.builds(p.OutOfScope, st.sampled_from(p.OutOfScopeReason)),
)
