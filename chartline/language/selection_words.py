"""A plan's selections and windows in words: the subjects of plain answers, and the terms their checker lets pass."""

from chartline.language.dates import show_window
from chartline.language.kind_words import KIND_WORDS, KindWords
from chartline.language.plan_parts import windows
from chartline.language.time_phrases import say_date
from chartline.language.unit_words import with_unit
from chartline.record.event import Quantity
from chartline.record.kinds import EventKind
from chartline.record.plan import (
    Aggregate,
    CalendarDate,
    CalendarWindow,
    Comparator,
    EventWindow,
    Extremum,
    Field,
    Filter,
    Function,
    Lookup,
    Operand,
    QueryPlan,
    RecentWindow,
    Relation,
    Selection,
    StayType,
    StayWindow,
    TimeUnit,
    Which,
    Window,
)
from chartline.record.result import PlanResult

_SPOKEN_ORDINALS = ("", "", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")
EXTREMA = {Extremum.NONE: "", Extremum.MINIMUM: "lowest", Extremum.MAXIMUM: "highest"}
FUNCTIONS = {
    Function.SUM: "total",
    Function.MINIMUM: "minimum",
    Function.MAXIMUM: "maximum",
    Function.MEAN: "mean",
    Function.COUNT: "number of",
    Function.COUNT_DISTINCT: "number of distinct",
}
COMPARATORS = {
    Comparator.EQUAL: "equal to",
    Comparator.LESS: "less than",
    Comparator.GREATER: "greater than",
    Comparator.LESS_OR_EQUAL: "at most",
    Comparator.GREATER_OR_EQUAL: "at least",
}
TIME_COMPARATORS = {Comparator.LESS: "earlier than", Comparator.GREATER: "later than"}
_STAYS = {StayType.HOSPITAL: "hospital visit", StayType.ICU: "ICU stay"}
RELATIONS = {
    Relation.AFTER: "after",
    Relation.BEFORE: "before",
    Relation.SINCE: "since",
    Relation.SAME_TIME: "at the same time as",
    Relation.IN: "in",
}


def ordinal(which: Which, nth: int) -> str:
    """first, second, … or last, second to last, …; empty for all."""
    if which is Which.ALL:
        return ""
    if which is Which.CURRENT:
        return "current"
    last = which is Which.LAST
    if nth <= 1:
        return "last" if last else "first"
    place = _SPOKEN_ORDINALS[nth] if nth < len(_SPOKEN_ORDINALS) else numeral(nth)
    return f"{place} to last" if last else place


def numeral(nth: int) -> str:
    suffix = "th" if 10 <= nth % 100 <= 20 else {1: "st", 2: "nd", 3: "rd"}.get(nth % 10, "th")
    return f"{nth}{suffix}"


def join(items: tuple[str, ...] | list[str], word: str = "and") -> str:
    """A list in words; semicolons where an item holds a comma."""
    comma = "; " if any("," in item for item in items) else ", "
    if len(items) < 2:
        return "".join(items)
    last = f"{comma.rstrip()} {word} " if comma == "; " else f" {word} "
    return comma.join(items[:-1]) + last + items[-1]


class SelectionWords:
    """Says selections of one plan in the plan's terms, with what the record calls them."""

    def __init__(self, plan: QueryPlan, result: PlanResult) -> None:
        # A result names one window; it is said where the plan has no other.
        self._resolved = show_window(result.window_start, result.window_end) if len(windows(plan)) == 1 else ""
        self._linked = {linked.concept: linked for linked in result.concepts}

    def kind(self, selection: Selection) -> KindWords:
        return KIND_WORDS[self.kind_of(selection)]

    def kind_of(self, selection: Selection) -> EventKind | None:
        """What the record has it as: who asks for a vital sign may mean a laboratory test."""
        kinds = {self._linked[c].kind for c in selection.concepts if c in self._linked}
        return kinds.pop() if len(kinds) == 1 else selection.kind

    def concepts(self, selection: Selection) -> str:
        return join([self.concept(c) for c in selection.concepts], "or")

    def concept(self, concept: str) -> str:
        """The question's word, and the record's name where it is another one."""
        linked = self._linked.get(concept)
        if linked is None or len(linked.names) != 1 or linked.names[0].casefold() == concept.casefold():
            return concept
        return f"{concept} ({linked.names[0]})"

    def subject(
        self,
        selection: Selection,
        *,
        noun: bool = True,
        many: bool = False,
        article: str = "the",
        after_name: str = "",
    ) -> str:
        """For example "the second to last creatinine (Creatinine) since 2100-08-01"; `noun` adds the kind's word."""
        which = ordinal(selection.which, selection.nth)
        name = self.concepts(selection)
        words = self.kind(selection)
        tail = after_name or (words.after_name if noun or many else "")
        thing = _with_noun(name, tail) if name else words.many if many else words.one
        if name and many and tail:
            thing = f"{words.many} of {name}"
        parts = (article, which, EXTREMA[selection.extremum], thing, self.conditions(selection))
        return " ".join(part for part in parts if part)

    def conditions(self, selection: Selection) -> str:
        """Filters and windows."""
        parts = [self.filter(f) for f in selection.filters]
        parts += [self.window(window) for window in selection.windows if not _is_itself(selection, window)]
        if selection.min_occurrences:
            parts.append(f"recorded {self.occurrences(selection)}")
        if selection.absent_in:
            parts.append(f"not recorded {self.window(selection.absent_in)}")
        return " ".join(part for part in parts if part)

    def occurrences(self, selection: Selection) -> str:
        return f"{'exactly' if selection.exact_occurrences else 'at least'} {selection.min_occurrences} times"

    def filter(self, condition: Filter) -> str:
        field = field_words(condition.field, condition.attribute)
        if condition.comparator is Comparator.PRESENT:
            return f"with a recorded {field}"
        if condition.comparator is Comparator.EQUAL:
            return f"with {field} {condition.value}"
        return f"with {field} {COMPARATORS[condition.comparator]} {condition.value}"

    def window(self, window: Window) -> str:
        """In the plan's terms; dates by the instants they were resolved to."""
        if isinstance(window, CalendarWindow):
            return self._resolved or calendar_window(window)
        if isinstance(window, RecentWindow):
            return self._resolved or f"in the last {amount(window.amount, window.unit).removeprefix('1 ')}"
        return stay_window(window) if isinstance(window, StayWindow) else self.event_window(window)

    def event_window(self, window: EventWindow) -> str:
        text = f"{RELATIONS[window.relation]} {self.subject(window.anchor)}"
        if window.within_amount is not None and window.within_unit:
            return f"within {amount(window.within_amount, window.within_unit)} {text}"
        if window.same_calendar_unit and window.within_unit:
            return f"{text} within the same {window.within_unit.name.lower()}"
        return f"{text} within the same {_STAYS[window.within_stay]}" if window.within_stay else text

    def operand(self, operand: Operand) -> str:
        if isinstance(operand, Quantity):
            return with_unit(operand.value, operand.unit)
        if isinstance(operand, Lookup):
            return reading(operand.field, operand.attribute, self.subject(operand.selection, noun=False))
        return self.aggregate(operand)

    def aggregate(self, aggregate: Aggregate) -> str:
        counted = aggregate.function in (Function.COUNT, Function.COUNT_DISTINCT)
        article = "" if counted else "the"
        subject = self.subject(aggregate.selection, noun=counted, many=counted, article="")
        text = f"the {FUNCTIONS[aggregate.function]} {subject}"
        if aggregate.field in (Field.VALUE, Field.NAME) or counted:
            return text
        field = field_words(aggregate.field, aggregate.attribute)
        return f"the {FUNCTIONS[aggregate.function]} {field} of {article} {subject}"


def _with_noun(name: str, noun: str) -> str:
    """The name and the kind's word, unless that is the name's last: "well child visit", "check up visit"."""
    said = name.partition(" (")[0].casefold().split()
    return name if not noun or said[-1:] == [noun] else f"{name} {noun}"


def _is_itself(selection: Selection, window: Window) -> bool:
    """A visit that is held to the request's visit is that visit."""
    return selection.kind is EventKind.ENCOUNTER and window == StayWindow(StayType.HOSPITAL)


def reading(field: Field, attribute: str, subject: str) -> str:
    return subject if field in (Field.VALUE, Field.NAME) else f"the {field_words(field, attribute)} of {subject}"


def field_words(field: Field, attribute: str) -> str:
    return attribute.replace("_", " ") if field is Field.ATTRIBUTE else field.name.lower().replace("_", " ")


def amount(number: int, unit: TimeUnit) -> str:
    return f"{number} {unit.name.lower()}{'' if number == 1 else 's'}"


def hours(number: float) -> str:
    return f"{number:g} hour{'' if number == 1 else 's'}"


def calendar_window(window: CalendarWindow) -> str:
    start = say_date(window.start)
    if window.end:
        return f"from {start} to {say_date(window.end)}"
    return f"{RELATIONS[window.relation]} {start}" if window.relation is not Relation.IN else in_period(window.start)


def in_period(date: CalendarDate) -> str:
    """The preposition that the precision of a date takes; today and last month take none."""
    if date.hour is not None:
        return f"at {say_date(date)}"
    if date.day is not None:
        return f"on {say_date(date)}"
    absolute = date.year is not None or date.month is not None
    return f"in {say_date(date)}" if absolute else say_date(date)


def stay_window(window: StayWindow) -> str:
    which = ordinal(window.which, window.nth)
    stay = f"{which} {_STAYS[window.stay]}".strip()
    if window.which is Which.ALL:
        stay = _STAYS[window.stay]
    if window.first_hours is not None:
        return f"in the first {hours(window.first_hours)} of the {stay}"
    if window.last_hours is not None:
        return f"in the last {hours(window.last_hours)} of the {stay}"
    if window.day is not None:
        return f"on day {window.day} of the {stay}"
    return f"at hour {window.at_hour} of the {stay}" if window.at_hour is not None else f"during the {stay}"
